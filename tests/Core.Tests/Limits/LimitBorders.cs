namespace Trading.Core.Tests;

/// <summary>A purchase under given limits, and what refused it.</summary>
internal static class LimitBorders
{
    internal static Assessment Buy(Portfolio account, DateTimeOffset? at = null, double confidence = 1) =>
        Risk.Assess(account, 2, Given.Prediction(5, confidence, at: at ?? Given.Noon), at ?? Given.Noon);

    internal static RiskCheck Check(Assessment assessment, RiskRule rule) => Assert.Single(assessment.Checks, check => check.Rule == rule);

    internal static void Refused(Assessment assessment, RiskRule rule, decimal observed, decimal limit)
    {
        Assert.Equal((Verdict.Refused, rule), (assessment.Verdict, assessment.Refusal));
        Assert.Equal(new(rule, observed, limit, Passed: false), Check(assessment, rule));
    }
}
