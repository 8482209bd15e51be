using MassTransit;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting;
using Trading.Journal;

namespace Trading.Services;

/// <summary>
/// Looks at each price for positions that have to be left, and decides on each prediction once. A decision and, when it is an approval, the reservation are appended in one transaction
/// with expected versions: whatever the number of replicas, each decision is made on the account as it is, and no limit is exceeded.
/// </summary>
public sealed class RiskManager(TradeJournal journal, TradingAccount account, TradingSettings settings, TradingMetrics metrics, TimeProvider clock) : IConsumer<PriceObserved>, IConsumer<PredictionMade>
{
    /// <summary>How long a decision waits for the end of an exit's order, in real time; then it is made with that order open.</summary>
    public static readonly TimeSpan ExitPatience = TimeSpan.FromSeconds(5);

    // A recorded run goes on when its order has ended, and gives up by itself when it does not.
    private static readonly TimeSpan RecordedPatience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(5);

    private bool Recorded => settings.Feed == FeedKind.Recorded;

    /// <inheritdoc/>
    public async Task Consume(ConsumeContext<PriceObserved> context)
    {
        var price = context.Message;
        // In a recorded run everything happens one after the other: where a decision is due, it looks at the price first.
        if (Recorded && Pipeline.DecisionDue(price, settings.DecisionIntervalSeconds))
            return;
        var watched = await WatchAsync(context, price);
        if (!Recorded)
            return;
        await AfterExitAsync(watched, price.Symbol, context.CancellationToken);
        await Tell(context, Watched(watched, price));
    }

    /// <inheritdoc/>
    public async Task Consume(ConsumeContext<PredictionMade> context)
    {
        var watched = await WatchAsync(context, context.Message.Price);
        var loaded = await AfterExitAsync(watched, context.Message.Price.Symbol, context.CancellationToken);
        await Tell(context, await DecideAsync(context.Message, loaded, context.MessageId, context.CancellationToken));
    }

    // Looking twice changes nothing: what a price shows is known the second time, and what it sells is sold.
    private async Task<Loaded<Portfolio>> WatchAsync(ConsumeContext context, PriceObserved price)
    {
        var (cause, cancellation) = ($"{context.MessageId}", context.CancellationToken);
        while (true)
        {
            var loaded = await account.LoadAsync(cancellation);
            var seen = Portfolio.Decide(new WatchPrice(price.Symbol, price.Price, price.ObservedAt), loaded.State);
            if (seen.Count > 0)
            {
                if (!await journal.AppendAsync([new(loaded.State.Id, loaded.Version, seen)], new(null, cause), cancellation))
                    continue;
                loaded = new(seen.Aggregate(loaded.State, Portfolio.Evolve), loaded.Version + seen.Count);
            }
            if (OpenExit(loaded.State, price.Symbol) is { } open)
            {
                // Decided at this price before, and perhaps not told.
                if (open.TradeId == DerivedId.Exit(price.PriceId, open.Reason) && await journal.TradeAsync(open.TradeId, cancellation) is { } untold)
                    await Tell(context, untold.State.Assessed());
                return loaded;
            }
            if (Leave(loaded, price) is not { } exit)
            {
                await MakeRoomAsync(loaded.State, price, cause, cancellation);
                if (loaded.State.Reservations.ContainsKey(DerivedId.Stop(price.PriceId)) && await journal.TradeAsync(DerivedId.Stop(price.PriceId), cancellation) is { } set)
                    await Tell(context, set.State.Assessed());
                return loaded;
            }
            var appends = Appends(exit, loaded);
            if (await journal.AppendAsync(appends, new(exit.TradeId, cause), cancellation))
            {
                metrics.Assessed(exit);
                await Tell(context, exit);
                return await account.LoadAsync(cancellation);
            }
            if (await journal.TradeAsync(exit.TradeId, cancellation) is { } decided)
            {
                await Tell(context, decided.State.Assessed());
                return await account.LoadAsync(cancellation);
            }
        }
    }

    // The exit that is due, or else the stop that is missing. On paper nothing can wait.
    private RiskAssessed? Leave(Loaded<Portfolio> loaded, PriceObserved price)
    {
        var now = clock.GetUtcNow();
        return Risk.AssessExit(loaded.State, loaded.Version, price, now)
            ?? (settings.Exchange == PaperFill.Exchange ? null : Risk.AssessStop(loaded.State, loaded.Version, price, now));
    }

