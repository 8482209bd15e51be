namespace Trading.Core.Tests;

public class ExitTests
{
    private static readonly ExitLimits Barriers = new(StopLossPercent: 5, TrailingStopPercent: 4, TrailingOffsetPercent: 2,
        TakeProfitPercent: 10, TimeLimitSeconds: 3600);
    private static readonly RiskLimits Limits = Given.Limits with { Exits = Barriers };

    // Each barrier at its border: the price that reaches it, and the last one that does not.

    [Theory]
    [InlineData(95, ExitReason.StopLoss, 95)]
    [InlineData(94.2, ExitReason.StopLoss, 95)]
    [InlineData(95.01, null, 0)]
    [InlineData(110, ExitReason.TakeProfit, 110)]
    [InlineData(117, ExitReason.TakeProfit, 110)]
    [InlineData(109.99, null, 0)]
    public void a_position_is_left_at_the_stop_and_at_the_target_and_not_between(double price, ExitReason? reason, double trigger)
    {
        var exit = Due(Bought(), (decimal)price);

        Assert.Equal(reason, exit?.Reason);
        if (exit is not null)
            Assert.Equal(new PositionExit(reason!.Value, (decimal)trigger, 100, Math.Max(100, (decimal)price), Given.Noon), exit);
    }

    [Fact]
    public void the_trailing_stop_follows_the_highest_price_once_that_was_high_enough()
    {
        Assert.Null(Due(Marked(101.99m), 97.5m));
        Assert.Equal((ExitReason.TrailingStop, 97.92m), Told(Due(Marked(102), 97.92m)));
        Assert.Null(Due(Marked(102), 97.93m));
        Assert.Equal((ExitReason.TrailingStop, 103.68m), Told(Due(Marked(108), 103)));
    }

    [Fact]
    public void a_position_is_left_when_it_was_held_as_long_as_it_may_be_measured_from_its_first_buy()
    {
        var account = Given.Account(Limits, Given.Bought(1), Given.Bought(1, trade: 2, at: Given.Noon.AddMinutes(30)));

        Assert.Null(Due(account, 100, Given.Noon.AddSeconds(3599)));
        Assert.Equal((ExitReason.TimeLimit, 100m), Told(Due(account, 100, Given.Noon.AddSeconds(3600))));
        var again = Given.Account(Limits, Given.Bought(1), Given.Sold(1), Given.Bought(1, trade: 3, at: Given.Noon.AddMinutes(30)));
        Assert.Null(Due(again, 100, Given.Noon.AddSeconds(3600)));
    }

    [Fact]
    public void losses_of_the_account_end_its_positions_where_the_limits_say_so()
    {
        var limits = Given.Limits with
        { MaxDailyLossShare = 0.01m, Exits = new(AtDailyLoss: true, AtDrawdown: true), Losses = new(MaxDrawdownShare: 0.02m) };
        var account = Given.Account(limits, Given.Bought(50));

        Assert.Null(Due(account, 98.1m));
        Assert.Equal(ExitReason.DailyLoss, Due(account, 98)?.Reason);
        Assert.Null(Due(Given.Account(limits with { Exits = new() }, Given.Bought(50)), 50));
        // A new day has no loss of its own yet but for the open one; the fall from the highest equity stays.
        var richer = Portfolio.Evolve(account, new PriceMarked(Given.Symbol, 110, Given.Noon.AddMinutes(1)));
        Assert.Equal(ExitReason.Drawdown, Due(richer, 105)?.Reason);
    }

    [Fact]
    public void an_operator_who_wants_everything_sold_comes_after_what_sells_at_once_and_before_all_else()
    {
        var account = Portfolio.Evolve(Bought(), new FlattenOrdered("kim", "weekend", Given.Noon));

        Assert.Equal((ExitReason.Flatten, 96m), Told(Due(account, 96)));
        Assert.Equal((ExitReason.Flatten, 110m), Told(Due(account, 110)));
        Assert.Equal((ExitReason.StopLoss, 95m), Told(Due(account, 90)));
        // The whole of it, where the operator's slice would be two units.
        var sliced = Given.Account(Limits with { MaxTradeAmountUsd = 200 }, Given.Bought(10),
            new FlattenOrdered("kim", "weekend", Given.Noon));
        Assert.Equal((2m, 10m), (Assess(sliced, 96)!.Assessment.Order!.Quantity, Assess(sliced, 90)!.Assessment.Order!.Quantity));
        Assert.Equal((true, TradingState.Reducing), (account.Flattening, account.State));
        Assert.False(Portfolio.Evolve(account, Given.Sold(10)).Flattening);
        Assert.Empty(Portfolio.Decide(new FlattenPositions("kim", "weekend", Given.Noon), Given.Account()));
    }

