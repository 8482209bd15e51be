using Trading.Hosting.Stores;
using Trading.Hosting.Telemetry;
using Trading.Journal.Tables;

namespace Trading.Services;

/// <summary>
/// The queue of collections for one store, and its writer. A failing store is retried after fixed intervals for as long as the program
/// runs, and does not delay other stores. The queue is bounded: when it is full the oldest collection is dropped and counted. While the
/// store fails, the queue is kept in the journal's database and written after a restart.
/// </summary>
/// <param name="sink">The store.</param>
/// <param name="capacity">Most collections that wait.</param>
/// <param name="kept">Keeps them in the journal's database while the store fails; null to keep them in memory only.</param>
/// <param name="metrics">Counts.</param>
/// <param name="time">Real time.</param>
/// <param name="log">Logs failures.</param>
public sealed class StoreBacklog(IPriceSink sink, int capacity, WaitingWrites? kept, TradingMetrics metrics, TimeProvider time, ILogger log)
{
    /// <summary>Waits before the retries of a failed write; the last one is used for all further retries.</summary>
    public static IReadOnlyList<TimeSpan> RetryIntervals { get; } =
        [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(15), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5)];

    /// <summary>Most time for one write.</summary>
    public static readonly TimeSpan WriteLimit = TimeSpan.FromSeconds(60);

    private readonly Lock _lock = new();
    private readonly Queue<Collected> _waiting = new();
    private TaskCompletionSource _changed = New();
    private IReadOnlyList<Collected> _inFlight = [];
    private readonly KeptBacklog? _kept = kept is null ? null : new(sink.Name, kept, log);
    private bool _prepared, _restored;
    private int _failures;
    private long _dropped;

    /// <summary>The store.</summary>
    public IPriceSink Sink => sink;

    /// <summary>Why the last write failed; null while the store works.</summary>
    public string? Failure { get; private set; }

    /// <summary>Collections that are not written yet.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _waiting.Count + _inFlight.Count;
        }
    }

    /// <summary>Collections that were dropped because the queue was full.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>Adds a collection. A caller that can wait does so while the queue is full and the store works.</summary>
    public async ValueTask AddAsync(Collected collection, bool mayWait, CancellationToken cancellation)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_waiting.Count < capacity || !mayWait || Failure is not null)
                {
                    if (_waiting.Count >= capacity)
                        Drop();
                    _waiting.Enqueue(collection);
                    Change();
                    break;
                }
                changed = _changed.Task;
            }
            await changed.WaitAsync(cancellation);
        }
        metrics.StoreWaits(sink.Name, Count);
    }

    /// <summary>Waits until everything is written or the store fails.</summary>
    public async Task DrainAsync(CancellationToken cancellation)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_waiting.Count + _inFlight.Count == 0 || Failure is not null)
                    return;
                changed = _changed.Task;
            }
            await changed.WaitAsync(cancellation);
        }
    }

    /// <summary>
    /// Writes until stopped, then writes the rest of the queue until that is cancelled too; a failing store is not waited for.
    /// </summary>
    /// <param name="stopping">The program ends.</param>
    /// <param name="cancellation">There is no more time.</param>
    public async Task RunAsync(CancellationToken stopping, CancellationToken cancellation)
    {
        await using var wake = stopping.Register(() =>
        {
            lock (_lock)
                Change();
        });
        if (!_restored)
            await RestoreAsync(cancellation);
        _restored = true;
        while (await NextAsync(stopping) is { Count: > 0 } batch)
        {
            // At the end of the program a failed write is retried only once.
            var last = stopping.IsCancellationRequested;
            if (await TryAsync(batch, cancellation))
            {
                await KeepAsync();
                continue;
            }
            if (last)
                break;
            await PauseAsync(RetryIntervals[Math.Min(_failures, RetryIntervals.Count) - 1], stopping);
        }
        if (Count is > 0 and var left)
        {
            log.LogWarning("{Store} did not get the last {Count} collections{Kept}: {Reason}", sink.Name, left,
                await KeepAsync(all: true) ? ", which the next start writes" : "", Failure ?? "there was no time left");
        }
    }

    private async Task RestoreAsync(CancellationToken cancellation)
    {
        if (_kept is null)
            return;
        foreach (var collection in await _kept.RestoreAsync(capacity, cancellation))
        {
            lock (_lock)
            {
                _waiting.Enqueue(collection);
                Change();
            }
        }
        if (Count is > 0 and var waiting)
            log.LogInformation("{Store} gets {Count} collections that had waited before this start", sink.Name, waiting);
    }

    // Keeps what waits while the store fails, and forgets what was written or dropped. Whether everything that waits is kept.
    private async Task<bool> KeepAsync(bool all = false)
    {
        if (_kept is null)
            return false;
        IReadOnlyList<Collected> waiting;
        lock (_lock)
            waiting = all || Failure is not null ? [.. _inFlight, .. _waiting] : [];
        return await _kept.KeepAsync(waiting, StillWaiting);
    }

    private IReadOnlyList<Collected> StillWaiting()
    {
        lock (_lock)
            return [.. _inFlight, .. _waiting];
    }

    private async Task<IReadOnlyList<Collected>> NextAsync(CancellationToken stopping)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                // A failed batch is retried unchanged.
                if (_inFlight.Count > 0)
                    return _inFlight;
                if (_waiting.Count > 0)
                    return _inFlight = [.. Enumerable.Range(0, Math.Min(_waiting.Count, sink.MostAtOnce)).Select(_ => _waiting.Dequeue())];
                if (stopping.IsCancellationRequested)
                    return [];
                changed = _changed.Task;
            }
            await changed;
        }
    }

    private async Task<bool> TryAsync(IReadOnlyList<Collected> batch, CancellationToken cancellation)
    {
        using var timer = new CancellationTokenSource(WriteLimit, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timer.Token);
        try
        {
            if (!_prepared)
                await sink.PrepareAsync(limit.Token);
            _prepared = true;
            var refused = await sink.WriteAsync(batch, limit.Token);
            foreach (var reason in refused)
                log.LogWarning("{Store} refuses for good: {Reason}", sink.Name, reason);
            Succeeded(batch.Count, refused.Count);
            return true;
        }
        catch (StoreException failure)
        {
            Failed(failure.Message);
        }
        catch (OperationCanceledException)
        {
            Failed(cancellation.IsCancellationRequested
                ? Failure ?? "the program ended before the answer came" : $"no answer within {WriteLimit.TotalSeconds} s");
        }
        catch (Exception failure)
        {
            // What no store should throw must not end the writer either.
            Failed($"{failure.GetType().Name}: {failure.Message}");
        }
        return false;
    }

    private void Succeeded(int written, int refused)
    {
        if (Failure is not null)
            log.LogInformation("{Store} takes prices again; {Count} collections had waited", sink.Name, Count);
        lock (_lock)
        {
            foreach (var collection in _inFlight)
                _kept?.LetGo(collection);
            (_inFlight, Failure, _failures) = ([], null, 0);
            Change();
        }
        metrics.StoreWrote(sink.Name, written, refused);
        metrics.StoreWaits(sink.Name, Count);
    }

    private void Failed(string reason)
    {
        lock (_lock)
        {
            Failure = reason;
            _failures++;
            Change();
        }
        metrics.StoreFailed(sink.Name);
        var next = RetryIntervals[Math.Min(_failures, RetryIntervals.Count) - 1];
        log.LogWarning("{Store} does not take prices: {Reason}; {Count} collections wait, next try in {Seconds} s", sink.Name,
            reason, Count, next.TotalSeconds);
    }

    // The oldest is dropped: windows need the newest prices. The gap can be filled later with trading data backfill.
    private void Drop()
    {
        var oldest = _waiting.Dequeue();
        _kept?.LetGo(oldest);
        if (_dropped++ == 0)
            log.LogWarning("{Store} has {Count} collections waiting: the oldest are dropped from now on", sink.Name, capacity);
        metrics.StoreDropped(sink.Name);
    }

    private async Task PauseAsync(TimeSpan interval, CancellationToken stopping)
    {
        var pause = Pause(interval, stopping);
        while (true)
        {
            Task changed;
            lock (_lock)
                changed = _changed.Task;
            await KeepAsync();
            if (await Task.WhenAny(pause, changed) == pause)
                return;
        }
    }

    private Task Pause(TimeSpan interval, CancellationToken stopping) =>
        Task.Delay(interval, time, stopping)
            .ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private void Change()
    {
        var changed = _changed;
        _changed = New();
        changed.TrySetResult();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
