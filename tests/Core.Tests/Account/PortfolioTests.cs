namespace Trading.Core.Tests;

public class PortfolioTests
{
    [Fact]
    public void an_account_is_opened_once()
    {
        var open = new OpenAccount("main", "recorded", 10_000, Given.Noon);

        Assert.Equal([new AccountOpened("main", "recorded", 10_000, Given.Noon)], Portfolio.Decide(open, null));
        Assert.Empty(Portfolio.Decide(open, Given.Account()));
    }

    [Fact]
    public void an_account_never_mixes_recorded_and_live_prices() =>
        Fails("Account main trades on recorded prices and cannot go on with live ones.",
            new OpenAccount("main", "live", 10_000, Given.Noon), Given.Account());

    [Fact]
    public void an_account_is_not_opened_with_debts() =>
        Fails("An account cannot be opened with -1 USD.", new OpenAccount("main", "live", -1, Given.Noon), null);

    [Fact]
    public void nothing_happens_to_an_account_before_it_is_opened()
    {
        Fails("HaltTrading needs an account that was opened.", new HaltTrading("operator", "test", Given.Noon), null);
        Assert.Throws<InvalidOperationException>(() => Portfolio.Evolve(null, Given.Bought(1)));
    }

    [Fact]
    public void new_limits_get_the_next_version_and_the_same_limits_change_nothing()
    {
        var tighter = Given.Limits with { MaxTradeAmountUsd = 1 };

        Assert.Equal(
            [new LimitsSet(2, tighter, "operator", "careful", Given.Noon)],
            Portfolio.Decide(new SetLimits(tighter, "operator", "careful", Given.Noon), Given.Account()));
        Assert.Empty(Portfolio.Decide(
            new SetLimits(Given.Limits with { MaxTradeAmountUsd = 1000.00m }, "operator", "same", Given.Noon), Given.Account()));
    }

    [Fact]
    public void limits_out_of_range_are_never_put_in_force() =>
        Fails(
            "The limits cannot be put in force: LotSize must be 0.000000000001 to 1000000, was 0; "
            + "LeastOrderValueUsd must be above 0, was -1.",
            new SetLimits(Given.Limits with { LotSize = 0, LeastOrderValueUsd = -1 }, "operator", "slip", Given.Noon), Given.Account());

    [Fact]
    public void an_approved_buy_sets_its_cash_aside_once()
    {
        var reserve = new ReserveFunds(Given.TradeId(1), Given.Buy(10), Given.Noon);
        var account = Given.Account();

        var happened = Portfolio.Decide(reserve, account);
        Assert.Equal([new FundsReserved(Given.TradeId(1), Given.Buy(10), Given.Noon)], happened);

        account = Portfolio.Evolve(account, happened[0]);
        Assert.Equal((10_000m, 1000m, 9000m), (account.CashUsd, account.ReservedUsd(), account.FreeCashUsd()));
        Assert.Empty(Portfolio.Decide(reserve, account));
    }

    [Fact]
    public void an_approved_sale_sets_its_units_aside()
    {
        var account = Given.Account(Given.Bought(10), Given.Reserved(Given.Sell(4), trade: 2));

        Assert.Equal((10m, 6m, 9000m),
            (account.PositionIn(Given.Symbol).Quantity, account.FreeQuantity(Given.Symbol), account.FreeCashUsd()));
    }

    [Fact]
    public void more_than_is_free_is_never_set_aside()
    {
        var account = Given.Account(Given.Bought(10), Given.Reserved(Given.Buy(80), trade: 2), Given.Reserved(Given.Sell(8), trade: 3));

        Assert.Single(Portfolio.Decide(new ReserveFunds(Given.TradeId(4), Given.Buy(10), Given.Noon), account));
        Fails("1000.01 USD cannot be reserved: only 1000 USD are free.",
            new ReserveFunds(Given.TradeId(4), Given.Buy(10) with { ReservedUsd = 1000.01m }, Given.Noon), account);
        Assert.Single(Portfolio.Decide(new ReserveFunds(Given.TradeId(4), Given.Sell(2), Given.Noon), account));
        Fails("2.01 BTC-USD cannot be sold: only 2 are free.", new ReserveFunds(Given.TradeId(4), Given.Sell(2.01m), Given.Noon), account);
    }

    [Fact]
    public void a_fill_is_booked_once_and_frees_what_was_set_aside()
    {
        var settle = new SettleTrade(Given.TradeId(1), Given.Filled(10, 99, fee: 1));
        var account = Given.Account(Given.Reserved(Given.Buy(10)));

        var happened = Portfolio.Decide(settle, account);
        Assert.Equal([new TradeSettled(Given.TradeId(1), Given.Symbol, TradeAction.Buy, 10, 99, 1, Given.Noon)], happened);

        account = Portfolio.Evolve(account, happened[0]);
        Assert.Equal((9009m, 0m, 1m, 1), (account.CashUsd, account.ReservedUsd(), account.FeesUsd, account.TradesSettled));
        Assert.Equal(new Position(10, 990, 99, Given.Noon, Given.Noon, 99), account.PositionIn(Given.Symbol));
        Assert.Equal(99, account.PositionIn(Given.Symbol).AverageCost());
        Assert.Empty(Portfolio.Decide(settle, account));
    }

