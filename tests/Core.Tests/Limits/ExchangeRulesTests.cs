namespace Trading.Core.Tests;

/// <summary>
/// What an exchange takes in orders of a product: an event of the account, within which every later decision is made, check by check.
/// </summary>
public class ExchangeRulesTests
{
    private static readonly ProductFilters Rules = new(
        Given.Symbol, "BTCUSDT", "BTC", "USDT", true, [OrderPlacement.LimitIoc, OrderPlacement.Market, OrderPlacement.StopLoss],
        TickSize: 0.05m, LeastPrice: 0, LargestPrice: 0, LotSize: 0.5m,
        LeastQuantity: 2, LargestQuantity: 8, LargestMarketQuantity: 6, LeastNotional: 50, LargestNotional: 0, BuyMultiplierUp: 1.5m,
        BuyMultiplierDown: 0.5m, SellMultiplierUp: 1.5m,
        SellMultiplierDown: 0.97m, MaxOpenOrders: 2);

    // Its own steps are a multiple of no step of the exchange's, or finer; its own bounds are wider.
    private static readonly RiskLimits Limits = Given.Limits with
    {
        LotSize = 0.3m,
        WorstPriceMarginPercent = 1,
        Orders = new(TickSize: 0.01m, MaxQuantity: 100, PriceCollarPercent: 5),
        Pace = new(MaxOpenOrders: 10),
        Exits = new(StopLossPercent: 5, StopOnExchange: true),
    };

    [Fact]
    public void an_order_is_made_of_the_exchanges_steps_and_within_its_bounds_and_each_rule_is_recorded()
    {
        var assessed = Buy(Given.Account(Limits, Compared, Seen(Rules)));

        // 1000 USD would be 9.9 units, more than may be sold at market at once.
        Assert.Equal((6m, 101m), (assessed.Order!.Quantity, assessed.Order.WorstPrice));
        Assert.Contains(new RiskCheck(RiskRule.ProductTrading, 1, 1, true), assessed.Checks);
        Assert.Contains(new RiskCheck(RiskRule.LeastOrderQuantity, 6, 2, true), assessed.Checks);
        Assert.Contains(new RiskCheck(RiskRule.PercentPrice, 1.01m, 1.5m, true), assessed.Checks);
        Assert.Contains(new RiskCheck(RiskRule.LeastOrderValue, 606, 50, true), assessed.Checks);
        Assert.Contains(new RiskCheck(RiskRule.LargestOrderQuantity, 6, 6, true), assessed.Checks);
        Assert.Contains(new RiskCheck(RiskRule.OpenOrders, 1, 2, true), assessed.Checks);
        // What is sent is what was approved.
        Assert.Null(Rules.Broken(OrderPlacement.LimitIoc, TradeAction.Buy, assessed.Order.Quantity, assessed.Order.WorstPrice, 100));
    }

    [Fact]
    public void no_exchange_rule_is_checked_where_no_exchange_reported_its_rules() =>
        Assert.DoesNotContain(Buy(Given.Account(Limits)).Checks,
            check => check.Rule is RiskRule.ProductTrading or RiskRule.LeastOrderQuantity or RiskRule.PercentPrice);

    [Theory]
    [InlineData(RiskRule.ProductTrading)]
    [InlineData(RiskRule.LeastOrderQuantity)]
    [InlineData(RiskRule.LeastOrderValue)]
    public void an_order_that_the_exchange_would_refuse_is_refused_by_the_rule_s_name(RiskRule rule)
    {
        var rules = rule switch
        {
            RiskRule.ProductTrading => Rules with { Trading = false },
            RiskRule.LeastOrderQuantity => Rules with { LeastQuantity = 7 },
            _ => Rules with { LeastNotional = 700 },
        };
        Assert.Equal((Verdict.Refused, rule),
            (Buy(Given.Account(Limits, Compared, Seen(rules))).Verdict, Buy(Given.Account(Limits, Compared, Seen(rules))).Refusal));
    }

    [Fact]
    public void an_order_is_made_as_small_and_its_worst_price_as_near_as_the_exchange_asks_for()
    {
        var assessed = Buy(Given.Account(Limits, Compared, Seen(Rules with { BuyMultiplierUp = 1.005m, LargestNotional = 400 })));
        Assert.Equal((Verdict.Approved, 3.5m, 100.5m), (assessed.Verdict, assessed.Order!.Quantity, assessed.Order.WorstPrice));
        Assert.Contains(new RiskCheck(RiskRule.PercentPrice, 1.005m, 1.005m, true), assessed.Checks);
        Assert.Contains(new RiskCheck(RiskRule.LargestOrderValue, 351.75m, 400, true), assessed.Checks);
    }

    [Theory]
    [InlineData(151, false)]
    [InlineData(150, true)]
    [InlineData(50, true)]
    [InlineData(49, false)]
    public void an_order_that_waits_for_a_price_too_far_away_is_refused(double price, bool passes)
    {
        var account = Given.Account(Limits with { Orders = null }, Compared, Seen(Rules with { LeastNotional = 0, LeastQuantity = 0 }));
        var numbers = RiskAccount.Of(account, Given.Symbol, 100, Given.Noon);
        var request = RiskRequest.Of(Given.Prediction(5), TradeAction.Buy, Given.Noon, false) with
        { Type = OrderType.Limit, Price = (decimal)price };
        var checks = new RiskCheck[Risk.MostChecks];
        var made = Risk.Decide(numbers, account.LimitsIn(Given.Symbol)!, request, checks).Checks;
        Assert.Equal(passes, checks[..made].Single(check => check.Rule == RiskRule.PercentPrice).Passed);
    }

