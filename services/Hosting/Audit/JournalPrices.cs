using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Stores;

namespace Trading.Hosting.Audit;

/// <summary>
/// The prices of a replay: the journal's own, up to the event that is looked at, and the price history's where the journal has none. What
/// the history says is certain only where the journal committed to it by then.
/// </summary>
/// <param name="history">The price history; null without one.</param>
internal sealed class JournalPrices(IPastPrices? history) : IPastPrices
{
    private readonly Dictionary<(string Symbol, int IntervalSeconds), SortedList<long, decimal>> _own = [];
    private readonly HashSet<(string Symbol, int IntervalSeconds, DateOnly Day)> _committed = [];

    /// <summary>
    /// Whether all that was given since this was last set follows from the journal, without a gap. Played prices always do: their history
    /// is whole before the first decision.
    /// </summary>
    public bool Certain { get; set; }

    /// <summary>Whether what the history has and the journal has not committed to is left out: it may have come later.</summary>
    public bool OnlyCommitted { get; set; }

    /// <summary>Whether the prices of this journal were played.</summary>
    public bool Played { get; set; }

    /// <summary>Takes a price of an event, and those that stand with it.</summary>
    public void Add(PriceObserved price, IReadOnlyList<EarlierPrice>? between)
    {
        if (!_own.TryGetValue((price.Symbol, price.IntervalSeconds), out var own))
            _own.Add((price.Symbol, price.IntervalSeconds), own = []);
        foreach (var (at, earlier) in between ?? [])
            own.TryAdd(at, earlier);
        own.TryAdd(price.IntervalStart.ToUnixTimeSeconds(), price.Price);
    }

    /// <summary>Takes what the journal committed to.</summary>
    public void Add(PricesCommitted committed) => _committed.Add((committed.Symbol, committed.IntervalSeconds, committed.Day));

    /// <summary>The journal's own prices behind an instant, up to another.</summary>
    public IEnumerable<PricePoint> Since(string symbol, int intervalSeconds, long after, long upTo)
    {
        var own = Own(symbol, intervalSeconds);
        for (var at = Place(own, after + 1); at < own.Count && own.Keys[at] <= upTo; at++)
            yield return new(own.Keys[at], own.Values[at]);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<PricePoint>> LastAsync(string symbol, int intervalSeconds, long upToUnixSeconds, int count,
        CancellationToken cancellation)
    {
        var (own, first) = (Own(symbol, intervalSeconds), upToUnixSeconds - ((count - 1L) * intervalSeconds));
        var end = Place(own, upToUnixSeconds + 1);
        List<PricePoint> prices = [.. Enumerable.Range(Math.Max(0, end - count), Math.Min(count, end))
            .Select(at => new PricePoint(own.Keys[at], own.Values[at]))];
        if (prices.Count == count && prices[0].UnixSeconds == first)
            return prices;
        if (history is not null)
            prices = [.. Merged(symbol, intervalSeconds,
                await history.LastAsync(symbol, intervalSeconds, upToUnixSeconds, count, cancellation), prices).TakeLast(count)];
        Certain &= Played || (prices.Count == count && prices[0].UnixSeconds == first);
        return prices;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<PricePoint>> BetweenAsync(string symbol, int intervalSeconds, long fromUnixSeconds, long toUnixSeconds,
        CancellationToken cancellation)
    {
        var prices = Since(symbol, intervalSeconds, fromUnixSeconds - 1, toUnixSeconds).ToList();
        return history is null || prices.Count == ((toUnixSeconds - fromUnixSeconds) / intervalSeconds) + 1 ? prices
            : Merged(symbol, intervalSeconds,
                await history.BetweenAsync(symbol, intervalSeconds, fromUnixSeconds, toUnixSeconds, cancellation), prices);
    }

    private List<PricePoint> Merged(string symbol, int intervalSeconds, IReadOnlyList<PricePoint> past, List<PricePoint> own)
    {
        var known = own.Select(point => point.UnixSeconds).ToHashSet();
        var foreign = past.Where(point => !known.Contains(point.UnixSeconds)
            && (Played || !OnlyCommitted || IsCommitted(symbol, intervalSeconds, point))).ToList();
        Certain &= Played || foreign.TrueForAll(point => IsCommitted(symbol, intervalSeconds, point));
        return [.. own.Concat(foreign).OrderBy(point => point.UnixSeconds)];
    }

    private bool IsCommitted(string symbol, int intervalSeconds, PricePoint point) => _committed.Contains((symbol, intervalSeconds,
        DateOnly.FromDateTime(DateTimeOffset.FromUnixTimeSeconds(point.UnixSeconds).UtcDateTime)));

    private SortedList<long, decimal> Own(string symbol, int intervalSeconds) => _own.GetValueOrDefault((symbol, intervalSeconds)) ?? [];

    // The first that is not before an instant.
    private static int Place(SortedList<long, decimal> prices, long unixSeconds)
    {
        var (low, high) = (0, prices.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (prices.Keys[middle] < unixSeconds)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}
