namespace Trading.Core.Tests;

/// <summary>Limits that only an operator lifts, limits of pace, and what else a buy must rest on: each at its border.</summary>
public class FurtherLimitsTests
{
    [Fact]
    public void an_operator_who_resumes_an_active_account_resets_the_count_of_unreviewed_executions()
    {
        var account = Given.Account(Given.Limits with { Losses = new(MaxUnreviewedExecutions: 3) },
            Given.Bought(1), Given.Bought(1, trade: 2));
        var reviewed = new TradingResumed("kim", "looked at both", Given.Noon);

        Assert.Equal([reviewed], Portfolio.Decide(new ResumeTrading("kim", "looked at both", Given.Noon), account));
        account = Portfolio.Evolve(account, reviewed);
        Assert.Equal((TradingState.Active, 0), (account.State, account.UnreviewedExecutions));
        Assert.Empty(Portfolio.Decide(new ResumeTrading("lee", "me too", Given.Noon), account));
    }

    [Fact]
    public void an_operator_who_resumes_resets_the_highest_equity_even_where_nothing_else_was_counted()
    {
        var account = Given.Account(Given.Limits with { Losses = new(MaxDrawdownShare: 0.1m) },
            new PriceMarked(Given.Symbol, 100, Given.Noon));
        Assert.Equal(0, Portfolio.Evolve(account,
            (IAccountEvent)Assert.Single(Portfolio.Decide(new ResumeTrading("kim", "looked", Given.Noon), account))).PeakEquityUsd);
    }

    [Fact]
    public void open_orders_count_as_executions_without_a_review()
    {
        var account = Given.Account(Given.Limits with { Losses = new(MaxUnreviewedExecutions: 3) }, Given.Bought(1),
            Given.Reserved(Given.Buy(1), 2));
        Assert.Equal(Verdict.Approved, Buy(account).Verdict);
        Assert.Equal(RiskRule.UnreviewedExecutions, Buy(Portfolio.Evolve(account, Given.Reserved(Given.Buy(1), 3))).Refusal);
    }

    [Fact]
    public void a_replica_whose_clock_is_behind_counts_the_orders_of_the_newest_minute_and_day_and_the_losses_of_that_day()
    {
        var midnight = new DateTimeOffset(2024, 3, 2, 0, 0, 0, TimeSpan.Zero);
        var paced = Given.Account(Given.Limits with { Pace = new(MaxOrdersPerMinute: 1) },
            new FundsReserved(Given.TradeId(1), Given.Buy(1), midnight));
        Assert.Equal(RiskRule.OrdersPerMinute, At(paced, midnight.AddSeconds(-1)).Refusal);
        var daily = Given.Account(Given.Limits with { Pace = new(MaxOrdersPerDay: 1) },
            new FundsReserved(Given.TradeId(1), Given.Buy(1), midnight));
        Assert.Equal(RiskRule.OrdersPerDay, At(daily, midnight.AddSeconds(-1)).Refusal);
        var lost = Given.Account(Given.Limits with { MaxDailyLossShare = 0.01m }, Given.Bought(10),
            Given.Sold(10, 80, trade: 2, at: midnight));
        Assert.Equal(RiskRule.DailyLoss, At(lost, midnight.AddSeconds(-1)).Refusal);
        Assert.Equal(Verdict.Approved, At(lost, midnight.AddDays(1)).Verdict);

        static Assessment At(Portfolio account, DateTimeOffset now) => Risk.Assess(account, 2, Given.Prediction(5, at: now), now);
    }

    [Fact]
    public void a_kelly_stake_is_what_is_held_and_what_is_bought_together()
    {
        var prediction = Given.Prediction(5) with { Window = Given.Prediction(5).Window with { RuleHits = 80, RuleSignals = 100 } };
        var limits = Given.Limits with { MaxTradeAmountUsd = 100_000, Sizing = new(SizingMethod.Kelly, KellyFraction: 0.25) };
        var stake = Risk.Assess(Given.Account(limits), 2, prediction, Given.Noon).Order!.Quantity;
        Assert.InRange(stake, 5, 50);
        Assert.Equal(stake - 4, Risk.Assess(Given.Account(limits, Given.Bought(4)), 2, prediction, Given.Noon).Order!.Quantity);
    }