    [Fact]
    public void flattening_waits_for_a_buy_that_is_on_its_way_and_sells_that_too()
    {
        var buying = Given.Account(Limits, Given.Reserved(Given.Buy(10)));
        var ordered = Assert.Single(Portfolio.Decide(new FlattenPositions("kim", "weekend", Given.Noon), buying));
        var flattening = Portfolio.Evolve(buying, (IAccountEvent)ordered);

        var bought = Portfolio.Evolve(flattening, Given.Bought(10));
        Assert.True(bought.Flattening);
        Assert.Equal(ExitReason.Flatten, Due(bought, 100)?.Reason);
        // One that was not filled leaves nothing to be sold.
        var released = Portfolio.Evolve(flattening,
            new ReservationReleased(Given.TradeId(1), TradeOutcome.Cancelled, "no fill", Given.Noon));
        Assert.Equal((false, TradingState.Reducing), (released.Flattening, released.State));
        // What was held is sold first: flattening continues until the buy has ended.
        var both = Given.Account(Limits, Given.Bought(10), Given.Reserved(Given.Buy(5), 2),
            new FlattenOrdered("kim", "weekend", Given.Noon), Given.Sold(10, trade: 3));
        Assert.True(both.Flattening);
    }

    [Fact]
    public void a_rest_that_is_too_small_to_be_sold_gives_a_new_position_neither_its_age_nor_its_highest_price()
    {
        var limits = Limits with { LotSize = 1 };
        // The exchange took its fee in units: a rest below a lot stays, and prices go on.
        var rest = Given.Account(limits, Given.Bought(10) with { FeeBase = 0.1m }, Given.Sold(9, trade: 2),
            new PriceMarked(Given.Symbol, 130, Later));
        Assert.Equal(0.9m, rest.PositionIn(Given.Symbol).Quantity);

        var bought = Portfolio.Evolve(rest, Given.Bought(10, trade: 3, at: Given.Noon.AddHours(5)));
        Assert.Null(Due(bought, 100, Given.Noon.AddHours(5).AddMinutes(1)));
        Assert.Equal((Given.Noon.AddHours(5), 100m),
            (bought.PositionIn(Given.Symbol).EnteredAt, bought.PositionIn(Given.Symbol).HighestPrice));
        Assert.Equal(ExitReason.TimeLimit, Due(bought, 100, Given.Noon.AddHours(6))?.Reason);
    }

    [Fact]
    public void at_a_price_of_one_symbol_the_others_are_worth_what_was_last_seen_of_them()
    {
        var limits = Given.Limits with
        { MaxDailyLossShare = 0.03m, Exits = new(AtDailyLoss: true, AtDrawdown: true), Losses = new(MaxDrawdownShare: 0.05m) };
        var account = Given.Account(limits, Given.Bought(40), Given.Bought(40, trade: 2) with { Symbol = "ETH-USD" });
        // Each falls by two percent, and together they lose 160 of a limit of some 300; at five percent 400.
        account = Watched(account, "ETH-USD", 98);
        Assert.Equal(98, account.PositionIn("ETH-USD").LastPrice);
        Assert.Null(Due(account, 98, Given.Noon.AddMinutes(2)));
        account = Watched(account, "ETH-USD", 95);
        Assert.Equal(ExitReason.DailyLoss, Due(account, 97, Given.Noon.AddMinutes(2))?.Reason);
        // A move below a thousandth is not marked, and a single symbol needs no mark.
        Assert.Empty(
            Portfolio.Decide(new WatchPrice("ETH-USD", 95.09m, Given.Noon.AddMinutes(3)), account with { PeakEquityUsd = 10_000 }));
        Assert.Empty(Portfolio.Decide(new WatchPrice(Given.Symbol, 95, Later), Given.Account(Given.Limits, Given.Bought(40))));

        static Portfolio Watched(Portfolio account, string symbol, decimal price) =>
            Portfolio.Decide(new WatchPrice(symbol, price, Later), account).Aggregate(account, Portfolio.Evolve);
    }

    [Fact]
    public void a_drawdown_that_latched_sells_every_position_also_where_the_next_price_is_better()
    {
        var limits = Given.Limits with { Exits = new(AtDrawdown: true), Losses = new(MaxDrawdownShare: 0.02m) };
        var latched = Given.Account(limits, Given.Bought(50), new LimitLatched(RiskRule.Drawdown, 0.021m, 0.02m, 1, "ETH-USD", 90, Later));

        Assert.Equal(ExitReason.Drawdown, Due(latched, 100, Later.AddSeconds(1))?.Reason);
        Assert.Null(Due(Portfolio.Evolve(latched, new TradingResumed("kim", "reviewed", Later)), 100, Later.AddSeconds(1)));
    }

