namespace Trading.Core;

/// <summary>What a trade must be expected to bring beside what it costs. The fee is the one of the limits.</summary>
/// <param name="Multiple">
/// A signal that says how far the price will go must expect more than this many times the costs of buying and selling again; above 0.
/// </param>
/// <param name="SpreadPercent">Distance between bid and ask in percent of the price; half of it is paid on each side.</param>
/// <param name="SlippagePercent">How much further the price moves against an order, in percent; 0 or more.</param>
/// <param name="SizeSlippagePercent">
/// How much further it moves against an order as large as all that is traded in an interval, in percent; a smaller one moves it in
/// proportion, and none where the volume is not known.
/// </param>
public sealed record CostLimits(decimal Multiple, decimal SpreadPercent, decimal SlippagePercent, decimal SizeSlippagePercent = 0)
{
    /// <summary>What one side of a trade costs, in percent of its value.</summary>
    /// <param name="feePercent">The fee.</param>
    /// <param name="valueUsd">Value of the order.</param>
    /// <param name="volumeUsd">What is traded in an interval; 0 where it is not known.</param>
    public decimal OneWayPercent(decimal feePercent, decimal valueUsd, decimal volumeUsd) =>
        feePercent + SpreadPercent / 2 + SlippagePercent
        + (SizeSlippagePercent > 0 && volumeUsd > 0 ? SizeSlippagePercent * Math.Min(1, valueUsd / volumeUsd) : 0);

    internal void Check(LimitViolations violations)
    {
        violations.Require(Multiple is > 0 and <= 100, $"Costs.Multiple must be above 0 and at most 100, was {Multiple}");
        violations.Require(SpreadPercent is >= 0 and <= 10, $"Costs.SpreadPercent must be 0 to 10, was {SpreadPercent}");
        violations.Require(SlippagePercent is >= 0 and <= 10, $"Costs.SlippagePercent must be 0 to 10, was {SlippagePercent}");
        violations.Require(SizeSlippagePercent is >= 0 and <= 100,
            $"Costs.SizeSlippagePercent must be 0 to 100, was {SizeSlippagePercent}");
    }
}
