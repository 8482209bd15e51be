using static Trading.Core.Tests.LimitBorders;

namespace Trading.Core.Tests;

/// <summary>How much is bought: fixed, by volatility, by Kelly, within the limits.</summary>
public class BuySizeTests
{
    [Fact]
    public void a_kelly_stake_is_what_is_held_and_what_is_bought_together()
    {
        var prediction = Given.Prediction(5) with { Window = Given.Prediction(5).Window with { RuleHits = 80, RuleSignals = 100 } };
        var limits = Given.Limits with { MaxTradeAmountUsd = 100_000, Sizing = new(SizingMethod.Kelly, KellyFraction: 0.25) };
        var stake = Risk.Assess(Given.Account(limits), 2, prediction, Given.Noon).Order!.Quantity;
        Assert.InRange(stake, 5, 50);
        Assert.Equal(stake - 4, Risk.Assess(Given.Account(limits, Given.Bought(4)), 2, prediction, Given.Noon).Order!.Quantity);
    }

    [Fact]
    public void a_fixed_buy_is_the_allowed_amount_whatever_the_confidence() =>
        Assert.Equal(10, Buy(Given.Account(Given.Limits with { Sizing = new(SizingMethod.Fixed) }), confidence: 0.61).Order?.Quantity);

    [Theory]
    [InlineData(1, 10)]
    [InlineData(22, 8)] // 30 units of 100 are the share of 30 % of 10,000
    [InlineData(29, 1)]
    public void a_buy_is_made_as_small_as_the_positions_share_asks_for(int held, int bought)
    {
        var limits = Given.Limits with
        { MaxPositionShare = 0.3m, LeastOrderValueUsd = 5, Sizing = new(SizingMethod.Fixed, WithinLimits: true) };
        var assessed = Buy(Given.Account(limits, Given.Bought(held)));
        Assert.Equal((Verdict.Approved, (decimal?)bought), (assessed.Verdict, assessed.Order?.Quantity));
    }

    [Fact]
    public void a_buy_is_made_as_small_as_the_exposure_and_the_free_cash_ask_for()
    {
        var limits = Given.Limits with { LeastOrderValueUsd = 5, Sizing = new(SizingMethod.Fixed, WithinLimits: true) };
        Assert.Equal(8, Buy(Given.Account(limits with { Orders = new(MaxExposureShare: 0.3m) }, Given.Bought(22))).Order?.Quantity);
        Assert.Equal(8, Buy(Given.Account(limits with { CashReserveShare = 0.695m }, Given.Bought(22))).Order?.Quantity);
    }

    [Fact]
    public void a_buy_of_which_too_little_would_be_left_is_refused_by_the_limits_name()
    {
        var limits = Given.Limits with
        { MaxPositionShare = 0.3m, LeastOrderValueUsd = 5, LotSize = 0.5m, Sizing = new(SizingMethod.Fixed, WithinLimits: true) };
        Assert.Equal(RiskRule.PositionShare, Buy(Given.Account(limits, Given.Bought(29.5m))).Refusal);
        Assert.Equal(RiskRule.PositionShare,
            Buy(Given.Account(limits with { Sizing = new(SizingMethod.Fixed) }, Given.Bought(22))).Refusal);
    }

    [Fact]
    public void a_buy_by_volatility_brings_the_position_to_the_target_and_no_further()
    {
        // A step of a minute moves 0.1 %, a day sqrt(1440) times that: 3.79 %. One percent of equity a day is 26.35 % of 10,000 in the
        // position: 26 units of 100, in orders of 10 at most.
        var limits = Given.Limits with { Sizing = new(SizingMethod.Volatility, TargetVolatilityPercent: 1) };
        Assert.Equal(10, Buy(Given.Account(limits)).Order?.Quantity);
        Assert.Equal(6, Buy(Given.Account(limits, Given.Bought(20))).Order?.Quantity);
        Assert.Equal(RiskRule.LeastOrderValue, Buy(Given.Account(limits, Given.Bought(27))).Refusal);
    }

    [Fact]
    public void a_buy_by_kelly_follows_from_the_scored_record_and_the_odds()
    {
        // 130 of 180 and half of 20 neutral ones are 0.7: a stake of 0.4 at even odds, of which a quarter is a tenth of 10,000.
        var made = Given.Prediction(5);
        made = made with { Window = made.Window with { RuleHits = 130, RuleSignals = 180 } };
        var limits = Given.Limits with { Sizing = new(SizingMethod.Kelly, KellyFraction: 0.2) };
        Assert.Equal(8, Risk.Size(Given.Account(limits), limits, TradeAction.Buy, made).Quantity);
        var odds = limits with { Exits = new(StopLossPercent: 2, TakeProfitPercent: 1) };
        Assert.Equal(2, Risk.Size(Given.Account(odds), odds, TradeAction.Buy, made).Quantity);
        Assert.Equal(0,
            Risk.Size(Given.Account(limits), limits, TradeAction.Buy, made with { Window = made.Window with { RuleHits = 80 } }).Quantity);
    }
}
