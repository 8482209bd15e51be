using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;

namespace Trading.Core.Tests;

/// <summary>
/// Histories of prices, decisions, fills, crashes and operator commands as they may happen to an account, made from dice.
/// </summary>
internal static class RandomHistories
{
    private const int Histories = 800;
    private const decimal Fee = 0.1m;

    /// <summary>The account that every history begins with.</summary>
    public static readonly Portfolio Start = Given.Account(Further(Given.Limits with { FeePercent = Fee, LotSize = 0.001m }));

    /// <summary>
    /// One step of a history: what was asked of the account (nothing when risk refused, or no order was open), and what came of it.
    /// </summary>
    public sealed record Step(
        Portfolio Before, IAccountCommand? Command, IReadOnlyList<IAccountEvent> Happened, Portfolio After,
        decimal Price, DateTimeOffset Now,
        PredictionMade? Prediction, Assessment? Assessment, PriceObserved? Watched)
    {
        /// <summary>Units that orders on the exchange can sell.</summary>
        public decimal OnExchange { get; init; }

        /// <summary>The order that went out; null when none did.</summary>
        public Order? Sent { get; init; }

        /// <summary>Whether an approved order was kept back, for the account may not trade it any more.</summary>
        public bool KeptBack { get; init; }

        /// <summary>Whether a stop was ended because another sale needs its units.</summary>
        public bool Ended { get; init; }

        /// <summary>Whether a sale was sent for less than it was approved for.</summary>
        public bool Short { get; init; }
    }

    /// <summary>Four numbers from which a step is made whatever the state, so that every history can be shortened when it fails.</summary>
    private readonly record struct Dice(int Kind, int A, int B, int C);

    private static readonly Gen<Dice> Throw = Gen.Choose(0, 99).Four()
        .Select(dice => new Dice(dice.Item1, dice.Item2, dice.Item3, dice.Item4));

    private static readonly Arbitrary<Dice[]> AnyHistory = Arb.From(
        Gen.ArrayOf(Throw).Where(history => history.Length > 0),
        history => Enumerable.Range(0, history.Length).Select(left => history.Where((_, at) => at != left).ToArray())
            .Where(shorter => shorter.Length > 0));

    /// <summary>Holds after each step of any history; the seed says which histories.</summary>
    public static void AfterEveryStep(ulong seed, Action<Step> holds) => AfterEveryHistory(seed, steps => steps.ForEach(holds));

    /// <summary>Holds for any history as a whole.</summary>
    public static void AfterEveryHistory(ulong seed, Action<List<Step>> holds) =>
        Prop.ForAll(AnyHistory, dice => holds(Play(dice))).Check(Fixed(seed));

    /// <summary>The same cases in each run.</summary>
    public static Config Fixed(ulong seed) => Config.QuickThrowOnFailure
        .WithMaxTest(Histories)
        .WithReplay(FSharpOption<FsCheck.Replay>.Some(new FsCheck.Replay(new Rnd(seed, 1), FSharpOption<int>.None)));

    private static List<Step> Play(Dice[] history)
    {
        var steps = new List<Step>();
        // Orders on the exchange with what they can fill, and at which step each was approved.
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
            var (ended, shorter, keptBack) = (false, false, false);
            Order? went = null;
            if (dice.Kind is >= 40 and < 60)
                Watch();
            IAccountCommand? command = dice.Kind switch
            {
                < 40 => Trade(),
                < 60 => Leave(),
                < 84 => Settle(),
                < 87 => new AdjustCash(Math.Max((dice.A - 60) * 10.01m, -account.FreeCashUsd()), "operator", "test", now),
                < 88 => new SetLimits(Limits(dice), "operator", "test", now),
                < 89 => new NoteProductRules("", Rules(dice), now),
                < 90 => new HaltTrading("operator", "test", now),
                < 91 => new ReduceTrading("operator", "test", now),
                < 92 => new FlattenPositions("operator", "test", now),
                < 94 => new SetSymbolState(Given.Symbol,
                    dice.A switch { < 15 => TradingState.Halted, < 30 => TradingState.Reducing, _ => TradingState.Active },
                    "operator", "test", now),
                _ => new ResumeTrading("operator", "test", now),
            };
            var happened = command is null ? [] : Portfolio.Decide(command, account);
            var after = happened.Aggregate(account, Portfolio.Evolve);
            foreach (var reserved in happened.OfType<FundsReserved>())
                approved[reserved.TradeId] = at;
            steps.Add(new(account, command, happened, after, price, now, prediction, assessment, watched)
            {
                OnExchange = OnExchange(after), Ended = ended, Short = shorter, Sent = went, KeptBack = keptBack,
            });
            account = after;

            void Watch()
            {
                now = now.AddTicks(1);
                var seen = new WatchPrice(Given.Symbol, price, now);
                var marks = Portfolio.Decide(seen, account);
                var marked = marks.Aggregate(account, Portfolio.Evolve);
                steps.Add(new(account, seen, marks, marked, price, now, null, null, null) { OnExchange = OnExchange(account) });
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
                if (!sent.ContainsKey(trade))
                    return Send(trade, order);
                return new SettleTrade(trade, Outcome(order, dice, sent.GetValueOrDefault(trade, order.Quantity), now),
                    ByOperator: dice.B < 15 && dice.C < 20);
            }

            // One thing at a time, as an executor does it that may be killed after each.
            IAccountCommand? Send(Guid trade, Order order)
            {
                if (account.Forbids(order) is not null)
                {
                    keptBack = true;
                    return new SettleTrade(trade, Given.Unfilled(TradeOutcome.Cancelled));
                }
                if (order.Side == TradeAction.Buy)
                {
                    (sent[trade], went) = (order.Quantity, order);
                    return null;
                }
                if (StopOnExchange.OrdersInTheWay(account, trade, order) is [var stop, ..])
                {
                    if (order.RestsOnExchange() && approved[stop] > approved[trade])
                        return new SettleTrade(trade, Given.Unfilled(TradeOutcome.Cancelled));
                    ended = true;
                    return new SettleTrade(stop, Outcome(account.Reservations[stop], dice, sent.GetValueOrDefault(stop), now));
                }
                var left = StopOnExchange.UnitsLeft(account, trade, order);
                shorter = left > 0 && left < order.Quantity;
                if (left == 0)
                    return new SettleTrade(trade, Given.Unfilled(TradeOutcome.Cancelled));
                (sent[trade], went) = (left, order);
                return null;
            }
        }
        return steps;

