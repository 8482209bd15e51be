using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Trading.Aws;
using Trading.Core;
using Trading.Journal;

namespace Trading.Hosting;

/// <summary>
/// Looks every few seconds, one replica at a time, for what nobody tells: new events of the account, and conditions that hold: error queues, stale prices, models that abstain, a journal that is
/// not sealed. A condition is alerted once each time that it begins to hold.
/// </summary>
public sealed class AlertWatch(TradeJournal journal, IPriceHistory history, AlertClaims claims, AlertBook book, TradingSettings settings, ILogger<AlertWatch> log) : BackgroundService
{
    private const string Position = "account-events";
    // Kinds of conditions: what their names begin with.
    private const string ErrorQueue = "error-queue", StalePrice = "stale-prices", Abstaining = "abstentions", SealingLag = "sealing-lag";
    private readonly Leadership _leadership = new(journal.ConnectionString, "alerts");
    private readonly DateTimeOffset _started = TimeProvider.System.GetUtcNow();
    private readonly HashSet<long> _unreadable = [];
    private readonly Queues? _queues = settings.Transport == TransportKind.AmazonSqs ? new(new(settings.AwsRegion, settings.AwsServiceUrl, settings.Scope), TimeProvider.System) : null;

    /// <inheritdoc/>
    public override void Dispose()
    {
        _queues?.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(settings.AlertCheckSeconds));
        try
        {
            do
                await LookAsync(stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await _leadership.DisposeAsync();
        }
    }

    private async Task LookAsync(CancellationToken cancellation)
    {
        try
        {
            if (!await _leadership.HoldAsync(cancellation))
                return;
            await AccountEventsAsync(cancellation);
            await ConditionsAsync(cancellation);
        }
        catch (Exception failure) when (IsExpected(failure))
        {
            log.LogWarning("It could not be looked for what is to be alerted: {Reason}", failure.Message);
        }
    }

    private static bool IsExpected(Exception failure) => failure is NpgsqlException or InvalidDataException or StoreException || Queues.IsUsersError(failure);

    private async Task AccountEventsAsync(CancellationToken cancellation)
    {
        var newest = await JournalReader.LastSequenceAsync(journal.Database, cancellation);
        var position = await claims.PositionAsync(Position, newest, cancellation);
        // Sequence numbers become visible out of order: some are looked at again, and what was raised stays raised once.
        await foreach (var stored in JournalReader.OfAsync(journal.Database, position - JournalReader.LateBy, EventAlerts.Types, EventAlerts.Refusals, cancellation))
        {
            try
            {
                if (EventAlerts.Of(stored) is { } alert)
                    await book.RaiseAsync(alert, cancellation);
            }
            catch (InvalidDataException unreadable)
            {
                // It would stand before all later ones for good; it is said once, though looked at again.
                if (_unreadable.Add(stored.Sequence))
                    log.LogError("An event cannot be alerted: {Reason}", unreadable.Message);
            }
        }
        await claims.MoveAsync(Position, newest, cancellation);
    }

    private async Task ConditionsAsync(CancellationToken cancellation)
    {
        var now = TimeProvider.System.GetUtcNow();
        // Each by itself: what cannot be looked at, a store or a queue that is away, hides nothing else, and what held there before is not over.
        (string Kind, Func<Task<IEnumerable<Condition>>> Look)[] looks =
        [
            (ErrorQueue, () => ErrorQueuesAsync(cancellation)), (StalePrice, () => StalePricesAsync(now, cancellation)),
            (Abstaining, () => AbstentionsAsync(cancellation)), (SealingLag, () => SealingLagAsync(now, cancellation)),
        ];
        var (holding, looked) = (new List<Condition>(), new List<string>());
        foreach (var (kind, look) in looks)
        {
            try
            {
                holding.AddRange(await look());
                looked.Add(kind);
            }
            catch (Exception failure) when (IsExpected(failure))
            {
                log.LogWarning("It could not be looked for {Kind}: {Reason}", kind, failure.Message);
            }
        }
        foreach (var condition in holding)
        {
            var since = await claims.HoldsAsync(condition.Name, cancellation);
            await book.RaiseAsync(
                TradeAlert.Of($"{condition.Name}/{since.ToUnixTimeMilliseconds()}", condition.Kind, condition.Headline, condition.Text, since, ("account", settings.Account)), cancellation);
        }
        await claims.HoldOnlyAsync(looked, [.. holding.Select(condition => condition.Name)], cancellation);
    }

