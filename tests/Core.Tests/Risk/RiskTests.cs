namespace Trading.Core.Tests;

public class RiskTests
{
    // Every rule at its border: the first assessment passes it, the second, one step further, is refused by it.

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

    // Sizing

    [Fact]
    public void a_buy_is_worth_the_allowed_amount_times_the_confidence_at_its_worst_price_rounded_down_to_the_lot()
    {
        var limits = Given.Limits with { WorstPriceMarginPercent = 1, FeePercent = 0.1m, LotSize = 0.001m };

        var order = Risk.Size(Given.Account(limits), limits, TradeAction.Buy, Given.Prediction(5, 0.7));

        // 700 / 101 = 6.9306..., of which 6.930 are bought for 699.93 and a fee of 0.69993.
        Assert.Equal(new Order(Given.Symbol, TradeAction.Buy, 6.930m, 101, 700.62993m), order);
    }

    [Fact]
    public void the_cash_for_a_buy_suffices_when_value_and_fee_are_booked_one_by_one()
    {
        // Value 0.300000006 and fee 0.000000003 fit into 0.30000001 together; booked with eight decimals each they take 0.30000002.
        var limits = Given.Limits with { MaxTradeAmountUsd = 0.35m, FeePercent = 0.000001m, LotSize = 0.1m, LeastOrderValueUsd = 0.1m };
        var order = Risk.Size(Given.Account(limits), limits, TradeAction.Buy, Given.Prediction(5, price: 1.00000002m));

        var fill = PaperFill.Of(Given.TradeId(1), order, order.WorstPrice, new(limits.FeePercent, 0, 0, TickSize: 0.00000001m), Given.Noon);
        var after = Settle(Given.Account(limits, Given.Reserved(order)), fill);

        Assert.Equal((0.30000002m, 0.30000002m), (10_000 - after.CashUsd, order.ReservedUsd));
    }

    [Fact]
    public void a_sale_is_the_allowed_amount_or_all_that_is_free()
    {
        Assert.Equal(10, Sale(held: 50, Given.Limits).Quantity);
        Assert.Equal(7, Sale(held: 7, Given.Limits).Quantity);
        Assert.Equal(7, Sale(held: 7.9m, Given.Limits).Quantity);
        Assert.Equal((99m, 0m),
            (Sale(held: 7, Given.Limits with { WorstPriceMarginPercent = 1 }).WorstPrice, Sale(held: 7, Given.Limits).ReservedUsd));
    }

    [Fact]
    public void a_sale_leaves_nothing_behind_that_would_be_too_small_to_sell()
    {
        var limits = Given.Limits with { LeastOrderValueUsd = 300 };

        Assert.Equal(10, Sale(held: 13, limits).Quantity);
        Assert.Equal(9, Sale(held: 12, limits).Quantity);
        Assert.Equal(8, Sale(held: 11, limits).Quantity);
        Assert.Equal(10, Sale(held: 10, limits).Quantity);
        Assert.Equal(9, Sale(held: 12, Given.Limits with { LeastOrderValueUsd = 250 }).Quantity);
    }

    [Fact]
    public void a_sale_is_not_made_smaller_for_a_rest_below_the_lot_that_cannot_be_sold_anyway() =>
        Assert.Equal(0.18m, Sale(held: 0.2m, Given.Limits with { LotSize = 0.03m, LeastOrderValueUsd = 10 }).Quantity);

    [Fact]
    public void a_sale_is_not_made_so_small_that_it_could_not_be_sold_itself() =>
        Assert.Equal(3, Sale(held: 4, Given.Limits with { MaxTradeAmountUsd = 300, LeastOrderValueUsd = 250 }).Quantity);

    [Fact]
    public void a_margin_never_takes_the_worst_price_of_a_sale_to_nothing()
    {
        var limits = Given.Limits with { WorstPriceMarginPercent = 99.9m };
        var order = Risk.Size(Given.Account(limits, Given.Bought(1)), limits, TradeAction.Sell, Given.Prediction(-5, price: 0.00000002m));

        Assert.Equal(PriceWindow.SmallestPrice, order.WorstPrice);
    }

    // Score and daily loss

    [Fact]
    public void the_score_is_the_larger_share_of_a_limit_in_use()
    {
        // 2000 of 10,000 in the position where half is allowed is 0.4; a loss of 1000 of 9000 where a quarter is allowed is 0.444.
        Assert.Equal(0.4, Score(Given.Account(Given.Limits with { MaxPositionShare = 0.5m }, Given.Bought(20))), 12);
        Assert.Equal(1000 / 2250.0, Score(Given.Account(Given.Limits, Given.Bought(10, 200), Given.Sold(10))), 12);
        Assert.Equal(0, Score(Given.Account()));
    }