    [Theory]
    [InlineData("MaxTradeAmountUsd must be at least LeastOrderValueUsd (1), was 0.5")]
    [InlineData("MaxTradeAmountUsd must be above 0 and at most 1000000000, was 10000000000000000000000000000")]
    [InlineData("Orders.PriceCollarPercent must be above 0, at least WorstPriceMarginPercent (2) and below 100, was 1")]
    public void limits_under_which_nothing_could_be_traded_or_sold_are_not_put_in_force(string said)
    {
        var limits = said[^1] switch
        {
            '5' => Given.Limits with { MaxTradeAmountUsd = 0.5m },
            '0' => Given.Limits with { MaxTradeAmountUsd = 1e28m },
            _ => Given.Limits with { WorstPriceMarginPercent = 2, Orders = new(PriceCollarPercent: 1) },
        };
        Assert.Contains(said, Assert.Throws<InvalidOperationException>(
            () => Portfolio.Decide(new SetLimits(limits, "kim", "test", Given.Noon), Given.Account())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void losing_sales_in_a_row_latch_the_account_until_an_operator_resumes()
    {
        var account = Given.Account(Given.Limits with { Losses = new(MaxLosingTrades: 2) }, Given.Bought(10), Given.Sold(1, 99));
        Assert.Equal((1, TradingState.Active), (account.LosingTrades, account.State));
        Assert.Equal(0, Portfolio.Evolve(account, Given.Sold(1, 101)).LosingTrades);

        var settled = Settle(account, Given.Sell(1), 99);
        Assert.Equal([typeof(TradeSettled), typeof(LimitLatched)], settled.Select(happened => happened.GetType()));
        var latched = settled.Aggregate(account, Portfolio.Evolve);
        Assert.Equal((TradingState.Reducing, RiskRule.LosingTrades, 2), (latched.State, latched.Latched, latched.LosingTrades));
        Assert.Equal(RiskRule.TradingState, Buy(latched).Refusal);

        // Other limits do not lift it.
        var loosened = Portfolio.Evolve(latched, new LimitsSet(2, Given.Limits, "kim", "looser", Given.Noon));
        Assert.Equal(RiskRule.TradingState, Buy(loosened).Refusal);
        var resumed = Portfolio.Evolve(latched, new TradingResumed("kim", "reviewed", Given.Noon));
        Assert.Equal((TradingState.Active, null, 0), (resumed.State, resumed.Latched, resumed.LosingTrades));
        Assert.Equal(Verdict.Approved, Buy(resumed).Verdict);
    }

    [Fact]
    public void a_sale_that_earns_less_than_its_fee_is_a_loss() =>
        Assert.Equal(1, Given.Account(Given.Bought(10), Given.Sold(1, 101, fee: 1.01m)).LosingTrades);

    [Fact]
    public void executions_without_a_review_latch_the_account()
    {
        var account = Given.Account(Given.Limits with { Losses = new(MaxUnreviewedExecutions: 2) }, Given.Bought(10));

        var settled = Settle(account, Given.Sell(1), 150);

        var latched = Assert.IsType<LimitLatched>(settled[1]);
        Assert.Equal((RiskRule.UnreviewedExecutions, 2m, 2m), (latched.Rule, latched.Observed, latched.Limit));
        var numbers = RiskAccount.Of(settled.Aggregate(account, Portfolio.Evolve), Given.Symbol, 100, Given.Noon);
        Assert.Equal(1, RiskScore.Of(numbers, account.Limits!, 100));
    }

    [Fact]
    public void a_fall_of_equity_below_its_highest_latches_the_account_until_it_is_resumed()
    {
        var limits = Given.Limits with { Losses = new(MaxDrawdownShare: 0.1m) };
        var account = Portfolio.Evolve(Given.Account(limits, Given.Bought(50)),
            new PriceMarked(Given.Symbol, 100, Given.Noon.AddSeconds(1)));
        Assert.Empty(Watch(account, 80.01m));

        var latched = Assert.IsType<LimitLatched>(Assert.Single(Watch(account, 80)));
        Assert.Equal(new LimitLatched(RiskRule.Drawdown, 0.1m, 0.1m, 1, Given.Symbol, 80, Given.Noon.AddMinutes(1)), latched);
        var reducing = Portfolio.Evolve(account, latched);
        Assert.Equal(TradingState.Reducing, reducing.State);
        Assert.Empty(Watch(reducing, 70));
        Assert.Equal(0, Portfolio.Evolve(reducing, new TradingResumed("kim", "reviewed", Given.Noon)).PeakEquityUsd);
        // Cash that is paid out is no loss.
        Assert.Empty(Watch(Portfolio.Evolve(account, new CashAdjusted(-2000, "kim", "withdrawn", Given.Noon)), 99));
    }

    [Fact]
    public void a_halt_stays_a_halt_when_a_limit_latches() =>
        Assert.Equal(TradingState.Halted, Portfolio.Evolve(Given.Account(new TradingHalted("kim", "test", Given.Noon)),
            new LimitLatched(RiskRule.Drawdown, 1, 1, 1, null, null, Given.Noon)).State);

    [Fact]
    public void orders_count_from_their_approval_in_the_minute_and_on_the_day()
    {
        var limits = Given.Limits with { Pace = new(MaxOrdersPerMinute: 2, MaxOrdersPerDay: 3) };
        var account = Given.Account(limits, Given.Reserved(Given.Buy(1)));
        Assert.Equal(Verdict.Approved, Buy(account).Verdict);

        account = Portfolio.Evolve(account, Given.Reserved(Given.Buy(1), trade: 2));
        Refused(Buy(account), RiskRule.OrdersPerMinute, observed: 3, limit: 2);
        Assert.Equal(Verdict.Approved, Buy(account, Given.Noon.AddMinutes(1)).Verdict);

        account = Portfolio.Evolve(account, new FundsReserved(Given.TradeId(3), Given.Buy(1), Given.Noon.AddMinutes(1)));
        Refused(Buy(account, Given.Noon.AddMinutes(2)), RiskRule.OrdersPerDay, observed: 4, limit: 3);
        Assert.Equal(Verdict.Approved, Buy(account, Given.Noon.AddDays(1)).Verdict);
        // One that comes late counts into the day that has begun.
        var late = Portfolio.Evolve(Portfolio.Evolve(account, new FundsReserved(Given.TradeId(4), Given.Buy(1), Given.Noon.AddDays(1))),
            new FundsReserved(Given.TradeId(5), Given.Buy(1), Given.Noon));
        Assert.Equal(2, late.Pace?.OnDay);
    }

    [Fact]
    public void open_orders_are_counted_with_the_new_one()
    {
        var limits = Given.Limits with { Pace = new(MaxOpenOrders: 2) };
        Assert.Equal(Verdict.Approved, Buy(Given.Account(limits, Given.Reserved(Given.Buy(1)))).Verdict);
        Refused(Buy(Given.Account(limits, Given.Reserved(Given.Buy(1)), Given.Reserved(Given.Buy(1), trade: 2))),
            RiskRule.OpenOrders, observed: 3, limit: 2);
    }

    [Fact]
    public void a_second_order_of_the_same_side_and_size_within_the_window_is_taken_for_the_first_one_twice()
    {
        var account = Given.Account(Given.Limits with { Pace = new(DuplicateWindowSeconds: 60) }, Given.Reserved(Given.Buy(10)));
        Refused(Buy(account, Given.Noon.AddSeconds(59)), RiskRule.DuplicateIntent, observed: 1, limit: 0);
        Assert.Equal(Verdict.Approved, Buy(account, Given.Noon.AddSeconds(60)).Verdict);
        Assert.Equal(Verdict.Approved, Buy(account, Given.Noon.AddSeconds(59), confidence: 0.9).Verdict);
    }

    [Fact]
    public void all_positions_together_are_bounded_open_buys_included()
    {
        var limits = Given.Limits with { Orders = new(MaxExposureShare: 0.3m) };
        var other = Given.Bought(10) with { Symbol = "ETH-USD" };
        var open = new FundsReserved(Given.TradeId(2), Given.Buy(10) with { Symbol = "SOL-USD" }, Given.Noon);
        Assert.Equal(new(RiskRule.Exposure, 0.3m, 0.3m, true), Check(Buy(Given.Account(limits, other, open)), RiskRule.Exposure));
        Refused(Buy(Given.Account(limits, other with { Quantity = 11 }, open)), RiskRule.Exposure, observed: 0.31m, limit: 0.3m);
    }

    [Fact]
    public void the_worst_price_keeps_within_the_collar_and_on_the_tick()
    {
        var limits = Given.Limits with { WorstPriceMarginPercent = 1.005m, Orders = new(PriceCollarPercent: 1, TickSize: 0.1m) };
        var buy = Buy(Given.Account(limits));
        Assert.Equal((101.0m, Verdict.Approved), (buy.Order?.WorstPrice, buy.Verdict));
        Assert.Equal(new(RiskRule.PriceCollar, 1, 1, true), Check(buy, RiskRule.PriceCollar));
        Refused(Buy(Given.Account(limits with { WorstPriceMarginPercent = 1.1m })), RiskRule.PriceCollar, observed: 1.1m, limit: 1);
    }

    [Fact]
    public void an_order_is_bounded_by_the_largest_quantity()
    {
        var limits = Given.Limits with { Orders = new(MaxQuantity: 4) };
        Assert.Equal(4, Buy(Given.Account(limits)).Order?.Quantity);
        Assert.Equal(4, Risk.Size(Given.Account(limits, Given.Bought(10)), limits, TradeAction.Sell, Given.Prediction(-5)).Quantity);
    }

    [Fact]
    public void real_orders_rest_on_live_prices_and_on_allowed_symbols()
    {
        var real = Given.Limits with { Orders = new(RealTrading: true) };
        Refused(Buy(Given.Account(real)), RiskRule.RealTrading, observed: 1, limit: 0);
        var live = Portfolio.Evolve(Portfolio.Evolve(null, Given.Opened with { MarketData = "live" }),
            new LimitsSet(1, real, "kim", "", Given.Noon));
        Assert.Equal(Verdict.Approved, Buy(live).Verdict);
        var simulated = Given.Prediction(5);
        Assert.Equal(RiskRule.RealTrading,
            Risk.Assess(live, 2, simulated with { Price = simulated.Price with { Simulated = true } }, Given.Noon).Refusal);

        Assert.Equal(Verdict.Approved, Buy(Given.Account(Given.Limits with { Orders = new(AllowedSymbols: "ETH-USD,BTC-USD") })).Verdict);
        Refused(Buy(Given.Account(Given.Limits with { Orders = new(AllowedSymbols: "ETH-USD,BTC-USDT") })),
            RiskRule.AllowedSymbol, observed: 1, limit: 0);
    }

    [Fact]
    public void a_buy_rests_on_enough_sources_that_are_near_each_other_and_on_enough_models_that_agree()
    {
        var limits = Given.Limits with { Evidence = new(LeastSources: 2, MaxSourceSpreadPercent: 1, LeastModels: 2, LeastAgreement: 0.6) };
        var made = Given.Prediction(5);
        var good = made with
        {
            Price = made.Price with
            {
                Quotes = [new(Given.Quote("a", 99.5m), null), new(Given.Quote("c", 100.5m), null),
                    new(Given.Quote("b", 50), QuoteRejection.Outlier)]
            },
            Ensemble = made.Ensemble! with { ModelsAnswered = 2, Agreement = 0.6 },
        };
        Assert.Equal(Verdict.Approved, Risk.Assess(Given.Account(limits), 2, good, Given.Noon).Verdict);
        var alone = good with { Price = good.Price with { Quotes = [good.Price.Quotes[0]] } };
        var live = Portfolio.Evolve(Portfolio.Evolve(null, Given.Opened with { MarketData = "live" }),
            new LimitsSet(1, limits, "kim", "", Given.Noon));
        Assert.Equal(RiskRule.PriceSources, Risk.Assess(live, 2, alone, Given.Noon).Refusal);
        Assert.Equal(Verdict.Approved, Risk.Assess(Given.Account(limits), 2, alone, Given.Noon).Verdict);
        Assert.Equal(RiskRule.SourceSpread, Risk.Assess(Given.Account(limits), 2,
            good with { Price = good.Price with { Quotes = [good.Price.Quotes[0], new(Given.Quote("b", 100.51m), null)] } },
            Given.Noon).Refusal);
        Assert.Equal(RiskRule.ModelsAnswered,
            Risk.Assess(Given.Account(limits), 2, good with { Ensemble = good.Ensemble with { ModelsAnswered = 1 } }, Given.Noon).Refusal);
        Assert.Equal(RiskRule.Agreement,
            Risk.Assess(Given.Account(limits), 2, good with { Ensemble = good.Ensemble with { Agreement = 0.59 } }, Given.Noon).Refusal);
    }

    [Theory]
    [InlineData(Direction.Stable)]
    [InlineData(Direction.Down)]
    public void nothing_is_bought_against_the_direction_that_the_models_agree_on(Direction direction)
    {
        var made = Given.Prediction(5);
        var assessment = Risk.Assess(Given.Account(), 2,
            made with { Ensemble = made.Ensemble! with { Direction = direction } }, Given.Noon);
        Assert.Equal(RiskRule.Direction, assessment.Refusal);
    }

    [Fact]
    public void a_symbol_may_be_traded_less_than_its_account_and_never_more()
    {
        var reduced = Given.Account(Given.Bought(10), new SymbolStateSet(Given.Symbol, TradingState.Reducing, "kim", "test", Given.Noon));
        Refused(Buy(reduced), RiskRule.TradingState, observed: 1, limit: 0);
        Assert.Equal(TradingState.Active, reduced.StateOf("ETH-USD"));
        Assert.Null(
            Portfolio.Evolve(reduced, new SymbolStateSet(Given.Symbol, TradingState.Active, "kim", "test", Given.Noon)).SymbolStates);
        Assert.Equal(TradingState.Halted, Portfolio.Evolve(reduced, new TradingHalted("kim", "test", Given.Noon)).StateOf(Given.Symbol));
    }

    // Sizing

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

    [Fact]
    public void further_limits_tell_every_value_that_is_out_of_its_range()
    {
        var limits = Given.Limits with
        {
            Orders = new(false, null, 0, 0, 0, 2),
            Evidence = new(0, 0, 0, 2),
            Losses = new(0, 0, 0),
            Pace = new(0, 0, 0, 0, 0),
            Exits = new(0, 0, -1, 0, 0, false, false, 0.5m),
            Sizing = new(SizingMethod.Kelly, 0, 0),
        };
        Assert.Equal(24, limits.Violations().Count);
    }

    [Fact]
    public void limits_of_old_are_read_as_they_were_without_the_further_ones()
    {
        var read = (LimitsSet)Json.Read(
            File.ReadAllText(Path.Combine(Repository.Root, "tests", "Core.Tests", "golden", "limits_set.v1.json")), typeof(LimitsSet));
        Assert.Equal((null, null, null, null, null, null),
            (read.Limits.Orders, read.Limits.Evidence, read.Limits.Losses, read.Limits.Pace, read.Limits.Exits, read.Limits.Sizing));
        var whole = new LimitsSet(2,
            Given.Limits with
            {
                Orders = new(true, "BTC-USD", 1, 1, 0.01m, 0.5m),
                Evidence = new(2, 1, 2, 0.5),
                Losses = new(0.1m, 4, 20),
                Pace = new(5, 10, 50, 60, 600),
                Exits = new(5, 5, 1, 5, 86_400, true, true, 100),
                Sizing = new(SizingMethod.Kelly)
            }, "kim", "all", Given.Noon);
        Assert.Equal(whole, Json.Read(Json.Text(whole), typeof(LimitsSet)));
    }

    private static Assessment Buy(Portfolio account, DateTimeOffset? at = null, double confidence = 1) =>
        Risk.Assess(account, 2, Given.Prediction(5, confidence, at: at ?? Given.Noon), at ?? Given.Noon);

    private static IReadOnlyList<IAccountEvent> Watch(Portfolio account, decimal price) =>
        Portfolio.Decide(new WatchPrice(Given.Symbol, price, Given.Noon.AddMinutes(1)), account);

    private static IReadOnlyList<IAccountEvent> Settle(Portfolio account, Order order, decimal price) => Portfolio.Decide(
        new SettleTrade(Given.TradeId(7), Given.Filled(order.Quantity, price)), Portfolio.Evolve(account, Given.Reserved(order, trade: 7)));

    private static RiskCheck Check(Assessment assessment, RiskRule rule) => Assert.Single(assessment.Checks, check => check.Rule == rule);

    private static void Refused(Assessment assessment, RiskRule rule, decimal observed, decimal limit)
    {
        Assert.Equal((Verdict.Refused, rule), (assessment.Verdict, assessment.Refusal));
        Assert.Equal(new(rule, observed, limit, Passed: false), Check(assessment, rule));
    }
}
