using Trading.Core;

namespace Trading.Research.Backtests;

/// <summary>Where an order is filled that was decided on at a bar's close.</summary>
public enum FillTiming
{
    /// <summary>
    /// In the next bar: at its open, or after the latency on its way from there. What a backtest should use: when the close is known,
    /// it has passed.
    /// </summary>
    NextBar,

    /// <summary>
    /// At once and at the close, as the paper exchange fills at the observed price; a strategy sees that price alone. For comparing with a
    /// recorded run of the services.
    /// </summary>
    AtClose,
}

/// <summary>The settings of a backtest, besides its strategy.</summary>
/// <param name="Symbol">What is traded.</param>
/// <param name="IntervalSeconds">Seconds of a bar; above 0.</param>
/// <param name="CashUsd">Cash at the start; above 0.</param>
/// <param name="Costs">What trading costs.</param>
/// <param name="Timing">Where orders are filled.</param>
/// <param name="OrderBars">Bars for which a limit or a stop may wait before it is cancelled; at least 1.</param>
/// <param name="Opening">What is held at the start, besides the cash; null for nothing.</param>
/// <param name="DaysPerYear">Days in a year of the market; 365 where it never closes.</param>
public sealed record BacktestRules(
    string Symbol, int IntervalSeconds, decimal CashUsd, PaperCosts Costs, FillTiming Timing = FillTiming.NextBar,
    int OrderBars = 60, Position? Opening = null, double DaysPerYear = 365);
