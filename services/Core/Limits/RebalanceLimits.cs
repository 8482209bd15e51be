namespace Trading.Core;

/// <summary>When the share of equity that is held is brought to the share that a strategy asks for.</summary>
/// <param name="BandShare">
/// Once the two are further apart than this share of equity, 0 to below 1. A target of nothing is not kept waiting: all is sold.
/// </param>
public sealed record RebalanceLimits(decimal BandShare)
{
    internal void Check(LimitViolations violations) =>
        violations.Require(BandShare is >= 0 and < 1, $"Rebalance.BandShare must be at least 0 and below 1, was {BandShare}");
}
