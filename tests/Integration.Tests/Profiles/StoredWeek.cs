using System.Globalization;
using System.Text.Json;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Profiles;
using Xunit;

namespace Trading.Integration.Tests.Profiles;

/// <summary>What the stores of AWS must hold after a recorded week: prices, answers as they came, and trades.</summary>
internal static class StoredWeek
{
    private static readonly string[] Original = ["market_cap N", "price N", "price_change_24h N", "sources L", "symbol S",
        "timestamp N", "ttl N", "volume_24h N"];
    private static readonly string[] Besides = ["currencies S", "interval_seconds N", "simulated BOOL"];

    public static async Task PricesAreStored(ProfileSystem system, RecordedMinutes minutes, List<long> times)
    {
        var items = (await system.Stores.PricesAsync())
            .OrderBy(item => long.Parse(item["timestamp"].N, CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(times, items.Select(item => long.Parse(item["timestamp"].N, CultureInfo.InvariantCulture)));
        Assert.Equal(times.Select(minutes.CloseAt), items.Select(item => decimal.Parse(item["price"].N, CultureInfo.InvariantCulture)));
        Assert.All(items, item =>
        {
            Assert.Equal(Original.Concat(Besides).Order(StringComparer.Ordinal),
                item.Select(attribute => $"{attribute.Key} {TypeOf(attribute.Value)}").Order(StringComparer.Ordinal));
            Assert.Equal((InProcessSystem.Symbol, "USD,USDT", false), (item["symbol"].S, item["currencies"].S, item["simulated"].BOOL));
            Assert.Equal(PlayedMarket.Sources, item["sources"].L.Select(source => source.S));
            Assert.Equal(long.Parse(item["timestamp"].N, CultureInfo.InvariantCulture) + 90 * 86_400,
                long.Parse(item["ttl"].N, CultureInfo.InvariantCulture));
        });
    }

    public static async Task RawAnswersAreStored(ProfileSystem system, List<long> times)
    {
        var keys = times.Select(time => string.Create(CultureInfo.InvariantCulture,
            $"raw-prices/{DateTimeOffset.FromUnixTimeSeconds(time).UtcDateTime:yyyy/MM/dd}/{time}.json")).ToList();
        Assert.Equal(keys.Order(StringComparer.Ordinal), (await system.Stores.KeysAsync()).Order(StringComparer.Ordinal));
        var last = (await system.Stores.ObjectAsync(keys[^1])).GetProperty("answers").EnumerateArray().ToList();
        Assert.Equal(PlayedMarket.Sources.Order(), last.Select(answer => answer.GetProperty("source").GetString()).Order());
        Assert.Contains(last,
            answer => answer.GetProperty("body").TryGetProperty("bitcoin", out var coin) && coin.TryGetProperty("usd_market_cap", out _));
    }

    public static void PricesAreInTimestream(ProfileSystem system, List<long> times)
    {
        var requests = system.Servers.Taken();
        Assert.All(requests, request =>
        {
            var common = request.GetProperty("CommonAttributes");
            Assert.Equal(
                ("bitcoin-prices", "price-history", "price_metrics", "MULTI", "MILLISECONDS"),
                (Text(request, "DatabaseName"), Text(request, "TableName"), Text(common, "MeasureName"),
                    Text(common, "MeasureValueType"), Text(common, "TimeUnit")));
        });
        var records = requests.SelectMany(request => request.GetProperty("Records").EnumerateArray()).ToList();
        Assert.Equal(times, records.Select(record => long.Parse(Text(record, "Time")!, CultureInfo.InvariantCulture) / 1000).Order());
        Assert.All(records, record =>
        {
            Assert.Equal(["symbol BTC-USD"], record.GetProperty("Dimensions").EnumerateArray()
                .Select(dimension => $"{Text(dimension, "Name")} {Text(dimension, "Value")}"));
            Assert.Equal(["price DOUBLE", "volume DOUBLE", "market_cap DOUBLE"],
                record.GetProperty("MeasureValues").EnumerateArray().Select(value => $"{Text(value, "Name")} {Text(value, "Type")}"));
        });
    }

    public static async Task TradesAreStored(ProfileSystem system, JournalRecord journal)
    {
        var ended = journal.Trades.Where(trade => trade.Execution is not null).ToList();
        var items = await system.Stores.TradesAsync();
        Assert.Equal(ended.Select(trade => $"{trade.Assessed.TradeId}").Order(), items.Select(item => item["trade_id"].S).Order());
        Assert.All(items, item =>
        {
            // An exit goes by limits and not by a prediction.
            var decided = ended.Single(trade => $"{trade.Assessed.TradeId}" == item["trade_id"].S).Assessed;
            string[] attributes = ["action S",
                "amount N", "price N", .. decided.Prediction is null ? Array.Empty<string>() : ["predicted_price N"], "simulated BOOL",
                "status S", "timestamp N", "trade_id S"];
            Assert.Equal(attributes.Order(StringComparer.Ordinal),
                item.Select(attribute => $"{attribute.Key} {TypeOf(attribute.Value)}").Order(StringComparer.Ordinal));
        });
        var compared = await system.CommandAsync("rebuild", "dynamodb", "--compare");
        Assert.Equal((0, $"{ended.Count} trades compared, 0 differences"), (compared.Code, compared.Output.Trim()));
    }

    private static string TypeOf(Amazon.DynamoDBv2.Model.AttributeValue value) =>
        value.S is not null ? "S" : value.N is not null ? "N" : value.BOOL is not null ? "BOOL" : value.L is { Count: > 0 } ? "L" : "?";

    private static string? Text(JsonElement of, string name) => of.GetProperty(name).GetString();
}
