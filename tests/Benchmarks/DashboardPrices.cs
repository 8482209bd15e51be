using System.Collections.Concurrent;
using System.Diagnostics;
using MassTransit;
using Trading.Contracts;
using Trading.Core;

namespace Trading.Benchmarks;

/// <summary>Prices that are published for services in this process, and when each was decided on.</summary>
internal sealed class DashboardPrices : IPublishObserver
{
    private readonly ConcurrentDictionary<Guid, long> _asked = new(), _decided = new();
    private readonly ConcurrentQueue<Guid> _order = new();
    private readonly ConcurrentDictionary<Guid, TaskCompletionSource> _waiting = new();
    private const int Remembered = 20_000;

    /// <summary>Milliseconds from each price of this round to its decision.</summary>
    public ConcurrentBag<double> LatenciesMs { get; } = [];

    /// <summary>Publishes prices for a time. With an interval of 0 each comes when the one before was decided on: as many as there can
    /// be.</summary>
    public static async Task PlayAsync(IBus bus, Queue<PriceObserved> prices, DashboardPrices decided, int milliseconds, int interval)
    {
        var begin = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begin).TotalMilliseconds < milliseconds && prices.TryDequeue(out var price))
        {
            var next = interval > 0 ? Task.Delay(interval) : decided.DecidedAsync(price);
            decided._asked[price.PriceId] = Stopwatch.GetTimestamp();
            await bus.Publish(price, publish => publish.MessageId = DerivedId.Message(price.PriceId, nameof(PriceObserved)));
            await next;
        }
    }

    /// <summary>Begins a round: what was decided before does not count.</summary>
    public void Begin()
    {
        _decided.Clear();
        _order.Clear();
        LatenciesMs.Clear();
    }

    /// <summary>Milliseconds since a decision of this round was published, which is after its append; null for one of before.</summary>
    public double? SinceDecided(Guid trade) =>
        _decided.TryGetValue(trade, out var at) ? Stopwatch.GetElapsedTime(at).TotalMilliseconds : null;

    /// <inheritdoc/>
    public Task PrePublish<T>(PublishContext<T> context)
        where T : class
    {
        // Before it goes on its way: a viewer may have it before the publishing has ended.
        if (context.Message is RiskAssessed { Prediction: { } prediction } assessed
            && _asked.TryRemove(prediction.Price.PriceId, out var at))
        {
            _decided[assessed.TradeId] = Stopwatch.GetTimestamp();
            _order.Enqueue(assessed.TradeId);
            // What every viewer has long been sent; otherwise the benchmark itself would grow.
            while (_order.Count > Remembered && _order.TryDequeue(out var old))
                _decided.TryRemove(old, out _);
            LatenciesMs.Add(Stopwatch.GetElapsedTime(at).TotalMilliseconds);
            if (_waiting.TryRemove(prediction.Price.PriceId, out var waiting))
                waiting.SetResult();
        }
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task PostPublish<T>(PublishContext<T> context)
        where T : class => Task.CompletedTask;

    /// <inheritdoc/>
    public Task PublishFault<T>(PublishContext<T> context, Exception exception)
        where T : class => Task.CompletedTask;

    private Task DecidedAsync(PriceObserved price) => _waiting.GetOrAdd(price.PriceId,
        _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
}
