using Trading.Cli.Backtests;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.MarketData;
using Trading.Research.Tournaments;
using Trading.TestKit.Data;
using Xunit;

namespace Trading.Services.Tests.Backtests;

/// <summary>What the default profile does with a year's money: it rarely trades, and pays little for it.</summary>
public class DefaultProfileTests
{
    private const int Hour = 3600;
    private static readonly TradingSettings Local = TradingSettings.ForProfile(TradingSettings.DefaultProfile)!;

    [SharedDataTheory]
    [InlineData(2018)]
    [InlineData(2019)]
    [InlineData(2020)]
    [InlineData(2021)]
    [InlineData(2022)]
    [InlineData(2023)]
    [InlineData(2024)]
    public void over_each_year_of_bitcoin_it_turns_over_less_than_forty_times_and_pays_less_than_one_and_a_half_percent(int year)
    {
        using var file = MarketFiles.Open([SharedData.Path("binance_btcusdt_1h_2017-08_2024-12.csv.gz")], whole: true,
            from: At(year - 1), to: At(year + 1));
        Keeps(Play([.. file.All()], At(year).ToUnixTimeSeconds()));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void over_generated_years_of_calm_and_wild_trends_too(int seed)
    {
        var (random, price) = (new Random(seed), 20_000.0);
        Keeps(Play([.. Enumerable.Range(0, 24 * 430).Select(hour =>
        {
            var open = price;
            // A calm quarter has 20 % of volatility a year, a wild one 90 %.
            var size = hour / (24 * 90) % 2 == 0 ? 0.2 : 0.9;
            price *= 1 + 0.0008 * Math.Sin(hour * 2 * Math.PI / (24 * 70)) + (random.NextDouble() - 0.5) * size / 27;
            return new Candle(At(2023).ToUnixTimeSeconds() + hour * (long)Hour, Cents(open), Cents(Math.Max(open, price)),
                Cents(Math.Min(open, price)), Cents(price), 10);
        })], At(2023).AddDays(64).ToUnixTimeSeconds()));

        static decimal Cents(double price) => Math.Round((decimal)price, 2);
    }

    private static void Keeps(Played played)
    {
        Assert.True(played.Result.Orders > 5, $"{played.Result.Orders} orders");
        Assert.InRange(played.Turnover, 0.1, 40);
        Assert.InRange(played.Fees, 0, 0.015);
    }

    private static Played Play(Candle[] candles, long from)
    {
        var plan = new BacktestPlan(Local, Hour);
        return Tournament.Play(new("local", "", ContestantKind.Yardstick, 0, Hour, Local.DecisionIntervalSeconds, _ => plan.Begin(),
            plan.WarmUpSeconds), candles, new("year", from, candles[^1].OpenTimeUnixSeconds));
    }

    private static DateTimeOffset At(int year) => new(year, 1, 1, 0, 0, 0, TimeSpan.Zero);
}
