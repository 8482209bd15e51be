using FsCheck;
using FsCheck.Fluent;
using static Trading.Core.Tests.RandomHistories;

namespace Trading.Core.Tests;

/// <summary>What holds after any history of decisions, fills and operator commands.</summary>
public class AccountPropertyTests
{
    private static readonly string[] Symbols = ["BTC-USD", "BTC-USDT", "ETH-USD", "B"];

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
    public void a_halted_account_approves_nothing_and_a_reducing_one_no_buy() => AfterEveryStep(seed: 7, step =>
    {
        var symbol = step.Before.SymbolStates?.GetValueOrDefault(Given.Symbol) ?? TradingState.Active;
        if (step.Before.State == TradingState.Halted || symbol == TradingState.Halted)
            Assert.Null(step.Assessment?.Order);
        if (step.Before.State == TradingState.Reducing || symbol == TradingState.Reducing)
            Assert.NotEqual(TradeAction.Buy, step.Assessment?.Order?.Side);
    });

    // The state is folded here from the events alone, and the order was approved whenever that was.
    [Fact]
    public void nothing_goes_out_while_trading_is_halted_and_no_purchase_while_it_is_reduced() => AfterEveryHistory(seed: 14, steps =>
    {
        var (account, symbol) = (TradingState.Active, TradingState.Active);
        foreach (var step in steps)
        {
            if (step.Sent is { } order)
            {
                Assert.False(account == TradingState.Halted || symbol == TradingState.Halted,
                    $"{order} went out while trading was halted.");
                Assert.False(order.Side == TradeAction.Buy && (account != TradingState.Active || symbol != TradingState.Active),
                    $"{order} went out while trading was reduced.");
            }
            foreach (var happened in step.Happened)
            {
                (account, symbol) = happened switch
                {
                    TradingHalted => (TradingState.Halted, symbol),
                    TradingReduced => (TradingState.Reducing, symbol),
                    TradingResumed => (TradingState.Active, symbol),
                    LimitLatched or FlattenOrdered when account == TradingState.Active => (TradingState.Reducing, symbol),
                    SymbolStateSet set => (account, set.State),
                    _ => (account, symbol),
                };
            }
        }
    });

    // Counted from the events alone, beside the account's own counts.
    [Fact]
    public void orders_keep_to_their_pace_and_nothing_is_bought_while_a_limit_is_latched_or_an_exit_is_young() =>
        AfterEveryHistory(seed: 11, steps =>
        {
            var orders = new List<FundsReserved>();
            var stops = new HashSet<Guid>();
            var (open, latched, exitAt) = (0, false, DateTimeOffset.MinValue);
            foreach (var (step, happened) in steps.SelectMany(step => step.Happened.Select(happened => (step, happened))))
            {
                switch (happened)
                {
                    case FundsReserved { Order.Type: OrderType.Stop } stop:
                        stops.Add(stop.TradeId);
                        break;
                    case TradeSettled settled when stops.Remove(settled.TradeId):
                        exitAt = settled.At > exitAt ? settled.At : exitAt;
                        break;
                    case ReservationReleased released when stops.Remove(released.TradeId):
                        break;
                    case FundsReserved { Order: var order, At: var at } reserved:
                        orders.Add(reserved);
                        open++;
                        if (order.Exit is not null)
                        {
                            exitAt = at;
                            break;
                        }
                        var pace = step.Before.Limits!.Pace!;
                        Assert.True(open <= pace.MaxOpenOrders);
                        Assert.True(orders.Count(other => Minute(other.At) == Minute(at)) <= pace.MaxOrdersPerMinute);
                        Assert.True(orders.Count(other => other.At.UtcDateTime.Date == at.UtcDateTime.Date) <= pace.MaxOrdersPerDay);
                        if (order.Side == TradeAction.Buy)
                        {
                            Assert.False(latched);
                            Assert.True((at - exitAt).TotalSeconds >= pace.CooldownSeconds);
                        }
                        break;
                    case TradeSettled or ReservationReleased:
                        open--;
                        break;
                    case LimitLatched:
                        latched = true;
                        break;
                    case TradingResumed:
                        latched = false;
                        break;
                }
            }

            static DateTime Minute(DateTimeOffset at) => new(at.UtcTicks - at.UtcTicks % TimeSpan.TicksPerMinute, DateTimeKind.Utc);
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

    [Fact]
    public void ids_are_stable_and_distinct()
    {
        var ids = new HashSet<Guid>();
        var names = new HashSet<(string, int, long)>();
        var cases = Gen.Choose(0, 3).Zip(Gen.Choose(1, 3600)).Zip(Gen.Choose(0, int.MaxValue)).ToArbitrary();
        Prop.ForAll(cases, any =>
        {
            var ((symbol, interval), start) = any;
            var (name, at) = (Symbols[symbol], DateTimeOffset.FromUnixTimeSeconds(start));
            var price = DerivedId.Price(name, interval, at);
            var trade = DerivedId.Trade(DerivedId.Prediction(price));
            Assert.Equal(trade, DerivedId.Trade(DerivedId.Prediction(DerivedId.Price(name, interval, at))));
            if (names.Add((name, interval, start)))
                Assert.All([price, DerivedId.Prediction(price), trade, DerivedId.Message(trade, "a"), DerivedId.Message(trade, "b")],
                    id => Assert.True(ids.Add(id)));
        }).Check(Fixed(seed: 10).WithMaxTest(2000));
    }
}
