using Trading.Core;
using Trading.Hosting.Stores;
using Trading.Journal.Events;

namespace Trading.Hosting.Audit;

/// <summary>Commits to prices that came from elsewhere: a digest of each day and source becomes an event, and so is sealed.</summary>
public static class PriceCommitments
{
    private const int DaySeconds = 86_400;

    /// <summary>The days and sources of prices; what several sources gave together is no source's word.</summary>
    public static IEnumerable<(DateOnly Day, string Source)> DaysOf(IEnumerable<StoredPrice> prices) => prices
        .Where(price => price.Sources.Count == 1)
        .Select(price => (DateOnly.FromDateTime(DateTimeOffset.FromUnixTimeSeconds(price.UnixSeconds).UtcDateTime), price.Sources[0]));

    /// <summary>Commits to what a history has now.</summary>
    /// <param name="journal">Where to.</param>
    /// <param name="history">The history.</param>
    /// <param name="symbol">The symbol.</param>
    /// <param name="intervalSeconds">Seconds from one price to the next.</param>
    /// <param name="filled">Days and sources whose prices were added.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="StoreException">The history does not answer.</exception>
    public static async Task CommitAsync(TradeJournal journal, IPriceHistory history, string symbol, int intervalSeconds,
        IReadOnlyCollection<(DateOnly Day, string Source)> filled, CancellationToken cancellation)
    {
        foreach (var day in filled.GroupBy(one => one.Day, one => one.Source).OrderBy(day => day.Key))
        {
            var begin = new DateTimeOffset(day.Key, TimeOnly.MinValue, TimeSpan.Zero).ToUnixTimeSeconds();
            var prices = await history.ReadAsync(symbol, intervalSeconds, begin, begin + DaySeconds,
                cancellation).ToListAsync(cancellation);
            foreach (var source in day.Distinct().Order(StringComparer.Ordinal))
            {
                var own = prices.Where(price => price.Sources is [var only] && only == source)
                    .Select(price => new PricePoint(price.UnixSeconds, price.Price)).ToList();
                if (own.Count > 0)
                    await journal.AppendToEndAsync(AuditLeaf.PriceStream, new PricesCommitted(symbol, intervalSeconds, day.Key, source,
                        own[^1].UnixSeconds, own.Count, PricesCommitted.Digest(own), TimeProvider.System.GetUtcNow()),
                        new(null, "backfill"), cancellation);
            }
        }
    }
}
