using System.Collections.Concurrent;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Hosting.Stores;

namespace Trading.Services;

/// <summary>
/// The price window of each symbol. A price that follows the newest cached one extends the window; after a gap (another replica had the
/// price, a restart, a message out of order) it is read from the price history, so every replica sees the same window at the same price.
/// </summary>
public sealed class PriceWindows(IPriceHistory history, TradingSettings settings)
{
    private readonly WindowRules _rules = settings.Pipeline().Window;
    private readonly ConcurrentDictionary<string, Cached> _cache = new();

    /// <summary>Adds a price without a decision.</summary>
    public Task ExtendAsync(PriceObserved price, CancellationToken cancellation) => WithAsync(price, _ => 0, mayLoad: false, cancellation);

    /// <summary>Reads the window up to and including a price.</summary>
    public Task<T> WithAsync<T>(PriceObserved price, Func<PriceWindow, T> look, CancellationToken cancellation) =>
        WithAsync(price, look, mayLoad: true, cancellation)!;

    private async Task<T?> WithAsync<T>(PriceObserved price, Func<PriceWindow, T> look, bool mayLoad, CancellationToken cancellation)
    {
        var start = price.IntervalStart.ToUnixTimeSeconds();
        var cached = _cache.GetOrAdd(price.Symbol, _ => new(new(_rules)));
        await cached.Gate.WaitAsync(cancellation);
        try
        {
            var newest = cached.Window.NewestUnixSeconds;
            if (newest + _rules.IntervalSeconds == start)
                cached.Window.Add(start, price.Price);
            else if (!mayLoad)
                return default;
            else if (newest < start || newest is null)
                cached.Window = await LoadAsync(price, start, cancellation);
            else if (newest != start)
                return look(await LoadAsync(price, start, cancellation));
            return look(cached.Window);
        }
        finally
        {
            cached.Gate.Release();
        }
    }

    private async Task<PriceWindow> LoadAsync(PriceObserved price, long start, CancellationToken cancellation)
    {
        var window = new PriceWindow(_rules);
        foreach (var point in await history.LastAsync(price.Symbol, price.IntervalSeconds, start, _rules.Capacity, cancellation))
            window.Add(point.UnixSeconds, point.Price);
        if (window.NewestUnixSeconds < start || window.NewestUnixSeconds is null)
            window.Add(start, price.Price);
        return window;
    }

    private sealed class Cached(PriceWindow window)
    {
        public SemaphoreSlim Gate { get; } = new(1);

        public PriceWindow Window { get; set; } = window;
    }
}
