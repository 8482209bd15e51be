namespace Trading.Core.Tests;

/// <summary>Stops and exits that an exchange refuses, and purchases that must not be made meanwhile or could not be sold again.</summary>
public class RefusalTests
{
    private static readonly DateTimeOffset At = Given.Noon.AddMinutes(1);

    private static readonly ProductFilters Product = new("BTC-USD", "BTCUSDT", "BTC", "USDT", true,
        [OrderPlacement.LimitIoc, OrderPlacement.Market, OrderPlacement.StopLoss], 0.01m, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0);

    private static readonly RiskLimits Limits = Given.Limits with
    { Exits = new(StopLossPercent: 5, StopOnExchange: true), Orders = new(PriceCollarPercent: 1, TickSize: 0.01m, GuardEntries: true) };

    private static Portfolio Held(RiskLimits limits) => new IAccountEvent[]
        { new ReconciliationBegan("binance", Given.Noon), new ProductRulesSeen("binance", Product, Given.Noon),
            new ReconciliationPassed("binance", Given.Noon) }
        .Aggregate(Given.Account(limits, Given.Bought(10)), Portfolio.Evolve);

    [Fact]
    public void a_stop_that_is_refused_is_tried_again_after_ever_longer_pauses_while_the_software_stop_watches()
    {
        var account = Held(Limits);
        var pauses = new List<double>();
        var at = At;
        for (var tries = 0; tries < 12; tries++)
        {
            account = Refuse(account, Given.TradeId(100 + tries), at, rests: true);
            var refused = account.PositionIn("BTC-USD").StopRefused!;
            pauses.Add((refused.Next() - at).TotalSeconds);
            Assert.Null(Risk.AssessStop(account, 1, Given.Price(100, at), refused.Next().AddMilliseconds(-1)));
            Assert.NotNull(Risk.AssessStop(account, 1, Given.Price(100, refused.Next()), refused.Next()));
            // The price itself reaches the stop: that waits for nothing.
            Assert.Equal(ExitReason.StopLoss, Risk.AssessExit(account, 1, Given.Price(94, at.AddMilliseconds(1)),
                at.AddMilliseconds(1))!.Assessment.Exit!.Reason);
            at = refused.Next();
        }
        Assert.Equal([2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300], pauses);
        Assert.Equal((12, "Firewall"), (account.PositionIn("BTC-USD").StopRefused!.Count, account.PositionIn("BTC-USD").StopRefused!.Kind));
        // A sale makes all of it void.
        Assert.Null(Portfolio.Evolve(account, Given.Sold(5, trade: 2, at: at)).PositionIn("BTC-USD").StopRefused);
    }

    [Fact]
    public void an_exit_that_is_refused_pauses_as_well()
    {
        var account = Refuse(Held(Limits), Given.TradeId(100), At, rests: false);
        Assert.Null(Risk.AssessExit(account, 1, Given.Price(94, At.AddSeconds(1)), At.AddSeconds(1)));
        Assert.NotNull(Risk.AssessExit(account, 1, Given.Price(94, At.AddSeconds(2)), At.AddSeconds(2)));
    }

    [Theory]
    [InlineData("a stop is missing", true)]
    [InlineData("a stop rests", false)]
    [InlineData("an exit is under way", true)]
    [InlineData("an exit was refused", true)]
    [InlineData("everything is being sold", true)]
    public void nothing_is_added_to_a_position_that_is_unprotected_or_being_left(string what, bool refused)
    {
        var account = Held(Limits with { MaxTradeAmountUsd = 100 });
        var stop = new Order("BTC-USD", TradeAction.Sell, 10, 94, 0, OrderType.Stop, StopPrice: 95, Exit: ExitReason.StopLoss);
        account = what switch
        {
            "a stop rests" => Portfolio.Evolve(account, new FundsReserved(Given.TradeId(20), stop, At)),
            "an exit is under way" => Portfolio.Evolve(account, new FundsReserved(Given.TradeId(20),
                new("BTC-USD", TradeAction.Sell, 10, 94, 0, Exit: ExitReason.TimeLimit), At)),
            "an exit was refused" => Refuse(account, Given.TradeId(20), At, rests: false),
            "everything is being sold" => Portfolio.Evolve(account, new FlattenOrdered("kim", "test", At)),
            _ => account,
        };
        var assessed = Risk.Assess(account, 1, Given.Prediction(5, at: At), At);
        Assert.Equal(!refused, assessed.Checks.Single(check => check.Rule == RiskRule.Protection).Passed);
        // A journal whose limits do not know the rule decides as it did.
        var before = Given.Account(Given.Limits, Given.Bought(10));
        Assert.DoesNotContain(Risk.Assess(before, 1, Given.Prediction(5, at: At), At).Checks,
            check => check.Rule is RiskRule.Protection or RiskRule.Sellable);
    }

    [Theory]
    [InlineData(0.054, false)]
    [InlineData(0.06, true)]
    public void what_is_bought_can_be_sold_at_its_stop_after_a_fee_in_units(decimal amountUsd, bool passes)
    {
        // 5.40 USD of something, in hundredths: 0.1 % of the units go as fee, and the lot takes the rest of a unit.
        var limits = Limits with
        {
            MaxTradeAmountUsd = amountUsd * 100,
            LotSize = 0.001m,
            LeastOrderValueUsd = 5,
            FeePercent = 0.1m,
        };
        var account = new IAccountEvent[]
        {
            new ReconciliationBegan("binance", Given.Noon), new ProductRulesSeen("binance", Product with { LotSize = 0.001m }, Given.Noon),
            new ReconciliationPassed("binance", Given.Noon),
        }.Aggregate(Given.Account(limits), Portfolio.Evolve);
        var check = Risk.Assess(account, 1, Given.Prediction(5, at: At), At).Checks.Single(one => one.Rule == RiskRule.Sellable);
        Assert.Equal((5m, passes), (check.Limit, check.Passed));
    }

    private static Portfolio Refuse(Portfolio account, Guid tradeId, DateTimeOffset at, bool rests)
    {
        var order = rests ? new Order("BTC-USD", TradeAction.Sell, 10, 94, 0, OrderType.Stop, StopPrice: 95, Exit: ExitReason.StopLoss)
            : new Order("BTC-USD", TradeAction.Sell, 10, 94, 0, Exit: ExitReason.StopLoss);
        account = Portfolio.Evolve(account, new FundsReserved(tradeId, order, at));
        var refused = new Execution(TradeOutcome.Rejected, "binance", true, "t-1", null, 0, 0, 0, "HTTP 403", at, Refusal: "Firewall");
        return Portfolio.Decide(new SettleTrade(tradeId, refused), account).Aggregate(account, Portfolio.Evolve);
    }
}
