namespace Trading.Core;

/// <summary>
/// Losses and executions at which the account only reduces until an operator resumes trading. Each is null where there is no limit.
/// </summary>
/// <param name="MaxDrawdownShare">
/// Fall of equity below its highest since trading was last resumed, as a share of that, above 0 to 1.
/// </param>
/// <param name="MaxLosingTrades">Sales in a row that lost after fees.</param>
/// <param name="MaxUnreviewedExecutions">Executions since an operator last resumed trading (RTS 6, Article 15(3)).</param>
public sealed record LossLimits(decimal? MaxDrawdownShare = null, int? MaxLosingTrades = null, int? MaxUnreviewedExecutions = null)
{
    internal void Check(LimitViolations violations)
    {
        violations.Require(MaxDrawdownShare is null or (> 0 and <= 1),
            $"Losses.MaxDrawdownShare must be above 0 and at most 1, was {MaxDrawdownShare}");
        violations.Require(MaxLosingTrades is null or > 0, $"Losses.MaxLosingTrades must be above 0, was {MaxLosingTrades}");
        violations.Require(MaxUnreviewedExecutions is null or > 0,
            $"Losses.MaxUnreviewedExecutions must be above 0, was {MaxUnreviewedExecutions}");
    }
}