    [Fact]
    public void a_partial_fill_books_its_part_and_frees_the_rest()
    {
        var account = Given.Account(Given.Reserved(Given.Buy(10)));

        account = Settle(account, Given.Filled(3, 100, fee: 0.5m, TradeOutcome.PartiallyFilled));

        Assert.Equal((9699.5m, 9699.5m, 3m), (account.CashUsd, account.FreeCashUsd(), account.PositionIn(Given.Symbol).Quantity));
    }

    [Theory]
    [InlineData(TradeOutcome.Cancelled)]
    [InlineData(TradeOutcome.Rejected)]
    [InlineData(TradeOutcome.Expired)]
    public void an_order_without_a_fill_only_frees_what_was_set_aside(TradeOutcome outcome)
    {
        var account = Given.Account(Given.Reserved(Given.Buy(10)));

        var happened = Portfolio.Decide(new SettleTrade(Given.TradeId(1), Given.Unfilled(outcome)), account);

        Assert.Equal([new ReservationReleased(Given.TradeId(1), outcome, "no fill", Given.Noon)], happened);
        account = Portfolio.Evolve(account, happened[0]);
        Assert.Equal((10_000m, 10_000m, 0), (account.CashUsd, account.FreeCashUsd(), account.TradesSettled));
    }

    [Fact]
    public void a_settlement_without_a_reservation_is_nothing() =>
        Assert.Empty(Portfolio.Decide(new SettleTrade(Given.TradeId(9), Given.Filled(10)), Given.Account(Given.Reserved(Given.Buy(10)))));

    [Theory]
    [InlineData(TradeOutcome.Filled, 10.1, 100)]
    [InlineData(TradeOutcome.Filled, 9.9, 100)]
    [InlineData(TradeOutcome.Filled, 10, 0)]
    [InlineData(TradeOutcome.PartiallyFilled, 10, 100)]
    [InlineData(TradeOutcome.PartiallyFilled, 0, 0)]
    [InlineData(TradeOutcome.PartiallyFilled, 5, -1)]
    [InlineData(TradeOutcome.Cancelled, 5, 100)]
    [InlineData(TradeOutcome.Rejected, -5, 100)]
    public void an_execution_that_cannot_be_is_never_booked(TradeOutcome outcome, double filled, double price) =>
        Assert.Throws<InvalidOperationException>(() => Settle(
            Given.Account(Given.Reserved(Given.Buy(10))), Given.Filled((decimal)filled, (decimal)price, outcome: outcome)));

    [Fact]
    public void a_sale_takes_its_share_of_the_cost_and_the_last_unit_takes_all_that_is_left()
    {
        var account = Given.Account(Given.Bought(1, 100), Given.Bought(2, 100.00000001m));
        Assert.Equal(300.00000002m, account.PositionIn(Given.Symbol).CostUsd);

        account = Portfolio.Evolve(account, Given.Sold(1, 110));
        Assert.Equal(new Position(2, 200.00000001m, 110, Given.Noon, Given.Noon, 100.00000001m), account.PositionIn(Given.Symbol));
        Assert.Equal(9.99999999m, account.RealisedUsd);

        account = Portfolio.Evolve(account, Given.Sold(2, 110));
        Assert.Empty(account.Positions);
        Assert.Equal((29.99999998m, 10_029.99999998m), (account.RealisedUsd, account.CashUsd));
    }

    [Fact]
    public void an_average_price_with_28_digits_is_booked_to_the_eighth_decimal()
    {
        var account = Given.Account(Given.Bought(0.00012345m, 61_234.123456789012345678901234m, fee: 0.0000000001m));

        Assert.Equal(7.55935254m, account.PositionIn(Given.Symbol).CostUsd);
        Assert.Equal(0.00000001m, account.FeesUsd);
        Assert.Equal(10_000 - 7.55935254m - 0.00000001m, account.CashUsd);
    }

    [Fact]
    public void profit_and_loss_follow_average_cost()
    {
        var position = Given.Account(Given.Bought(10, 100), Given.Bought(10, 200)).PositionIn(Given.Symbol);

        Assert.Equal((150m, 1000m, -1000m), (position.AverageCost(), position.UnrealisedUsd(200), position.UnrealisedUsd(100)));
        Assert.Equal((0m, 0m), (Position.None.AverageCost(), Position.None.UnrealisedUsd(100)));
    }

    [Fact]
    public void equity_values_one_symbol_at_the_given_price_and_the_others_at_their_last()
    {
        var account = Given.Account(Given.Bought(10, 100), Given.Bought(2, 50) with { Symbol = "ETH-USD" });

        Assert.Equal(8900 + 10 * 110 + 2 * 50, account.EquityUsd(Given.Symbol, 110));
    }

