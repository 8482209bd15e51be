namespace Trading.Core.Tests;

public class RestingStopTests
{
    private static readonly RiskLimits Limits = Given.Limits with
    { Exits = new(StopLossPercent: 5, TakeProfitPercent: 10, StopOnExchange: true), Orders = new(PriceCollarPercent: 1, TickSize: 0.01m) };
    private static readonly DateTimeOffset Later = Given.Noon.AddMinutes(1);

    [Fact]
    public void the_first_price_after_a_purchase_sets_a_stop_for_the_whole_position_below_its_entry()
    {
        var set = Set(Bought(10))!;

        Assert.Equal(
            new Order(Given.Symbol, TradeAction.Sell, 10, 94.05m, 0, OrderType.Stop, StopPrice: 95, Exit: ExitReason.StopLoss),
            set.Assessment.Order);
        Assert.Equal(new PositionExit(ExitReason.StopLoss, 95, 100, 101, Given.Noon), set.Assessment.Exit);
        Assert.Equal((DerivedId.Stop(set.Price!.PriceId), null), (set.TradeId, set.Prediction));
        Assert.True(set.Assessment.Order!.RestsOnExchange());
        Assert.True(StopOnExchange.IsSet(set.Assessment.Exit!, set.Price));
        Assert.Null(Plausibility.Violation(set));
        Assert.Equal(
            [RiskRule.TradingState, RiskRule.DuplicateIntent, RiskRule.PriceAge, RiskRule.PriceCollar, RiskRule.TickSize, RiskRule.LotSize,
                RiskRule.Holdings, RiskRule.LeastOrderValue],
            set.Assessment.Checks.Select(check => check.Rule));
    }

    [Fact]
    public void no_stop_is_set_without_the_limit_without_a_stop_loss_while_halted_or_for_a_price_that_says_nothing()
    {
        Assert.Null(Set(Given.Account(Limits with { Exits = Limits.Exits! with { StopOnExchange = false } }, Given.Bought(10))));
        Assert.Null(Set(Given.Account(Limits with { Exits = Limits.Exits! with { StopLossPercent = null } }, Given.Bought(10))));
        Assert.Null(Set(Given.Account(Limits)));
        Assert.Null(Set(Portfolio.Evolve(Bought(10), new TradingHalted("kim", "test", Given.Noon))));
        Assert.Null(Set(Portfolio.Evolve(Bought(10), new SymbolStateSet(Given.Symbol, TradingState.Halted, "kim", "test", Given.Noon))));
        Assert.Null(Set(Portfolio.Evolve(Bought(10), new FlattenOrdered("kim", "test", Given.Noon))));
        Assert.Null(Set(Bought(10), at: Given.Noon));
        Assert.Null(Set(Bought(10), price: 95));
        Assert.NotNull(Set(Portfolio.Evolve(Bought(10), new TradingReduced("kim", "test", Given.Noon))));
    }

    [Fact]
    public void a_stop_that_covers_the_position_is_set_once_and_another_one_when_the_position_has_grown()
    {
        var stopped = Stopped(Bought(10));
        Assert.Null(Set(stopped));

        var grown = Portfolio.Evolve(stopped, Given.Bought(10, price: 110, trade: 2, at: Later));
        var next = Set(grown, price: 111, at: Later.AddMinutes(1))!.Assessment.Order!;
        Assert.Equal((20m, 99.75m), (next.Quantity, next.StopPrice));
        // The new one takes the place of the old one, and not the other way round.
        grown = Portfolio.Evolve(grown, new FundsReserved(Given.TradeId(21), next, Later));
        Assert.Equal([Given.TradeId(20)], StopOnExchange.OrdersInTheWay(grown, Given.TradeId(21), next));
        Assert.Null(Set(grown, price: 111, at: Later.AddMinutes(1)));
    }

    [Fact]
    public void the_rest_after_a_sale_gets_a_stop_of_its_own_but_dust_does_not()
    {
        Assert.Null(Set(Given.Account(Limits with { LeastOrderValueUsd = 95 }, Given.Bought(1))));
        Assert.Null(Set(Given.Account(Limits, Given.Bought(0.9m))));
        // Half is being sold: the stop is for the other half.
        Assert.Equal(5, Set(Portfolio.Evolve(Bought(10), Given.Reserved(Given.Sell(5), trade: 3)))?.Assessment.Order?.Quantity);
        // A unit that is not worth an order brings no new stop.
        Assert.Null(Set(Portfolio.Evolve(Stopped(Given.Account(Limits with { LeastOrderValueUsd = 200 }, Given.Bought(10))),
            Given.Bought(1, trade: 2))));
    }

    [Fact]
    public void other_limits_move_the_stop_and_largest_orders_bound_it()
    {
        var tighter = Portfolio.Evolve(Stopped(Bought(10)),
            new LimitsSet(2, Limits with { Exits = Limits.Exits! with { StopLossPercent = 3 } }, "kim", "test", Given.Noon));
        Assert.Equal(97, Set(tighter)?.Assessment.Order?.StopPrice);

        var sliced = Given.Account(Limits with { Exits = Limits.Exits! with { MaxAmountUsd = 400 } }, Given.Bought(10));
        Assert.Equal(4, Set(sliced)?.Assessment.Order?.Quantity);
        Assert.Null(Set(Stopped(sliced)));
    }

