using System.Globalization;
using Amazon.DynamoDBv2.Model;
using Trading.Core;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace Trading.Aws;

/// <summary>A price as an item of DynamoDB, with the attributes that <see cref="DynamoDbPrices"/> names.</summary>
internal static class PriceItem
{
    /// <summary>A price as an item.</summary>
    /// <param name="price">The price.</param>
    /// <param name="ttlDays">Days after which it is deleted; 0 for never.</param>
    public static Item ItemOf(StoredPrice price, int ttlDays)
    {
        var item = new Item
        {
            ["symbol"] = new(price.Symbol),
            [DynamoDbTable.Timestamp] = DynamoDbTable.Number(price.UnixSeconds),
            ["price"] = DynamoDbTable.Number(price.Price),
            ["sources"] = new() { L = [.. price.Sources.Select(source => new AttributeValue(source))], IsLSet = true },
            ["interval_seconds"] = DynamoDbTable.Number(price.IntervalSeconds),
            ["currencies"] = new(price.QuoteCurrencies),
            ["simulated"] = new() { BOOL = price.Simulated },
        };
        Add("volume_24h", price.Volume24hUsd);
        Add("market_cap", price.MarketCapUsd);
        Add("price_change_24h", price.Change24hPercent);
        Add("bar_open", price.Bar?.Open);
        Add("bar_high", price.Bar?.High);
        Add("bar_low", price.Bar?.Low);
        Add("bar_volume", price.Bar?.Volume);
        if (ttlDays > 0)
            item["ttl"] = DynamoDbTable.Number(price.UnixSeconds + ttlDays * 86_400L);
        return item;

        void Add(string name, decimal? value)
        {
            if (value is { } known)
                item[name] = DynamoDbTable.Number(known);
        }
    }

    /// <summary>An item as a price.</summary>
    public static StoredPrice PriceOf(Item item, int intervalSeconds) => new(
        item["symbol"].S, intervalSeconds, TimeOf(item), DynamoDbTable.Number(item, "price") ?? 0,
        item.TryGetValue("currencies", out var currencies) ? currencies.S : "USD",
        item.TryGetValue("simulated", out var simulated) && simulated.BOOL == true,
        DynamoDbTable.Number(item, "volume_24h"), DynamoDbTable.Number(item, "market_cap"),
        DynamoDbTable.Number(item, "price_change_24h"), SourcesOf(item))
    { Bar = BarOf(item) };

    private static PriceBar? BarOf(Item item) => DynamoDbTable.Number(item, "bar_open") is { } open
        && DynamoDbTable.Number(item, "bar_high") is { } high && DynamoDbTable.Number(item, "bar_low") is { } low
        ? new(open, high, low, DynamoDbTable.Number(item, "bar_volume") ?? 0) : null;

    private static List<string> SourcesOf(Item item) =>
        !item.TryGetValue("sources", out var sources) ? [] : sources.L is { Count: > 0 } list
            ? [.. list.Select(source => source.S)] : sources.SS is { Count: > 0 } set ? set : [];

    /// <summary>Time and price of an item alone.</summary>
    public static PricePoint PointOf(Item item) =>
        new(TimeOf(item), decimal.Parse(item["price"].N, NumberStyles.Float, CultureInfo.InvariantCulture));

    /// <summary>The time of an item, in seconds since 1970.</summary>
    public static long TimeOf(Item item) => long.Parse(item[DynamoDbTable.Timestamp].N, CultureInfo.InvariantCulture);
}
