using System.Runtime.CompilerServices;
using Trading.Aws;
using Trading.Contracts;
using Trading.Core;

namespace Trading.Hosting.Stores;

/// <summary>The prices in DynamoDB, as a store to write to and to read windows from.</summary>
public sealed class DynamoDbStore(DynamoDbPrices table, bool create) : IPriceSink, IPriceHistory, IDisposable
{
    /// <summary>Its name in settings.</summary>
    public const string StoreName = "dynamodb";

    private const int WritesAtOnce = 8;

    /// <inheritdoc/>
    public string Name => StoreName;

    /// <inheritdoc/>
    public int MostAtOnce => 64;

    /// <inheritdoc/>
    public Task PrepareAsync(CancellationToken cancellation) =>
        create ? AwsStore.TryAsync("DynamoDB", () => table.CreateAsync(cancellation), cancellation) : Task.CompletedTask;

    /// <inheritdoc/>
    public Task AddAsync(PriceObserved price, CancellationToken cancellation) =>
        AwsStore.TryAsync("DynamoDB", () => table.AddAsync(StoredPrice.Of(price), cancellation), cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<PricePoint>> LastAsync(string symbol, int intervalSeconds, long upToUnixSeconds, int count,
        CancellationToken cancellation) =>
        AwsStore.TryAsync("DynamoDB", () => table.LastAsync(symbol, intervalSeconds, upToUnixSeconds, count, cancellation), cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<PricePoint>> BetweenAsync(string symbol, int intervalSeconds, long fromUnixSeconds, long toUnixSeconds,
        CancellationToken cancellation) =>
        AwsStore.TryAsync("DynamoDB",
            () => table.BetweenAsync(symbol, intervalSeconds, fromUnixSeconds, toUnixSeconds, cancellation), cancellation);

    /// <inheritdoc/>
    public Task<int> BackfillAsync(IReadOnlyList<StoredPrice> prices, CancellationToken cancellation) =>
        AwsStore.TryAsync("DynamoDB", () => table.BackfillAsync(prices, cancellation), cancellation);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> WriteAsync(IReadOnlyList<Collected> collections, CancellationToken cancellation)
    {
        // Single puts have a condition, batches do not: an existing price must not be overwritten.
        await Parallel.ForEachAsync(
            collections.SelectMany(collection => collection.Prices),
            new ParallelOptions { MaxDegreeOfParallelism = WritesAtOnce, CancellationToken = cancellation },
            async (price, token) => await AddAsync(price, token));
        return [];
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredPrice> ReadAsync(string symbol, int intervalSeconds, long fromUnixSeconds, long toUnixSeconds,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var read = table.ReadAsync(symbol, intervalSeconds, fromUnixSeconds, toUnixSeconds, cancellation)
            .GetAsyncEnumerator(cancellation);
        while (await AwsStore.TryAsync("DynamoDB", async () => await read.MoveNextAsync(), cancellation))
            yield return read.Current;
    }

    /// <inheritdoc/>
    public void Dispose() => table.Dispose();
}

/// <summary>Calls to AWS whose failures become failures of a store.</summary>
internal static class AwsStore
{
    public static Task TryAsync(string service, Func<Task> act, CancellationToken cancellation) => TryAsync(service, async () =>
    {
        await act();
        return 0;
    }, cancellation);

    public static async Task<T> TryAsync<T>(string service, Func<Task<T>> act, CancellationToken cancellation)
    {
        try
        {
            return await act();
        }
        catch (Exception failure) when (AwsFailure.Reason(failure, cancellation) is { } reason)
        {
            throw new StoreException($"{service}: {reason}", failure);
        }
    }
}
