using Trading.Core.Strategies;

namespace Trading.Core.Tests;

public class TrendTests
{
    private const int Day = 86_400;
    private const int Hour = 3600;

    [Fact]
    public void holds_the_share_of_lookbacks_over_which_the_price_has_risen()
    {
        // Up from 100 to 130 in days, then down to 115: above 20 days ago, below 5 and 10 days ago.
        var closes = Enumerable.Range(100, 31).Concat(Enumerable.Range(0, 15).Select(fall => 129 - fall)).Select(close => (decimal)close);

        var target = Last(new Trend(5, 10, 40), closes).Target!;

        Assert.Equal([5, 10, 40], target.Lookbacks!.Select(lookback => lookback.Days));
        Assert.Equal(1 / 3.0, target.Share, 12);
        Assert.Equal(115 / 120.0 * 100 - 100, target.Lookbacks![0].ReturnPercent, 9);
    }

    [Fact]
    public void asks_for_nothing_until_the_longest_lookback_is_known()
    {
        var trend = new Trend(2, 3);

        Assert.Equal([false, false, false, true],
            Enumerable.Range(0, 4).Select(day => trend.OnBar(Bar(day * Day, 100 + day)).Target is not null));
    }

    [Fact]
    public void hours_and_days_give_the_same_at_midnight()
    {
        var random = new Random(3);
        decimal[] hours = [.. Enumerable.Range(0, 24 * 60).Select(_ => 100 + (decimal)Math.Round(random.NextDouble() * 20, 2))];
        var (hourly, daily) = (New(), New());
        for (var i = 0; i < hours.Length; i++)
        {
            var signal = hourly.OnBar(Bar(i * Hour, hours[i]));
            if (i % 24 == 23)
                Assert.Equal(daily.OnBar(Bar(i / 24 * Day, hours[i])), signal);
        }

        static ITradingStrategy New() => new VolatilityTarget(new Trend(5, 20), 40);
    }

    [Fact]
    public void a_signal_follows_from_the_daily_closes_and_bars_that_it_asks_for()
    {
        var random = new Random(4);
        decimal[] hours = [.. Enumerable.Range(0, 24 * 80).Select(_ => 100 + (decimal)Math.Round(random.NextDouble() * 20, 2))];
        var whole = new VolatilityTarget(new Trend(5, 20), 40);
        for (var i = 0; i < hours.Length; i++)
        {
            var signal = whole.OnBar(Bar(i * Hour, hours[i]));
            if (i < 24 * 40 || i % 7 != 0)
                continue;
            var begun = new VolatilityTarget(new Trend(5, 20), 40);
            var today = i / 24;
            for (var day = today - begun.Days; day < today; day++)
                begun.Remember(day, hours[day * 24 + 23]);
            Assert.Equal(signal, begun.OnBar(Bar(i * Hour, hours[i])));
        }
    }

    [Fact]
    public void days_without_a_price_have_the_close_of_the_day_before()
    {
        var closes = new DailyCloses(3);
        closes.Add(10, 100);
        closes.Add(13, 110);

        Assert.Equal([100, 100, 100], Enumerable.Range(1, 3).Select(closes.Back));
        Assert.True(closes.IsFull);
        Assert.False(closes.Add(12, 90));
        Assert.Equal(110, closes.Newest);
    }

    [Fact]
    public void a_gap_of_years_takes_no_longer_than_one_of_days()
    {
        var closes = new DailyCloses(3);
        closes.Add(-1_000_000_000_000, 100);
        closes.Add(20_000, 110);

        Assert.Equal(100, closes.Back(3));
    }

    [Fact]
    public void the_volatility_is_the_deviation_of_the_daily_returns_of_thirty_days()
    {
        decimal[] closes = [.. Enumerable.Range(0, 30).Select(day => day % 2 == 0 ? 100m : 102m), 103];
        var returns = closes.Zip(closes.Skip(1), (before, now) => (double)(now / before) - 1).ToArray();
        var expected = Math.Sqrt(returns.Sum(gain => Math.Pow(gain - returns.Average(), 2)) / 29 * 365) * 100;

        var target = Last(new VolatilityTarget(new Trend(1), 20), closes).Target!;

        Assert.Equal(expected, target.VolatilityPercent!.Value, 6);
        Assert.Equal(20 / target.VolatilityPercent.Value, target.Share, 12);
        Assert.Equal((1.0, 20.0, 30), (target.TrendShare, target.VolatilityTargetPercent, target.VolatilityDays));
    }

    [Fact]
    public void a_calm_market_does_not_ask_for_more_than_the_strategy()
    {
        var rising = Enumerable.Range(1000, 40).Select(close => (decimal)close);

        Assert.Equal(1, Last(new VolatilityTarget(new Trend(1), 50), rising).Target!.Share);
    }

    [Fact]
    public void a_strategy_that_buys_and_sells_becomes_one_of_all_or_nothing()
    {
        var strategy = new VolatilityTarget(new Breakout(2, 2), 1000);
        var calm = Enumerable.Range(0, 35).Select(day => 100 + day % 2 * 0.1m).ToList();

        Assert.Equal(1, Last(strategy, [.. calm, 101]).Target!.Share);
        Assert.Equal(0, strategy.OnBar(Bar(36 * Day, 90)).Target!.Share);
        Assert.Null(strategy.OnBar(Bar(37 * Day, 95)).Target);
    }

    [Theory]
    [InlineData("lookbacks=0")]
    [InlineData("lookbacks=20/x")]
    [InlineData("lookbacks=1/2/3/4/5/6/7/8/9/10/11")]
    public void lookbacks_that_cannot_be_are_refused(string parameter) =>
        Assert.Contains("must be 1 to 10 whole numbers from 1 to 1000 like 20/50/100",
            Assert.Throws<ArgumentException>(() => TradingStrategies.Create("trend", [parameter])).Message);

    [Fact]
    public void lookbacks_are_given_with_slashes() => Assert.Equal(200, TradingStrategies.Create("trend", ["lookbacks=10/200"]).Days);

    private static Signal Last(ITradingStrategy strategy, IEnumerable<decimal> closes)
    {
        var signal = default(Signal);
        foreach (var (close, day) in closes.Select((close, day) => (close, day)))
            signal = strategy.OnBar(Bar(day * Day, close));
        return signal;
    }

    private static Candle Bar(long open, decimal close) => new(open, close, close, close, close, 1);
}
