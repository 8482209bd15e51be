using static Trading.Core.Tests.RiskBorders;

namespace Trading.Core.Tests;

/// <summary>Every rule at its border: the first assessment passes it, the second, one step further, is refused by it.</summary>
public class RiskTests
{
    [Theory]
    [InlineData(TradingState.Active, 5, true)]
    [InlineData(TradingState.Reducing, 5, false)]
    [InlineData(TradingState.Halted, 5, false)]
    [InlineData(TradingState.Active, -5, true)]
    [InlineData(TradingState.Reducing, -5, true)]
    [InlineData(TradingState.Halted, -5, false)]
    public void a_reducing_account_only_sells_and_a_halted_one_does_nothing(TradingState state, double movePercent, bool approved)
    {
        IAccountEvent[] bought = [Given.Bought(10)];
        IAccountEvent[] changed = state switch
        {
            TradingState.Reducing => [new TradingReduced("operator", "test", Given.Noon)],
            TradingState.Halted => [new TradingHalted("operator", "test", Given.Noon)],
            _ => [],
        };

        var assessment = Assess(Given.Account([.. bought, .. changed]), Given.Prediction(movePercent));

        if (approved)
            Approved(assessment, RiskRule.TradingState, observed: (int)state, limit: movePercent > 0 ? 0 : 1);
        else
            Refused(assessment, RiskRule.TradingState, observed: (int)state, limit: movePercent > 0 ? 0 : 1);
    }

    [Fact]
    public void a_prediction_that_has_an_open_order_gets_no_second_one()
    {
        var prediction = Given.Prediction(5);
        Approved(Assess(Given.Account(Given.Reserved(Given.Buy(1))), prediction), RiskRule.DuplicateIntent, observed: 0, limit: 0);

        var open = new FundsReserved(DerivedId.Trade(prediction.PredictionId), Given.Buy(1), Given.Noon);
        Refused(Assess(Given.Account(open), prediction), RiskRule.DuplicateIntent, observed: 1, limit: 0);
    }

    [Fact]
    public void a_price_may_be_as_old_as_the_limit_and_not_older()
    {
        var prediction = Given.Prediction(5) with { ExpiresAt = Given.Noon.AddHours(1) };

        Approved(Assess(Given.Account(), prediction, Given.Noon.AddSeconds(120)), RiskRule.PriceAge, observed: 120, limit: 120);
        Refused(Assess(Given.Account(), prediction, Given.Noon.AddSeconds(120).AddTicks(1)), RiskRule.PriceAge,
            observed: 120.0000001m, limit: 120);
    }

    [Fact]
    public void a_prediction_may_be_traded_on_until_it_expires_and_not_at_that_instant()
    {
        var prediction = Given.Prediction(5) with { ExpiresAt = Given.Noon.AddSeconds(60) };

        Approved(Assess(Given.Account(), prediction, Given.Noon.AddSeconds(60).AddTicks(-1)), RiskRule.PredictionAge,
            observed: 59.9999999m, limit: 60);
        Refused(Assess(Given.Account(), prediction, Given.Noon.AddSeconds(60)), RiskRule.PredictionAge, observed: 60, limit: 60);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(-5)]
    public void confidence_must_reach_the_limit_for_buys_and_sales(double movePercent)
    {
        var account = Given.Account(Given.Bought(10));

        Approved(Assess(account, Given.Prediction(movePercent, 0.6)), RiskRule.Confidence, observed: 0.6m, limit: 0.6m);
        Refused(Assess(account, Given.Prediction(movePercent, 0.599999)), RiskRule.Confidence, observed: 0.599999m, limit: 0.6m);
    }

    [Fact]
    public void nothing_is_bought_from_the_daily_loss_limit_on()
    {
        // Ten bought at 1000 and sold lower: the loss L leaves 10,000 - L of equity, a quarter of which is L when L is 2000.
        Approved(Assess(Given.Account(Given.Bought(10, 1000), Given.Sold(10, 800.001m)), Given.Prediction(5)),
            RiskRule.DailyLoss, observed: 1999.99m, limit: 2000.0025m);
        Refused(Assess(Given.Account(Given.Bought(10, 1000), Given.Sold(10, 800)), Given.Prediction(5)),
            RiskRule.DailyLoss, observed: 2000, limit: 2000);
    }

