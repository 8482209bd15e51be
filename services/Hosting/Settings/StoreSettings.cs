
namespace Trading.Hosting.Settings;

/// <summary>The store that price windows are read from.</summary>
public enum PriceHistoryKind
{
    /// <summary>The journal's PostgreSQL.</summary>
    Postgres,

    /// <summary>The table DynamoDbPriceTable.</summary>
    Dynamodb,
}

// Settings: where prices and trades are kept beside the journal.
public sealed partial record TradingSettings
{
    /// <summary>Stores that every price is written to: postgres, dynamodb, s3, folder (raw answers), timestream.</summary>
    public IReadOnlyList<string> PriceStores { get; init; } = ["postgres"];

    /// <summary>The store that price windows are read from; one of PriceStores.</summary>
    public PriceHistoryKind PriceHistory { get; init; } = PriceHistoryKind.Postgres;

    /// <summary>Stores that every ended trade is written to beside the journal: dynamodb.</summary>
    public IReadOnlyList<string> TradeStores { get; init; } = [];

    /// <summary>Whether tables, buckets and databases of AWS that are missing are created.</summary>
    public bool CreateStores { get; init; }

    /// <summary>Most collections that wait for a failing store; then the oldest are dropped and counted.</summary>
    public int StoreQueueLength { get; init; } = 1440;

    /// <summary>Table of the prices in DynamoDB.</summary>
    public string DynamoDbPriceTable { get; init; } = "BitcoinPriceTable";

    /// <summary>Days after which DynamoDB forgets a price; 0 keeps them all.</summary>
    public int DynamoDbPriceDays { get; init; } = 90;

    /// <summary>Table of the trades in DynamoDB.</summary>
    public string DynamoDbTradeTable { get; init; } = "TradeHistory";

    /// <summary>Another endpoint that speaks DynamoDB; AWS's own when empty.</summary>
    public string? DynamoDbUrl { get; init; }

    /// <summary>Bucket of the raw answers.</summary>
    public string? RawPriceBucket { get; init; }

    /// <summary>Folder of the raw answers for PriceStores=folder.</summary>
    public string? RawPriceFolder { get; init; }

    /// <summary>Whether raw answers are compressed.</summary>
    public bool RawPriceGzip { get; init; }

    /// <summary>Another endpoint that speaks S3; AWS's own when empty.</summary>
    public string? S3Url { get; init; }

    /// <summary>Database of the prices in Timestream.</summary>
    public string TimestreamDatabase { get; init; } = "bitcoin-prices";

    /// <summary>Table of the prices in Timestream.</summary>
    public string TimestreamTable { get; init; } = "price-history";

    /// <summary>Another endpoint that speaks Timestream's protocol for writing; AWS's own when empty.</summary>
    public string? TimestreamUrl { get; init; }

    /// <summary>Days of prices that are fetched from the exchanges' candles when the history begins; 0 fetches none.</summary>
    public int BackfillDays { get; init; } = 30;

    /// <summary>The stores of prices that exist.</summary>
    public static IReadOnlyList<string> KnownPriceStores { get; } = ["postgres", "dynamodb", "s3", "folder", "timestream"];

    /// <summary>The stores of trades that exist.</summary>
    public static IReadOnlyList<string> KnownTradeStores { get; } = ["dynamodb"];

    // Timestream is not among them: it has been closed to new customers since June 2025.
    private static IReadOnlyList<string> AwsPriceStores { get; } = ["postgres", "dynamodb", "s3"];

    private void CheckStores(SettingViolations violations)
    {
        violations.Must(PriceStores.All(KnownPriceStores.Contains), nameof(PriceStores), $"among {string.Join(", ", KnownPriceStores)}",
            string.Join(',', PriceStores));
        violations.Must(PriceStores.Contains(DashedName.Of(PriceHistory.ToString())), nameof(PriceHistory),
            $"one of Trading:PriceStores ({string.Join(", ", PriceStores)})", DashedName.Of(PriceHistory.ToString()));
        violations.Must(TradeStores.All(KnownTradeStores.Contains), nameof(TradeStores), $"among {string.Join(", ", KnownTradeStores)}",
            string.Join(',', TradeStores));
        violations.Must(StoreQueueLength is >= 1 and <= 100_000, nameof(StoreQueueLength), "1 to 100000", StoreQueueLength);
        foreach (var (name, table) in new[] { (nameof(DynamoDbPriceTable), DynamoDbPriceTable),
            (nameof(DynamoDbTradeTable), DynamoDbTradeTable), (nameof(TimestreamDatabase), TimestreamDatabase),
            (nameof(TimestreamTable), TimestreamTable) })
            violations.Must(table.Length is >= 3 and <= 255 && table.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'), name,
                "3 to 255 letters, digits, -, _ or .", table);
        violations.Must(DynamoDbPriceDays is >= 0 and <= 36_500, nameof(DynamoDbPriceDays), "0 to 36500", DynamoDbPriceDays);
        foreach (var (name, url) in new[] { (nameof(DynamoDbUrl), DynamoDbUrl), (nameof(S3Url), S3Url),
            (nameof(TimestreamUrl), TimestreamUrl) })
            MustAsk(violations, name, url);
        violations.Must(!PriceStores.Contains("s3") || RawPriceBucket is { Length: >= 3 and <= 63 }, nameof(RawPriceBucket),
            "the name of a bucket for Trading:PriceStores=s3", RawPriceBucket);
        violations.Must(!PriceStores.Contains("folder") || !string.IsNullOrWhiteSpace(RawPriceFolder), nameof(RawPriceFolder),
            "a folder for Trading:PriceStores=folder", RawPriceFolder);
        violations.Must(BackfillDays is >= 0 and <= 3650, nameof(BackfillDays), "0 to 3650", BackfillDays);
    }
}
