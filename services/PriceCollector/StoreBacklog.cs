using System.Text.Json;
using System.Text.Json.Serialization;
using Npgsql;
using Trading.Hosting;
using Trading.Journal;

namespace Trading.Services;

/// <summary>
/// What waits for one store, and the one who writes it: a store that fails is asked again after written intervals for as long as the program runs, and holds up nobody else. The queue is
/// bounded: when it is full the oldest collection is dropped and counted. What a failing store has not taken is kept in the journal's database, and written after a restart.
/// </summary>
/// <param name="sink">The store.</param>
/// <param name="capacity">Most collections that wait.</param>
/// <param name="kept">Where they are kept while the store fails; null for nowhere.</param>
/// <param name="metrics">Counts.</param>
/// <param name="time">Real time.</param>
/// <param name="log">Told what fails.</param>
public sealed class StoreBacklog(IPriceSink sink, int capacity, WaitingWrites? kept, TradingMetrics metrics, TimeProvider time, ILogger log)
{
    // Longest wait for the journal's database, which holds up this store alone.
    private static readonly TimeSpan KeepLimit = TimeSpan.FromSeconds(2);

    /// <summary>After how long a failed write is tried again; the last interval from then on.</summary>
    public static IReadOnlyList<TimeSpan> RetryIntervals { get; } =
        [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(15), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5)];

    /// <summary>Most time for one write.</summary>
    public static readonly TimeSpan WriteLimit = TimeSpan.FromSeconds(60);

    private readonly Lock _lock = new();
    private readonly Queue<Collected> _waiting = new();
    private TaskCompletionSource _changed = New();
    private IReadOnlyList<Collected> _inFlight = [];
    private readonly Dictionary<Collected, long> _kept = new(ReferenceEqualityComparer.Instance);
    private readonly List<long> _gone = [];
    private bool _prepared, _unkept;
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

    /// <summary>Takes a collection. Where the caller can wait, a full queue makes it wait while the store works.</summary>
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

    /// <summary>Writes until stopped; then writes what waits, without waiting for a store that fails, until that is cancelled too.</summary>
    /// <param name="stopping">The program ends.</param>
    /// <param name="cancellation">There is no more time.</param>
    public async Task RunAsync(CancellationToken stopping, CancellationToken cancellation)
    {
        await using var wake = stopping.Register(() =>
        {
            lock (_lock)
                Change();
        });
        await RestoreAsync(cancellation);
        while (await NextAsync(stopping) is { Count: > 0 } batch)
        {
            // What could not be written before the end is tried once more; then the program may end.
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
            log.LogWarning("{Store} did not get the last {Count} collections{Kept}: {Reason}", sink.Name, left, await KeepAsync(all: true) ? ", which the next start writes" : "", Failure ?? "there was no time left");
        }
    }

    // Takes up what a program before this one could not write.
    private async Task RestoreAsync(CancellationToken cancellation)
    {
        if (kept is null)
            return;
        try
        {
            foreach (var (id, text) in await kept.LoadAsync(sink.Name, capacity, cancellation))
            {
                if (JsonSerializer.Deserialize<Collected>(text, Json) is not { } collection)
                    continue;
                lock (_lock)
                {
                    _kept[collection] = id;
                    _waiting.Enqueue(collection);
                    Change();
                }
            }
            if (Count is > 0 and var waiting)
                log.LogInformation("{Store} gets {Count} collections that had waited before this start", sink.Name, waiting);
        }
        catch (Exception failure) when (failure is NpgsqlException or JsonException or OperationCanceledException)
        {
            log.LogWarning("What waited for {Store} before this start cannot be read: {Reason}", sink.Name, failure.Message);
        }
    }

    // Keeps what waits while the store fails, and lets go of what was written or dropped.
    private async Task<bool> KeepAsync(bool all = false)
    {
        if (kept is null)
            return false;
        List<Collected> unkept;
        List<long> gone;
        lock (_lock)
        {
            unkept = all || Failure is not null ? [.. _inFlight.Concat(_waiting).Where(collection => !_kept.ContainsKey(collection))] : [];
            gone = [.. _gone];
        }
        if (unkept.Count + gone.Count == 0)
            return true;
        try
        {
            using var limit = new CancellationTokenSource(KeepLimit, TimeProvider.System);
            if (unkept.Count > 0)
            {
                var ids = await kept.KeepAsync(sink.Name, [.. unkept.Select(collection => JsonSerializer.Serialize(collection, Json))], limit.Token);
                lock (_lock)
                {
                    // One may have been dropped meanwhile.
                    var waiting = new HashSet<Collected>(_inFlight.Concat(_waiting), ReferenceEqualityComparer.Instance);
                    foreach (var (collection, id) in unkept.Zip(ids))
                    {
                        if (waiting.Contains(collection))
                            _kept[collection] = id;
                        else
                            _gone.Add(id);
                    }
                }
            }
            if (gone.Count > 0)
            {
                await kept.ForgetAsync(gone, limit.Token);
                lock (_lock)
                    _gone.RemoveRange(0, gone.Count);
            }
            _unkept = false;
            return true;
        }
        catch (Exception failure) when (failure is NpgsqlException or OperationCanceledException)
        {
            if (!_unkept)
                log.LogWarning("What waits for {Store} is in memory alone: {Reason}", sink.Name, failure.Message);
            _unkept = true;
            return false;
        }
    }

    private async Task<IReadOnlyList<Collected>> NextAsync(CancellationToken stopping)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                // A batch that failed is tried again as it is.
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
            Failed(cancellation.IsCancellationRequested ? Failure ?? "the program ended before the answer came" : $"no answer within {WriteLimit.TotalSeconds} s");
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
                LetGo(collection);
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
        log.LogWarning("{Store} does not take prices: {Reason}; {Count} collections wait, next try in {Seconds} s", sink.Name, reason, Count, next.TotalSeconds);
    }

    // The oldest goes: the newest prices are those that windows are made of, and all can be filled in later with trading data backfill.
    private void Drop()
    {
        LetGo(_waiting.Dequeue());
        if (_dropped++ == 0)
            log.LogWarning("{Store} has {Count} collections waiting: the oldest are dropped from now on", sink.Name, capacity);
        metrics.StoreDropped(sink.Name);
    }

    private void LetGo(Collected collection)
    {
        if (_kept.Remove(collection, out var id))
            _gone.Add(id);
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
        Task.Delay(interval, time, stopping).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private void Change()
    {
        var changed = _changed;
        _changed = New();
        changed.TrySetResult();
    }

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