    [Fact]
    public void a_stop_claims_no_units_no_open_order_no_pace_and_begins_no_cooldown()
    {
        var limits = Limits with
        { Pace = new(MaxOpenOrders: 1, MaxOrdersPerMinute: 1, MaxOrdersPerDay: 1, DuplicateWindowSeconds: 60, CooldownSeconds: 600) };
        var stopped = Stopped(Given.Account(limits, Given.Bought(10)));

        Assert.Equal(10, stopped.FreeQuantity(Given.Symbol));
        var sale = Risk.Assess(stopped, 5, Given.Prediction(-5, price: 101, at: Later), Later);
        Assert.Equal((Verdict.Approved, 9m), (sale.Verdict, sale.Order?.Quantity));
        Assert.Equal(Verdict.Approved, Risk.Assess(stopped, 5, Given.Prediction(5, price: 101, at: Later), Later).Verdict);
        Assert.Equal((ExitReason.TakeProfit, 10m),
            Risk.AssessExit(stopped, 5, Given.Price(110, Later), Later) is { Assessment: { Exit: var exit, Order: var order } }
                ? (exit!.Reason, order!.Quantity) : default);
        Assert.Equal(ExitReason.StopLoss, Risk.AssessExit(stopped, 5, Given.Price(95, Later), Later)?.Assessment.Exit?.Reason);
    }

    [Fact]
    public void the_symbol_cools_down_once_the_stop_has_sold()
    {
        var account = Stopped(Given.Account(Limits with { Pace = new(CooldownSeconds: 120) }, Given.Bought(10)));
        var sold = Portfolio.Decide(new SettleTrade(Given.TradeId(20), Given.Filled(10, price: 95)), account)
            .Aggregate(account, Portfolio.Evolve);

        Assert.Empty(sold.Positions);
        Assert.Equal(RiskRule.Cooldown, Risk.Assess(sold, 5, Given.Prediction(5, at: Later), Given.Noon.AddSeconds(119)).Refusal);
        Assert.Equal(Verdict.Approved,
            Risk.Assess(sold, 5, Given.Prediction(5, at: Given.Noon.AddSeconds(120)), Given.Noon.AddSeconds(120)).Verdict);
    }

    [Fact]
    public void a_sale_sends_the_stop_away_where_it_needs_its_units_and_sells_no_more_than_the_stop_left()
    {
        var (stopped, sale) = (Stopped(Bought(10)), Given.Sell(7));
        var selling = Portfolio.Evolve(stopped, Given.Reserved(sale, trade: 3));
        Assert.Equal([Given.TradeId(20)], StopOnExchange.OrdersInTheWay(selling, Given.TradeId(3), sale));
        Assert.Equal(7, StopOnExchange.UnitsLeft(selling, Given.TradeId(3), sale));

        var part = Portfolio.Decide(new SettleTrade(Given.TradeId(20), Given.Filled(6, price: 95, outcome: TradeOutcome.PartiallyFilled)),
            selling).Aggregate(selling, Portfolio.Evolve);
        Assert.Empty(StopOnExchange.OrdersInTheWay(part, Given.TradeId(3), sale));
        Assert.Equal((4m, 0m), (StopOnExchange.UnitsLeft(part, Given.TradeId(3), sale), part.FreeQuantity(Given.Symbol)));

        var enough = Portfolio.Evolve(
            Stopped(Given.Account(Limits with { Exits = Limits.Exits! with { MaxAmountUsd = 285 } }, Given.Bought(10))),
            Given.Reserved(sale, trade: 3));
        Assert.Empty(StopOnExchange.OrdersInTheWay(enough, Given.TradeId(3), sale));
    }

    [Fact]
    public void a_stop_that_an_operator_took_away_stays_away_until_the_position_is_another()
    {
        var cancelled = Ended(Stopped(Bought(10)), byOperator: true);
        Assert.Null(Set(cancelled));
        Assert.NotNull(Set(Portfolio.Evolve(cancelled, Given.Bought(1, trade: 4))));
        Assert.NotNull(Set(Portfolio.Evolve(cancelled, Given.Sold(1, trade: 4))));

        Assert.NotNull(Set(Ended(Stopped(Bought(10)), byOperator: false)));
    }

    private static Portfolio Bought(decimal quantity) => Given.Account(Limits, Given.Bought(quantity));

    private static Portfolio Stopped(Portfolio account) =>
        Portfolio.Evolve(account, new FundsReserved(Given.TradeId(20), Set(account)!.Assessment.Order!, Given.Noon));

    private static Portfolio Ended(Portfolio account, bool byOperator) =>
        Portfolio.Decide(new SettleTrade(Given.TradeId(20), Given.Unfilled(TradeOutcome.Cancelled), byOperator), account)
            .Aggregate(account, Portfolio.Evolve);

    private static RiskAssessed? Set(Portfolio account, decimal price = 101, DateTimeOffset? at = null) =>
        Risk.AssessStop(account, 2, Given.Price(price, at ?? Later), at ?? Later);
}
