using static Trading.Core.Tests.RandomHistories;

namespace Trading.Core.Tests;

/// <summary>What holds for every order of any history: the limits in force, the stop that it carries, the units that it sells.</summary>
public class OrderPropertyTests
{
    [Fact]
    public void the_verdict_alone_is_that_of_the_recorded_checks()
    {
        var refusals = new HashSet<RiskRule?>();
        AfterEveryStep(seed: 16, step =>
        {
            if (step is not { Assessment: { Verdict: not Verdict.Hold, Exit: null } assessment, Prediction: { } prediction })
                return;
            var account = RiskAccount.Of(step.Before, prediction.Price.Symbol, prediction.Price.Price, step.Now);
            var ordered = step.Before.Reservations.ContainsKey(DerivedId.Trade(prediction.PredictionId));

            var decision = Risk.Decide(account, step.Before.LimitsIn(prediction.Price.Symbol)!,
                RiskRequest.Of(prediction, assessment.Signal, step.Now, ordered), new RiskCheck[Risk.MostChecks], verdictAlone: true);

            Assert.Equal((assessment.Verdict, assessment.Refusal), (decision.Verdict, decision.Refusal));
            Assert.InRange(decision.Checks, 1, assessment.Checks.Count);
            refusals.Add(decision.Refusal);
        });
        Assert.Superset(new HashSet<RiskRule?> { null, RiskRule.Confidence, RiskRule.TradingState, RiskRule.LeastOrderValue }, refusals);
    }

    [Fact]
    public void an_approved_order_respects_every_limit_in_force() => AfterEveryStep(seed: 6, step =>
    {
        if (step.Assessment is not { Order: { } order } assessment)
            return;
        var (account, price) = (step.Before, step.Price);
        var limits = account.LimitsIn(Given.Symbol)!;
        // What is approved, the exchange takes. A stop's limit is held against the market's price.
        if (account.External?.Products?.GetValueOrDefault(Given.Symbol) is { } rules)
            Assert.Null(rules.Broken(order.RestsOnExchange() ? OrderPlacement.StopLoss : OrderPlacement.LimitIoc, order.Side,
                order.Quantity, order.WorstPrice, step.Price));
        var equity = account.CashUsd + account.PositionIn(Given.Symbol).Quantity * price;

        Assert.Equal(Verdict.Approved, assessment.Verdict);
        Assert.All(assessment.Checks, check => Assert.True(check.Passed));
        Assert.True(order.Quantity > 0 && order.Quantity % limits.LotSize == 0, $"{order.Quantity} is not a number of lots.");
        if (assessment.Exit is { } exit)
        {
            // A stop that is set is measured by its own price.
            price = order.StopPrice ?? price;
            // It sells what is there, and no limit of trades that somebody wants holds it back.
            Assert.Equal(TradeAction.Sell, order.Side);
            Assert.True(order.Quantity <= account.FreeQuantity(Given.Symbol));
            Assert.True(
                order.Quantity * price >= limits.LeastOrderValueUsd && order.Quantity <= (limits.Orders!.MaxQuantity ?? decimal.MaxValue));
            Assert.True(exit.Reason == ExitReason.Flatten
                ? order.Quantity * price <= limits.MaxTradeAmountUsd
                : limits.Exits!.MaxAmountUsd is null || order.Quantity * price <= limits.MaxTradeAmountUsd);
            Assert.True(
                order.WorstPrice >= price * (1 - Math.Max(limits.Orders!.PriceCollarPercent!.Value, limits.WorstPriceMarginPercent) / 100));
            return;
        }
        Assert.True(order.Quantity <= (limits.Orders!.MaxQuantity ?? decimal.MaxValue));
        Assert.True(limits.Orders.TickSize is not { } tick || order.WorstPrice % tick == 0);
        Assert.True(Math.Abs(order.WorstPrice - price) * 100 <= price * limits.Orders.PriceCollarPercent!.Value);
        Assert.True((decimal)step.Prediction!.Ensemble!.Confidence >= (decimal)limits.LeastConfidence);
        Assert.True(step.Now - step.Prediction.Price.ObservedAt <= TimeSpan.FromSeconds(limits.MaxPriceAgeSeconds));
        Assert.True(step.Now < step.Prediction.ExpiresAt);
        if (order.Side == TradeAction.Sell)
        {
            Assert.True(order.Quantity <= account.FreeQuantity(Given.Symbol));
            Assert.True(order.Quantity * price >= limits.LeastOrderValueUsd && order.Quantity * price <= limits.MaxTradeAmountUsd);
            return;
        }
        var promised = account.Reservations.Values.Where(open => open.Side == TradeAction.Buy).Sum(open => open.Quantity);
        Assert.True(order.Quantity * order.WorstPrice >= limits.LeastOrderValueUsd);
        Assert.True(order.Quantity * order.WorstPrice <= limits.MaxTradeAmountUsd);
        Assert.True(order.Quantity * order.WorstPrice * (1 + limits.FeePercent / 100) <= order.ReservedUsd);
        Assert.True(order.ReservedUsd <= account.FreeCashUsd() - equity * limits.CashReserveShare);
        Assert.True((account.PositionIn(Given.Symbol).Quantity + promised + order.Quantity) * price <= equity * limits.MaxPositionShare);
        Assert.True((account.Positions.Sum(held => held.Value.Quantity * price) + (promised + order.Quantity) * price)
            <= equity * limits.Orders!.MaxExposureShare);
        Assert.True(step.Prediction.Ensemble.Direction == Direction.Up);
        Assert.True(
            account.DailyLossUsd(Given.Symbol, price, DateOnly.FromDateTime(step.Now.UtcDateTime)) < equity * limits.MaxDailyLossShare);
    });

