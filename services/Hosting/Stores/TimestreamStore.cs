using Trading.Aws;
using Trading.Core;

namespace Trading.Hosting.Stores;

/// <summary>The prices in Timestream.</summary>
public sealed class TimestreamStore(TimestreamPrices table, bool create) : IPriceSink, IDisposable
{
    /// <inheritdoc/>
    public string Name => "timestream";

    /// <inheritdoc/>
    public int MostAtOnce => TimestreamPrices.MostPerRequest;

    /// <inheritdoc/>
    public Task PrepareAsync(CancellationToken cancellation) =>
        create ? AwsStore.TryAsync("Timestream", () => table.CreateAsync(cancellation), cancellation) : Task.CompletedTask;

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> WriteAsync(IReadOnlyList<Collected> collections, CancellationToken cancellation)
    {
        var prices = collections.SelectMany(collection => collection.Prices).Select(StoredPrice.Of).ToList();
        return AwsStore.TryAsync("Timestream", () => table.WriteAsync(prices, cancellation), cancellation);
    }

    /// <inheritdoc/>
    public void Dispose() => table.Dispose();
}
