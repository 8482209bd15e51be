using Trading.Core;
using Trading.Core.Strategies;
using Trading.Research.Backtests;
using static Trading.Research.Tests.Backtests.ScriptedBacktest;

namespace Trading.Research.Tests.Backtests;

/// <summary>When an order of a backtest is filled, at which price, and at what cost.</summary>
public class BacktestTests
{
    [Fact]
    public void what_is_decided_at_a_close_is_filled_at_the_next_open()
    {
        var result = Run(Bars, Free, new Scripted(new(TradeAction.Buy), default, new(TradeAction.Sell)), quantity: 2);

        // Bought at 102, sold at 110.
        Assert.Equal((1016m, 0m, 2), (result.EquityUsd, result.Quantity, result.Orders));
        Assert.Equal((2m, 102m, 110m, 16m),
            result.Trades.Select(trade => (trade.Quantity, trade.EntryPrice, trade.ExitPrice, trade.ProfitUsd)).Single());
        Assert.Equal((Start + 60, Start + 180),
            result.Trades.Select(trade => (trade.EnteredAtUnixSeconds, trade.ExitedAtUnixSeconds)).Single());
    }

    [Fact]
    public void fee_spread_and_slippage_are_paid_on_both_sides()
    {
        var costs = new PaperCosts(FeePercent: 1, SpreadPercent: 2, SlippagePercent: 1, TickSize: 0.01m);
        var result = Run(Bars, costs, new Scripted(new(TradeAction.Buy), default, new(TradeAction.Sell)), quantity: 1);

        // Bought at 102 x 1.02 = 104.04 with a fee of 1.0404, sold at 110 x 0.98 = 107.80 with one of 1.078.
        Assert.Equal(1000 - 104.04m - 1.0404m + 107.80m - 1.078m, result.EquityUsd);
        Assert.Equal((2.1184m, 1.6416m), result.Trades.Select(trade => (trade.FeesUsd, trade.ProfitUsd)).Single());
    }

    [Fact]
    public void an_order_that_is_on_its_way_for_half_a_bar_gets_half_of_what_the_bar_makes_worse()
    {
        var costs = Free with { LatencyMilliseconds = 30_000 };
        var result = Run(Bars, costs, new Scripted(new(TradeAction.Buy), default, new(TradeAction.Sell)), quantity: 1);

        // From 102 half of the way to the high of 106; from 110 half of the way to the low of 109.
        Assert.Equal((104m, 109.5m), result.Trades.Select(trade => (trade.EntryPrice, trade.ExitPrice)).Single());
    }

    [Fact]
    public void an_order_that_is_on_its_way_for_longer_than_a_bar_is_filled_in_the_bar_in_which_it_arrives()
    {
        var result = Run(Bars, Free with { LatencyMilliseconds = 60_000 }, new Scripted(new Signal(TradeAction.Buy)), quantity: 1);

        Assert.Equal(104m, result.Fills.Single().Execution.Price);
    }

    [Fact]
    public void a_limit_waits_until_the_market_goes_through_it_and_a_stop_until_it_is_reached()
    {
        var limit = Run(Bars, Free, new Scripted(new Signal(TradeAction.Buy, Type: OrderType.Limit, Price: 89)), quantity: 1);
        var stop = Run(Bars, Free, new Scripted(new Signal(TradeAction.Buy, Type: OrderType.Stop, Price: 107.5m)), quantity: 1);

        // The market opens at 90 and falls to 88 in the last bar; it opens at 104 and rises to 108 in the third.
        Assert.Equal((Start + 240, 89m), limit.Fills.Select(fill => (fill.AtUnixSeconds, fill.Execution.Price)).Single());
        Assert.Equal((Start + 120, 107.5m), stop.Fills.Select(fill => (fill.AtUnixSeconds, fill.Execution.Price)).Single());
    }

    [Fact]
    public void at_the_end_nothing_is_closed_and_equity_is_cash_and_position_at_the_last_close()
    {
        var result = Run(Bars, Free, new Scripted(new Signal(TradeAction.Buy)), quantity: 3);

        Assert.Equal((1000 - 3 * 102m, 3m, 1000 - 3 * 102m + 3 * 92m), (result.CashUsd, result.Quantity, result.EquityUsd));
        // The closes with the position are worth 1009, 1015, 1027 and 970.
        Assert.Equal(57m / 1027m, result.MaxDrawdown);
        Assert.Equal(result.MaxDrawdown, 1 - result.Deepest[1].EquityUsd / result.Deepest[0].EquityUsd);
        Assert.Empty(result.Trades);
    }

