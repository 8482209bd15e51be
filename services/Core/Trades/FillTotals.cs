using Trading.Contracts;

namespace Trading.Core;

/// <summary>What the fills of one order add up to.</summary>
/// <param name="fills">All fills of the order.</param>
internal sealed class FillTotals(IReadOnlyList<OrderFilled> fills)
{
    /// <summary>Units that were filled.</summary>
    public decimal Quantity { get; } = fills.Sum(fill => fill.Quantity);

    /// <summary>Fees in the quote currency.</summary>
    public decimal FeeUsd => fills.Sum(fill => fill.FeeUsd);

    /// <summary>Fees in units of the base currency; null for none.</summary>
    public decimal? FeeBase => Some(fill => fill.FeeBase);

    /// <summary>What fees in a third asset were worth; null for none.</summary>
    public decimal? FeeValueUsd => Some(fill => fill.FeeValueUsd);

    /// <summary>The mean price, with 28 digits: multiplied by the quantity it gives the value again; 0 without a fill.</summary>
    public decimal AveragePrice =>
        Quantity == 0 ? 0 : fills.Count == 1 ? fills[0].Price : fills.Sum(fill => fill.Quantity * fill.Price) / Quantity;

    /// <summary>The third asset that all such fees were taken in, and how many units of it; null for none and for several.</summary>
    public (string Asset, decimal Units)? FeeInThirdAsset =>
        fills.Where(fill => fill is { FeeAsset: not null, FeeBase: null }).GroupBy(fill => fill.FeeAsset!).ToList() is [var only]
            ? (only.Key, only.Sum(fill => fill.FeeAmount ?? 0)) : null;

    /// <summary>How an order of so many units ended that has these fills.</summary>
    /// <param name="ordered">Units that were ordered.</param>
    /// <param name="rejected">Whether the exchange refused the order.</param>
    public TradeOutcome Outcome(decimal ordered, bool rejected) => Quantity == ordered ? TradeOutcome.Filled
        : Quantity > 0 ? TradeOutcome.PartiallyFilled : rejected ? TradeOutcome.Rejected : TradeOutcome.Cancelled;

    /// <summary>Whether an execution has this quantity and these fees.</summary>
    public bool Give(Execution execution) => Quantity == execution.FilledQuantity && FeeUsd == execution.FeeUsd
        && FeeBase == execution.FeeBase && FeeValueUsd == execution.FeeValueUsd;

    private decimal? Some(Func<OrderFilled, decimal?> part) => fills.Sum(fill => part(fill) ?? 0) is not 0 and var sum ? sum : null;
}
