using Trading.Contracts;
using Trading.Hosting;
using Trading.Journal;

namespace Trading.Services;

/// <summary>
/// Where collected prices go. The history that windows are read from is written at once, for a price must be there before the next one is published; every other store has a queue of its
/// own, and so has the history for what it did not take at once. No store holds up a price or another store.
/// </summary>
public sealed class PriceSinks : IHostedService, IDisposable
{
    /// <summary>Most time that the history may take before its price waits in the queue and the collector goes on.</summary>
    public static readonly TimeSpan HistoryLimit = TimeSpan.FromSeconds(5);

    /// <summary>Most time in which what waits is written when the program ends.</summary>
    public static readonly TimeSpan FlushLimit = TimeSpan.FromSeconds(2);

    private readonly IPriceHistory _history;
    private readonly StoreBacklog? _historyQueue;
    private readonly IReadOnlyList<StoreBacklog> _queues;
    private readonly bool _mayWait;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _noTimeLeft = new();
    private Task _running = Task.CompletedTask;
    private bool _disposed;

    /// <summary>Creates the queues; <see cref="StartAsync"/> begins to write.</summary>
    /// <param name="sinks">The stores, the history among them.</param>
    /// <param name="history">The store that windows are read from.</param>
    /// <param name="settings">Length of the queues; in a recorded run, which can wait, a full queue drops nothing.</param>
    /// <param name="kept">Where what a failing store has not taken is kept over a restart; null for nowhere.</param>
    /// <param name="metrics">Counts what is written, fails, waits and is dropped.</param>
    /// <param name="time">Real time, also in a recorded run.</param>
    /// <param name="log">Told what fails.</param>
    public PriceSinks(IReadOnlyList<IPriceSink> sinks, IPriceHistory history, TradingSettings settings, WaitingWrites? kept, TradingMetrics metrics, TimeProvider time, ILogger<PriceSinks> log)
    {
        (_history, _mayWait, _time, _log) = (history, settings.Feed == FeedKind.Recorded, time, log);
        _queues = [.. sinks.Select(sink => new StoreBacklog(sink, settings.StoreQueueLength, kept, metrics, time, log))];
        _historyQueue = _queues.FirstOrDefault(queue => queue.Sink.Name == history.Name);
    }

    /// <summary>What waits for each store.</summary>
    public IReadOnlyList<StoreBacklog> Queues => _queues;

    /// <summary>Creates what the history is kept in, where the settings ask for that; when it does not answer, this is done again before the first write that works.</summary>
    public async Task PrepareAsync(CancellationToken cancellation)
    {
        try
        {
            await _history.PrepareAsync(cancellation);
        }
        catch (StoreException failure)
        {
            _log.LogWarning("The history cannot be prepared yet: {Reason}", failure.Message);
        }
    }

    /// <summary>Adds a price to the history; when it does not take it within its time, the price waits in its queue.</summary>
    public async Task RecordAsync(PriceObserved price, CancellationToken cancellation)
    {
        using var timer = new CancellationTokenSource(HistoryLimit, _time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timer.Token);
        try
        {
            await _history.AddAsync(price, limit.Token);
            return;
        }
        catch (StoreException failure)
        {
            _log.LogWarning("The price of {Symbol} at {Start:u} is not in the history yet: {Reason}", price.Symbol, price.IntervalStart, failure.Message);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            _log.LogWarning("The price of {Symbol} at {Start:u} is not in the history yet: no answer within {Seconds} s", price.Symbol, price.IntervalStart, HistoryLimit.TotalSeconds);
        }
        if (_historyQueue is not null)
            await _historyQueue.AddAsync(new(price.IntervalStart, [price], []), _mayWait, cancellation);
    }

    /// <summary>Hands a collection to every other store.</summary>
    public async Task TakeAsync(Collected collection, CancellationToken cancellation)
    {
        foreach (var queue in _queues.Where(queue => queue != _historyQueue))
            await queue.AddAsync(collection, _mayWait, cancellation);
    }

    /// <summary>Waits until every store has everything, or fails.</summary>
    public Task DrainAsync(CancellationToken cancellation) => Task.WhenAll(_queues.Select(queue => queue.DrainAsync(cancellation)));

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _running = Task.WhenAll(_queues.Select(queue => Task.Run(() => queue.RunAsync(_stopping.Token, _noTimeLeft.Token), CancellationToken.None)));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        using var hurry = cancellationToken.Register(_noTimeLeft.Cancel);
        _noTimeLeft.CancelAfter(FlushLimit);
        await _running;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // The container knows it by two names and disposes of it twice.
        if (_disposed)
            return;
        _disposed = true;
        _stopping.Cancel();
        _noTimeLeft.Cancel();
        _stopping.Dispose();
        _noTimeLeft.Dispose();
    }
}
