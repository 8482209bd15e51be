using Trading.Hosting.Stores;

namespace Trading.Services.Models;

/// <summary>Price changes over 24 hours, from the price history.</summary>
public sealed class DayChanges(IPriceHistory history)
{
    /// <summary>How many of the last prices are compared with those a day before.</summary>
    public const int Count = 10;

    private const int SecondsPerDay = 86_400;

    /// <summary>
    /// The changes at the last ten prices in percent, oldest first. A price without a price a day before in the history is left out; for
    /// the newest price the sources' own figure is used then.
    /// </summary>
    public async Task<IReadOnlyList<double>> LastAsync(ForecastQuestion question, CancellationToken cancellation)
    {
        var price = question.Price;
        var newest = question.Prices[^1].UnixSeconds;
        var before = (await history.LastAsync(price.Symbol, price.IntervalSeconds, newest - SecondsPerDay, Count, cancellation))
            .ToDictionary(point => point.UnixSeconds + SecondsPerDay, point => (double)point.Price);
        var changes = new List<double>(Count);
        foreach (var point in question.Prices.TakeLast(Count))
        {
            if (before.TryGetValue(point.UnixSeconds, out var then))
                changes.Add((point.Price / then - 1) * 100);
            else if (point.UnixSeconds == newest && price.Change24hPercent is { } told)
                changes.Add((double)told);
        }
        return changes;
    }
}