    // A sale that waits for its price gives its units up when a stop or a loss is reached: the Executor takes it off, and the next price leaves the position.
    private async Task MakeRoomAsync(Portfolio account, PriceObserved price, string cause, CancellationToken cancellation)
    {
        if (Exits.HeldBack(account, price, clock.GetUtcNow()) is not var (exit, sales))
            return;
        foreach (var tradeId in sales)
        {
            // One that does not wait ends by itself, in a moment.
            if (await journal.TradeAsync(tradeId, cancellation) is not { State: { ExchangeOrderId: not null, Execution: null, Cancel: null }, Version: var version })
                continue;
            var why = FormattableString.Invariant($"{exit.Reason} of {price.Symbol} is due at {price.Price}");
            await journal.AppendAsync([new(Trade.StreamId(tradeId), version, [new CancelRequested("risk-manager", why, clock.GetUtcNow())])], new(tradeId, cause), cancellation);
        }
    }

    // A decision is made on the account as the exit leaves it, and not beside it.
    private async Task<Loaded<Portfolio>> AfterExitAsync(Loaded<Portfolio> loaded, string symbol, CancellationToken cancellation)
    {
        var (begin, patience) = (TimeProvider.System.GetTimestamp(), Recorded ? RecordedPatience : ExitPatience);
        while (OpenExit(loaded.State, symbol) is not null && TimeProvider.System.GetElapsedTime(begin) < patience)
        {
            await Task.Delay(LookAgain, TimeProvider.System, cancellation);
            loaded = await account.LoadAsync(cancellation);
        }
        return loaded;
    }

    private async Task<RiskAssessed> DecideAsync(PredictionMade prediction, Loaded<Portfolio> loaded, Guid? messageId, CancellationToken cancellation)
    {
        var tradeId = DerivedId.Trade(prediction.PredictionId);
        while (true)
        {
            var assessed = new RiskAssessed(tradeId, prediction, Risk.Assess(loaded.State, loaded.Version, prediction, clock.GetUtcNow()));
            if (await journal.AppendAsync(Appends(assessed, loaded), new(tradeId, $"{messageId}"), cancellation))
            {
                metrics.Assessed(assessed);
                return assessed;
            }

            // Either this prediction was decided before, and the message tells the same again, or the account moved on, and the decision is made anew.
            if (await journal.TradeAsync(tradeId, cancellation) is { } decided)
                return decided.State.Assessed();
            loaded = await account.LoadAsync(cancellation);
        }
    }

    private static List<StreamAppend> Appends(RiskAssessed assessed, Loaded<Portfolio> account)
    {
        var appends = new List<StreamAppend> { new(Trade.StreamId(assessed.TradeId), 0, Trade.Assess(assessed)) };
        if (assessed.Assessment is { Order: { } order, AssessedAt: var at })
            appends.Add(new(account.State.Id, account.Version, Portfolio.Decide(new ReserveFunds(assessed.TradeId, order, at), account.State)));
        return appends;
    }

    private static (Guid TradeId, ExitReason Reason)? OpenExit(Portfolio account, string symbol)
    {
        foreach (var (tradeId, order) in account.Reservations)
        {
            if (order.Symbol == symbol && order.Exit is { } reason && !RestingStops.Rests(order))
                return (tradeId, reason);
        }
        return null;
    }

    private RiskAssessed Watched(Loaded<Portfolio> loaded, PriceObserved price)
    {
        var (state, now) = (loaded.State, clock.GetUtcNow());
        return new(
            DerivedId.Watched(price.PriceId), null,
            new(state.Account, TradeAction.Hold, Verdict.Hold, null, null, [], state.LimitsVersion, loaded.Version, state.CashUsd, state.ReservedUsd(),
                state.PositionIn(price.Symbol).Quantity, state.EquityUsd(price.Symbol, price.Price), 0, now, now),
            price);
    }

    private static Task Tell(ConsumeContext context, RiskAssessed assessed) => context.Publish(assessed, publish =>
    {
        publish.MessageId = DerivedId.Message(assessed.TradeId, nameof(RiskAssessed));
        publish.CorrelationId = assessed.TradeId;
    });
}
