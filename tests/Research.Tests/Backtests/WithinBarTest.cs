using Trading.Core;
using Trading.Core.Strategies;
using Trading.Research.Backtests;

namespace Trading.Research.Tests.Backtests;

/// <summary>A backtest of an hour a bar, without costs.</summary>
public abstract class WithinBarTest
{
    private protected const long Start = 1_709_251_200;
    private protected const int Hour = 3600;

    private protected static readonly PaperCosts Free = new(FeePercent: 0, SpreadPercent: 0, SlippagePercent: 0, TickSize: 0.01m);

    private protected static BacktestResult Run(ExitLimits exits, Candle[] bars, Candle[] detail, ITradingStrategy strategy)
    {
        var limits = Given.Limits with
        { Exits = exits, LotSize = 0.00001m, LeastConfidence = 0, MaxDailyLossShare = 1, WorstPriceMarginPercent = 5 };
        var rules = new BacktestRules(Given.Symbol, Hour, 10_000, Free);
        var backtest = new Backtest(rules, new PipelineTrader(rules, new(new(Hour, 10), Hour, 2 * Hour, Free), limits, strategy))
        { Detail = detail };
        backtest.Add(bars);
        return backtest.Result();
    }

    private protected static Candle[] Bars(params (decimal Open, decimal High, decimal Low, decimal Close)[] bars) =>
        [.. bars.Select((bar, i) => new Candle(Start + Hour * i, bar.Open, bar.High, bar.Low, bar.Close, 1))];
}