        decimal OnExchange(Portfolio state) =>
            state.Reservations.Sum(open => open.Value.Side == TradeAction.Sell ? sent.GetValueOrDefault(open.Key) : 0);
    }

    /// <summary>
    /// A whole or partial fill, at the worst price or at one better by a fraction that never ends, with the full fee; or no fill.
    /// </summary>
    private static Execution Outcome(Order order, Dice dice, decimal most, DateTimeOffset now)
    {
        var filled = dice.B switch { < 15 => 0, < 40 => most * dice.C / 100, _ => most };
        var better = dice.C % 3 == 0 ? 0 : order.WorstPrice * dice.C / 70_000m;
        var price = order.Side == TradeAction.Buy ? order.WorstPrice - better : order.WorstPrice + better;
        var fee = filled * price * Fee / 100;
        var outcome = filled == 0 ? TradeOutcome.Cancelled : filled < order.Quantity ? TradeOutcome.PartiallyFilled : TradeOutcome.Filled;
        return new(outcome, "paper", true, "t", "1", filled, filled == 0 ? 0 : price, fee, null, now,
            FeeValueUsd: filled > 0 && dice.A % 5 == 0 ? fee / 7 : null);
    }

    // Coarser here and finer there than the limits' own.
    private static ProductFilters Rules(Dice dice) => new(
        Given.Symbol, "BTCUSDT", "BTC", "USDT",
        Trading: dice.A != 7, [OrderPlacement.LimitIoc, OrderPlacement.Market, OrderPlacement.StopLoss],
        TickSize: dice.B % 2 == 0 ? 0.02m : 0.001m, LeastPrice: 0,
        LargestPrice: 0, LotSize: dice.C % 3 == 0 ? 0.05m : 0.0001m, LeastQuantity: dice.C % 4 == 0 ? 0.1m : 0,
        LargestQuantity: dice.A % 3 == 0 ? 3 : 0, LargestMarketQuantity: 0, LeastNotional: dice.B % 3 * 4,
        LargestNotional: dice.A % 4 == 0 ? 500 : 0, BuyMultiplierUp: 1.01m, BuyMultiplierDown: 0.5m, SellMultiplierUp: 2,
        SellMultiplierDown: dice.C % 2 == 0 ? 0.985m : 0.2m, MaxOpenOrders: dice.A % 5 == 0 ? 2 : 0);

    // Wide enough for many trades, narrow enough for each to be reached.
    private static RiskLimits Further(RiskLimits limits, int dice = 0) => limits with
    {
        Orders = new(PriceCollarPercent: 2, TickSize: dice % 3 == 0 ? 0.05m : null, MaxQuantity: dice % 7 == 1 ? 4 : null,
            MaxExposureShare: 0.4m + dice / 200m),
        Losses = new(MaxDrawdownShare: 0.2m + dice / 300m, MaxLosingTrades: 3, MaxUnreviewedExecutions: 20),
        Pace = new(MaxOpenOrders: 3 + dice % 4, MaxOrdersPerMinute: 3, MaxOrdersPerDay: 4,
            DuplicateWindowSeconds: 20, CooldownSeconds: 300),
        Exits = new(StopLossPercent: 10, TrailingStopPercent: 8, TrailingOffsetPercent: 3, TakeProfitPercent: 15, TimeLimitSeconds: 40_000,
            AtDailyLoss: true, AtDrawdown: true, MaxAmountUsd: dice % 2 == 0 ? null : limits.MaxTradeAmountUsd,
            StopOnExchange: dice % 5 != 4),
        Sizing = new((SizingMethod)(dice / 2 % 4), WithinLimits: dice % 2 == 1),
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