    [Fact]
    public void flattening_ends_when_what_is_left_can_not_be_sold()
    {
        var flattening = Given.Account(Limits with { LotSize = 0.1m, LeastOrderValueUsd = 20 }, Given.Bought(10),
            new FlattenOrdered("kim", "weekend", Given.Noon));

        Assert.True(Portfolio.Evolve(flattening, Given.Sold(9.7m)).Flattening);
        var left = Portfolio.Evolve(flattening, Given.Sold(9.85m));
        Assert.Equal((false, 0.15m, TradingState.Reducing), (left.Flattening, left.PositionIn(Given.Symbol).Quantity, left.State));
        Assert.False(left.HoldsSellable());
        Assert.Empty(Portfolio.Decide(new FlattenPositions("kim", "weekend", Given.Noon), left));
    }

    [Fact]
    public void a_price_that_is_not_newer_than_the_position_says_nothing_about_it()
    {
        Assert.Null(Due(Bought(), 50, Given.Noon));
        Assert.NotNull(Due(Bought(), 50, Given.Noon.AddTicks(1)));
    }

    [Fact]
    public void what_is_promised_to_an_open_sale_or_too_small_to_be_sold_is_not_left()
    {
        Assert.Null(Due(Portfolio.Evolve(Bought(), Given.Reserved(Given.Sell(10))), 50));
        Assert.Null(Due(Given.Account(Limits, Given.Bought(0.9m)), 50));
        Assert.Null(Due(Given.Account(Limits with { LeastOrderValueUsd = 501 }, Given.Bought(10)), 50));
    }

    [Fact]
    public void an_exit_that_only_a_waiting_sale_keeps_from_being_due_names_that_sale()
    {
        var waiting = Given.Account(Limits, Given.Bought(10), Given.Reserved(Given.Sell(10), 2), Given.Reserved(Given.Buy(1), 3));
        var held = Exits.ExitHeldBackBySales(waiting, Given.Price(90, Later), Later);
        Assert.Equal((ExitReason.StopLoss, Given.TradeId(2)), (held!.Value.Exit.Reason, Assert.Single(held.Value.Sales)));
        Assert.Null(Exits.ExitHeldBackBySales(waiting, Given.Price(100, Later), Later));
        // What an exit sells is on its way, and what is free is due separately.
        Assert.Null(Exits.ExitHeldBackBySales(
            Given.Account(Limits, Given.Bought(10), Given.Reserved(Given.Sell(10) with { Exit = ExitReason.StopLoss }, 2)),
            Given.Price(90, Later), Later));
        Assert.Null(Exits.ExitHeldBackBySales(Given.Account(Limits, Given.Bought(10), Given.Reserved(Given.Sell(5), 2)),
            Given.Price(90, Later), Later));
    }

    [Fact]
    public void an_exit_sells_the_whole_position_with_the_room_of_the_collar_whatever_confidence_pace_and_losses_say()
    {
        var limits = Limits with
        {
            MaxTradeAmountUsd = 100,
            LeastConfidence = 1,
            Orders = new(PriceCollarPercent: 1, AllowedSymbols: "ETH-USD"),
            Pace = new(1, 1, 1, 60, 60),
            Losses = new(MaxLosingTrades: 1),
            Evidence = new(9, 0.1m, 9, 1),
        };
        var account = Given.Account(limits, Given.Bought(10), Given.Reserved(Given.Buy(1), trade: 2),
            new TradingReduced("kim", "test", Given.Noon));

        var exit = Assess(account, 90)!;

        Assert.Equal((Verdict.Approved, TradeAction.Sell), (exit.Assessment.Verdict, exit.Assessment.Signal));
        Assert.Equal(new Order(Given.Symbol, TradeAction.Sell, 10, 89.1m, 0, Exit: ExitReason.StopLoss), exit.Assessment.Order);
        Assert.Equal((DerivedId.Exit(exit.Price!.PriceId, ExitReason.StopLoss), null), (exit.TradeId, exit.Prediction));
        Assert.Equal(
            [RiskRule.TradingState, RiskRule.DuplicateIntent, RiskRule.PriceAge, RiskRule.PriceCollar, RiskRule.LotSize,
                RiskRule.Holdings, RiskRule.LeastOrderValue],
            exit.Assessment.Checks.Select(check => check.Rule));
    }