    [Fact]
    public void the_score_is_one_when_trading_is_halted_or_nothing_is_left_or_a_limit_is_passed()
    {
        Assert.Equal(1, Score(Given.Account(new TradingHalted("operator", "test", Given.Noon))));
        Assert.Equal(1, Score(Given.Account(new CashAdjusted(-10_000, "operator", "withdrawn", Given.Noon))));
        Assert.Equal(1, Score(Given.Account(Given.Limits with { MaxPositionShare = 0.1m }, Given.Bought(20))));
    }

    [Fact]
    public void the_loss_of_an_earlier_day_is_not_in_the_score_of_today()
    {
        var account = Given.Account(Given.Bought(10, 200), Given.Sold(10));

        Assert.True(Score(account) > 0.4);
        Assert.Equal(0, Assess(account, Given.Prediction(0), Given.Noon.AddDays(1)).RiskScore);
    }

    [Fact]
    public void a_day_loses_what_its_sales_lost_after_fees_and_what_open_positions_are_worth_below_their_cost()
    {
        var account = Given.Account(Given.Bought(10, 200, fee: 2), Given.Sold(5, 150, fee: 1));
        var today = new DateOnly(2024, 3, 1);

        Assert.Equal(253 + 500, account.DailyLossUsd(Given.Symbol, 100, today));
        Assert.Equal(253, account.DailyLossUsd(Given.Symbol, 300, today));
        Assert.Equal(500, account.DailyLossUsd(Given.Symbol, 100, today.AddDays(1)));
        Assert.Equal(0, account.DailyLossUsd(Given.Symbol, 300, today.AddDays(1)));
    }

    // The limits themselves

    [Fact]
    public void limits_tell_every_value_that_is_out_of_its_range()
    {
        var violations = new RiskLimits(new(0, double.NaN), 1.1, 0, 1.01m, 1, 0, 0, -1, 100, 0, 0).Violations();

        Assert.Equal(
            [
                "Signal.ThresholdPercent must be above 0, was 0",
                "Signal.Confidence must be between 0 and 1, was NaN",
                "LeastConfidence must be between 0 and 1, was 1.1",
                "MaxTradeAmountUsd must be above 0 and at most 1000000000, was 0",
                "MaxPositionShare must be above 0 and at most 1, was 1.01",
                "CashReserveShare must be at least 0 and below 1, was 1",
                "MaxDailyLossShare must be above 0 and at most 1, was 0",
                "MaxPriceAgeSeconds must be above 0, was 0",
                "WorstPriceMarginPercent must be at least 0 and below 100, was -1",
                "FeePercent must be at least 0 and below 100, was 100",
                "LotSize must be 0.000000000001 to 1000000, was 0",
                "LeastOrderValueUsd must be above 0, was 0",
            ],
            violations);
    }

    [Fact]
    public void limits_at_the_ends_of_their_ranges_are_in_order() =>
        Assert.Empty(new RiskLimits(new(0.01, 0), 0, 0.01m, 1, 0, 1, 1, 0, 0, 0.00000001m, 0.01m).Violations());

    private static Assessment Assess(Portfolio account, PredictionMade prediction, DateTimeOffset? now = null) =>
        Risk.Assess(account, accountVersion: 2, prediction, now ?? Given.Noon);

    private static Order Sale(decimal held, RiskLimits limits) =>
        Risk.Size(Given.Account(limits, Given.Bought(held)), limits, TradeAction.Sell, Given.Prediction(-5));

    private static double Score(Portfolio account) => Assess(account, Given.Prediction(0)).RiskScore;

    private static Portfolio Settle(Portfolio account, Execution execution) =>
        Portfolio.Decide(new SettleTrade(Given.TradeId(1), execution), account).Aggregate(account, Portfolio.Evolve);

    private static void Approved(Assessment assessment, RiskRule rule, decimal observed, decimal limit)
    {
        Assert.Equal((Verdict.Approved, null), (assessment.Verdict, assessment.Refusal));
        Assert.NotNull(assessment.Order);
        Assert.Equal(new(rule, observed, limit, Passed: true), Assert.Single(assessment.Checks, check => check.Rule == rule));
    }

    private static void Refused(Assessment assessment, RiskRule rule, decimal observed, decimal limit)
    {
        Assert.Equal((Verdict.Refused, rule, null), (assessment.Verdict, assessment.Refusal, assessment.Order));
        Assert.Equal(new(rule, observed, limit, Passed: false), Assert.Single(assessment.Checks, check => check.Rule == rule));
    }
}
