using static Trading.Core.Tests.LimitBorders;

namespace Trading.Core.Tests;

/// <summary>Limits that only an operator lifts.</summary>
public class LatchedLimitTests
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

    private static IReadOnlyList<IAccountEvent> Watch(Portfolio account, decimal price) =>
        Portfolio.Decide(new WatchPrice(Given.Symbol, price, Given.Noon.AddMinutes(1)), account);

    private static IReadOnlyList<IAccountEvent> Settle(Portfolio account, Order order, decimal price) => Portfolio.Decide(
        new SettleTrade(Given.TradeId(7), Given.Filled(order.Quantity, price)), Portfolio.Evolve(account, Given.Reserved(order, trade: 7)));
}
