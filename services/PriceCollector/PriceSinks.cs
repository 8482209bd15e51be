using Trading.Contracts;
using Trading.Hosting.Background;
using Trading.Hosting.Settings;
using Trading.Hosting.Stores;
using Trading.Hosting.Telemetry;
using Trading.Journal.Tables;

namespace Trading.Services;

/// <summary>
/// Writes collected prices to the stores. The history, from which windows are read, is written at once, because a price must be in it
/// before the next one is published. Every other store has its own queue, and so has the history for failed writes. No store delays a price
/// or another store.
/// </summary>
public sealed class PriceSinks : IHostedService, IDisposable
{
    /// <summary>Most time for a write to the history; after that its price waits in the queue.</summary>
    public static readonly TimeSpan HistoryLimit = TimeSpan.FromSeconds(5);

    /// <summary>Most time for writing the queues when the program ends.</summary>
    public static readonly TimeSpan FlushLimit = TimeSpan.FromSeconds(2);

    private readonly IPriceHistory _history;
    private readonly StoreBacklog? _historyQueue;
    private readonly IReadOnlyList<StoreBacklog> _queues;
    private readonly bool _mayWait;
    private readonly Supervision _supervision;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _noTimeLeft = new();
    private Task _running = Task.CompletedTask;
    private bool _disposed;

    /// <summary>Creates the queues; <see cref="StartAsync"/> begins to write.</summary>
    /// <param name="sinks">The stores, the history among them.</param>
    /// <param name="history">The store that windows are read from.</param>
    /// <param name="settings">Length of the queues. A recorded run waits while a queue is full.</param>
    /// <param name="kept">Keeps the queues of failing stores over a restart; null to lose them.</param>
    /// <param name="metrics">Counts what is written, fails, waits and is dropped.</param>
    /// <param name="supervision">Runs the writers.</param>
    /// <param name="time">Real time, also in a recorded run.</param>
    /// <param name="log">Logs failures.</param>
    public PriceSinks(IReadOnlyList<IPriceSink> sinks, IPriceHistory history, TradingSettings settings, WaitingWrites? kept,
        TradingMetrics metrics, Supervision supervision, TimeProvider time, ILogger<PriceSinks> log)
    {
        (_history, _mayWait, _supervision, _time, _log) = (history, settings.Feed.IsPlayed(), supervision, time, log);
        _queues = [.. sinks.Select(sink => new StoreBacklog(sink, settings.StoreQueueLength, kept, metrics, time, log))];
        _historyQueue = _queues.FirstOrDefault(queue => queue.Sink.Name == history.Name);
    }

    /// <summary>The queue of each store.</summary>
    public IReadOnlyList<StoreBacklog> Queues => _queues;

    /// <summary>
    /// Creates the history's table when the settings say so. When the store does not answer, this is repeated before the next write.
    /// </summary>
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

    /// <summary>Adds a price to the history. When that fails or takes too long, the price waits in the queue.</summary>
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
            _log.LogWarning("The price of {Symbol} at {Start:u} is not in the history yet: {Reason}", price.Symbol,
                price.IntervalStart, failure.Message);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            _log.LogWarning("The price of {Symbol} at {Start:u} is not in the history yet: no answer within {Seconds} s", price.Symbol,
                price.IntervalStart, HistoryLimit.TotalSeconds);
        }
        if (_historyQueue is not null)
            await _historyQueue.AddAsync(new(price.IntervalStart, [price], []), _mayWait, cancellation);
    }

    /// <summary>Adds a collection to the queue of every other store.</summary>
    public async Task TakeAsync(Collected collection, CancellationToken cancellation)
    {
        foreach (var queue in _queues.Where(queue => queue != _historyQueue))
            await queue.AddAsync(collection, _mayWait, cancellation);
    }

    /// <summary>Waits until every store has written everything, or fails.</summary>
    public Task DrainAsync(CancellationToken cancellation) => Task.WhenAll(_queues.Select(queue => queue.DrainAsync(cancellation)));

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _running = Task.WhenAll(_queues.Select(queue => _supervision.RunAsync(
            new($"store-{queue.Sink.Name}", _ => queue.RunAsync(_stopping.Token, _noTimeLeft.Token), null, _log), _stopping.Token)));
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
        // The container registers it twice and disposes it twice.
        if (_disposed)
            return;
        _disposed = true;
        _stopping.Cancel();
        _noTimeLeft.Cancel();
        _stopping.Dispose();
        _noTimeLeft.Dispose();
    }
}