    [Fact]
    public void a_buy_that_the_cash_does_not_reach_for_is_cancelled()
    {
        var result = Run(Bars, Free, new Scripted(new Signal(TradeAction.Buy)), quantity: 10);

        Assert.Equal((1000m, 0m, TradeOutcome.Cancelled), (result.CashUsd, result.Quantity, result.Fills.Single().Execution.Outcome));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void money_is_conserved_whatever_the_orders_costs_and_prices_are(int seed)
    {
        var random = new Random(seed);
        var price = 100m;
        var bars = new Candle[2000];
        for (var i = 0; i < bars.Length; i++)
        {
            var close = Math.Max(1, decimal.Round(price * (decimal)(0.97 + random.NextDouble() * 0.06), 2));
            bars[i] = new(Start + 60 * i, price, Math.Max(price, close) * 1.001m, Math.Min(price, close) * 0.999m,
                close, (decimal)random.NextDouble());
            price = close;
        }
        var costs = new PaperCosts((decimal)random.NextDouble(), (decimal)random.NextDouble(), (decimal)random.NextDouble(), 0.01m)
        {
            MakerFeePercent = 0.01m, SizeSlippagePercent = 1, MaxVolumePercent = 50, LotSize = 0.001m,
            LatencyMilliseconds = random.Next(0, 130_000), PartialFillRate = 0.2, RejectionRate = 0.1,
        };
        var signals = bars.Select(bar => new Signal(
            (TradeAction)random.Next(3), 1, (OrderType)random.Next(3),
            decimal.Round(bar.Close * (decimal)(0.99 + random.NextDouble() * 0.02), 2))).ToArray();

        var result = Run(bars, costs, new Scripted(signals), quantity: 2);

        var flows = result.Fills.Sum(
            fill => BacktestLedger.Notional(fill.Execution) * (fill.Side == TradeAction.Buy ? -1 : 1) - fill.Execution.FeeUsd);
        var held = result.Fills.Sum(fill => fill.Execution.Quantity * (fill.Side == TradeAction.Buy ? 1 : -1));
        Assert.True(result.Orders > 100, $"{result.Orders} orders were filled.");
        Assert.Equal((1000 + flows, held), (result.CashUsd, result.Quantity));
        Assert.True(result.CashUsd >= 0 && result.Quantity >= 0);
        Assert.Equal(result.CashUsd + result.Quantity * result.Last.Price, result.EquityUsd);
        Assert.Equal(result.FeesUsd, result.Fills.Sum(fill => fill.Execution.FeeUsd));
        Assert.All(result.Days, day => Assert.True(day.EquityUsd > 0));
    }

    [Fact]
    public void a_bar_allocates_nothing()
    {
        var bars = Enumerable.Range(0, 20_000).Select(i => new Candle(Start + 60 * i, 100, 101, 99, 100 + i % 2 * 0.001m, 1)).ToArray();
        foreach (var trader in new IBacktestTrader[]
        {
            new FixedOrders(new SmaMomentum(), 1, 1000, Free),
            new PipelineTrader(new(Given.Symbol, 60, 1000, Free), new(new(60, 10), 60, 120, Free), Given.Limits),
        })
        {
            var backtest = new Backtest(new(Given.Symbol, 60, 1000, Free), trader);
            backtest.Add(bars.AsSpan(0, 10_000));
            var before = GC.GetAllocatedBytesForCurrentThread();
            backtest.Add(bars.AsSpan(10_000));
            // The curve of the equity may double once.
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 300_000);
        }
    }

    private static BacktestResult Run(Candle[] bars, PaperCosts costs, ITradingStrategy strategy, decimal quantity)
    {
        var backtest = new Backtest(new(Given.Symbol, 60, 1000, costs), new FixedOrders(strategy, quantity, 1000, costs));
        backtest.Add(bars);
        return backtest.Result();
    }
}
