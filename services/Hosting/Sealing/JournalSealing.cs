using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Trading.Hosting.Alerts;
using Trading.Hosting.Background;
using Trading.Hosting.Secrets;
using Trading.Hosting.Settings;
using Trading.Hosting.Telemetry;
using Trading.Journal.Events;
using Trading.Journal.Keys;
using Trading.Journal.Postgres;
using Trading.Journal.Sealing;

namespace Trading.Hosting.Sealing;

/// <summary>
/// Seals the journal at an interval, in one replica at a time, and once more after all services have stopped, so that a run is sealed when
/// it has ended.
/// </summary>
public sealed class JournalSealing(TradeJournal journal, TradingSettings settings, ISecretStore secrets, TradingMetrics metrics,
    Supervision supervision, AlertBook alerts, ILogger<JournalSealing> log)
    : BackgroundWork("sealing", supervision, log), IHostedLifecycleService
{
    private static readonly TimeSpan LastWait = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ThinEvery = TimeSpan.FromHours(1);
    private readonly Leadership _leadership = journal.LeadershipOf(Sealer.Leader);
    private readonly CheckpointKeeping _keeping = new(journal.Database, settings, metrics, log);
    private readonly CheckpointThinning _thinning = new(journal);
    private readonly Dictionary<IAnchor, long> _compareAgain = [];
    private readonly HashSet<IAnchor> _compared = [];
    private bool _ending;
    private long? _thinned;
    private SealException? _apart;
    private string? _said;
    private Sealer _sealer = null!;
    private Func<JournalIdentity?, Sealer> _make = null!;
    private bool _isSetUp;
    private JournalIdentity? _journal;
    private string _database = "";
    private bool _noted;
    private long _sealedToEnd = TimeProvider.System.GetTimestamp();

    /// <inheritdoc/>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        // Before the bus and every other service: an unusable key ends the start before anything has happened.
        try
        {
            // Real time, in recorded runs too: a checkpoint contains the time when it was made.
            var key = await SealKeys.KeyAsync(settings, secrets, cancellationToken);
            _database = new Npgsql.NpgsqlConnectionStringBuilder(journal.ConnectionString).Database!;
            _journal = JournalIdentities.Of(settings, _database);
            _make = identity => new(journal.Database, key, TimeProvider.System, identity, journal.Writer.Key);
            _sealer = _make(_journal);
        }
        catch (Exception wrong) when (wrong is SealKeyException or SecretException or IOException or UnauthorizedAccessException)
        {
            throw new StartException(wrong.Message);
        }
        await _sealer.PrepareAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        _ending = true;
        try
        {
            SealState? state;
            while ((state = await SealAsync(cancellationToken)) is { Waiting: > 0 } && !cancellationToken.IsCancellationRequested)
                await Task.Delay(LastWait, CancellationToken.None);
            if (state?.Last is { } last)
                await _keeping.KeepLastAsync(last, cancellationToken);
        }
        // A stop that is cut short leaves the rest to the next start, which seals and keeps it.
        catch (Exception failed)
        {
            log.LogWarning("The journal could not be sealed at the end: {Reason}", failed.Message);
        }
        finally
        {
            await _leadership.DisposeAsync();
            _keeping.Dispose();
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _leadership.Dispose();
    }

    /// <inheritdoc/>
    protected override TimeSpan? Interval => TimeSpan.FromSeconds(settings.SealIntervalSeconds);

    /// <inheritdoc/>
    protected override async Task StepAsync(CancellationToken stopping) => await SealAsync(stopping);

    private async Task<SealState?> SealAsync(CancellationToken cancellation)
    {
        var state = default(SealState);
        try
        {
            if (!await _leadership.HoldAsync(cancellation))
                return null;
            await SetUpAnchorsAsync(cancellation);
            await CompareAsync(cancellation);
            state = await _sealer.SealAsync(cancellation);
            _said = null;
            Note(state.Last);
            await TellUnmarkedAsync(state.Unmarked, cancellation);
            if (state.Waiting == 0)
                _sealedToEnd = TimeProvider.System.GetTimestamp();
            if (state.HasActs)
                _keeping.KeepFrom(state.Last);
            if (_ending)
                return state;
            await _keeping.KeepAsync(state.Last, cancellation);
            if (state.Waiting == 0 && !settings.Feed.IsPlayed())
                await ThinAsync(cancellation);
        }
        catch (SealException refused)
        {
            // Logged once; from then on the metric of the lag shows it.
            if (_said != refused.Message)
                log.LogError("THE JOURNAL IS NOT SEALED ANY MORE: {Reason}", refused.Message);
            _said = refused.Message;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return null;
        }
        finally
        {
            metrics.Sealed(state?.Sealed ?? 0, state?.Waiting ?? 0,
                state?.Waiting == 0 ? TimeSpan.Zero : TimeProvider.System.GetElapsedTime(_sealedToEnd));
        }
        return state;
    }

    // Old checkpoints by and by; a role that may not delete leaves them to the owner of the tables.
    private async Task ThinAsync(CancellationToken cancellation)
    {
        if (_thinned is { } before && TimeProvider.System.GetElapsedTime(before) < ThinEvery)
            return;
        _thinned = TimeProvider.System.GetTimestamp();
        if (!await CheckpointThinning.MayAsync(journal.Database, cancellation))
            return;
        var (removed, _) = await _thinning.RunAsync(TimeProvider.System.GetUtcNow(), cancellation);
        if (removed > 0)
            log.LogInformation("{Removed} checkpoints older than a day were thinned", removed);
    }

    // Of which journal nothing is known yet, the name of its database must be what it says itself.
    private async Task MustBeNamedSoAsync(CancellationToken cancellation)
    {
        if (_journal is null && await SealedTree.LastAsync(journal.Database, cancellation) is { Checkpoint: var last }
            && !Sealer.IsOf(last.Origin, _database))
            throw new SealException($"the journal in the database {_database} says that it is {last.Origin}: it was renamed, or put in "
                + $"another's place; if it belongs here, Trading:JournalIdentity={last.Journal ?? "(32 hexadecimal digits)"} says so");
    }

    // They are sealed as they are, which keeps them as evidence.
    private async Task TellUnmarkedAsync(IReadOnlyList<string> unmarked, CancellationToken cancellation)
    {
        if (unmarked.Count == 0)
            return;
        log.LogError("THE JOURNAL HOLDS EVENTS THAT NO PROGRAM OF THIS SYSTEM WROTE: {Events}", string.Join("; ", unmarked));
        await alerts.RaiseAsync(TradeAlert.Of($"unmarked/{unmarked[0]}", AlertKind.Audit, "EVENTS OF NOBODY",
            $"{string.Join('\n', unmarked)}\ntrading audit check shows more", TimeProvider.System.GetUtcNow()), cancellation);
    }

    private void Note(SignedCheckpoint? last)
    {
        if (_noted || last?.Checkpoint.Journal is not { } id)
            return;
        _noted = true;
        if (_journal is null && !JournalIdentities.Note(settings, _database, id))
            log.LogWarning("Which journal this is stands in the journal alone: set Trading:JournalIdentity={Identity}, so that another "
                + "one cannot take its place", id);
    }

    // Before a journal's first seal, by the leader alone. What cannot be set up keeps the journal from being sealed: from then on the
    // anchors must be there.
    private async Task SetUpAnchorsAsync(CancellationToken cancellation)
    {
        if (_isSetUp)
            return;
        try
        {
            var identity = await AnchorSetup.RunAsync(journal.Database, _keeping.Anchors, _journal, isNew: false, cancellation);
            if (identity != _journal)
                _sealer = _make(identity);
            _isSetUp = true;
        }
        catch (AnchorException failed)
        {
            throw new SealException($"the anchors could not be set up: {failed.Message}");
        }
    }

    // Once, before the first seal; later the sealer compares with its own last checkpoint. An anchor that does not answer does not stop
    // sealing, and is tried again whenever a checkpoint is kept there; one that is not there, or not the one that was set up, stops it
    // until it is.
    private async Task CompareAsync(CancellationToken cancellation)
    {
        if (_apart is not null)
            throw _apart;
        if (!_noted)
            await MustBeNamedSoAsync(cancellation);
        foreach (var anchor in _keeping.Anchors.Where(anchor => !_compared.Contains(anchor)))
        {
            if (!_keeping.IsDue(anchor, _compareAgain))
                continue;
            try
            {
                foreach (var unreadable in await AnchorCheck.CompareAsync(
                    journal.Database, anchor, mayBeEmpty: false, TimeProvider.System.GetUtcNow(), cancellation))
                    log.LogError("Among the checkpoints that are kept in {Anchor}: {Reason}", anchor.Name, unreadable);
                _compared.Add(anchor);
            }
            catch (SealException apart)
            {
                _apart = apart;
                throw;
            }
            catch (AnchorException absent) when (absent.IsAbsent)
            {
                throw new SealException(absent.Message);
            }
            catch (AnchorException failed)
            {
                _compareAgain[anchor] = TimeProvider.System.GetTimestamp();
                log.LogError("The journal could not be compared with the checkpoints that are kept in {Anchor}: {Reason}",
                    anchor.Name, failed.Message);
            }
        }
    }
}
