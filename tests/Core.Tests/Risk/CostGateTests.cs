namespace Trading.Core.Tests;

public class CostGateTests
{
    // Buying and selling again costs 2 x (0.1 fee + 0.01 half the spread + 0.04 slippage) = 0.3 %.
    private static readonly RiskLimits Limits = Given.Limits with
    { Signal = new(0.1, 0.5), FeePercent = 0.1m, Costs = new(1, 0.02m, 0.04m), LotSize = 0.01m };

    [Theory]
    [InlineData(0.31, true)]
    [InlineData(0.3, false)]
    [InlineData(0.15, false)]
    public void a_buy_must_expect_more_than_buying_and_selling_again_costs(double movePercent, bool approved)
    {
        var assessment = Assess(Given.Account(Limits), movePercent);

        Assert.Equal(approved ? null : RiskRule.ExpectedMove, assessment.Refusal);
        Assert.Contains(new(RiskRule.ExpectedMove, (decimal)movePercent, 0.3m, approved), assessment.Checks);
    }

    [Theory]
    [InlineData(-0.31, true)]
    [InlineData(-0.3, false)]
    public void a_sale_must_expect_the_same_fall(double movePercent, bool approved)
    {
        var assessment = Assess(Given.Account(Limits, Given.Bought(10)), movePercent);

        Assert.Equal(approved ? null : RiskRule.ExpectedMove, assessment.Refusal);
        Assert.Contains(new(RiskRule.ExpectedMove, (decimal)-movePercent, 0.3m, approved), assessment.Checks);
    }

    [Fact]
    public void the_multiple_raises_what_must_be_expected() => Assert.Contains(
        new(RiskRule.ExpectedMove, 0.5m, 0.6m, false),
        Assess(Given.Account(Limits with { Costs = Limits.Costs! with { Multiple = 2 } }), 0.5).Checks);

    [Fact]
    public void an_order_that_is_large_beside_what_is_traded_costs_more()
    {
        var limits = Limits with { Costs = Limits.Costs! with { SizeSlippagePercent = 1 } };
        var prediction = Given.Prediction(1);
        // 10,000 USD in the minute of an order of 1,000: a tenth of 1 % on each side.
        var traded = prediction with { Price = prediction.Price with { Volume24hUsd = 10_000 * 1440 } };

        var check = Risk.Assess(Given.Account(limits), 1, traded, Given.Noon).Checks.Single(check => check.Rule == RiskRule.ExpectedMove);
        Assert.Equal(0.5m, check.Limit);
        Assert.Contains(new(RiskRule.ExpectedMove, 1, 0.3m, true), Risk.Assess(Given.Account(limits), 1, prediction, Given.Noon).Checks);
    }

    [Fact]
    public void limits_without_costs_apply_no_such_rule() => Assert.DoesNotContain(
        Assess(Given.Account(Limits with { Costs = null }), 0.15).Checks, check => check.Rule == RiskRule.ExpectedMove);

    [Fact]
    public void an_exit_never_waits_for_a_large_move()
    {
        var account = Given.Account(Limits with { Exits = new(StopLossPercent: 5) }, Given.Bought(10, 110, at: Given.Noon.AddHours(-1)));

        var exit = Risk.AssessExit(account, 1, Given.Price(), Given.Noon)!.Assessment;

        Assert.Equal(Verdict.Approved, exit.Verdict);
        Assert.DoesNotContain(exit.Checks, check => check.Rule == RiskRule.ExpectedMove);
    }

    [Fact]
    public void a_rule_that_does_not_say_how_far_the_price_goes_is_not_asked()
    {
        var prediction = Given.Prediction(0) with { Strategy = new("breakout", TradeAction.Buy, 1) };

        var assessment = Risk.Assess(Given.Account(Limits), 1, prediction, Given.Noon);

        Assert.Equal(Verdict.Approved, assessment.Verdict);
        Assert.DoesNotContain(assessment.Checks, check => check.Rule == RiskRule.ExpectedMove);
    }

    [Fact]
    public void a_move_beyond_every_number_does_not_break_the_decision() =>
        Assert.Equal(1_000_000, Assess(Given.Account(Limits), 1e40).Checks.Single(check => check.Rule == RiskRule.ExpectedMove).Observed);

    [Fact]
    public void costs_out_of_their_range_are_named()
    {
        Assert.Contains("Costs.Multiple must be above 0 and at most 100, was 0", (Limits with { Costs = new(0, 0, 0) }).Violations());
        Assert.Contains("Rebalance.BandShare must be at least 0 and below 1, was 1", (Limits with { Rebalance = new(1) }).Violations());
    }

    private static Assessment Assess(Portfolio account, double movePercent) =>
        Risk.Assess(account, 1, Given.Prediction(movePercent), Given.Noon);
}
