namespace Trading.Core.Tests;

/// <summary>An assessment at the border of a rule: passed, or refused by it.</summary>
internal static class RiskBorders
{
    internal static Assessment Assess(Portfolio account, PredictionMade prediction, DateTimeOffset? now = null) =>
        Risk.Assess(account, accountVersion: 2, prediction, now ?? Given.Noon);

    internal static void Approved(Assessment assessment, RiskRule rule, decimal observed, decimal limit)
    {
        Assert.Equal((Verdict.Approved, null), (assessment.Verdict, assessment.Refusal));
        Assert.NotNull(assessment.Order);
        Assert.Equal(new(rule, observed, limit, Passed: true), Assert.Single(assessment.Checks, check => check.Rule == rule));
    }

    internal static void Refused(Assessment assessment, RiskRule rule, decimal observed, decimal limit)
    {
        Assert.Equal((Verdict.Refused, rule, null), (assessment.Verdict, assessment.Refusal, assessment.Order));
        Assert.Equal(new(rule, observed, limit, Passed: false), Assert.Single(assessment.Checks, check => check.Rule == rule));
    }
}
