using static Trading.Core.Tests.DueExits;

namespace Trading.Core.Tests;

/// <summary>What an exit sells, what keeps it from selling, and what is not bought meanwhile.</summary>
public class ExitOrderTests
{
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

    private static Assessment Buy(Portfolio account, int seconds) =>
        Risk.Assess(account, 2, Given.Prediction(5, at: Given.Noon.AddSeconds(seconds)), Given.Noon.AddSeconds(seconds));
}