    [Fact]
    public void a_stop_fires_at_every_price_at_or_below_it_and_never_above() => AfterEveryStep(seed: 12, step =>
    {
        if (step.Watched is not { } price || step.Before.PositionIn(Given.Symbol) is not { Quantity: > 0 } position)
            return;
        var (account, limits) = (step.Before, step.Before.Limits!);
        if (account.LimitsIn(Given.Symbol)!.Product is not null)
            limits = account.LimitsIn(Given.Symbol)!;
        var (stop, exit) = (position.CostUsd / position.Quantity * (1 - limits.Exits!.StopLossPercent!.Value / 100), step.Assessment?.Exit);
        if (exit?.Reason == ExitReason.StopLoss && !StopOnExchange.IsSet(exit, price))
            Assert.True(price.Price <= stop && price.Price <= exit.TriggerPrice);
        if (exit is not null && StopOnExchange.IsSet(exit, price))
            Assert.True(price.Price > stop && exit.TriggerPrice >= stop);
        if (exit?.Reason == ExitReason.TrailingStop)
            Assert.True(price.Price <= exit.TriggerPrice && exit.TriggerPrice < exit.HighestPrice);
        if (exit?.Reason == ExitReason.TakeProfit)
            Assert.True(price.Price >= exit.TriggerPrice);
        // With the room down to the worst price that an exchange's rules look at.
        var least = limits.Product is null ? price.Price : price.Price * 0.98m;
        var sellable =
            Math.Floor(account.FreeQuantity(Given.Symbol) / limits.LotSize) * limits.LotSize * least >= limits.LeastOrderValueUsd;
        if (price.Price <= stop && sellable && price.ObservedAt > position.ChangedAt
            && limits.Product is not ({ Trading: false } or { LeastQuantity: > 0 }))
            Assert.Equal(account.StateOf(Given.Symbol) != TradingState.Halted, step.Assessment!.Order is not null);
    });

    [Fact]
    public void no_unit_can_be_sold_by_two_orders_on_the_exchange_and_none_is_sold_that_is_not_held() => AfterEveryStep(seed: 13, step =>
    {
        var held = step.After.PositionIn(Given.Symbol).Quantity;
        Assert.True(step.OnExchange <= held, $"{step.OnExchange} can be sold, {held} are held.");
        Assert.True(held >= 0);
    });
}
