using System.Globalization;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Trading.Aws;
using Trading.Contracts;
using Trading.Core;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Stores;

/// <summary>The price table in DynamoDB, on servers that speak its protocol.</summary>
public sealed class DynamoDbPricesTests
{
    private const string Symbol = "BTC-USD";
    private const long Start = 1_709_251_200;

    [Theory, On("dynalite"), OnMoto]
    public async Task an_item_has_the_attributes_of_the_original(string server)
    {
        var (place, table) = (await StoreServers.PlaceAsync(server), StoreServers.NewName("prices"));
        using var prices = await CreateAsync(place, table);

        await prices.AddAsync(StoredPrice.Of(Prices.Observed(61_000.5m)), default);

        using var client = Client(place);
        var item = Assert.Single((await client.ScanAsync(new ScanRequest(table))).Items);
        Assert.Equal((Symbol, $"{Start}", "61000.5", "123456.75", "1200000000000", "-1.25", $"{Start + 90 * 86_400}"),
            (item["symbol"].S, item["timestamp"].N, item["price"].N, item["volume_24h"].N, item["market_cap"].N,
                item["price_change_24h"].N, item["ttl"].N));
        Assert.Equal(["coingecko", "binance"], item["sources"].L.Select(source => source.S));
        var created = (await client.DescribeTableAsync(table)).Table;
        Assert.Equal(["symbol HASH S", "timestamp RANGE N"], created.KeySchema.Select(key =>
            $"{key.AttributeName} {key.KeyType} "
            + $"{created.AttributeDefinitions.Single(attribute => attribute.AttributeName == key.AttributeName).AttributeType}").Order());
        Assert.Equal(BillingMode.PAY_PER_REQUEST, created.BillingModeSummary.BillingMode);
    }

    [Theory, On("dynalite"), OnMoto]
    public async Task a_price_that_is_there_stays_as_it_was_first_written(string server)
    {
        using var prices = await CreateAsync(await StoreServers.PlaceAsync(server), StoreServers.NewName("prices"));

        Assert.True(await prices.AddAsync(At(0, 100), default));
        Assert.False(await prices.AddAsync(At(0, 200), default));
        Assert.Equal(1, await prices.BackfillAsync([At(0, 300), At(1, 301)], default));

        Assert.Equal([new(Start, 100), new(Start + 60, 301)], await prices.LastAsync(Symbol, 60, Start + 60, 10, default));
    }

    [Theory, On("dynalite")]
    public async Task a_month_of_minutes_comes_back_whole_over_all_pages(string server)
    {
        const int Minutes = 30 * 1440;
        using var prices = await CreateAsync(await StoreServers.PlaceAsync(server), StoreServers.NewName("prices"));
        var written = Enumerable.Range(0, Minutes).Select(minute => At(minute, 50_000 + minute % 977)).ToList();
        Assert.Equal(Minutes, await prices.BackfillAsync(written, default));

        var read = await prices.LastAsync(Symbol, 60, written[^1].UnixSeconds, Minutes, default);

        Assert.Equal(written.Select(price => new PricePoint(price.UnixSeconds, price.Price)), read);
        Assert.Equal(read.TakeLast(2500), await prices.LastAsync(Symbol, 60, written[^1].UnixSeconds, 2500, default));
        Assert.Equal(read.Skip(10).Take(100), await prices.LastAsync(Symbol, 60, Start + 109 * 60, 100, default));
    }

    [Theory, On("dynalite"), OnMoto]
    public async Task a_history_with_gaps_gives_the_last_prices_from_before_them(string server)
    {
        using var prices = await CreateAsync(await StoreServers.PlaceAsync(server), StoreServers.NewName("prices"));
        await prices.BackfillAsync([.. Enumerable.Range(0, 60).Select(minute => At(minute, minute + 1))], default);
        await prices.BackfillAsync([.. Enumerable.Range(5000, 60).Select(minute => At(minute, minute + 1))], default);

        var read = await prices.LastAsync(Symbol, 60, Start + 5059 * 60, 2000, default);

        Assert.Equal(Enumerable.Range(0, 60).Concat(Enumerable.Range(5000, 60))
            .Select(minute => new PricePoint(Start + minute * 60, minute + 1)), read);
    }

    [Theory, On("dynalite"), OnMoto]
    public async Task series_of_other_intervals_are_distinguished_and_items_of_the_original_count_for_any(string server)
    {
        var (place, table) = (await StoreServers.PlaceAsync(server), StoreServers.NewName("prices"));
        using var prices = await CreateAsync(place, table);
        await prices.AddAsync(At(0, 100), default);
        await prices.AddAsync(At(5, 105) with { IntervalSeconds = 300 }, default);
        using var client = Client(place);
        await client.PutItemAsync(table,
            new() { ["symbol"] = new(Symbol), ["timestamp"] = Number(Start + 600), ["price"] = new() { N = "110.5" } });

        Assert.Equal([100m, 110.5m], (await prices.LastAsync(Symbol, 60, Start + 900, 10, default)).Select(point => point.Price));
        Assert.Equal([105m, 110.5m], (await prices.LastAsync(Symbol, 300, Start + 900, 10, default)).Select(point => point.Price));
    }

    [Theory, On("dynalite"), OnMoto]
    public async Task what_was_kept_of_a_price_is_read_again(string server)
    {
        using var prices = await CreateAsync(await StoreServers.PlaceAsync(server), StoreServers.NewName("prices"));
        var written = StoredPrice.Of(Prices.Observed(61_000.5m));
        await prices.AddAsync(written, default);

        var read = await prices.ReadAsync(Symbol, 60, Start, Start + 1, default).ToListAsync();

        Assert.Equivalent(written, Assert.Single(read), strict: true);
        Assert.Empty(await prices.ReadAsync(Symbol, 60, Start + 1, Start + 100, default).ToListAsync());
    }

    private static StoredPrice At(int minute, decimal price) =>
        new(Symbol, 60, Start + minute * 60L, price, "USD", false, null, null, null, ["test"]);

    private static async Task<DynamoDbPrices> CreateAsync(AwsPlace place, string table)
    {
        var prices = new DynamoDbPrices(place, table, ttlDays: 90);
        await prices.CreateAsync(default);
        await prices.CreateAsync(default);
        return prices;
    }

    private static AmazonDynamoDBClient Client(AwsPlace place) =>
        new(new AmazonDynamoDBConfig { ServiceURL = place.Url, AuthenticationRegion = place.Region });

    private static AttributeValue Number(long value) => new() { N = value.ToString(CultureInfo.InvariantCulture) };
}

/// <summary>Prices as the collector publishes them.</summary>
internal static class Prices
{
    public static PriceObserved Observed(decimal price, int minute = 0)
    {
        var at = DateTimeOffset.FromUnixTimeSeconds(1_709_251_200).AddMinutes(minute);
        var quote = new Quote("coingecko", "USD", price, 123_456.75m, 1_200_000_000_000m, -1.25m, at);
        return new(
            DerivedId.Price("BTC-USD", 60, at), "BTC-USD", at, 60, at, price, "USD,USDT", 123_456.75m, 1_200_000_000_000m, -1.25m,
            false, new(60, 1, 1, ["USD", "USDT"]),
            [new(quote, null), new(quote with { Source = "binance", Currency = "USDT" }, null),
                new(quote with { Source = "kraken", Price = price * 2 }, QuoteRejection.Outlier)], []);
    }
}