    private async Task<IEnumerable<Condition>> ErrorQueuesAsync(CancellationToken cancellation) => _queues is null ? [] :
        (await _queues.StuckAsync($"{settings.Scope}-", cancellation))
            .Where(queue => queue.Waiting >= settings.AlertErrorQueueDepth)
            .Select(queue => new Condition($"{ErrorQueue}/{queue.Name}", AlertKind.ErrorQueue, "ERROR QUEUE", $"{queue.Waiting} messages wait in {queue.Name}: trading queues peek {queue.Name}"));

    private async Task<IEnumerable<Condition>> StalePricesAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        var holding = new List<Condition>();
        foreach (var symbol in settings.Feed == FeedKind.Recorded ? [] : settings.Symbols)
        {
            var last = await history.LastAsync(symbol, settings.PriceIntervalSeconds, now.ToUnixTimeSeconds(), 1, cancellation);
            var newest = last is [var price] ? DateTimeOffset.FromUnixTimeSeconds(price.UnixSeconds) : _started;
            // A program that has just started waits for its first price.
            if (now - newest > TimeSpan.FromSeconds(settings.AlertPriceAgeSeconds) && now - _started > TimeSpan.FromSeconds(Math.Min(settings.AlertPriceAgeSeconds, 2 * settings.PriceIntervalSeconds)))
                holding.Add(new($"{StalePrice}/{symbol}", AlertKind.StalePrices, "STALE PRICES", last.Count == 0 ? $"no price of {symbol} since {newest:u}" : $"the last price of {symbol} is of {newest:u}"));
        }
        return holding;
    }

    private async Task<IEnumerable<Condition>> AbstentionsAsync(CancellationToken cancellation)
    {
        var predictions = await JournalReader.LastPredictionsAsync(journal.Database, settings.AlertAbstainDecisions, cancellation);
        // Who only waits for prices is not failing.
        return predictions.SelectMany(prediction => prediction.Models.Where(output => WarmingUp.MissingPrices(prediction, output) == 0)).GroupBy(output => output.Model)
            .Select(model => (Model: model.Key, Asked: model.Count(), Abstained: model.Count(output => output.Abstained is not null), Last: model.FirstOrDefault(output => output.Abstained is not null)?.Abstained))
            .Where(model => model.Asked >= settings.AlertAbstainDecisions && model.Abstained >= settings.AlertAbstainShare * model.Asked)
            .Select(model => new Condition($"{Abstaining}/{model.Model}", AlertKind.Abstentions, "MODEL ABSTAINS",
                string.Create(CultureInfo.InvariantCulture, $"{model.Model} made no prediction in {model.Abstained} of the last {model.Asked} decisions, lastly: {model.Last}")));
    }

    private async Task<IEnumerable<Condition>> SealingLagAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        // A recorded run writes faster than it is sealed, and is sealed at its end.
        if (settings.SealIntervalSeconds == 0 || settings.Feed == FeedKind.Recorded || await SealedTree.OldestWaitingAsync(journal.Database, cancellation) is not { } oldest)
            return [];
        return now - oldest <= TimeSpan.FromSeconds(settings.AlertSealLagSeconds) ? []
            : [new(SealingLag, AlertKind.SealingLag, "JOURNAL NOT SEALED", $"events since {oldest:u} are not sealed; the Executor's log says why")];
    }

    private sealed record Condition(string Name, AlertKind Kind, string Headline, string Text);
}
