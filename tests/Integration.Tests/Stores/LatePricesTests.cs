using Amazon.S3;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Trading.Hosting.Settings;
using Trading.Hosting.Stores;
using Trading.Journal.Tables;
using Trading.Services;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Stores;

/// <summary>Stores get the prices that came while they or their program were away.</summary>
public sealed class LatePricesTests
{
    [Fact]
    public async Task a_history_that_comes_back_gets_the_prices_that_it_missed()
    {
        var port = FreePort.Next();
        var table = StoreServers.NewName("prices");
        var settings = new TradingSettings
        {
            PriceStores = ["dynamodb"], PriceHistory = PriceHistoryKind.Dynamodb, CreateStores = true, AwsRegion = StoreServers.Region,
            DynamoDbUrl = $"http://127.0.0.1:{port}", DynamoDbPriceTable = table,
            Feed = FeedKind.Simulated, HttpPort = 0, SealIntervalSeconds = 0,
        };
        await using var app = await InProcessSystem.BuildAsync(settings, await PostgresServer.CreateDatabaseAsync(),
            trading => trading.AddPriceCollector());
        var sinks = app.Services.GetRequiredService<PriceSinks>();
        await sinks.StartAsync(default);
        await sinks.RecordAsync(Stores.Prices.Observed(61_000), default);
        await sinks.RecordAsync(Stores.Prices.Observed(61_001, 1), default);

        await using var server = await LocalDynamoDb.StartAsync(port);
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        while (sinks.Queues.Any(queue => queue.Count > 0))
            await Task.Delay(20, limit.Token);
        await sinks.StopAsync(default);

        var history = app.Services.GetRequiredService<IPriceHistory>();
        Assert.Equal([61_000m, 61_001m],
            (await history.LastAsync("BTC-USD", 60, long.MaxValue / 1000, 10, default)).Select(point => point.Price));
    }

    [Fact]
    public async Task what_a_store_had_not_taken_when_its_program_was_killed_is_written_after_the_next_start_byte_by_byte()
    {
        var s3 = await StoreServers.PlaceAsync("fauxqs");
        var settings = new TradingSettings
        {
            PriceStores = ["postgres", "s3"], CreateStores = true, AwsRegion = StoreServers.Region,
            S3Url = $"http://127.0.0.1:{FreePort.Next()}", RawPriceBucket = StoreServers.NewName("raw"),
            Feed = FeedKind.Simulated, HttpPort = 0, SealIntervalSeconds = 0,
        };
        var database = await PostgresServer.CreateDatabaseAsync();
        byte[][] bodies = ["""{"price": 61000.10, "n": [1, 2]}"""u8.ToArray(), "<html>"u8.ToArray(), [0xff, 0x00, 0x80]];
        var collections = bodies.Select((body, minute) => new Collected(
            InProcessSystem.Start.AddMinutes(minute), [Stores.Prices.Observed(61_000, minute)],
            [new("BTC-USD", "binance", new("http://x/y?z=1", 200, InProcessSystem.Start.AddMinutes(minute).AddTicks(7), body))])).ToList();
        await using var killed = await InProcessSystem.BuildAsync(settings, database, trading => trading.AddPriceCollector());
        var sinks = killed.Services.GetRequiredService<PriceSinks>();
        await sinks.StartAsync(default);
        foreach (var collection in collections)
            await sinks.TakeAsync(collection, default);
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        await using var source = NpgsqlDataSource.Create(database);
        var kept = new WaitingWrites(source);
        while ((await kept.LoadAsync("s3", 10, limit.Token)).Count < collections.Count)
            await Task.Delay(20, limit.Token);

        // The first program is ended without notice: what it knows is lost with it.
        await using var restarted = await InProcessSystem.BuildAsync(settings with { S3Url = s3.Url }, database,
            trading => trading.AddPriceCollector());
        var again = restarted.Services.GetRequiredService<PriceSinks>();
        await again.StartAsync(default);
        while ((await kept.LoadAsync("s3", 10, limit.Token)).Count > 0)
            await Task.Delay(20, limit.Token);

        using var bucket = new AmazonS3Client(
            new AmazonS3Config { ServiceURL = s3.Url, AuthenticationRegion = StoreServers.Region, ForcePathStyle = true });
        foreach (var collection in collections)
        {
            using var stored = await bucket.GetObjectAsync(settings.RawPriceBucket, RawAnswers.Key(collection.IntervalStart, gzip: false));
            using var content = new MemoryStream();
            await stored.ResponseStream.CopyToAsync(content);
            Assert.Equal(RawAnswers.Content(collection, gzip: false).ToArray(), content.ToArray());
        }
        await again.StopAsync(default);
    }
}
