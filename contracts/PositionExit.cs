namespace Trading.Contracts;

/// <summary>
/// Why a position is closed without a prediction. Where several hold at one price, the first of these is taken: daily loss, drawdown,
/// stop-loss, trailing stop, which sell at once, flatten, which sells in slices, take-profit, time limit.
/// </summary>
public enum ExitReason
{
    /// <summary>An operator wants everything sold.</summary>
    Flatten,

    /// <summary>The account lost its limit of the day.</summary>
    DailyLoss,

    /// <summary>The account fell its limit below its highest equity.</summary>
    Drawdown,

    /// <summary>The price fell to the stop below the entry.</summary>
    StopLoss,

    /// <summary>The price fell to the stop that follows the highest price since the entry.</summary>
    TrailingStop,

    /// <summary>The price rose to the target above the entry.</summary>
    TakeProfit,

    /// <summary>The position was held as long as it may be.</summary>
    TimeLimit,
}

/// <summary>Why a position ended, and the position at that time.</summary>
/// <param name="Reason">Why it is closed.</param>
/// <param name="TriggerPrice">
/// The price at which the reason holds: the stop, the target; the observed price where the reason is not one of price.
/// </param>
/// <param name="EntryPrice">Mean price paid, without fees.</param>
/// <param name="HighestPrice">Highest price since the entry.</param>
/// <param name="EnteredAt">When the position was begun (UTC).</param>
public sealed record PositionExit(ExitReason Reason, decimal TriggerPrice, decimal EntryPrice,
    decimal HighestPrice, DateTimeOffset EnteredAt);
