using Trading.Core;
using Trading.Core.Strategies;
using Trading.Research.Backtests;

namespace Trading.Research.Tests.Backtests;

/// <summary>A strategy's own stop holds within the next bar, and no longer.</summary>
public class StrategyStopTests : WithinBarTest
{
    [Fact]
    public void a_strategy_s_own_stop_holds_within_the_next_bar()
    {
        var backtest = new Backtest(new(Given.Symbol, Hour, 1000, Free), new FixedOrders(new StopAt(95), 1, 1000, Free));
        backtest.Add(Bars((100, 100, 100, 100), (100, 101, 99, 100), (100, 100, 94, 99), (99, 100, 98, 99)));

        var trade = Assert.Single(backtest.Result().Trades);
        Assert.Equal((95m, (ExitReason?)ExitReason.StopLoss), (trade.ExitPrice, trade.Exit));
    }

    [Fact]
    public void a_strategy_s_own_stop_is_over_after_that_bar_unless_it_is_asked_for_again()
    {
        // Its stop is at 95 for the third bar alone; the fourth falls to 90.
        var bars = Bars((100, 100, 100, 100), (100, 101, 99, 100), (100, 100, 96, 99), (99, 100, 90, 99));
        Signal[] signals = [new(TradeAction.Buy), new(TradeAction.Hold, Stop: 95), default, default];
        var alone = new Backtest(new(Given.Symbol, Hour, 1000, Free), new FixedOrders(new Scripted(signals), 1, 1000, Free));
        alone.Add(bars);

        Assert.Empty(alone.Result().Trades);
        Assert.Empty(Run(new(), bars, [], new Scripted(signals)).Trades);
    }

    private sealed class Scripted(params Signal[] signals) : ITradingStrategy
    {
        private int _bar;

        public string Name => "scripted";

        public int Bars => 1;

        public Signal OnBar(in Candle bar) => signals[_bar++];
    }

    private sealed class StopAt(decimal price) : ITradingStrategy
    {
        public string Name => "stop-at";

        public int Bars => 1;

        public bool SeesPosition => true;

        public Signal OnBar(in Candle bar) => OnBar(bar, default);

        public Signal OnBar(in Candle bar, in StrategyPosition held) =>
            held.IsOpen ? new(TradeAction.Hold, Stop: price) : bar.Close >= 100 ? new(TradeAction.Buy) : default;
    }
}
