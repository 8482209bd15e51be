namespace Trading.Core.Tests;

/// <summary>An account that is opened, limited and halted, and what it sets aside and pays out.</summary>
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
}