    [Fact]
    public void a_halted_account_and_a_halted_symbol_refuse_an_exit_and_it_is_recorded()
    {
        Assert.Equal(RiskRule.TradingState,
            Assess(Portfolio.Evolve(Bought(), new TradingHalted("kim", "test", Given.Noon)), 90)?.Assessment.Refusal);
        Assert.Equal(RiskRule.TradingState, Assess(Portfolio.Evolve(Bought(),
            new SymbolStateSet(Given.Symbol, TradingState.Halted, "kim", "test", Given.Noon)), 90)?.Assessment.Refusal);
        Assert.Equal(Verdict.Approved, Assess(Portfolio.Evolve(Bought(),
            new SymbolStateSet("ETH-USD", TradingState.Halted, "kim", "test", Given.Noon)), 90)?.Assessment.Verdict);
    }

    [Fact]
    public void an_exit_and_a_flatten_go_in_slices_where_the_limits_ask_for_it()
    {
        var sliced = Given.Account(Limits with { Exits = Barriers with { MaxAmountUsd = 270 } }, Given.Bought(10));
        Assert.Equal(3, Assess(sliced, 90)?.Assessment.Order?.Quantity);

        var flattened = Given.Account(Limits with { MaxTradeAmountUsd = 200 }, Given.Bought(10),
            new FlattenOrdered("kim", "weekend", Given.Noon));
        var slice = Assess(flattened, 100)!.Assessment;
        Assert.Equal(2, slice.Order?.Quantity);
        Assert.Contains(new RiskCheck(RiskRule.LargestOrderValue, 200, 200, true), slice.Checks);
    }

    [Fact]
    public void nothing_is_bought_while_an_exit_is_open_and_until_the_symbol_has_cooled_down()
    {
        var account = Given.Account(Given.Limits with { Pace = new(CooldownSeconds: 120) }, Given.Bought(10),
            new FundsReserved(Given.TradeId(2), Given.Sell(5) with { Exit = ExitReason.StopLoss }, Given.Noon));
        Assert.Equal(RiskRule.Cooldown, Buy(account, 119).Refusal);
        Assert.Equal(0, Buy(account, 119).Checks.Single(check => check.Rule == RiskRule.Cooldown).Observed);

        var sold = Portfolio.Evolve(account, Given.Sold(5, trade: 2));
        Assert.Equal(RiskRule.Cooldown, Buy(sold, 119).Refusal);
        Assert.Equal(Verdict.Approved, Buy(sold, 120).Verdict);
        Assert.Equal(Verdict.Approved,
            Risk.Assess(account, 2, Given.Prediction(-5, at: Given.Noon.AddSeconds(60)), Given.Noon.AddSeconds(60)).Verdict);
    }

    [Fact]
    public void a_price_is_marked_when_it_is_the_highest_since_the_entry_or_makes_equity_the_highest()
    {
        var account = Bought();
        Assert.Equal([new PriceMarked(Given.Symbol, 101, Later)], Watch(account, 101));
        Assert.Empty(Watch(account, 100));
        Assert.Empty(Watch(Given.Account(Given.Limits, Given.Bought(10)), 101));
        Assert.Equal(101, Portfolio.Evolve(account, new PriceMarked(Given.Symbol, 101, Later)).PositionIn(Given.Symbol).HighestPrice);

        var drawdown = Given.Account(Given.Limits with { Losses = new(MaxDrawdownShare: 0.1m) });
        Assert.Equal([new PriceMarked(Given.Symbol, 100, Later)], Watch(drawdown, 100));
        Assert.Equal(10_000, Portfolio.Evolve(drawdown, new PriceMarked(Given.Symbol, 100, Later)).PeakEquityUsd);
    }

    private static readonly DateTimeOffset Later = Given.Noon.AddMinutes(1);

    private static Portfolio Bought() => Given.Account(Limits, Given.Bought(10));

    private static Portfolio Marked(decimal highest) => Portfolio.Evolve(Bought(), new PriceMarked(Given.Symbol, highest, Later));

    private static IReadOnlyList<IAccountEvent> Watch(Portfolio account, decimal price) =>
        Portfolio.Decide(new WatchPrice(Given.Symbol, price, Later), account);

    private static RiskAssessed? Assess(Portfolio account, decimal price, DateTimeOffset? at = null) =>
        Risk.AssessExit(account, 2, Given.Price(price, at ?? Later), at ?? Later);

    private static PositionExit? Due(Portfolio account, decimal price, DateTimeOffset? at = null) =>
        Assess(account, price, at)?.Assessment.Exit;

    private static (ExitReason?, decimal?) Told(PositionExit? exit) => (exit?.Reason, exit?.TriggerPrice);

    private static Assessment Buy(Portfolio account, int seconds) =>
        Risk.Assess(account, 2, Given.Prediction(5, at: Given.Noon.AddSeconds(seconds)), Given.Noon.AddSeconds(seconds));
}
