using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;

namespace Trading.Core.Tests;

/// <summary>What holds after any history of decisions, fills and operator commands.</summary>
public class PropertyTests
{
    private const int Histories = 800;
    private const decimal Fee = 0.1m;
    private static readonly string[] Symbols = ["BTC-USD", "BTC-USDT", "ETH-USD", "B"];
    private static readonly Portfolio Start = Given.Account(Further(Given.Limits with { FeePercent = Fee, LotSize = 0.001m }));

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
        Assert.True(step.After.ReservedUsd() <= step.After.CashUsd, $"{step.After.ReservedUsd()} of {step.After.CashUsd} USD are reserved.");
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
    public void an_approved_order_respects_every_limit_in_force() => AfterEveryStep(seed: 6, step =>
    {
        if (step.Assessment is not { Order: { } order } assessment)
            return;
        var (account, limits, price) = (step.Before, step.Before.Limits!, step.Price);
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
            Assert.True(order.Quantity * price >= limits.LeastOrderValueUsd);
            Assert.True(exit.Reason == ExitReason.Flatten ? order.Quantity * price <= limits.MaxTradeAmountUsd : limits.Exits!.MaxAmountUsd is null || order.Quantity * price <= limits.MaxTradeAmountUsd);
            Assert.True(order.WorstPrice >= price * (1 - Math.Max(limits.Orders!.PriceCollarPercent!.Value, limits.WorstPriceMarginPercent) / 100));
            return;
        }
        Assert.True(order.Quantity * price <= limits.MaxTradeAmountUsd);
        Assert.True((decimal)step.Prediction!.Ensemble!.Confidence >= (decimal)limits.LeastConfidence);
        Assert.True(step.Now - step.Prediction.Price.ObservedAt <= TimeSpan.FromSeconds(limits.MaxPriceAgeSeconds));
        Assert.True(step.Now < step.Prediction.ExpiresAt);
        if (order.Side == TradeAction.Sell)
        {
            Assert.True(order.Quantity <= account.FreeQuantity(Given.Symbol));
            Assert.True(order.Quantity * price >= limits.LeastOrderValueUsd);
            return;
        }
        var promised = account.Reservations.Values.Where(open => open.Side == TradeAction.Buy).Sum(open => open.Quantity);
        Assert.True(order.Quantity * order.WorstPrice >= limits.LeastOrderValueUsd);
        Assert.True(order.Quantity * order.WorstPrice <= limits.MaxTradeAmountUsd);
        Assert.True(order.Quantity * order.WorstPrice * (1 + limits.FeePercent / 100) <= order.ReservedUsd);
        Assert.True(order.ReservedUsd <= account.FreeCashUsd() - equity * limits.CashReserveShare);
        Assert.True((account.PositionIn(Given.Symbol).Quantity + promised + order.Quantity) * price <= equity * limits.MaxPositionShare);
        Assert.True((account.Positions.Sum(held => held.Value.Quantity * price) + (promised + order.Quantity) * price) <= equity * limits.Orders!.MaxExposureShare);
        Assert.True(step.Prediction.Ensemble.Direction == Direction.Up);
        Assert.True(Risk.DailyLossUsd(account, Given.Symbol, price, DateOnly.FromDateTime(step.Now.UtcDateTime)) < equity * limits.MaxDailyLossShare);
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

    // Counted from the events alone, beside the account's own counts.
    [Fact]
    public void orders_keep_to_their_pace_and_nothing_is_bought_while_a_limit_is_latched_or_an_exit_is_young() => AfterEveryHistory(seed: 11, steps =>
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
    public void a_stop_fires_at_every_price_at_or_below_it_and_at_none_above() => AfterEveryStep(seed: 12, step =>
    {
        if (step.Watched is not { } price || step.Before.PositionIn(Given.Symbol) is not { Quantity: > 0 } position)
            return;
        var (account, limits) = (step.Before, step.Before.Limits!);
        var (stop, exit) = (position.CostUsd / position.Quantity * (1 - limits.Exits!.StopLossPercent!.Value / 100), step.Assessment?.Exit);
        if (exit?.Reason == ExitReason.StopLoss && !RestingStops.IsSet(exit, price))
            Assert.True(price.Price <= stop && price.Price <= exit.TriggerPrice);
        if (exit is not null && RestingStops.IsSet(exit, price))
            Assert.True(price.Price > stop && exit.TriggerPrice >= stop);
        if (exit?.Reason == ExitReason.TrailingStop)
            Assert.True(price.Price <= exit.TriggerPrice && exit.TriggerPrice < exit.HighestPrice);
        if (exit?.Reason == ExitReason.TakeProfit)
            Assert.True(price.Price >= exit.TriggerPrice);
        var sellable = Math.Floor(account.FreeQuantity(Given.Symbol) / limits.LotSize) * limits.LotSize * price.Price >= limits.LeastOrderValueUsd;
        if (price.Price <= stop && sellable && price.ObservedAt > position.ChangedAt)
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
        Assert.InRange(orders.Count(step => step.Assessment!.Order!.Side == TradeAction.Sell && step.Assessment.Exit is null), 50, int.MaxValue);
        Assert.InRange(orders.Count(step => step.Assessment!.Exit is not null), 50, int.MaxValue);
        Assert.InRange(orders.Count(step => RestingStops.Rests(step.Assessment!.Order!)), 50, int.MaxValue);
        Assert.InRange(seen.Count(step => step.Happened is [TradeSettled settled, ..] && RestingStops.Rests(step.Before.Reservations[settled.TradeId])), 10, int.MaxValue);
        // Stops that made room for a sale, and sales that found less than they were approved for.
        Assert.InRange(seen.Count(step => step.Ended), 10, int.MaxValue);
        Assert.InRange(seen.Count(step => step.Short), 1, int.MaxValue);
        Assert.InRange(orders.Select(step => step.Assessment!.Exit?.Reason).OfType<ExitReason>().Distinct().Count(), 4, 7);
        Assert.Equal(
            new HashSet<Type>
            {
                typeof(FundsReserved), typeof(ReservationReleased), typeof(TradeSettled), typeof(CashAdjusted), typeof(LimitsSet),
                typeof(TradingHalted), typeof(TradingReduced), typeof(TradingResumed), typeof(SymbolStateSet), typeof(FlattenOrdered), typeof(PriceMarked), typeof(LimitLatched),
            },
            seen.SelectMany(step => step.Happened).Select(happened => happened.GetType()).ToHashSet());
        Assert.Superset(
            new HashSet<RiskRule>
            {
                RiskRule.TradingState, RiskRule.PriceAge, RiskRule.PredictionAge, RiskRule.Confidence, RiskRule.DailyLoss, RiskRule.Holdings, RiskRule.LeastOrderValue, RiskRule.FreeCash, RiskRule.PositionShare,
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
                Assert.All([price, DerivedId.Prediction(price), trade, DerivedId.Message(trade, "a"), DerivedId.Message(trade, "b")], id => Assert.True(ids.Add(id)));
        }).Check(Fixed(seed: 10).WithMaxTest(2000));
    }

    /// <summary>One step of a history: what was asked of the account (nothing when risk refused, or no order was open), and what came of it.</summary>
    private sealed record Step(
        Portfolio Before, IAccountCommand? Command, IReadOnlyList<IAccountEvent> Happened, Portfolio After, decimal Price, DateTimeOffset Now,
        PredictionMade? Prediction, Assessment? Assessment, PriceObserved? Watched)
    {
        /// <summary>Units that orders on the exchange can sell.</summary>
        public decimal OnExchange { get; init; }

        /// <summary>Whether a stop was ended because another sale needs its units.</summary>
        public bool Ended { get; init; }

        /// <summary>Whether a sale was sent for less than it was approved for.</summary>
        public bool Short { get; init; }
    }

    /// <summary>Four numbers from which a step is made whatever the state, so that every history can be shortened when it fails.</summary>
    private readonly record struct Dice(int Kind, int A, int B, int C);

    private static readonly Gen<Dice> Throw = Gen.Choose(0, 99).Four().Select(dice => new Dice(dice.Item1, dice.Item2, dice.Item3, dice.Item4));

    private static readonly Arbitrary<Dice[]> AnyHistory = Arb.From(
        Gen.ArrayOf(Throw).Where(history => history.Length > 0),
        history => Enumerable.Range(0, history.Length).Select(left => history.Where((_, at) => at != left).ToArray()).Where(shorter => shorter.Length > 0));

    private static void AfterEveryStep(ulong seed, Action<Step> holds) => AfterEveryHistory(seed, steps => steps.ForEach(holds));

    private static void AfterEveryHistory(ulong seed, Action<List<Step>> holds) =>
        Prop.ForAll(AnyHistory, dice => holds(Play(dice))).Check(Fixed(seed));

    private static Config Fixed(ulong seed) => Config.QuickThrowOnFailure
        .WithMaxTest(Histories)
        .WithReplay(FSharpOption<FsCheck.Replay>.Some(new FsCheck.Replay(new Rnd(seed, 1), FSharpOption<int>.None)));

    private static List<Step> Play(Dice[] history)
    {
        var steps = new List<Step>();
        // Sales on the exchange with what they can sell, and at which step each was approved.
        var (sent, approved) = (new Dictionary<Guid, decimal>(), new Dictionary<Guid, int>());
        var (account, price, now) = (Start, 100m, Given.Noon);
        foreach (var (dice, at) in history.Select((dice, at) => (dice, at)))
        {
            // Odd cents and thirds of lots on purpose: digits that do not come out even are where money gets lost.
            price = Math.Clamp(decimal.Round(price * (1 + (dice.B - 50) / 300m), 2), 1, 100_000);
            now = now.AddMinutes(dice.C * 10);
            // In between nothing moves: a price at which no exit is due, and fills that come at once.
            if (dice.Kind is >= 46 and < 80 && steps.Count > 0)
                (price, now) = (steps[^1].Price, steps[^1].Now);
            PredictionMade? prediction = null;
            Assessment? assessment = null;
            PriceObserved? watched = null;
            var (ended, shorter) = (false, false);
            if (dice.Kind is >= 40 and < 60)
                Watch();
            IAccountCommand? command = dice.Kind switch
            {
                < 40 => Trade(),
                < 60 => Leave(),
                < 84 => Settle(),
                < 87 => new AdjustCash(Math.Max((dice.A - 60) * 10.01m, -account.FreeCashUsd()), "operator", "test", now),
                < 89 => new SetLimits(Limits(dice), "operator", "test", now),
                < 90 => new HaltTrading("operator", "test", now),
                < 91 => new ReduceTrading("operator", "test", now),
                < 92 => new FlattenPositions("operator", "test", now),
                < 94 => new SetSymbolState(Given.Symbol, dice.A switch { < 15 => TradingState.Halted, < 30 => TradingState.Reducing, _ => TradingState.Active }, "operator", "test", now),
                _ => new ResumeTrading("operator", "test", now),
            };
            var happened = command is null ? [] : Portfolio.Decide(command, account);
            var after = happened.Aggregate(account, Portfolio.Evolve);
            foreach (var reserved in happened.OfType<FundsReserved>())
                approved[reserved.TradeId] = at;
            steps.Add(new(account, command, happened, after, price, now, prediction, assessment, watched)
            {
                OnExchange = after.Reservations.Keys.Sum(open => sent.GetValueOrDefault(open)), Ended = ended, Short = shorter,
            });
            account = after;

            void Watch()
            {
                now = now.AddTicks(1);
                var seen = new WatchPrice(Given.Symbol, price, now);
                var marks = Portfolio.Decide(seen, account);
                var marked = marks.Aggregate(account, Portfolio.Evolve);
                steps.Add(new(account, seen, marks, marked, price, now, null, null, null) { OnExchange = account.Reservations.Keys.Sum(open => sent.GetValueOrDefault(open)) });
                account = marked;
            }

            IAccountCommand? Leave()
            {
                watched = Given.Price(price, now);
                assessment = (Risk.AssessExit(account, at, watched, now) ?? Risk.AssessStop(account, at, watched, now))?.Assessment;
                return assessment?.Order is { } order ? new ReserveFunds(Given.TradeId(at), order, now) : null;
            }

            IAccountCommand? Trade()
            {
                var made = Given.Prediction((dice.A - 45) / 10.0, dice.C < 80 ? 1 - dice.C / 200.0 : 0.3, price, now.AddTicks(at));
                var decidedAt = now.AddTicks(at).AddSeconds(dice.B % 10 == 0 ? dice.A * 2 : 1);
                (prediction, now) = (made, decidedAt);
                assessment = Risk.Assess(account, at, made, decidedAt);
                return assessment.Order is { } order ? new ReserveFunds(Given.TradeId(at), order, decidedAt) : null;
            }

            IAccountCommand? Settle()
            {
                if (account.Reservations.IsEmpty)
                    return null;
                var (trade, order) = account.Reservations.ElementAt(dice.A % account.Reservations.Count);
                if (order.Side == TradeAction.Sell && !sent.ContainsKey(trade))
                    return Send(trade, order);
                return new SettleTrade(trade, Outcome(order, dice, sent.GetValueOrDefault(trade, order.Quantity), now), ByOperator: dice.B < 15 && dice.C < 20);
            }

            // One thing at a time, as an executor does it that may be killed after each.
            IAccountCommand? Send(Guid trade, Order order)
            {
                if (RestingStops.InTheWay(account, trade, order) is [var stop, ..])
                {
                    if (RestingStops.Rests(order) && approved[stop] > approved[trade])
                        return new SettleTrade(trade, Given.Unfilled(TradeOutcome.Cancelled));
                    ended = true;
                    return new SettleTrade(stop, Outcome(account.Reservations[stop], dice, sent.GetValueOrDefault(stop), now));
                }
                var left = RestingStops.Left(account, trade, order);
                shorter = left > 0 && left < order.Quantity;
                if (left == 0)
                    return new SettleTrade(trade, Given.Unfilled(TradeOutcome.Cancelled));
                sent[trade] = left;
                return null;
            }
        }
        return steps;
    }

    /// <summary>A whole or partial fill, at the worst price or at one better by a fraction that never ends, with the full fee; or no fill.</summary>
    private static Execution Outcome(Order order, Dice dice, decimal most, DateTimeOffset now)
    {
        var filled = dice.B switch { < 15 => 0, < 40 => most * dice.C / 100, _ => most };
        var better = dice.C % 3 == 0 ? 0 : order.WorstPrice * dice.C / 70_000m;
        var price = order.Side == TradeAction.Buy ? order.WorstPrice - better : order.WorstPrice + better;
        var fee = filled * price * Fee / 100;
        var outcome = filled == 0 ? TradeOutcome.Cancelled : filled < order.Quantity ? TradeOutcome.PartiallyFilled : TradeOutcome.Filled;
        return new(outcome, "paper", true, "t", "1", filled, filled == 0 ? 0 : price, fee, null, now, FeeValueUsd: filled > 0 && dice.A % 5 == 0 ? fee / 7 : null);
    }

    // Wide enough for many trades, narrow enough for each to be reached.
    private static RiskLimits Further(RiskLimits limits, int dice = 0) => limits with
    {
        Orders = new(PriceCollarPercent: 2, MaxExposureShare: 0.4m + dice / 200m),
        Losses = new(MaxDrawdownShare: 0.2m + dice / 300m, MaxLosingTrades: 3, MaxUnreviewedExecutions: 20),
        Pace = new(MaxOpenOrders: 3 + dice % 4, MaxOrdersPerMinute: 3, MaxOrdersPerDay: 4, DuplicateWindowSeconds: 20, CooldownSeconds: 300),
        Exits = new(StopLossPercent: 10, TrailingStopPercent: 8, TrailingOffsetPercent: 3, TakeProfitPercent: 15, TimeLimitSeconds: 40_000, AtDailyLoss: true, AtDrawdown: true, MaxAmountUsd: dice % 2 == 0 ? null : limits.MaxTradeAmountUsd, StopOnExchange: dice % 5 != 4),
        Sizing = new((SizingMethod)(dice % 3), WithinLimits: dice % 2 == 1),
    };

    private static RiskLimits Limits(Dice dice) => Further(Given.Limits with
    {
        MaxTradeAmountUsd = 50 + dice.A * 30,
        MaxPositionShare = 0.3m + dice.B / 150m,
        CashReserveShare = dice.C / 300m,
        MaxDailyLossShare = 0.01m + dice.A / 300m,
        WorstPriceMarginPercent = dice.B / 50m,
        FeePercent = Fee,
        LotSize = dice.C switch { < 30 => 0.03m, < 60 => 0.00001m, _ => 0.00000001m },
        LeastOrderValueUsd = Math.Min(1 + dice.B, 50),
    }, dice.C);
}