    [Fact]
    public void a_sale_needs_something_that_is_held_and_not_promised_to_another_sale()
    {
        Approved(Assess(Given.Account(Given.Bought(10), Given.Reserved(Given.Sell(9))), Given.Prediction(-5)),
            RiskRule.Holdings, observed: 1, limit: 0);
        Refused(Assess(Given.Account(Given.Bought(10), Given.Reserved(Given.Sell(10))), Given.Prediction(-5)),
            RiskRule.Holdings, observed: 0, limit: 0);
        Refused(Assess(Given.Account(), Given.Prediction(-5)), RiskRule.Holdings, observed: 0, limit: 0);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(-5)]
    public void an_order_must_reach_the_least_value(double movePercent)
    {
        Approved(Assess(Given.Account(Given.Limits with { LeastOrderValueUsd = 1000 }, Given.Bought(10)), Given.Prediction(movePercent)),
            RiskRule.LeastOrderValue, observed: 1000, limit: 1000);
        Refused(Assess(Given.Account(Given.Limits with { LeastOrderValueUsd = 1000.01m }, Given.Bought(10)), Given.Prediction(movePercent)),
            RiskRule.LeastOrderValue, observed: 1000, limit: 1000.01m);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(-5)]
    public void an_order_may_be_as_large_as_the_limit_and_is_sized_to_stay_within_it(double movePercent)
    {
        Approved(Assess(Given.Account(Given.Bought(50)), Given.Prediction(movePercent)),
            RiskRule.LargestOrderValue, observed: 1000, limit: 1000);
        Approved(Assess(Given.Account(Given.Limits with { MaxTradeAmountUsd = 999.99m }, Given.Bought(50)), Given.Prediction(movePercent)),
            RiskRule.LargestOrderValue, observed: 900, limit: 999.99m);
    }

    [Fact]
    public void a_buy_may_take_the_free_cash_down_to_the_reserve_and_not_further()
    {
        Approved(Assess(Given.Account(Given.Limits with { CashReserveShare = 0.9m }), Given.Prediction(5)),
            RiskRule.FreeCash, observed: 1000, limit: 1000);
        Refused(Assess(Given.Account(Given.Limits with { CashReserveShare = 0.901m }), Given.Prediction(5)),
            RiskRule.FreeCash, observed: 1000, limit: 990);
    }

    [Fact]
    public void cash_that_is_reserved_for_an_open_order_is_not_free()
    {
        Approved(Assess(Given.Account(Given.Reserved(Given.Buy(90))), Given.Prediction(5)), RiskRule.FreeCash, observed: 1000, limit: 1000);
        Refused(Assess(Given.Account(Given.Reserved(Given.Buy(91))), Given.Prediction(5)), RiskRule.FreeCash, observed: 1000, limit: 900);
    }

    [Fact]
    public void a_position_may_reach_its_share_of_equity_and_not_more()
    {
        Approved(Assess(Given.Account(Given.Limits with { MaxPositionShare = 0.1m }), Given.Prediction(5)),
            RiskRule.PositionShare, observed: 0.1m, limit: 0.1m);
        Refused(Assess(Given.Account(Given.Limits with { MaxPositionShare = 0.099m }), Given.Prediction(5)), RiskRule.PositionShare,
            observed: 0.1m, limit: 0.099m);
    }

    [Fact]
    public void open_buys_count_towards_the_position_and_the_share_is_rounded_up()
    {
        var limits = Given.Limits with { MaxPositionShare = 0.2m };
        Approved(Assess(Given.Account(limits, Given.Reserved(Given.Buy(10))), Given.Prediction(5)),
            RiskRule.PositionShare, observed: 0.2m, limit: 0.2m);

        // 2000 of 9999.9999 is 0.200000002: a share that is rounded to nearest would pass.
        var slightlyPoorer = new CashAdjusted(-0.0001m, "operator", "withdrawn", Given.Noon);
        Refused(Assess(Given.Account(limits, Given.Reserved(Given.Buy(10)), slightlyPoorer), Given.Prediction(5)),
            RiskRule.PositionShare, observed: 0.20000001m, limit: 0.2m);
    }
}
