using Trading.Core;
using Trading.Core.Strategies;

namespace Trading.Research.Tests.Backtests;

/// <summary>Stops and targets are reached within a bar: at their price, or worse where the market stood beyond it already.</summary>
public class WithinBarTests : WithinBarTest
{
    [Fact]
    public void a_stop_is_reached_within_the_bar_at_its_price()
    {
        // Bought at 100; the bar falls to 90 and closes at 99: by its close alone nothing would have happened.
        var sale = Sale(new(StopLossPercent: 2), (100, 100, 100, 100), (100, 101, 100, 100), (100, 100, 90, 99));
        Assert.Equal((98m, (ExitReason?)ExitReason.StopLoss), sale);
    }

    [Fact]
    public void a_bar_that_opens_below_the_stop_sells_at_its_open() =>
        Assert.Equal((95m, (ExitReason?)ExitReason.StopLoss),
            Sale(new(StopLossPercent: 2), (100, 100, 100, 100), (100, 101, 100, 100), (95, 99, 94, 99)));

    [Fact]
    public void a_target_is_reached_at_its_price_or_at_a_better_open()
    {
        Assert.Equal((103m, (ExitReason?)ExitReason.TakeProfit),
            Sale(new(TakeProfitPercent: 3), (100, 100, 100, 100), (100, 101, 100, 100), (100, 106, 100, 101)));
        Assert.Equal((105m, (ExitReason?)ExitReason.TakeProfit),
            Sale(new(TakeProfitPercent: 3), (100, 100, 100, 100), (100, 101, 100, 100), (105, 106, 104, 105)));
    }

    [Fact]
    public void where_stop_and_target_lie_in_one_bar_the_stop_counts_unless_a_finer_series_knows_better()
    {
        (decimal, decimal, decimal, decimal)[] bars = [(100, 100, 100, 100), (100, 101, 100, 100), (100, 106, 90, 101)];
        var exits = new ExitLimits(StopLossPercent: 2, TakeProfitPercent: 3);

        Assert.Equal(ExitReason.StopLoss, Sale(exits, bars).Exit);

        // Half an hour up, then half an hour down.
        var detail = new Candle[] { new(Start + 2 * Hour, 100, 106, 100, 105, 1), new(Start + 2 * Hour + 1800, 105, 105, 90, 101, 1) };
        Assert.Equal((103m, (ExitReason?)ExitReason.TakeProfit), Sale(exits, bars, detail));
    }

    [Fact]
    public void a_trailing_stop_follows_the_highs_of_the_bars_before()
    {
        // High of 110 in one bar, and in the next a fall to 100: 2 % below 110 are 107.8.
        Assert.Equal((107.8m, (ExitReason?)ExitReason.TrailingStop), Sale(new(TrailingStopPercent: 2),
            (100, 100, 100, 100), (100, 101, 100, 101), (101, 110, 101, 109), (109, 109, 100, 108)));
    }

    [Fact]
    public void in_the_bar_of_the_entry_a_high_counts_for_nothing_and_a_low_for_a_stop()
    {
        // The entry is in the second bar: its high of 120 may have been before, its low of 90 may come after.
        Assert.Equal((98m, (ExitReason?)ExitReason.StopLoss),
            Sale(new(StopLossPercent: 2, TakeProfitPercent: 3), (100, 100, 100, 100), (100, 120, 90, 100), (100, 100, 100, 100)));
        Assert.Equal((0m, (ExitReason?)null),
            Sale(new(TakeProfitPercent: 3), (100, 100, 100, 100), (100, 120, 99, 100), (100, 101, 99, 100)));
    }

    [Fact]
    public void a_stop_of_two_percent_on_hourly_bars_loses_two_percent_unless_the_market_jumps_over_it()
    {
        var random = new Random(3);
        var (price, bars) = (10_000m, new List<Candle>());
        for (var i = 0; i < 3000; i++)
        {
            var close = decimal.Round(price * (decimal)(0.97 + random.NextDouble() * 0.06), 2);
            bars.Add(new(Start + Hour * i, price, Math.Max(price, close) * 1.002m, Math.Min(price, close) * 0.99m, close, 1));
            price = close;
        }
        var result = Run(new(StopLossPercent: 2), [.. bars], [], new Always());
        var stopped = result.Trades.Where(trade => trade.Exit == ExitReason.StopLoss).ToList();

        Assert.True(stopped.Count > 50, $"{stopped.Count} stops");
        Assert.All(stopped, trade => Assert.InRange(trade.Return, -0.0201, -0.0199));
    }

    private static (decimal Price, ExitReason? Exit) Sale(ExitLimits exits, params (decimal, decimal, decimal, decimal)[] bars) =>
        Sale(exits, bars, []);

    private static (decimal Price, ExitReason? Exit) Sale(ExitLimits exits, (decimal, decimal, decimal, decimal)[] bars, Candle[] detail)
    {
        var trades = Run(exits, Bars(bars), detail, new Once()).Trades;
        return trades.Count == 0 ? (0, null) : (trades[0].ExitPrice, trades[0].Exit);
    }

    private sealed class Once : ITradingStrategy
    {
        private bool _said;

        public string Name => "once";

        public int Bars => 1;

        public Signal OnBar(in Candle bar)
        {
            var first = !_said;
            _said = true;
            return first ? new(TradeAction.Buy) : default;
        }
    }

    private sealed class Always : ITradingStrategy
    {
        public string Name => "always";

        public int Bars => 1;

        public Signal OnBar(in Candle bar) => new(TradeAction.Buy);
    }
}
