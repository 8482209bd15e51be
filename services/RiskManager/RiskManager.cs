using MassTransit;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Hosting.Telemetry;
using Trading.Journal.Events;

namespace Trading.Services;

/// <summary>
/// Checks at each price whether a position must be closed, and decides on each prediction once. A decision and its reservation are appended
/// in one transaction with expected versions. So with any number of replicas each decision is made on the current account, and no limit is
/// exceeded.
/// </summary>
public sealed class RiskManager(TradeJournal journal, TradingAccount account, BelievedPrices believed, TradingSettings settings,
    TradingMetrics metrics, TimeProvider clock) : IConsumer<PriceObserved>, IConsumer<PredictionMade>
{
    /// <summary>
    /// How long a decision waits for the end of an exit's order, or for a stop to be taken, in real time; then it is made with that order
    /// open.
    /// </summary>
    public static readonly TimeSpan ExitPatience = TimeSpan.FromSeconds(5);

    // A recorded run continues when its order has ended, and has a time limit of its own.
    private static readonly TimeSpan RecordedPatience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(5);

    private bool Recorded => settings.Feed.IsPlayed();

    /// <inheritdoc/>
    public async Task Consume(ConsumeContext<PriceObserved> context)
    {
        var price = context.Message;
        // A recorded run has a fixed order: when a decision is due, the prediction's message also does this check.
        if (Recorded && Predictions.DecisionDue(price, settings.DecisionIntervalSeconds))
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
        if (await TryWithoutOrderAsync(context.Message, context.MessageId, context.CancellationToken) is { } assessed)
        {
            await Tell(context, assessed);
            return;
        }
        var watched = await WatchAsync(context, context.Message.Price);
        var loaded = await AfterExitAsync(watched, context.Message.Price.Symbol, context.CancellationToken);
        loaded = await AfterStopAsync(loaded, context.Message.Price.Symbol, context.CancellationToken);
        await Tell(context, await DecideAsync(context.Message, loaded, context.MessageId, context.CancellationToken));
    }

    // Most decisions lead to no order and leave the account as it is. They are made on the account as it was read last, without a query,
    // and recorded only where it has not changed since. Null where anything else is to be done: then the account is read.
    private async Task<RiskAssessed?> TryWithoutOrderAsync(PredictionMade prediction, Guid? messageId, CancellationToken cancellation)
    {
        var (price, now) = (prediction.Price, clock.GetUtcNow());
        if (account.LastRead is not { Account: { State.Reservations.Count: 0 } known } read
            || (!Recorded && known.State.IsAhead(price.Symbol, now))
            || Portfolio.Decide(new WatchPrice(price.Symbol, price.Price, price.ObservedAt), known.State).Count > 0
            || Leave(known, price) is not null)
            return null;
        var assessed = Assess(prediction, known);
        return assessed.Assessment.Order is null ? await RecordAsync(assessed, known, messageId, cancellation, read) : null;
    }

    // A second check of the same price changes nothing.
    private async Task<Loaded<Portfolio>> WatchAsync(ConsumeContext context, PriceObserved price)
    {
        var (cause, cancellation) = ($"{context.MessageId}", context.CancellationToken);
        while (true)
        {
            var loaded = await account.LoadAsync(cancellation);
            // A recording played again begins before the times of the last run.
            if (!Recorded && loaded.State.IsAhead(price.Symbol, clock.GetUtcNow()))
            {
                await SetMarksRightAsync(loaded, price, cause, cancellation);
                continue;
            }
            var seen = Portfolio.Decide(new WatchPrice(price.Symbol, price.Price, price.ObservedAt), loaded.State);
            if (seen.Count > 0)
            {
                await believed.DemandAsync(price, exit: true, cancellation);
                if (!await journal.AppendAsync([new(loaded.State.Id, loaded.Version, seen)], new(null, cause), cancellation))
                    continue;
                loaded = new(seen.Aggregate(loaded.State, Portfolio.Evolve), loaded.Version + seen.Count);
            }
            if (OpenExit(loaded.State, price.Symbol) is { } open)
            {
                // Decided at this price before, but perhaps not published.
                if (open.TradeId == DerivedId.Exit(price.PriceId, open.Reason)
                    && await journal.TradeAsync(open.TradeId, cancellation) is { } untold)
                    await Tell(context, untold.State.Assessed());
                return loaded;
            }
            if (Leave(loaded, price) is not { } exit)
            {
                await MakeRoomAsync(loaded.State, price, cause, cancellation);
                if (loaded.State.Reservations.ContainsKey(DerivedId.Stop(price.PriceId))
                    && await journal.TradeAsync(DerivedId.Stop(price.PriceId), cancellation) is { } set)
                    await Tell(context, set.State.Assessed());
                return loaded;
            }
            await believed.DemandAsync(price, exit: true, cancellation);
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

    // A time ahead of the clock would keep every exit from firing until it has come. The highest price that came with such a time is not
    // believed either.
    private async Task SetMarksRightAsync(Loaded<Portfolio> loaded, PriceObserved price, string cause, CancellationToken cancellation)
    {
        var (now, position) = (clock.GetUtcNow(), loaded.State.PositionIn(price.Symbol));
        decimal? highest = position.HighestAt > now ? Math.Max(position.AverageCost(), price.Price) : null;
        var set = Portfolio.Decide(
            new SetMarks(price.Symbol, highest, "risk-manager", "a time of the account lay ahead of the clock", now), loaded.State);
        await journal.AppendAsync([new(loaded.State.Id, loaded.Version, set)], new(null, cause), cancellation);
    }

    // The exit that is due, or else the missing stop. On paper orders do not wait, and what an exchange does not trade now takes no stop.
    private RiskAssessed? Leave(Loaded<Portfolio> loaded, PriceObserved price)
    {
        var now = clock.GetUtcNow();
        return Risk.AssessExit(loaded.State, loaded.Version, price, now)
            ?? (settings.Exchange == PaperFill.Exchange || loaded.State.LimitsIn(price.Symbol)?.Product is { Trading: false }
                ? null : Risk.AssessStop(loaded.State, loaded.Version, price, now));
    }

    // When a stop or loss limit is reached, a waiting sale is cancelled: the Executor takes it off the exchange, and the next price closes
    // the position.
    private async Task MakeRoomAsync(Portfolio account, PriceObserved price, string cause, CancellationToken cancellation)
    {
        if (Exits.ExitHeldBackBySales(account, price, clock.GetUtcNow()) is not var (exit, sales))
            return;
        foreach (var tradeId in sales)
        {
            // A sale that does not wait ends soon without that.
            if (await journal.TradeAsync(tradeId, cancellation)
                is not { State: { ExchangeOrderId: not null, Execution: null, Cancel: null }, Version: var version })
                continue;
            var why = FormattableString.Invariant($"{exit.Reason} of {price.Symbol} is due at {price.Price}");
            await journal.AppendAsync(
                [new(Trade.StreamId(tradeId), version, [new CancelRequested("risk-manager", why, clock.GetUtcNow())])],
                new(tradeId, cause), cancellation);
        }
    }

    // The decision is made after the exit, on the account that the exit left.
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

    // A stop that was just asked for, perhaps once more after a refusal, protects nothing before the exchange has taken it.
    private async Task<Loaded<Portfolio>> AfterStopAsync(Loaded<Portfolio> loaded, string symbol, CancellationToken cancellation)
    {
        var begin = TimeProvider.System.GetTimestamp();
        foreach (var (tradeId, order) in loaded.State.Reservations)
        {
            while (order.RestsOnExchange() && order.Symbol == symbol && TimeProvider.System.GetElapsedTime(begin) < ExitPatience
                && await journal.TradeAsync(tradeId, cancellation) is { State: { ExchangeOrderId: null, Execution: null } })
            {
                await Task.Delay(LookAgain, TimeProvider.System, cancellation);
                loaded = await account.LoadAsync(cancellation);
            }
        }
        return loaded;
    }

    private async Task<RiskAssessed> DecideAsync(
        PredictionMade prediction, Loaded<Portfolio> loaded, Guid? messageId, CancellationToken cancellation)
    {
        while (true)
        {
            if (await RecordAsync(Assess(prediction, loaded), loaded, messageId, cancellation) is { } recorded)
                return recorded;
            loaded = await account.LoadAsync(cancellation);
        }
    }

    // Either the decision is recorded, or this prediction was decided before, and the same decision is published again; null when the
    // account has changed, and a new decision is to be made.
    private async Task<RiskAssessed?> RecordAsync(RiskAssessed assessed, Loaded<Portfolio> loaded, Guid? messageId,
        CancellationToken cancellation, KnownAccount? unchanged = null)
    {
        await (assessed.Assessment.Order is null ? believed.DemandStoredAsync(assessed.Cause(), cancellation)
            : believed.DemandAsync(assessed.Cause(), exit: false, cancellation));
        if (await journal.AppendAsync(Appends(assessed, loaded), new(assessed.TradeId, $"{messageId}"), cancellation, unchanged))
        {
            metrics.Assessed(assessed);
            return assessed;
        }
        return (await journal.TradeAsync(assessed.TradeId, cancellation))?.State.Assessed();
    }

    private RiskAssessed Assess(PredictionMade prediction, Loaded<Portfolio> loaded) => new(
        DerivedId.Trade(prediction.PredictionId), prediction, Risk.Assess(loaded.State, loaded.Version, prediction, clock.GetUtcNow()));

    private static List<StreamAppend> Appends(RiskAssessed assessed, Loaded<Portfolio> account)
    {
        var appends = new List<StreamAppend> { new(Trade.StreamId(assessed.TradeId), 0, Trade.Assess(assessed)) };
        if (assessed.Assessment is { Order: { } order, AssessedAt: var at })
            appends.Add(
                new(account.State.Id, account.Version, Portfolio.Decide(new ReserveFunds(assessed.TradeId, order, at), account.State)));
        return appends;
    }

    private static (Guid TradeId, ExitReason Reason)? OpenExit(Portfolio account, string symbol)
    {
        foreach (var (tradeId, order) in account.Reservations)
        {
            if (order.Symbol == symbol && order.Exit is { } reason && !order.RestsOnExchange())
                return (tradeId, reason);
        }
        return null;
    }

    private RiskAssessed Watched(Loaded<Portfolio> loaded, PriceObserved price)
    {
        var (state, now) = (loaded.State, clock.GetUtcNow());
        return new(
            DerivedId.Watched(price.PriceId), null,
            new(state.Account, TradeAction.Hold, Verdict.Hold, null, null, [], state.LimitsVersion, loaded.Version,
                state.CashUsd, state.ReservedUsd(),
                state.PositionIn(price.Symbol).Quantity, state.EquityUsd(price.Symbol, price.Price), 0, now, now),
            price);
    }

    private static Task Tell(ConsumeContext context, RiskAssessed assessed) => context.Publish(assessed, publish =>
    {
        publish.MessageId = DerivedId.Message(assessed.TradeId, nameof(RiskAssessed));
        publish.CorrelationId = assessed.TradeId;
    });
}
