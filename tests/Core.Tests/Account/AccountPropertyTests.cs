using FsCheck.Fluent;
using static Trading.Core.Tests.RandomHistories;

namespace Trading.Core.Tests;

/// <summary>What holds after any history of decisions, fills and operator commands.</summary>
public class AccountPropertyTests
{
    [Fact]
    public void money_is_conserved_to_the_last_digit() => AfterEveryStep(seed: 1, step =>
    {
        var account = step.After;
        Assert.Equal(
            Given.Opened.CashUsd + account.RealisedUsd - (account.FeesUsd - account.FeesElsewhereUsd) + account.AdjustedUsd,
            account.CashUsd + account.Positions.Values.Sum(position => position.CostUsd));
    });

    [Fact]
    public void reservations_never_exceed_cash() => AfterEveryStep(seed: 2, step =>
    {
        Assert.True(step.After.ReservedUsd() <= step.After.CashUsd,
            $"{step.After.ReservedUsd()} of {step.After.CashUsd} USD are reserved.");
        Assert.True(step.After.FreeCashUsd() >= 0);
    });

    [Fact]
    public void free_quantity_and_cost_are_never_negative() => AfterEveryStep(seed: 3, step =>
    {
        Assert.True(step.After.FreeQuantity(Given.Symbol) >= 0, $"{step.After.FreeQuantity(Given.Symbol)} are free.");
        Assert.All(step.After.Positions.Values, position => Assert.True(position is { Quantity: > 0, CostUsd: >= 0 }, $"{position}"));
    });

    [Fact]
    public void deciding_twice_gives_nothing_new() => AfterEveryStep(seed: 4, step =>
    {
        // Paying in twice is paying in twice; every other command is known by its trade or by the state that it asks for.
        if (step.Command is not (null or AdjustCash))
            Assert.Empty(Portfolio.Decide(step.Command, step.After));
    });

    [Fact]
    public void folding_the_events_gives_the_state_that_was_reached() => AfterEveryHistory(seed: 5, steps =>
    {
        var folded = steps.SelectMany(step => step.Happened).Aggregate(Start, Portfolio.Evolve);
        Assert.Equal(Json.Text(steps[^1].After), Json.Text(folded));
        Assert.Equal(steps.Sum(step => step.Happened.OfType<TradeSettled>().Count()), folded.TradesSettled);
    });

    [Fact]
    public void the_score_lies_between_0_and_1() => AfterEveryStep(seed: 8, step =>
    {
        if (step.Assessment is { } assessment)
            Assert.InRange(assessment.RiskScore, 0, 1);
    });

    [Fact]
    public void every_kind_of_step_occurs_so_that_the_properties_say_something()
    {
        var seen = new List<Step>();
        AfterEveryHistory(seed: 9, seen.AddRange);

        var orders = seen.Where(step => step.Assessment?.Order is not null).ToList();
        Assert.InRange(orders.Count(step => step.Assessment!.Order!.Side == TradeAction.Buy), 300, int.MaxValue);
        Assert.InRange(
            orders.Count(step => step.Assessment!.Order!.Side == TradeAction.Sell && step.Assessment.Exit is null), 50, int.MaxValue);
        Assert.InRange(orders.Count(step => step.Assessment!.Exit is not null), 50, int.MaxValue);
        Assert.InRange(orders.Count(step => step.Assessment!.Order!.RestsOnExchange()), 50, int.MaxValue);
        Assert.InRange(
            seen.Count(step => step.Happened is [TradeSettled settled, ..] && step.Before.Reservations[settled.TradeId].RestsOnExchange()),
            10, int.MaxValue);
        // Orders that went out, and those of each side that were approved before the account might not trade them any more.
        Assert.InRange(seen.Count(step => step.Sent is not null), 500, int.MaxValue);
        foreach (var side in new[] { TradeAction.Buy, TradeAction.Sell })
            Assert.InRange(seen.Count(step => step is { KeptBack: true, Command: SettleTrade kept }
                && step.Before.Reservations[kept.TradeId].Side == side), 5, int.MaxValue);
        // Stops that made room for a sale, and sales that found less than they were approved for.
        Assert.InRange(seen.Count(step => step.Ended), 10, int.MaxValue);
        Assert.InRange(seen.Count(step => step.Short), 1, int.MaxValue);
        Assert.InRange(orders.Select(step => step.Assessment!.Exit?.Reason).OfType<ExitReason>().Distinct().Count(), 4, 7);
        Assert.Equal(
            new HashSet<Type>
            {
                typeof(FundsReserved), typeof(ReservationReleased), typeof(TradeSettled), typeof(CashAdjusted), typeof(LimitsSet),
                typeof(TradingHalted), typeof(TradingReduced), typeof(TradingResumed), typeof(SymbolStateSet), typeof(FlattenOrdered),
                typeof(PriceMarked), typeof(LimitLatched), typeof(ProductRulesSeen),
            },
            seen.SelectMany(step => step.Happened).Select(happened => happened.GetType()).ToHashSet());
        Assert.Superset(
            new HashSet<RiskRule>
            {
                RiskRule.TradingState, RiskRule.PriceAge, RiskRule.PredictionAge, RiskRule.Confidence, RiskRule.DailyLoss,
                RiskRule.Holdings, RiskRule.LeastOrderValue, RiskRule.FreeCash, RiskRule.PositionShare,
                RiskRule.OpenOrders, RiskRule.Exposure,
            },
            seen.Where(step => step.Assessment is not null).SelectMany(step => step.Assessment!.Checks).Where(check => !check.Passed)
                .Select(check => check.Rule).ToHashSet());
    }
}
