using System.Collections.Concurrent;
using Trading.Contracts;
using Trading.Core;
using Trading.Core.Strategies;
using Trading.Hosting.Settings;
using Trading.Hosting.Stores;
using Trading.Journal.Events;

namespace Trading.Services;

/// <summary>
/// Signals of the strategy in the settings, unless that is the ensemble. A price that follows the newest one continues the strategy; after
/// a gap a new one is filled with the prices of the history that it needs, so every replica has the same signals. A strategy that sees its
/// position is shown what the journal holds when the price comes.
/// </summary>
public sealed class StrategySignals(
    IPriceHistory history, TradingSettings settings, TradeJournal journal, ILogger<StrategySignals> log)
{
    private readonly ConcurrentDictionary<string, Cached> _cache = new();

    /// <summary>Adds a price without a decision.</summary>
    public async Task ExtendAsync(PriceObserved price, CancellationToken cancellation) =>
        await AtAsync(price, mayLoad: false, cancellation);

    /// <summary>The strategy's signal at a price; null when the ensemble decides.</summary>
    public Task<StrategySignal?> AtAsync(PriceObserved price, CancellationToken cancellation) =>
        AtAsync(price, mayLoad: true, cancellation);

    private async Task<StrategySignal?> AtAsync(PriceObserved price, bool mayLoad, CancellationToken cancellation)
    {
        if (settings.Strategy == TradingStrategies.Ensemble)
            return null;
        var start = price.IntervalStart.ToUnixTimeSeconds();
        var cached = _cache.GetOrAdd(price.Symbol, _ => new());
        await cached.Gate.WaitAsync(cancellation);
        try
        {
            if (cached is { Running: { } running } && cached.Newest + price.IntervalSeconds == start
                && StrategyPast.GoesOn(running, price.IntervalSeconds, start))
                cached.Take(running, await SignalAsync(running, price, start, cancellation), start);
            else if (!mayLoad)
                return null;
            else if (cached.Newest != start)
            {
                var (strategy, signal) = await LoadAsync(price, start, cancellation);
                // An older price that is delivered late does not replace the newer ones.
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

    private async Task<(ITradingStrategy Strategy, Signal Signal)> LoadAsync(
        PriceObserved price, long start, CancellationToken cancellation)
    {
        var strategy = settings.NewHeardStrategy(price.IntervalSeconds, settings.DecisionIntervalSeconds)!;
        var held = strategy.SeesPosition ? await HeldAsync(price.Symbol, cancellation) : default;
        var found = await strategy.FillAsync(history, price.Symbol, price.IntervalSeconds, start, held, cancellation);
        if (found < strategy.Days)
            log.LogWarning("{Symbol}: {Strategy} follows from {Days} daily closes, the history has {Found}; without those before them it "
                + "asks for nothing", price.Symbol, strategy.Name, strategy.Days, found);
        return (strategy, strategy.OnBar(StrategyPast.Bar(price.IntervalSeconds, start, price.Price), held.Position));
    }

    private async Task<Signal> SignalAsync(ITradingStrategy strategy, PriceObserved price, long start, CancellationToken cancellation)
    {
        var bar = StrategyPast.Bar(price.IntervalSeconds, start, price.Price);
        if (!strategy.SeesPosition)
            return strategy.OnBar(bar);
        return strategy.OnBar(bar, (await HeldAsync(price.Symbol, cancellation)).Position);
    }

    private async Task<HeldPosition> HeldAsync(string symbol, CancellationToken cancellation) =>
        HeldPosition.Since(await journal.AccountAsync(settings.Account, cancellation) is { } loaded ? loaded.State : null, symbol);

    private sealed class Cached
    {
        public SemaphoreSlim Gate { get; } = new(1);

        public ITradingStrategy? Running { get; private set; }

        public Signal Signal { get; private set; }

        public long? Newest { get; private set; }

        public void Take(ITradingStrategy strategy, Signal signal, long start) => (Running, Signal, Newest) = (strategy, signal, start);
    }
}
