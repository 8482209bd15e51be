using static Trading.Core.Tests.RandomHistories;

namespace Trading.Core.Tests;

/// <summary>The history that dice make, step by step.</summary>
internal static class PlayedHistory
{
    internal static List<Step> Of(Dice[] history)
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
                < 88 => new SetLimits(dice.Limits(), "operator", "test", now),
                < 89 => new NoteProductRules("", dice.Rules(), now),
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
                return new SettleTrade(trade, dice.Outcome(order, sent.GetValueOrDefault(trade, order.Quantity), now),
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
                    return new SettleTrade(stop, dice.Outcome(account.Reservations[stop], sent.GetValueOrDefault(stop), now));
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
}
