using static Trading.Core.Tests.RiskBorders;

namespace Trading.Core.Tests;

/// <summary>What an assessment puts on record: its checks in their order, and the account that it was made against.</summary>
public class AssessmentTests
{
    [Fact]
    public void every_check_of_a_buy_is_recorded_in_order_also_after_the_first_refusal()
    {
        var limits = Given.Limits with { LeastConfidence = 1, MaxPositionShare = 0.01m, LeastOrderValueUsd = 5000 };
        var account = Given.Account(limits, new TradingHalted("operator", "test", Given.Noon));

        var assessment = Assess(account, Given.Prediction(5, 0.9), Given.Noon.AddDays(1));

        Assert.Equal((Verdict.Refused, RiskRule.TradingState, null), (assessment.Verdict, assessment.Refusal, assessment.Order));
        Assert.Equal(
            [
                (RiskRule.TradingState, false), (RiskRule.DuplicateIntent, true), (RiskRule.PriceAge, false),
                (RiskRule.PredictionAge, false),
                (RiskRule.Direction, true), (RiskRule.Confidence, false), (RiskRule.DailyLoss, true), (RiskRule.LeastOrderValue, false),
                (RiskRule.LargestOrderValue, true),
                (RiskRule.FreeCash, true), (RiskRule.PositionShare, false),
            ],
            assessment.Checks.Select(check => (check.Rule, check.Passed)));
    }

    [Fact]
    public void every_check_of_a_sale_is_recorded_in_order() =>
        Assert.Equal(
            [
                RiskRule.TradingState, RiskRule.DuplicateIntent, RiskRule.PriceAge, RiskRule.PredictionAge,
                RiskRule.Confidence, RiskRule.Holdings,
                RiskRule.LeastOrderValue, RiskRule.LargestOrderValue,
            ],
            Assess(Given.Account(Given.Bought(10)), Given.Prediction(-5)).Checks.Select(check => check.Rule));

    [Fact]
    public void a_hold_has_no_checks_and_no_order()
    {
        var assessment = Assess(Given.Account(), Given.Prediction(0.5));

        Assert.Equal((TradeAction.Hold, Verdict.Hold, null, null),
            (assessment.Signal, assessment.Verdict, assessment.Refusal, assessment.Order));
        Assert.Empty(assessment.Checks);
    }

    [Fact]
    public void an_assessment_names_the_account_that_it_was_made_against()
    {
        var account = Given.Account(Given.Bought(10, 90, fee: 1), Given.Reserved(Given.Buy(3), trade: 2));

        var assessment = Risk.Assess(account, accountVersion: 4, Given.Prediction(0), Given.Noon);

        Assert.Equal(("main", 1, 4L), (assessment.Account, assessment.LimitsVersion, assessment.AccountVersion));
        Assert.Equal((9099m, 300m, 10m, 10_099m),
            (assessment.CashUsd, assessment.ReservedUsd, assessment.PositionQuantity, assessment.EquityUsd));
        Assert.Equal((Given.Noon, Given.Noon.AddSeconds(120)), (assessment.AssessedAt, assessment.ExpiresAt));
    }

    [Fact]
    public void nothing_is_decided_without_limits() =>
        Assert.Throws<InvalidOperationException>(() => Assess(Portfolio.Evolve(null, Given.Opened), Given.Prediction(5)));
}
