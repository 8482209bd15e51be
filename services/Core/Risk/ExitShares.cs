namespace Trading.Core;

/// <summary>
/// The barriers of an account's exits as shares of the price that each is measured from, 0.98 for a stop two percent below: found once, so
/// that a backtest divides nothing for each price.
/// </summary>
/// <param name="Stop">Of the entry; null where there is no stop.</param>
/// <param name="Trailing">Of the highest price; null where there is no trailing stop.</param>
/// <param name="TrailingFrom">Of the entry: where the trailing stop starts.</param>
/// <param name="Target">Of the entry; null where there is no target.</param>
public readonly record struct ExitShares(decimal? Stop, decimal? Trailing, decimal TrailingFrom, decimal? Target)
{
    /// <summary>The shares of the barriers.</summary>
    /// <param name="limits">When a position is closed; null for never.</param>
    public static ExitShares Of(ExitLimits? limits) => limits is null ? default : new(
        StopOf(limits), 1 - limits.TrailingStopPercent / 100, 1 + limits.TrailingOffsetPercent / 100,
        1 + limits.TakeProfitPercent / 100);

    /// <summary>Where the stop stands, as a share of the entry price; null where there is no stop.</summary>
    public static decimal? StopOf(ExitLimits limits) => 1 - limits.StopLossPercent / 100;

    /// <summary>The price at or below which the position is sold at a loss; null where there is no stop.</summary>
    public decimal? StopPrice(decimal entryPrice) => Stop is { } share ? entryPrice * share : null;

    /// <summary>
    /// The price at or below which the position is sold to keep its gain; null where there is no trailing stop, or while the price has not
    /// been high enough for it to begin.
    /// </summary>
    public decimal? TrailingStopPrice(in Holding holding) =>
        Trailing is { } share && holding.HighestPrice >= holding.EntryPrice * TrailingFrom ? holding.HighestPrice * share : null;

    /// <summary>The price at or above which the position is sold for its gain; null where there is no target.</summary>
    public decimal? TargetPrice(decimal entryPrice) => Target is { } share ? entryPrice * share : null;
}
