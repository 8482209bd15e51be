namespace Trading.Core.Tests;

public class RebalancingTests
{
    private static readonly RiskLimits Limits = Given.Limits with { MaxTradeAmountUsd = 100_000, Rebalance = new(0.1m) };

    [Fact]
    public void an_account_without_a_position_buys_the_share_that_a_strategy_asks_for()
    {
        var assessment = Assess(Given.Account(Limits), 0.5);

        Assert.Equal((Verdict.Approved, TradeAction.Buy, 50m), (assessment.Verdict, assessment.Signal, assessment.Order!.Quantity));
        Assert.Contains(new(RiskRule.RebalanceBand, 0.5m, 0.1m, true), assessment.Checks);
    }

    [Fact]
    public void a_position_that_is_too_large_is_sold_down_to_the_target()
    {
        // 60 of 10,000 USD of equity at 100 are 60 %.
        var assessment = Assess(Given.Account(Limits, Given.Bought(60)), 0.25);

        Assert.Equal((Verdict.Approved, TradeAction.Sell, 35m), (assessment.Verdict, assessment.Signal, assessment.Order!.Quantity));
        Assert.Contains(new(RiskRule.RebalanceBand, 0.35m, 0.1m, true), assessment.Checks);
    }

    [Theory]
    [InlineData(0.6, TradeAction.Hold)]
    [InlineData(0.6001, TradeAction.Buy)]
    [InlineData(0.4, TradeAction.Hold)]
    [InlineData(0.3999, TradeAction.Sell)]
    public void nothing_is_traded_until_the_distance_is_beyond_the_band(double share, TradeAction signal)
    {
        var assessment = Assess(Given.Account(Limits, Given.Bought(50)), share);

        Assert.Equal(signal, assessment.Signal);
        Assert.Equal(signal == TradeAction.Hold, assessment.Verdict == Verdict.Hold);
    }

    [Fact]
    public void a_hold_within_the_band_records_how_far_the_target_was()
    {
        var assessment = Assess(Given.Account(Limits, Given.Bought(50)), 0.45);

        Assert.Equal([new(RiskRule.RebalanceBand, 0.05m, 0.1m, false)], assessment.Checks);
        Assert.Equal((Verdict.Hold, null, null), (assessment.Verdict, assessment.Refusal, assessment.Order));
    }

    [Fact]
    public void a_target_of_nothing_sells_a_position_that_is_smaller_than_the_band()
    {
        var assessment = Assess(Given.Account(Limits, Given.Bought(5)), 0);

        Assert.Equal((Verdict.Approved, 5m), (assessment.Verdict, assessment.Order!.Quantity));
        Assert.Contains(new(RiskRule.RebalanceBand, 0.05m, 0, true), assessment.Checks);
    }

    [Fact]
    public void a_target_of_nothing_with_nothing_held_is_a_hold() =>
        Assert.Equal(Verdict.Hold, Assess(Given.Account(Limits), 0).Verdict);

    [Fact]
    public void an_order_towards_a_target_stays_within_the_largest_order() =>
        Assert.Equal(10, Assess(Given.Account(Limits with { MaxTradeAmountUsd = 1000 }), 0.9).Order!.Quantity);

    [Fact]
    public void an_order_towards_a_target_stays_within_the_position_share()
    {
        var limits = Limits with { MaxPositionShare = 0.25m, Sizing = new(SizingMethod.Fixed, WithinLimits: true) };

        Assert.Equal(25, Assess(Given.Account(limits), 0.9).Order!.Quantity);
        Assert.Equal(RiskRule.PositionShare, Assess(Given.Account(limits, Given.Bought(25)), 0.9).Refusal);
    }

    [Fact]
    public void what_an_open_order_will_add_counts_as_held()
    {
        var account = Given.Account(Limits, Given.Reserved(Given.Buy(45)));

        Assert.Equal(Verdict.Hold, Assess(account, 0.5).Verdict);
    }

    [Fact]
    public void what_an_open_sale_will_take_away_counts_as_gone()
    {
        var account = Given.Account(Limits, Given.Bought(50), Given.Reserved(Given.Sell(45)));

        Assert.Equal(Verdict.Hold, Assess(account, 0.1).Verdict);
    }

    [Fact]
    public void a_halted_account_does_not_rebalance()
    {
        var account = Given.Account(Limits, new TradingHalted("operator", "test", Given.Noon));

        Assert.Equal(RiskRule.TradingState, Assess(account, 0.5).Refusal);
    }

    [Fact]
    public void a_share_is_taken_to_a_hundredth_of_a_percent_and_within_0_and_1()
    {
        Assert.Equal(0.3333m, Rebalancing.Share(new(1 / 3.0)));
        Assert.Equal(1, Rebalancing.Share(new(1.2)));
        Assert.Equal(0, Rebalancing.Share(new(-0.2)));
    }

    private static Assessment Assess(Portfolio account, double share)
    {
        var prediction = Given.Prediction(0) with
        { Strategy = new("trend", TradeAction.Hold, 1, Target: new(share, [new(20, 3.5), new(50, -1)])) };
        return Risk.Assess(account, 7, prediction, Given.Noon);
    }
}
