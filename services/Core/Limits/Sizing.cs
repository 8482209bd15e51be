using System.Text.Json.Serialization;

namespace Trading.Core;

/// <summary>How large a buy is.</summary>
public enum SizingMethod
{
    /// <summary>The allowed amount times the confidence of the prediction.</summary>
    Confidence,

    /// <summary>The allowed amount.</summary>
    Fixed,

    /// <summary>So much that the position's expected move in a day is a given share of equity.</summary>
    Volatility,

    /// <summary>A fraction of what the Kelly criterion gives for the models' scored record.</summary>
    Kelly,
}

/// <summary>How large a buy is, before the limits bound it.</summary>
/// <param name="Method">By what.</param>
/// <param name="TargetVolatilityPercent">For volatility: standard deviation of a day's move of the position, in percent of equity.</param>
/// <param name="KellyFraction">For Kelly: the share of the full Kelly stake, above 0 to 1.</param>
/// <param name="WithinLimits">
/// Whether a buy is made as small as the position's share, the exposure and the free cash allow, if at least a tenth of it is left; else
/// such a buy is refused.
/// </param>
public sealed record Sizing(
    SizingMethod Method, double TargetVolatilityPercent = 1, double KellyFraction = 0.25,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool WithinLimits = false)
{
    internal void Check(LimitViolations violations)
    {
        violations.Require(TargetVolatilityPercent is > 0 and <= 100,
            $"Sizing.TargetVolatilityPercent must be above 0 and at most 100, was {TargetVolatilityPercent}");
        violations.Require(KellyFraction is > 0 and <= 1,
            $"Sizing.KellyFraction must be above 0 and at most 1, was {KellyFraction}");
    }
}
