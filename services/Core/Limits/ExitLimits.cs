using System.Text.Json.Serialization;

namespace Trading.Core;

/// <summary>
/// When a position is closed without a prediction. Each is null where there is no such exit. Entry is the mean price paid for what is held.
/// </summary>
/// <param name="StopLossPercent">How far below the entry, in percent.</param>
/// <param name="TrailingStopPercent">How far below the highest price since the entry, in percent.</param>
/// <param name="TrailingOffsetPercent">
/// The trailing stop starts once the price has been this far above the entry, in percent; 0 for at once.
/// </param>
/// <param name="TakeProfitPercent">How far above the entry, in percent.</param>
/// <param name="TimeLimitSeconds">How long after the entry.</param>
/// <param name="AtDailyLoss">Whether everything is sold when the day has lost its limit.</param>
/// <param name="AtDrawdown">Whether everything is sold when equity has fallen by the limit of the drawdown.</param>
/// <param name="MaxAmountUsd">Largest value of one order of an exit; null for the whole position at once.</param>
/// <param name="StopOnExchange">
/// Whether the stop-loss also waits on the exchange as an order, where it triggers between two observed prices and while this system is
/// down.
/// </param>
public sealed record ExitLimits(
    decimal? StopLossPercent = null, decimal? TrailingStopPercent = null, decimal TrailingOffsetPercent = 0,
    decimal? TakeProfitPercent = null, int? TimeLimitSeconds = null,
    bool AtDailyLoss = false, bool AtDrawdown = false, decimal? MaxAmountUsd = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool StopOnExchange = false)
{
    internal void Check(RiskLimits limits, LimitViolations violations)
    {
        violations.Require(StopLossPercent is null or (> 0 and < 100),
            $"Exits.StopLossPercent must be above 0 and below 100, was {StopLossPercent}");
        violations.Require(TrailingStopPercent is null or (> 0 and < 100),
            $"Exits.TrailingStopPercent must be above 0 and below 100, was {TrailingStopPercent}");
        violations.Require(TrailingOffsetPercent is >= 0 and < 1000,
            $"Exits.TrailingOffsetPercent must be at least 0 and below 1000, was {TrailingOffsetPercent}");
        violations.Require(TakeProfitPercent is null or (> 0 and < 1000),
            $"Exits.TakeProfitPercent must be above 0 and below 1000, was {TakeProfitPercent}");
        violations.Require(TimeLimitSeconds is null or > 0, $"Exits.TimeLimitSeconds must be above 0, was {TimeLimitSeconds}");
        violations.Require(
            MaxAmountUsd is null || (MaxAmountUsd >= limits.LeastOrderValueUsd && MaxAmountUsd <= LimitViolations.LargestNumber),
            $"Exits.MaxAmountUsd must be LeastOrderValueUsd ({limits.LeastOrderValueUsd}) to {LimitViolations.LargestNumber}, ",
            $"was {MaxAmountUsd}");
    }
}
