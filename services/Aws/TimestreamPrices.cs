using System.Globalization;
using Amazon.TimestreamWrite;
using Amazon.TimestreamWrite.Model;
using Trading.Core;

namespace Trading.Aws;

/// <summary>
/// The prices in Timestream for LiveAnalytics, which has been closed to new customers since June 2025: dimension symbol, measure
/// price_metrics of price, volume and market_cap (DOUBLE), time in milliseconds.
/// </summary>
public sealed class TimestreamPrices : IDisposable
{
    /// <summary>Most records of one request.</summary>
    public const int MostPerRequest = 100;

    private const int MemoryHours = 24;
    private const int MagneticDays = 365;

    private readonly AmazonTimestreamWriteClient _client;
    private readonly string _database;
    private readonly string _table;

    /// <summary>Connects; nothing is sent yet.</summary>
    public TimestreamPrices(AwsPlace place, string database, string table)
        : this(new AmazonTimestreamWriteClient(Configuration(place)), database, table)
    {
    }

    internal TimestreamPrices(AmazonTimestreamWriteClient client, string database, string table) =>
        (_client, _database, _table) = (client, database, table);

    /// <summary>
    /// Creates database and table when they are missing, with the retention of the original system: 24 hours in memory, 365 days on
    /// magnetic storage, where late records are written directly.
    /// </summary>
    public async Task CreateAsync(CancellationToken cancellation)
    {
        try
        {
            await _client.CreateDatabaseAsync(new CreateDatabaseRequest { DatabaseName = _database }, cancellation);
        }
        catch (ConflictException)
        {
            // It exists already.
        }
        try
        {
            await _client.CreateTableAsync(new CreateTableRequest
            {
                DatabaseName = _database,
                TableName = _table,
                RetentionProperties =
                    new() { MemoryStoreRetentionPeriodInHours = MemoryHours, MagneticStoreRetentionPeriodInDays = MagneticDays },
                MagneticStoreWriteProperties = new() { EnableMagneticStoreWrites = true },
            }, cancellation);
        }
        catch (ConflictException)
        {
            // It exists already.
        }
    }

    /// <summary>Writes prices, up to a hundred in a request; writing one again changes nothing.</summary>
    /// <returns>
    /// What was rejected for good, one line each: records that are too old for the table, or whose values differ from those of an earlier
    /// one.
    /// </returns>
    public async Task<IReadOnlyList<string>> WriteAsync(IReadOnlyList<StoredPrice> prices, CancellationToken cancellation)
    {
        var rejected = new List<string>();
        foreach (var chunk in prices.Chunk(MostPerRequest))
        {
            try
            {
                await _client.WriteRecordsAsync(new WriteRecordsRequest
                {
                    DatabaseName = _database,
                    TableName = _table,
                    CommonAttributes = new()
                    {
                        MeasureName = "price_metrics",
                        MeasureValueType = MeasureValueType.MULTI,
                        TimeUnit = TimeUnit.MILLISECONDS
                    },
                    Records = [.. chunk.Select(RecordOf)],
                }, cancellation);
            }
            catch (RejectedRecordsException some)
            {
                rejected.AddRange(some.RejectedRecords.Select(record => Describe(chunk, record)));
            }
        }
        return rejected;
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private static AmazonTimestreamWriteConfig Configuration(AwsPlace place)
    {
        var config = place.Configure(new AmazonTimestreamWriteConfig());
        // AWS returns the endpoints of its cells; another endpoint is used as it is given.
        config.EndpointDiscoveryEnabled = place.Url is null;
        return config;
    }

    private static Record RecordOf(StoredPrice price) => new()
    {
        Dimensions = [new() { Name = "symbol", Value = price.Symbol }],
        Time = (price.UnixSeconds * 1000).ToString(CultureInfo.InvariantCulture),
        MeasureValues = [.. new[] { ("price", (decimal?)price.Price), ("volume", price.Volume24hUsd), ("market_cap", price.MarketCapUsd) }
            .Where(measure => measure.Item2 is not null)
            .Select(measure => new MeasureValue
            {
                Name = measure.Item1,
                Value = measure.Item2!.Value.ToString(CultureInfo.InvariantCulture),
                Type = MeasureValueType.DOUBLE
            })],
    };

    private static string Describe(StoredPrice[] chunk, RejectedRecord record)
    {
        var price = record.RecordIndex is { } index && index >= 0 && index < chunk.Length ? chunk[index] : null;
        return string.Create(CultureInfo.InvariantCulture,
            $"{price?.Symbol} at {DateTimeOffset.FromUnixTimeSeconds(price?.UnixSeconds ?? 0):u}: {record.Reason}");
    }
}
