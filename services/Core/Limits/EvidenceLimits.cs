namespace Trading.Core;

/// <summary>What a buy must rest on. Each is null where nothing is required.</summary>
/// <param name="LeastSources">Sources that a live price must have been agreed from.</param>
/// <param name="MaxSourceSpreadPercent">Largest distance between the sources that counted, in percent of the price.</param>
/// <param name="LeastModels">Models that must have answered.</param>
/// <param name="LeastAgreement">Share of them that must have given the ensemble's direction, 0 to 1.</param>
public sealed record EvidenceLimits(int? LeastSources = null, decimal? MaxSourceSpreadPercent = null, int? LeastModels = null,
    double? LeastAgreement = null)
{
    internal void Check(LimitViolations violations)
    {
        violations.Require(LeastSources is null or > 0, $"Evidence.LeastSources must be above 0, was {LeastSources}");
        violations.Require(MaxSourceSpreadPercent is null or > 0,
            $"Evidence.MaxSourceSpreadPercent must be above 0, was {MaxSourceSpreadPercent}");
        violations.Require(LeastModels is null or > 0, $"Evidence.LeastModels must be above 0, was {LeastModels}");
        violations.Require(LeastAgreement is null or (>= 0 and <= 1),
            $"Evidence.LeastAgreement must be between 0 and 1, was {LeastAgreement}");
    }
}
