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
    private const int SecondsPerDay = 86_400;

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
            if (cached is { Running: { } running } && cached.Newest + price.IntervalSeconds == start && SameDays(running, price, start))
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
        await RememberAsync(strategy, price, start, cancellation);
        var held = strategy.SeesPosition ? await HeldAsync(price.Symbol, cancellation) : default;
        // The price itself may be in the history already; it comes last in any case.
        foreach (var point in await history.LastAsync(price.Symbol, price.IntervalSeconds, start, strategy.Bars, cancellation))
        {
            if (point.UnixSeconds < start)
                held.WarmUp(strategy, Bar(price.IntervalSeconds, point.UnixSeconds, point.Price), point.UnixSeconds);
        }
        return (strategy, strategy.OnBar(Bar(price.IntervalSeconds, start, price.Price), held.Position));
    }

    // Daily closes are taken from the history at each begin of a day: so replicas agree, whichever of them missed the price at midnight.
    private static bool SameDays(ITradingStrategy strategy, PriceObserved price, long start) =>
        strategy.Days == 0 || DayOf(price, start) == DayOf(price, start - price.IntervalSeconds);

    // A bar belongs to the day in which it opened.
    private static long DayOf(PriceObserved price, long start) => (start - price.IntervalSeconds) / SecondsPerDay;

    // A day's close is the price at the midnight that ends it: among the daily prices that were back-filled, or else among the prices.
    private async Task RememberAsync(ITradingStrategy strategy, PriceObserved price, long start, CancellationToken cancellation)
    {
        if (strategy.Days == 0)
            return;
        var today = DayOf(price, start);
        var known = (await history.BetweenAsync(price.Symbol, SecondsPerDay, (today - strategy.Days + 1) * SecondsPerDay,
            today * SecondsPerDay, cancellation)).ToDictionary(point => point.UnixSeconds, point => point.Price);
        var found = 0;
        for (var day = today - strategy.Days; day < today; day++)
        {
            found++;
            var midnight = (day + 1) * SecondsPerDay;
            if (known.TryGetValue(midnight, out var close))
                strategy.Remember(day, close);
            else if (await history.BetweenAsync(price.Symbol, price.IntervalSeconds, midnight, midnight, cancellation) is [var point, ..])
                strategy.Remember(day, point.Price);
            else
                found--;
        }
        if (found < strategy.Days)
            log.LogWarning("{Symbol}: {Strategy} follows from {Days} daily closes, the history has {Found}; without those before them it "
                + "asks for nothing", price.Symbol, strategy.Name, strategy.Days, found);
    }

    private async Task<Signal> SignalAsync(ITradingStrategy strategy, PriceObserved price, long start, CancellationToken cancellation)
    {
        var bar = Bar(price.IntervalSeconds, start, price.Price);
        if (!strategy.SeesPosition)
            return strategy.OnBar(bar);
        return strategy.OnBar(bar, (await HeldAsync(price.Symbol, cancellation)).Position);
    }

    private async Task<HeldPosition> HeldAsync(string symbol, CancellationToken cancellation) =>
        HeldPosition.Since(await journal.AccountAsync(settings.Account, cancellation) is { } loaded ? loaded.State : null, symbol);

    private static Candle Bar(int intervalSeconds, long start, decimal price) =>
        new(start - intervalSeconds, price, price, price, price, 0);

    private sealed class Cached
    {
        public SemaphoreSlim Gate { get; } = new(1);

        public ITradingStrategy? Running { get; private set; }

        public Signal Signal { get; private set; }

        public long? Newest { get; private set; }

        public void Take(ITradingStrategy strategy, Signal signal, long start) => (Running, Signal, Newest) = (strategy, signal, start);
    }
}
