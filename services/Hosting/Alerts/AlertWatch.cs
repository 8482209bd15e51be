using System.Globalization;
using Microsoft.Extensions.Logging;
using Trading.Aws;
using Trading.Core;
using Trading.Hosting.Background;
using Trading.Hosting.Settings;
using Trading.Hosting.Stores;
using Trading.Journal.Events;
using Trading.Journal.Postgres;
using Trading.Journal.Sealing;
using Trading.Journal.Tables;
using Trading.Journal.Witnesses;

namespace Trading.Hosting.Alerts;

/// <summary>
/// Checks every few seconds, in one replica at a time, for new events of the account and for conditions: error queues, stale prices, models
/// that abstain, a journal that is not sealed, a position without its stop. A condition is alerted once each time it begins.
/// </summary>
public sealed class AlertWatch(TradeJournal journal, IPriceHistory history, AlertClaims claims, AlertBook book, TradingSettings settings,
    Supervision supervision, ILogger<AlertWatch> log) : BackgroundWork("alert-watch", supervision, log)
{
    private const string Position = "account-events";
    // Kinds of conditions: the beginnings of their names.
    private const string ErrorQueue = "error-queue", StalePrice = "stale-prices", Abstaining = "abstentions", SealingLag = "sealing-lag",
        WorkFails = "work-fails", Witnesses = "witnesses", Unprotected = "unprotected";
    // A work that fails for a shorter time is not worth an alert.
    private static readonly TimeSpan ShortFailure = TimeSpan.FromMinutes(1);
    private readonly DateTimeOffset _started = TimeProvider.System.GetUtcNow();
    private readonly HashSet<long> _unreadable = [];
    private readonly Queues? _queues = settings.Transport == TransportKind.AmazonSqs
        ? new(new(settings.AwsRegion, settings.AwsServiceUrl, settings.Scope), TimeProvider.System) : null;

    /// <inheritdoc/>
    public override void Dispose()
    {
        _queues?.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override TimeSpan? Interval => TimeSpan.FromSeconds(settings.AlertCheckSeconds);

    /// <inheritdoc/>
    protected override Leadership Leader { get; } = journal.LeadershipOf("alerts");

    /// <inheritdoc/>
    protected override async Task StepAsync(CancellationToken stopping)
    {
        await AccountEventsAsync(stopping);
        await ConditionsAsync(stopping);
    }

    private async Task AccountEventsAsync(CancellationToken cancellation)
    {
        var newest = await JournalReader.LastSequenceAsync(journal.Database, cancellation);
        var position = await claims.PositionAsync(Position, newest, cancellation);
        // Sequence numbers become visible out of order, so some events are read again; each is still alerted once.
        await foreach (var stored in JournalReader.OfAsync(journal.Database, position - JournalReader.LateBy, EventAlerts.Types,
            EventAlerts.Refusals, cancellation))
        {
            try
            {
                if (EventAlerts.Of(stored) is { } alert)
                    await book.RaiseAsync(alert, cancellation);
            }
            catch (InvalidDataException unreadable)
            {
                // Skipped, so that later events are alerted. It is logged once, though it is read again.
                if (_unreadable.Add(stored.Sequence))
                    log.LogError("An event cannot be alerted: {Reason}", unreadable.Message);
            }
        }
        await claims.MoveAsync(Position, newest, cancellation);
    }

    private async Task ConditionsAsync(CancellationToken cancellation)
    {
        var now = TimeProvider.System.GetUtcNow();
        // Each check on its own: when one fails (a store or queue does not answer), the others go on, and its conditions count as
        // unchanged.
        (string Kind, Func<Task<IEnumerable<Condition>>> Check)[] checks =
        [
            (ErrorQueue, () => ErrorQueuesAsync(cancellation)), (StalePrice, () => StalePricesAsync(now, cancellation)),
            (Abstaining, () => AbstentionsAsync(cancellation)), (SealingLag, () => SealingLagAsync(now, cancellation)),
            (Witnesses, () => WitnessesAsync(cancellation)), (WorkFails, () => Task.FromResult(FailingWork(now))),
            (Unprotected, () => UnprotectedAsync(cancellation)),
        ];
        var (holding, done) = (new List<Condition>(), new List<string>());
        foreach (var (kind, check) in checks)
        {
            try
            {
                holding.AddRange(await check());
                done.Add(kind);
            }
            catch (Exception failure) when (!cancellation.IsCancellationRequested)
            {
                log.LogWarning("It could not be looked for {Kind}: {Reason}", kind, failure.Message);
            }
        }
        foreach (var condition in holding)
        {
            var (since, lasts) = await claims.HoldsAsync(condition.Name, cancellation);
            if (lasts < condition.Pause)
                continue;
            await book.RaiseAsync(
                TradeAlert.Of($"{condition.Name}/{since.ToUnixTimeMilliseconds()}", condition.Kind, condition.Headline, condition.Text,
                    since, ("account", settings.Account)), cancellation);
        }
        await claims.HoldOnlyAsync(done, [.. holding.Select(condition => condition.Name)], cancellation);
    }

    private async Task<IEnumerable<Condition>> ErrorQueuesAsync(CancellationToken cancellation) => _queues is null ? [] :
        (await _queues.StuckAsync($"{settings.Scope}-", cancellation))
            .Where(queue => queue.Waiting >= settings.AlertErrorQueueDepth)
            .Select(queue => new Condition($"{ErrorQueue}/{queue.Name}", AlertKind.ErrorQueue, "ERROR QUEUE",
                $"{queue.Waiting} messages wait in {queue.Name}: trading queues peek {queue.Name}"));

    private async Task<IEnumerable<Condition>> StalePricesAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        var holding = new List<Condition>();
        foreach (var symbol in settings.Feed.IsPlayed() ? [] : settings.Symbols)
        {
            var last = await history.LastAsync(symbol, settings.PriceIntervalSeconds, now.ToUnixTimeSeconds(), 1, cancellation);
            var newest = last is [var price] ? DateTimeOffset.FromUnixTimeSeconds(price.UnixSeconds) : _started;
            // A program that has just started has no price yet.
            if (now - newest > TimeSpan.FromSeconds(settings.AlertPriceAgeSeconds)
                && now - _started > TimeSpan.FromSeconds(Math.Min(settings.AlertPriceAgeSeconds, 2 * settings.PriceIntervalSeconds)))
                holding.Add(new($"{StalePrice}/{symbol}", AlertKind.StalePrices, "STALE PRICES",
                    last.Count == 0 ? $"no price of {symbol} since {newest:u}" : $"the last price of {symbol} is of {newest:u}"));
        }
        return holding;
    }

    private async Task<IEnumerable<Condition>> AbstentionsAsync(CancellationToken cancellation)
    {
        var predictions = await JournalReader.LastPredictionsAsync(journal.Database, settings.AlertAbstainDecisions, cancellation);
        // A model that still lacks prices does not fail.
        return predictions.SelectMany(prediction => prediction.Models.Where(output => WarmingUp.MissingPrices(prediction, output) == 0))
            .GroupBy(output => output.Model)
            .Select(model => (Model: model.Key, Asked: model.Count(), Abstained: model.Count(output => output.Abstained is not null),
                Last: model.FirstOrDefault(output => output.Abstained is not null)?.Abstained))
            .Where(model => model.Asked >= settings.AlertAbstainDecisions && model.Abstained >= settings.AlertAbstainShare * model.Asked)
            .Select(model => new Condition($"{Abstaining}/{model.Model}", AlertKind.Abstentions, "MODEL ABSTAINS",
                string.Create(CultureInfo.InvariantCulture,
                    $"{model.Model} made no prediction in {model.Abstained} of the last {model.Asked} decisions, lastly: {model.Last}")));
    }

    private async Task<IEnumerable<Condition>> SealingLagAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        // A recorded run appends faster than it is sealed, and is sealed at its end.
        if (settings.SealIntervalSeconds == 0 || settings.Feed.IsPlayed()
            || await SealedTree.OldestWaitingAsync(journal.Database, cancellation) is not { } oldest)
            return [];
        return now - oldest <= TimeSpan.FromSeconds(settings.AlertSealLagSeconds) ? []
            : [new(SealingLag, AlertKind.SealingLag, "JOURNAL NOT SEALED",
                $"events since {oldest:u} are not sealed; the Executor's log says why")];
    }

    private async Task<IEnumerable<Condition>> WitnessesAsync(CancellationToken cancellation)
    {
        if (settings.SealIntervalSeconds == 0 || settings.Witnesses.Count == 0)
            return [];
        var witnesses = WitnessAddress.Of(settings);
        var behind = TimeSpan.FromSeconds(2 * settings.WitnessIntervalSeconds + settings.AlertSealLagSeconds);
        var found = await new WitnessQuorum([.. witnesses.Select(witness => witness.Key)], WitnessAddress.Quorum(settings), behind)
            .FindNewestAsync(journal.Database, cancellation);
        var failures = await StoredCosignatures.FailuresAsync(journal.Database, cancellation);
        var why = witnesses.Where(witness => failures.ContainsKey($"{witness.Key}"))
            .Select(witness => $"{witness.Key.Name}: {failures[$"{witness.Key}"]}").ToList();
        return [
            .. found.Wrong.Count == 0 ? Array.Empty<Condition>()
                : [new(Witnesses, AlertKind.Witnesses, "TOO FEW WITNESSES", string.Join("; ", [found.Wrong[^1], .. why]))],
            .. found.Wrong.Count > 0 ? Array.Empty<Condition>()
                : why.Select(reason => new Condition($"{Witnesses}/{reason.Split(':')[0]}", AlertKind.Witnesses, "WITNESS DOES NOT COSIGN",
                    $"{reason}; {found.Witnesses} of {found.Of} witnesses cosigned, which is enough")),
        ];
    }

    // Work of this program; the other services show theirs as a metric and on their health page.
    private IEnumerable<Condition> FailingWork(DateTimeOffset now) => Supervision.All
        .Where(work => work.DegradedSince is { } since && now - since >= ShortFailure)
        .Select(work => new Condition($"{WorkFails}/{work.Work}", AlertKind.WorkFails, "WORK FAILS",
            $"{work.Work} has failed since {work.DegradedSince:u}: {work.LastError}"));

    private async Task<IEnumerable<Condition>> UnprotectedAsync(CancellationToken cancellation) =>
        (await UnprotectedPositions.FindAsync(journal, settings, cancellation)).Select(position => new Condition(
            $"{Unprotected}/{position.Name}", AlertKind.Unprotected, $"{position.Symbol} UNPROTECTED", position.Text,
            UnprotectedPositions.Pause(settings)));

    // Alerted when it has lasted for longer than the pause.
    private sealed record Condition(string Name, AlertKind Kind, string Headline, string Text, TimeSpan Pause = default);
}
