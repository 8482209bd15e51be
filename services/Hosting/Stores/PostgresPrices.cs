using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Npgsql;
using Trading.Contracts;
using Trading.Core;
using Trading.Journal.Tables;

namespace Trading.Hosting.Stores;

/// <summary>The price history in the journal's PostgreSQL.</summary>
public sealed class PostgresPrices(PriceHistory history) : IPriceSink, IPriceHistory
{
    /// <summary>Its name in settings.</summary>
    public const string StoreName = "postgres";

    /// <inheritdoc/>
    public string Name => StoreName;

    /// <inheritdoc/>
    public int MostAtOnce => 500;

    /// <inheritdoc/>
    public Task PrepareAsync(CancellationToken cancellation) => TryAsync(async () =>
    {
        await history.PrepareAsync(cancellation);
        return 0;
    }, cancellation);

    /// <inheritdoc/>
    public Task AddAsync(PriceObserved price, CancellationToken cancellation) => TryAsync(async () =>
    {
        await history.AddAsync(price, cancellation);
        return 0;
    }, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<PricePoint>> LastAsync(string symbol, int intervalSeconds, long upToUnixSeconds, int count,
        CancellationToken cancellation) =>
        TryAsync(() => history.LastAsync(symbol, intervalSeconds, upToUnixSeconds, count, cancellation), cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<PricePoint>> BetweenAsync(string symbol, int intervalSeconds, long fromUnixSeconds, long toUnixSeconds,
        CancellationToken cancellation) =>
        TryAsync(() => history.BetweenAsync(symbol, intervalSeconds, fromUnixSeconds, toUnixSeconds, cancellation), cancellation);

    /// <inheritdoc/>
    public Task<int> BackfillAsync(IReadOnlyList<StoredPrice> prices, CancellationToken cancellation) =>
        TryAsync(() => history.BackfillAsync(prices, cancellation), cancellation);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> WriteAsync(IReadOnlyList<Collected> collections, CancellationToken cancellation)
    {
        var prices = collections.SelectMany(collection => collection.Prices).Select(StoredPrice.Of).ToList();
        if (prices.Count == 1)
            await TryAsync(async () => { await history.AddAsync(prices[0], cancellation); return 0; }, cancellation);
        else
            await BackfillAsync(prices, cancellation);
        return [];
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredPrice> ReadAsync(string symbol, int intervalSeconds, long fromUnixSeconds, long toUnixSeconds,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var prices = history.ReadAsync(symbol, intervalSeconds, fromUnixSeconds, toUnixSeconds, cancellation)
            .GetAsyncEnumerator(cancellation);
        while (await TryAsync(async () => await prices.MoveNextAsync(), cancellation))
            yield return prices.Current;
    }

    private static async Task<T> TryAsync<T>(Func<Task<T>> act, CancellationToken cancellation)
    {
        try
        {
            return await act();
        }
        catch (Exception failure) when (failure is NpgsqlException or SocketException or TimeoutException
            || (failure is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new StoreException($"PostgreSQL: {failure.GetBaseException().Message}", failure);
        }
    }
}
