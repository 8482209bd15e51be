using Trading.Contracts;

namespace Trading.Core;

/// <summary>Why an order was not filled, or not whole.</summary>
public enum PaperReason
{
    /// <summary>It was filled whole.</summary>
    None,

    /// <summary>The price with spread and slippage lies beyond the order's worst price.</summary>
    BeyondWorstPrice,

    /// <summary>The market did not go beyond the limit. The order may wait.</summary>
    LimitNotReached,

    /// <summary>The market did not reach the stop. The order may wait.</summary>
    StopNotReached,

    /// <summary>The bar did not trade enough.</summary>
    Volume,

    /// <summary>Chance left a part unfilled.</summary>
    PartByChance,

    /// <summary>Chance had the exchange refuse it.</summary>
    RefusedByChance,
}

/// <summary>The result of an order, without records: the form that a backtest calculates with.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Quantity">Units that were filled.</param>
/// <param name="Price">Price of the fill, or the price that was beyond the worst one; 0 without any.</param>
/// <param name="FeeUsd">Fee of the fill.</param>
/// <param name="Reason">Why it was not filled, or not whole.</param>
public readonly record struct PaperExecution(TradeOutcome Outcome, decimal Quantity, decimal Price, decimal FeeUsd, PaperReason Reason);