    [Fact]
    public void the_result_of_a_day_starts_again_with_the_next_one_and_a_late_settlement_does_not_turn_it_back()
    {
        var midnight = new DateTimeOffset(2024, 3, 2, 0, 0, 0, TimeSpan.Zero);
        var account = Given.Account(Given.Bought(10, 100), Given.Sold(1, 50, at: midnight.AddSeconds(-2)));
        Assert.Equal((new DateOnly(2024, 3, 1), -50m), (account.Day, account.RealisedOnDayUsd));

        account = Portfolio.Evolve(account, Given.Sold(1, 60, at: midnight.AddSeconds(1)));
        Assert.Equal((new DateOnly(2024, 3, 2), -40m), (account.Day, account.RealisedOnDayUsd));

        account = Portfolio.Evolve(account, Given.Sold(1, 70, at: midnight.AddSeconds(-1)));
        Assert.Equal((new DateOnly(2024, 3, 2), -70m), (account.Day, account.RealisedOnDayUsd));
        Assert.Equal(-120, account.RealisedUsd);
    }

    [Fact]
    public void a_fee_in_a_third_asset_costs_the_result_of_the_day_and_no_cash()
    {
        var account = Given.Account(Given.Bought(10) with { FeeValueUsd = 0.5m },
            Given.Sold(10, price: 110, fee: 1) with { FeeValueUsd = 0.123456789m });

        Assert.Equal((10_099m, 100m), (account.CashUsd, account.RealisedUsd));
        Assert.Equal((1.62345679m, 0.62345679m, 98.37654321m), (account.FeesUsd, account.FeesElsewhereUsd, account.RealisedOnDayUsd));
        Assert.True(RunSummary.AddsUp(account, Given.Opened.CashUsd));
        // A sale that only this fee makes a loss is one.
        Assert.Equal(1, Given.Account(Given.Bought(10), Given.Sold(10, fee: 0) with { FeeValueUsd = 0.01m }).LosingTrades);
    }

    [Fact]
    public void trading_is_halted_reduced_and_resumed_by_somebody_for_a_reason_and_once()
    {
        var active = Given.Account();
        var halted = Becomes(TradingState.Halted, new TradingHalted("kim", "news", Given.Noon),
            new HaltTrading("kim", "news", Given.Noon), active);
        var reducing = Becomes(TradingState.Reducing, new TradingReduced("kim", "calmer", Given.Noon),
            new ReduceTrading("kim", "calmer", Given.Noon), halted);
        Becomes(TradingState.Active, new TradingResumed("kim", "over", Given.Noon), new ResumeTrading("kim", "over", Given.Noon), reducing);
    }

    [Fact]
    public void what_reduces_an_account_by_itself_never_takes_back_a_halt()
    {
        var reduce = new ReduceTrading("clock-watch", "clocks differ", Given.Noon, OnlyTighten: true);
        var active = Given.Account();
        var halted = Becomes(TradingState.Halted, new TradingHalted("kim", "news", Given.Noon),
            new HaltTrading("kim", "news", Given.Noon), active);
        Assert.Empty(Portfolio.Decide(reduce, halted));
        Becomes(TradingState.Reducing, new TradingReduced("clock-watch", "clocks differ", Given.Noon), reduce, active);
    }

    [Fact]
    public void cash_is_paid_out_down_to_what_open_orders_need()
    {
        var account = Given.Account(Given.Reserved(Given.Buy(90)));

        Assert.Equal(
            [new CashAdjusted(-1000, "operator", "withdrawn", Given.Noon)],
            Portfolio.Decide(new AdjustCash(-1000, "operator", "withdrawn", Given.Noon), account));
        Fails("1000.01 USD cannot be paid out: only 1000 USD are free.",
            new AdjustCash(-1000.01m, "operator", "withdrawn", Given.Noon), account);

        account = Portfolio.Evolve(account, new CashAdjusted(-1000, "operator", "withdrawn", Given.Noon));
        Assert.Equal((9000m, -1000m), (account.CashUsd, account.AdjustedUsd));
    }

    private static Portfolio Becomes(TradingState state, IAccountEvent expected, IAccountCommand command, Portfolio account)
    {
        Assert.Equal([expected], Portfolio.Decide(command, account));
        var after = Portfolio.Evolve(account, expected);
        Assert.Equal(state, after.State);
        Assert.Empty(Portfolio.Decide(command, after));
        return after;
    }

    private static void Fails(string message, IAccountCommand command, Portfolio? account) =>
        Assert.Equal(message, Assert.Throws<InvalidOperationException>(() => Portfolio.Decide(command, account)).Message);

    private static Portfolio Settle(Portfolio account, Execution execution) =>
        Portfolio.Decide(new SettleTrade(Given.TradeId(1), execution), account).Aggregate(account, Portfolio.Evolve);
}