    [Fact]
    public void the_fee_that_the_account_pays_is_reserved_and_its_own_bounds_hold_beside_the_products()
    {
        var rules = Rules with { LargestNotional = 900, LargestNotionalOfAccount = 405, LargestOfAccount = 5, FeePercent = 2 };
        var assessed = Buy(Given.Account(Limits, Compared, Seen(rules)));
        Assert.Equal((4m, 404m + 8.08m), (assessed.Order!.Quantity, assessed.Order.ReservedUsd));
        Assert.Contains(new RiskCheck(RiskRule.LargestOrderValue, 404, 405, true), assessed.Checks);
        Assert.Contains(new RiskCheck(RiskRule.LargestOrderQuantity, 4, 5, true), assessed.Checks);
        // Another exchange, or one that did not tell: the fee of the limits.
        Assert.Equal(Limits.FeePercent, Given.Account(Limits, Compared, Seen(Rules)).LimitsIn(Given.Symbol)!.FeePercent);
    }

    [Theory]
    [InlineData(7, 2, true)]
    [InlineData(5, 6, false)]
    public void no_more_is_bought_than_the_exchange_lets_the_account_hold(double most, double quantity, bool passes)
    {
        var account = Given.Account(Limits with { MaxPositionShare = 1 }, Compared, Seen(Rules with { MaxPosition = (decimal)most }),
            Given.Bought(5));
        var assessed = Buy(account);
        Assert.Equal(passes ? null : RiskRule.LargestPosition, assessed.Refusal);
        Assert.Contains(new RiskCheck(RiskRule.LargestPosition, 5 + (decimal)quantity, (decimal)most, passes), assessed.Checks);
    }

    [Fact]
    public void changed_rules_apply_from_the_next_decision_on_and_not_to_another_exchange()
    {
        var account = Given.Account(Limits, Compared, Seen(Rules));
        Assert.Empty(
            Portfolio.Decide(new NoteProductRules("binance", Rules with { Kinds = [.. Rules.Kinds] }, Given.Noon.AddHours(1)), account));

        var changed = Rules with { Kinds = [OrderPlacement.Market] };
        Assert.Equal([new ProductRulesSeen("binance", changed, Given.Noon)],
            Portfolio.Decide(new NoteProductRules("binance", changed, Given.Noon), account));
        var closed = Portfolio.Evolve(account, Seen(Rules with { Trading = false }));
        Assert.Equal((Verdict.Approved, RiskRule.ProductTrading), (Buy(account).Verdict, Buy(closed).Refusal));
        Assert.Equal(Limits, account.Limits);

        var elsewhere = Portfolio.Evolve(Portfolio.Evolve(closed, new ReconciliationBegan("coinbase", Given.Noon)),
            new ReconciliationPassed("coinbase", Given.Noon));
        Assert.Equal(9.9m, Buy(elsewhere).Order!.Quantity);
        // The same exchange, started again, is as it was.
        Assert.NotNull(Portfolio.Evolve(account, new ReconciliationBegan("binance", Given.Noon)).External!.Products);
    }

    [Fact]
    public void an_exit_and_a_stop_are_measured_by_the_observed_price()
    {
        var account = Given.Account(Limits, Compared, Seen(Rules), Given.Bought(5));
        var exit = Risk.AssessExit(account, 4, Given.Price(94, Given.Noon.AddMinutes(1)), Given.Noon.AddMinutes(1))!.Assessment;
        // The collar allows 5 percent, the exchange 3.
        Assert.Equal((Verdict.Approved, 91.2m), (exit.Verdict, exit.Order!.WorstPrice));
        Assert.Contains(new RiskCheck(RiskRule.PercentPrice, 91.2m / 94, 0.97m, true), exit.Checks);
        // The least value is that of the worst price, as the exchange takes it: what it would refuse is not tried at every price.
        var dear = Portfolio.Evolve(account, Seen(Rules with { LeastNotional = 460 }));
        Assert.Null(Risk.AssessExit(dear, 5, Given.Price(94, Given.Noon.AddMinutes(1)), Given.Noon.AddMinutes(1)));

        // A stop at 95 with room down to 90.25, where the market is at 100.
        var wide = Portfolio.Evolve(account, Seen(Rules with { SellMultiplierDown = 0.9m }));
        var stop = Risk.AssessStop(wide, 5, Given.Price(100, Given.Noon.AddMinutes(1)), Given.Noon.AddMinutes(1))!.Assessment;
        Assert.Equal((Verdict.Approved, 90.25m), (stop.Verdict, stop.Order!.WorstPrice));
        Assert.Contains(new RiskCheck(RiskRule.PercentPrice, 0.9025m, 0.9m, true), stop.Checks);
    }

    [Fact]
    public void what_is_below_the_exchanges_least_order_is_nothing_that_could_be_sold()
    {
        var account = Given.Account(Limits, Given.Bought(0.6m));
        Assert.True(account.HoldsSellable());
        Assert.False(Portfolio.Evolve(account, Seen(Rules with { LeastNotional = 70 })).HoldsSellable());
    }

    private static readonly ReconciliationPassed Compared = new("binance", Given.Noon);

    private static ProductRulesSeen Seen(ProductFilters rules) => new("binance", rules, Given.Noon);

    private static Assessment Buy(Portfolio account) => Risk.Assess(account, 3, Given.Prediction(5), Given.Noon);
}
