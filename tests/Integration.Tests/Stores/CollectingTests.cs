using System.Globalization;
using Amazon.DynamoDBv2;
using Amazon.S3;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Trading.Hosting.Settings;
using Trading.Hosting.Stores;
using Trading.Journal.Tables;
using Trading.Services;
using Trading.TestKit.Aws;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Stores;

/// <summary>Recorded prices through the whole chain into every store, and past stores that are away.</summary>
public sealed class CollectingTests : IDisposable
{
    private const int Minutes = 420;
    private readonly string _folder = Directory.CreateTempSubdirectory("trading-test-").FullName;

    [Fact]
    public async Task every_store_gets_every_price_and_windows_from_dynamodb_decide_the_same_trades()
    {
        await using var timestream = await ProtocolServer.StartAsync(
            new("timestream", "application/x-amz-json-1.0", "Timestream_20181101."), _ => WireAnswer.Ok("{}"));
        var (dynamoDb, s3) = (await StoreServers.PlaceAsync("dynalite"), await StoreServers.PlaceAsync("fauxqs"));
        var settings = InProcessSystem.Recorded(InProcessSystem.WriteCandles(_folder, Minutes, 1)) with
        {
            PriceStores = ["postgres", "dynamodb", "s3", "folder", "timestream"],
            PriceHistory = PriceHistoryKind.Dynamodb,
            CreateStores = true,
            AwsRegion = StoreServers.Region,
            DynamoDbUrl = dynamoDb.Url,
            DynamoDbPriceTable = StoreServers.NewName("prices"),
            S3Url = s3.Url,
            RawPriceBucket = StoreServers.NewName("raw"),
            RawPriceFolder = _folder,
            TimestreamUrl = timestream.Url,
        };
        var database = await PostgresServer.CreateDatabaseAsync();

        var record = await InProcessSystem.PlayAsync(settings, database);

        // A price is known when its candle closes.
        var times = Enumerable.Range(1, Minutes).Select(minute => InProcessSystem.Start.AddMinutes(minute).ToUnixTimeSeconds()).ToList();
        AssertSameTrades(settings, record);
        await using var postgres = new PriceHistory(database);
        Assert.Equal(times,
            (await postgres.LastAsync(InProcessSystem.Symbol, 60, times[^1], 1000, default)).Select(point => point.UnixSeconds));
        using var client = new AmazonDynamoDBClient(
            new AmazonDynamoDBConfig { ServiceURL = dynamoDb.Url, AuthenticationRegion = StoreServers.Region });
        Assert.Equal(times, (await client.ScanAsync(new Amazon.DynamoDBv2.Model.ScanRequest(settings.DynamoDbPriceTable))).Items
            .Select(item => long.Parse(item["timestamp"].N, CultureInfo.InvariantCulture)).Order());
        using var bucket = new AmazonS3Client(
            new AmazonS3Config { ServiceURL = s3.Url, AuthenticationRegion = StoreServers.Region, ForcePathStyle = true });
        var keys = times.Select(time => RawAnswers.Key(DateTimeOffset.FromUnixTimeSeconds(time), gzip: false))
            .Order(StringComparer.Ordinal).ToList();
        Assert.Equal(keys, (await bucket.ListObjectsV2Async(new() { BucketName = settings.RawPriceBucket })).S3Objects
            .Select(stored => stored.Key).Order(StringComparer.Ordinal));
        Assert.Equal(keys, Directory.EnumerateFiles(Path.Combine(_folder, "raw-prices"), "*.json", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(_folder, file).Replace('\\', '/')).Order(StringComparer.Ordinal));
        Assert.Empty(timestream.Refusals);
        Assert.Equal(times, timestream.Requests.Where(request => request.Operation == "WriteRecords")
            .SelectMany(request => request.Json.GetProperty("Records").EnumerateArray())
            .Select(written => long.Parse(written.GetProperty("Time").GetString()!, CultureInfo.InvariantCulture) / 1000).Order());
    }

    [Fact]
    public async Task stores_that_are_away_refuse_or_answer_garbage_hold_up_neither_prices_nor_each_other()
    {
        await using var refusing = await ProtocolServer.StartAsync(new("timestream"), _ => WireAnswer.Denied());
        await using var garbage = await ProtocolServer.StartAsync(new("s3"), _ => new(500, "text/html", "<html>oops"));
        var settings = InProcessSystem.Recorded(InProcessSystem.WriteCandles(_folder, Minutes, 1)) with
        {
            PriceStores = ["postgres", "dynamodb", "s3", "folder", "timestream"],
            AwsRegion = StoreServers.Region,
            DynamoDbUrl = $"http://127.0.0.1:{FreePort.Next()}",
            S3Url = garbage.Url,
            RawPriceBucket = "raw",
            RawPriceFolder = _folder,
            TimestreamUrl = refusing.Url,
            StoreQueueLength = 300,
        };
        var database = await PostgresServer.CreateDatabaseAsync();
        await using var app = await InProcessSystem.BuildAsync(settings, database, InProcessSystem.Everything);
        var sinks = app.Services.GetRequiredService<PriceSinks>();

        await app.StartAsync();
        await app.WaitForShutdownAsync();

        AssertSameTrades(settings, await JournalRecord.ReadAsync(database));
        Assert.Equal(Minutes, Directory.EnumerateFiles(Path.Combine(_folder, "raw-prices"), "*.json", SearchOption.AllDirectories).Count());
        var waiting = sinks.Queues.ToDictionary(queue => queue.Sink.Name);
        Assert.Equal((null, 0), (waiting["folder"].Failure, waiting["folder"].Count));
        Assert.StartsWith("DynamoDB: ", waiting["dynamodb"].Failure, StringComparison.Ordinal);
        Assert.StartsWith("S3: ", waiting["s3"].Failure, StringComparison.Ordinal);
        Assert.Contains("AccessDeniedException", waiting["timestream"].Failure, StringComparison.Ordinal);
        // What was dropped and what still waits is all that came.
        Assert.All(["dynamodb", "s3", "timestream"], name => Assert.Equal(Minutes, waiting[name].Dropped + waiting[name].Count));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static void AssertSameTrades(TradingSettings settings, JournalRecord record)
    {
        var (trades, _) = InProcessSystem.Fold(settings);
        Assert.Contains(trades, trade => trade.Execution is not null);
        Assert.Equal(trades.Select(trade => (trade.Assessed.TradeId, trade.Execution?.FilledQuantity)),
            record.Trades.Select(trade => (trade.Assessed.TradeId, trade.Execution?.FilledQuantity)));
    }
}
