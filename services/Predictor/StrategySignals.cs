using System.Collections.Concurrent;
using Trading.Contracts;
using Trading.Core;
using Trading.Core.Strategies;
using Trading.Hosting;

namespace Trading.Services;

/// <summary>
/// What the strategy of the settings says to each price, where it is another than the ensemble. A price that follows the newest one goes on with the strategy as it is; after a gap a new one
/// is given as many prices of the history as it needs, so every replica says the same.
/// </summary>
public sealed class StrategySignals(IPriceHistory history, TradingSettings settings)
{
    private readonly ConcurrentDictionary<string, Cached> _cache = new();

    /// <summary>Takes note of a price at which nothing is decided.</summary>
    public async Task ExtendAsync(PriceObserved price, CancellationToken cancellation) => await AtAsync(price, mayLoad: false, cancellation);

    /// <summary>What the strategy asks for at a price; null where the ensemble decides.</summary>
    public Task<StrategySignal?> AtAsync(PriceObserved price, CancellationToken cancellation) => AtAsync(price, mayLoad: true, cancellation);

    private async Task<StrategySignal?> AtAsync(PriceObserved price, bool mayLoad, CancellationToken cancellation)
    {
        if (settings.Strategy == TradingStrategies.Ensemble)
            return null;
        var start = price.IntervalStart.ToUnixTimeSeconds();
        var cached = _cache.GetOrAdd(price.Symbol, _ => new());
        await cached.Gate.WaitAsync(cancellation);
        try
        {
            if (cached is { Running: { } running } && cached.Newest + price.IntervalSeconds == start)
                cached.Take(running, running.OnBar(Bar(price.IntervalSeconds, start, price.Price)), start);
            else if (!mayLoad)
                return null;
            else if (cached.Newest != start)
            {
                var (strategy, signal) = await LoadAsync(price, start, cancellation);
                // An older price, delivered late, is answered without forgetting the newer ones.
                if (cached.Newest is { } newest && newest > start)
                    return signal.Record(strategy.Name);
                cached.Take(strategy, signal, start);
            }
            return cached.Signal.Record(cached.Running!.Name);
        }
        finally
        {
            cached.Gate.Release();
        }
    }

    private async Task<(ITradingStrategy Strategy, Signal Signal)> LoadAsync(PriceObserved price, long start, CancellationToken cancellation)
    {
        var (strategy, signal, newest) = (settings.NewStrategy()!, default(Signal), long.MinValue);
        foreach (var point in await history.LastAsync(price.Symbol, price.IntervalSeconds, start, strategy.Bars, cancellation))
            (signal, newest) = (strategy.OnBar(Bar(price.IntervalSeconds, point.UnixSeconds, point.Price)), point.UnixSeconds);
        return (strategy, newest < start ? strategy.OnBar(Bar(price.IntervalSeconds, start, price.Price)) : signal);
    }

    private static Candle Bar(int intervalSeconds, long start, decimal price) => new(start - intervalSeconds, price, price, price, price, 0);

    private sealed class Cached
    {
        public SemaphoreSlim Gate { get; } = new(1);

        public ITradingStrategy? Running { get; private set; }

        public Signal Signal { get; private set; }

        public long? Newest { get; private set; }

        public void Take(ITradingStrategy strategy, Signal signal, long start) => (Running, Signal, Newest) = (strategy, signal, start);
    }
}
