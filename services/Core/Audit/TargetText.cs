using Trading.Contracts;
using static Trading.Core.DecisionText;

namespace Trading.Core;

/// <summary>What a strategy asked for and why, in plain words.</summary>
internal static class TargetText
{
    /// <summary>What it asked for, and what that follows from.</summary>
    public static string Asked(StrategySignal strategy, ExposureTarget target, string symbol)
    {
        var told = Text($"The strategy {strategy.Name} asked to hold {Percent(target.Share)} of equity in {symbol}");
        if (target.Lookbacks is { Count: > 0 } lookbacks)
        {
            told += ": the price had "
                + string.Join(", ", lookbacks.Select(one => Text(
                    $"{Moved(one.ReturnPercent)} against {one.Days} day{(one.Days == 1 ? "" : "s")} before")))
                + Text($", so {lookbacks.Count(one => one.ReturnPercent > 0)} of {lookbacks.Count} lookbacks rose ")
                + Text($"and the trend asked for {Percent(target.TrendShare ?? target.Share)}");
        }
        if (target is { VolatilityPercent: { } volatility, VolatilityTargetPercent: { } goal })
        {
            told += Text($"; over the last {target.VolatilityDays} days its volatility was {volatility:0.0} % a year, ")
                + (volatility > goal ? Text($"scaled down to the target of {goal:0.##} %")
                    : Text($"below the target of {goal:0.##} %, so nothing was scaled down"));
        }
        if (target.ChanceUp is { } chance)
            told += Text($"; a model expected a fall of more than buying and selling costs and gave a rise a chance of {Percent(chance)}, ")
                + Text($"so that share was multiplied by {Math.Clamp(2 * chance, 0, 1):0.00}");
        return told + ". ";
    }

    /// <summary>How far that was from what was held, and what the order was to cost; empty where no target was asked for.</summary>
    public static string Distance(ExposureTarget target, Assessment assessment, PaperCosts? costs)
    {
        var band = assessment.Checks.FirstOrDefault(check => check.Rule == RiskRule.RebalanceBand);
        if (band == default)
            return "";
        var held = (decimal)Math.Round(target.Share, 4) + (assessment.Signal == TradeAction.Buy ? -band.Observed : band.Observed);
        if (assessment.Verdict == Verdict.Hold)
            return Text($"The position was {Percent((double)band.Observed)} of equity away from that, within the band of ")
                + Text($"{Percent((double)band.Limit)}. ");
        return Text($"{Percent((double)held)} was held, {Percent((double)band.Observed)} away")
            + (band.Limit > 0 ? Text($" and beyond the band of {Percent((double)band.Limit)}. ")
                : "; the target was to hold nothing. ")
            + (costs is null ? "" : Text($"The order was expected to cost {costs.FeePercent + costs.SpreadPercent / 2
                + costs.SlippagePercent:0.###} % of its value. "));
    }

    private static string Percent(double share) => Text($"{share * 100:0.0} %");

    private static string Moved(double percent) => percent > 0 ? Text($"risen by {percent:0.0} %")
        : Text($"fallen by {-percent:0.0} %");
}
