using Trading.Core;

namespace Trading.Hosting.Stores;

/// <summary>Prices of the past, as strategies are given them when they begin.</summary>
public interface IPastPrices
{
    /// <summary>The last prices up to and including an interval, oldest first; including all that were added before the call.</summary>
    /// <exception cref="StoreException">The store does not answer or refuses.</exception>
    Task<IReadOnlyList<PricePoint>> LastAsync(string symbol, int intervalSeconds, long upToUnixSeconds, int count,
        CancellationToken cancellation);

    /// <summary>The prices from one instant to another, both included, oldest first, without their other fields.</summary>
    /// <exception cref="StoreException">The store does not answer or refuses.</exception>
    Task<IReadOnlyList<PricePoint>> BetweenAsync(string symbol, int intervalSeconds, long fromUnixSeconds, long toUnixSeconds,
        CancellationToken cancellation);
}
