using Trading.Core;
using Trading.Core.Strategies;

namespace Trading.Hosting.Stores;

/// <summary>Gives a strategy that begins the prices and the daily closes that it follows from: the same live and in a replay.</summary>
public static class StrategyPast
{
    private const int SecondsPerDay = 86_400;

    /// <summary>The bar that a price closes: its open, high, low and close are the same, and its volume is 0.</summary>
    public static Candle Bar(int intervalSeconds, long start, decimal price) => new(start - intervalSeconds, price, price, price, price, 0);

    /// <summary>
    /// Whether a strategy that has taken the price before may go on with this one. Daily closes are taken from the history at each begin of
    /// a day: so replicas agree, whichever of them missed the price at midnight.
    /// </summary>
    public static bool GoesOn(ITradingStrategy strategy, int intervalSeconds, long start) =>
        strategy.Days == 0 || DayOf(intervalSeconds, start) == DayOf(intervalSeconds, start - intervalSeconds);

    /// <summary>Gives a new strategy all from before a price.</summary>
    /// <param name="strategy">The strategy.</param>
    /// <param name="past">Where the prices are.</param>
    /// <param name="symbol">The symbol.</param>
    /// <param name="intervalSeconds">Seconds from one price to the next.</param>
    /// <param name="start">Start of the price's interval, in seconds since 1970.</param>
    /// <param name="held">What is held; nothing for a strategy that does not see it.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>How many daily closes were found.</returns>
    /// <exception cref="StoreException">The store does not answer or refuses.</exception>
    public static async Task<int> FillAsync(this ITradingStrategy strategy, IPastPrices past, string symbol, int intervalSeconds,
        long start, HeldPosition held, CancellationToken cancellation)
    {
        var found = await RememberAsync(strategy, past, symbol, intervalSeconds, start, cancellation);
        // The price itself may be in the history already; it comes last in any case.
        foreach (var point in await past.LastAsync(symbol, intervalSeconds, start, strategy.Bars, cancellation))
        {
            if (point.UnixSeconds < start)
                held.WarmUp(strategy, Bar(intervalSeconds, point.UnixSeconds, point.Price), point.UnixSeconds);
        }
        return found;
    }

    // A bar belongs to the day in which it opened.
    private static long DayOf(int intervalSeconds, long start) => (start - intervalSeconds) / SecondsPerDay;

    // A day's close is the price at the midnight that ends it: among the daily prices that were back-filled, or else among the prices.
    private static async Task<int> RememberAsync(
        ITradingStrategy strategy, IPastPrices past, string symbol, int intervalSeconds, long start, CancellationToken cancellation)
    {
        if (strategy.Days == 0)
            return 0;
        var today = DayOf(intervalSeconds, start);
        var known = (await past.BetweenAsync(symbol, SecondsPerDay, (today - strategy.Days + 1) * SecondsPerDay, today * SecondsPerDay,
            cancellation)).ToDictionary(point => point.UnixSeconds, point => point.Price);
        var found = 0;
        for (var day = today - strategy.Days; day < today; day++)
        {
            found++;
            var midnight = (day + 1) * SecondsPerDay;
            if (known.TryGetValue(midnight, out var close))
                strategy.Remember(day, close);
            else if (await past.BetweenAsync(symbol, intervalSeconds, midnight, midnight, cancellation) is [var point, ..])
                strategy.Remember(day, point.Price);
            else
                found--;
        }
        return found;
    }
}
