using Trading.Contracts;
using Trading.Core;

namespace Trading.Hosting.Stores;

/// <summary>A store from which prices are read.</summary>
public interface IPriceHistory : IPastPrices
{
    /// <summary>Its name in settings, metrics and logs.</summary>
    string Name { get; }

    /// <summary>Creates what it keeps prices in, where the settings ask for that.</summary>
    /// <exception cref="StoreException">The store does not answer or refuses.</exception>
    Task PrepareAsync(CancellationToken cancellation);

    /// <summary>Adds a price; an existing one stays unchanged.</summary>
    /// <exception cref="StoreException">The store does not answer or refuses.</exception>
    Task AddAsync(PriceObserved price, CancellationToken cancellation);

    /// <summary>The prices from one instant to before another, oldest first.</summary>
    /// <exception cref="StoreException">The store does not answer or refuses.</exception>
    IAsyncEnumerable<StoredPrice> ReadAsync(string symbol, int intervalSeconds, long fromUnixSeconds, long toUnixSeconds,
        CancellationToken cancellation);

    /// <summary>Adds many prices at once; existing ones stay unchanged. For intervals that have passed.</summary>
    /// <returns>How many were new.</returns>
    /// <exception cref="StoreException">The store does not answer or refuses.</exception>
    Task<int> BackfillAsync(IReadOnlyList<StoredPrice> prices, CancellationToken cancellation);
}
