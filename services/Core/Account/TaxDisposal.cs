namespace Trading.Core;

/// <summary>Units of one lot that one sale took.</summary>
/// <param name="SoldTradeId">The trade that sold them.</param>
/// <param name="BoughtTradeId">The trade that had bought them.</param>
/// <param name="Symbol">What was sold.</param>
/// <param name="Quantity">How many units.</param>
/// <param name="AcquiredAt">When they were bought (UTC).</param>
/// <param name="SoldAt">When they were sold (UTC).</param>
/// <param name="ProceedsUsd">What they brought, their share of the fee taken off.</param>
/// <param name="CostUsd">What they had cost, their share of the fee included.</param>
public sealed record TaxDisposal(
    Guid SoldTradeId, Guid BoughtTradeId, string Symbol, decimal Quantity, DateTimeOffset AcquiredAt, DateTimeOffset SoldAt,
    decimal ProceedsUsd, decimal CostUsd)
{
    /// <summary>Gain (positive) or loss.</summary>
    public decimal GainUsd => ProceedsUsd - CostUsd;
}
