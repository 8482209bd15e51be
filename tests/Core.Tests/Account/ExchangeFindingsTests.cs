namespace Trading.Core.Tests;

/// <summary>
/// Differences between exchange and journal: each is reported once, until it ends or an operator accepts it;
/// before the first comparison has passed nothing is traded.
/// </summary>
public class ExchangeFindingsTests
{
    private static readonly ExternalBalanceFound Balance = new("USDT", 10_000, 9_900, Given.Noon);
    private static readonly ExternalOrderFound Order = new("77", "web_1", Given.Symbol, TradeAction.Sell, 1, 120, Given.Noon);
    private static readonly ExternalFillFound Fill = new("78", "9", null, Given.Symbol, TradeAction.Buy, 1, 100,
        0.001m, "BTC", Given.Noon, Given.Noon);

    [Fact]
    public void an_account_is_halted_from_the_begin_of_the_comparison_until_it_passes()
    {
        var begun = Given.Account(new ReconciliationBegan("binance", Given.Noon));
        Assert.Equal((TradingState.Active, TradingState.Halted), (begun.State, begun.TradableState()));
        Assert.Equal(RiskRule.TradingState, Risk.Assess(begun, 3, Given.Prediction(5), Given.Noon).Refusal);

        var passed = After(begun, new Reconcile("binance", [], Given.Noon, Reconcile.Everything));
        Assert.Equal(TradingState.Active, passed.TradableState());
        Assert.Equal(Verdict.Approved, Risk.Assess(passed, 4, Given.Prediction(5), Given.Noon).Verdict);
    }

    [Fact]
    public void a_difference_is_reported_once_and_keeps_the_account_from_trading()
    {
        var begun = Given.Account(new ReconciliationBegan("binance", Given.Noon));
        var found = new Reconcile("binance", [Balance, Order], Given.Noon, Reconcile.Everything);
        Assert.Equal([Balance, Order], Portfolio.Decide(found, begun));
        var differs = After(begun, found);
        Assert.Empty(Portfolio.Decide(found, differs));
        Assert.Equal(TradingState.Halted, differs.TradableState());
        Assert.Equal([Balance with { Observed = 9_800 }],
            Portfolio.Decide(found with { Findings = [Balance with { Observed = 9_800 }, Order] }, differs));
    }

    [Fact]
    public void what_ends_by_itself_lets_the_account_trade_but_a_fill_stays()
    {
        var begun = Given.Account(new ReconciliationBegan("binance", Given.Noon));
        var differs = After(begun, new Reconcile("binance", [Balance, Order], Given.Noon, Reconcile.Everything));
        Assert.Equal(
            [new ExternalDifferenceEnded("balance/USDT", Given.Noon), new ExternalDifferenceEnded("order/77", Given.Noon),
                new ReconciliationPassed("binance", Given.Noon)],
            Portfolio.Decide(new Reconcile("binance", [], Given.Noon, Reconcile.Everything), differs));

        var filled = After(begun, new Reconcile("binance", [Fill], Given.Noon, Reconcile.Everything),
            new Reconcile("binance", [], Given.Noon, Reconcile.Everything));
        Assert.Equal("fill/BTC-USD/9", Assert.Single(filled.External!.Differences.Keys));
        Assert.Equal(TradingState.Halted, filled.TradableState());
    }

    [Fact]
    public void an_accepted_difference_is_expected_from_then_on()
    {
        var begun = Given.Account(new ReconciliationBegan("binance", Given.Noon));
        var accepted = After(begun, new Reconcile("binance", [Balance, Order, Fill], Given.Noon, Reconcile.Everything),
            new AcceptDifferences("kim", "paid out by hand", Given.Noon));

        Assert.Equal(TradingState.Active, accepted.TradableState());
        Assert.Equal(-100, accepted.External!.AcceptedBalances["USDT"]);
        Assert.Empty(Portfolio.Decide(new Reconcile("binance", [Order, Fill], Given.Noon, Reconcile.Everything), accepted));
        // They are forgotten after longer than any comparison reaches back.
        var later = Given.Noon + ExternalState.AcceptedFor + TimeSpan.FromSeconds(1);
        Assert.Empty(After(accepted, new Reconcile("binance", [Balance with { Observed = 1 }], later, Reconcile.Everything),
            new AcceptDifferences("kim", "again", later)).External!.Accepted);
    }

    [Fact]
    public void a_running_account_goes_on_while_a_difference_is_shown()
    {
        var running = Given.Account(new ReconciliationBegan("binance", Given.Noon), new ReconciliationPassed("binance", Given.Noon));
        Assert.Equal(TradingState.Active,
            After(running, new Reconcile("binance", [Balance], Given.Noon, Reconcile.Everything)).TradableState());
    }

    [Fact]
    public void an_operators_halt_outlives_the_comparison()
    {
        var halted = Given.Account(new ReconciliationBegan("binance", Given.Noon), new TradingHalted("kim", "news", Given.Noon));
        Assert.Equal(TradingState.Halted, After(halted, new Reconcile("binance", [], Given.Noon, Reconcile.Everything)).TradableState());
    }

    [Fact]
    public void a_configuration_is_confirmed_as_it_was_announced()
    {
        Assert.Throws<InvalidOperationException>(() => Portfolio.Decide(new ConfirmRealTrading("kim", "go", Given.Noon), Given.Account()));
        var announced = After(Given.Account(), new AnnounceRealTrading("binance/main", "report", Given.Noon));
        Assert.Null(announced.External!.Confirmed);
        var confirmed = After(announced, new ConfirmRealTrading("kim", "go", Given.Noon));
        Assert.Equal("binance/main", confirmed.External!.Confirmed);
        Assert.Empty(Portfolio.Decide(new ConfirmRealTrading("kim", "go", Given.Noon), confirmed));
        Assert.Equal("binance/main", After(confirmed, new AnnounceRealTrading("coinbase/main", "report", Given.Noon)).External!.Confirmed);
    }

    [Fact]
    public void a_fee_in_units_leaves_the_position_and_is_counted_at_its_price()
    {
        var account = Given.Account(Given.Bought(10) with { FeeBase = 0.01m });
        Assert.Equal((9_000m, 9.99m, 999m, 1m),
            (account.CashUsd, account.PositionIn(Given.Symbol).Quantity, account.PositionIn(Given.Symbol).CostUsd, account.FeesUsd));
        Assert.True(RunSummary.AddsUp(account, 10_000));
        var sold = Portfolio.Evolve(account, Given.Sold(9.99m, 110, fee: 1));
        Assert.Empty(sold.Positions);
        Assert.True(RunSummary.AddsUp(sold, 10_000));
    }

    [Fact]
    public void an_account_with_differences_is_read_back_from_its_snapshot()
    {
        var account = After(Given.Account(new ReconciliationBegan("binance", Given.Noon)),
            new Reconcile("binance", [Balance, Order], Given.Noon, Reconcile.Everything));
        Assert.Equal(Json.Text(account), Json.Text(Json.Read(Json.Text(account), typeof(Portfolio))));
    }

    private static Portfolio After(Portfolio account, params IAccountCommand[] commands) =>
        commands.Aggregate(account, (state, command) => Portfolio.Decide(command, state).Aggregate(state, Portfolio.Evolve));
}
