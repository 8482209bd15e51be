using Trading.Hosting.Settings;
using Trading.Journal.Tables;

namespace Trading.Hosting.Stores;

/// <summary>The stores that the settings name.</summary>
public static class PriceStores
{
    /// <summary>The store that windows are read from.</summary>
    public static IPriceHistory History(TradingSettings settings, PriceHistory postgres) =>
        HistoryElsewhere(settings) ?? new PostgresPrices(postgres);

    /// <summary>The store that windows are read from, unless it is the journal's database; then null.</summary>
    public static IPriceHistory? HistoryElsewhere(TradingSettings settings) =>
        settings.PriceHistory == PriceHistoryKind.Dynamodb ? DynamoDb(settings) : null;

    /// <summary>Every store that prices are written to, the history among them.</summary>
    public static IReadOnlyList<IPriceSink> Sinks(TradingSettings settings, PriceHistory postgres, IPriceHistory history) =>
        [.. settings.PriceStores.Distinct()
            .Select(name => name == history.Name && history is IPriceSink both ? both : Sink(name, settings, postgres))];

    private static IPriceSink Sink(string name, TradingSettings settings, PriceHistory postgres) => name switch
    {
        PostgresPrices.StoreName => new PostgresPrices(postgres),
        DynamoDbStore.StoreName => DynamoDb(settings),
        "s3" => new S3RawAnswers(new(new(settings.AwsRegion, settings.S3Url), settings.RawPriceBucket!),
            settings.CreateStores, settings.RawPriceGzip),
        "folder" => new FolderRawAnswers(settings.RawPriceFolder!, settings.RawPriceGzip),
        "timestream" =>
            new TimestreamStore(new(new(settings.AwsRegion, settings.TimestreamUrl), settings.TimestreamDatabase, settings.TimestreamTable),
                settings.CreateStores),
        _ => throw new ArgumentException($"There is no store {name}."),
    };

    private static DynamoDbStore DynamoDb(TradingSettings settings) =>
        new(new(new(settings.AwsRegion, settings.DynamoDbUrl), settings.DynamoDbPriceTable, settings.DynamoDbPriceDays),
            settings.CreateStores);
}
