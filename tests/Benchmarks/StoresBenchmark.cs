using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.Aws;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting;
using Trading.Hosting.Settings;
using Trading.Hosting.Stores;
using Trading.Hosting.Telemetry;
using Trading.Journal.Tables;
using Trading.LocalServers;
using Trading.Services;
using Trading.Services.Exchanges;
using Trading.Services.Feeds;
using Trading.TestKit.Aws;
using Trading.TestKit.Servers;

namespace Trading.Benchmarks;

/// <summary>
/// Prices per second into each store and into all at once, and how long thirty days of minutes take to load from PostgreSQL and from
/// DynamoDB. The stores are those of a laptop: a private PostgreSQL, dynalite, fauxqs and a folder, and for Timestream the tests' server,
/// which checks each signature, on the same machine as the program.
/// </summary>
public static class StoresBenchmark
{
    private const int Minutes = 30 * 1440;
    private const int Prices = 2000;
    private const int Rounds = 5;
    private static readonly DateTimeOffset Begin = new(2024, 3, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Runs the benchmark.</summary>
    public static async Task<int> RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("trading-benchmark-");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_101_101);
        try
        {
            Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", "local");
            Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", "local");
            await using var aws = await LocalAws.StartAsync();
            await using var dynamoDb = await LocalDynamoDb.StartAsync();
            await using var timestream = await ProtocolServer.StartAsync(
                new("timestream", "application/x-amz-json-1.0", "Timestream_20181101."), _ => WireAnswer.Ok("{}"));
            var settings = new TradingSettings
            {
                Feed = FeedKind.Recorded, JournalFolder = Path.Combine(folder.FullName, "postgres"), JournalDatabase = "stores_benchmark",
                PriceStores = ["postgres", "dynamodb", "s3", "folder", "timestream"],
                CreateStores = true, DynamoDbUrl = dynamoDb.Url.ToString(), S3Url = aws.Url.ToString(), RawPriceBucket = "raw",
                RawPriceFolder = Path.Combine(folder.FullName, "raw"),
                TimestreamUrl = timestream.Url, AwsRegion = ProtocolServer.Region,
            };
            await using var server = await JournalServer.StartAsync(settings,
                TimeProvider.System.GetUtcNow(), NullLogger.Instance, default);
            await using var postgres = new PriceHistory(server.ConnectionString);
            await postgres.PrepareAsync(default);
            await LoadAsync("PostgreSQL", new PostgresPrices(postgres));
            using var table = new DynamoDbStore(new(new(settings.AwsRegion, settings.DynamoDbUrl), "history", 90), create: true);
            await table.PrepareAsync(default);
            await LoadAsync("DynamoDB (dynalite)", table);
            foreach (var stores in new IReadOnlyList<string>[] { ["postgres"], ["postgres", "dynamodb"], ["postgres", "s3"],
                ["postgres", "folder"], ["postgres", "timestream"], settings.PriceStores })
                await WriteAsync(
                    settings with { PriceStores = stores, DynamoDbPriceTable = $"prices-{string.Join('-', stores)}" }, postgres);
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task LoadAsync(string name, IPriceHistory history)
    {
        var prices = Enumerable.Range(0, Minutes).Select(minute => new StoredPrice("BTC-USD", 60,
            Begin.AddMinutes(minute).ToUnixTimeSeconds(), 60_000.25m + minute, "USD", false, null, null, null, ["binance"])).ToList();
        var begin = Stopwatch.GetTimestamp();
        await history.BackfillAsync(prices, default);
        var filled = Stopwatch.GetElapsedTime(begin);
        var times = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            begin = Stopwatch.GetTimestamp();
            var read = await history.LastAsync("BTC-USD", 60, prices[^1].UnixSeconds, Minutes, default);
            times.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
            if (read.Count != Minutes)
                throw new InvalidOperationException($"{name} gave {read.Count} prices of {Minutes}");
        }
        Print($"{name,-24} {Minutes:N0} prices filled in {filled.TotalSeconds:0.00} s, loaded in {times.Order().ElementAt(Rounds / 2):0} "
            + $"ms (median of {Rounds}, first {times[0]:0} ms)");
    }

    private static async Task WriteAsync(TradingSettings settings, PriceHistory postgres)
    {
        var history = PriceStores.History(settings, postgres);
        var sinks = PriceStores.Sinks(settings, postgres, history);
        await using var meters = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var metrics = new TradingMetrics(meters.GetRequiredService<IMeterFactory>());
        using var all = new PriceSinks(sinks, history, settings, null, metrics, new(metrics, TimeProvider.System),
            TimeProvider.System, NullLogger<PriceSinks>.Instance);
        await all.PrepareAsync(default);
        await all.StartAsync(default);
        // Each set of stores gets prices of its own time.
        var first = Begin.AddYears(1 + settings.PriceStores.Count).AddHours(settings.PriceStores[^1].Length);
        var begin = Stopwatch.GetTimestamp();
        for (var minute = 0; minute < Prices; minute++)
        {
            var price = Observed(first.AddMinutes(minute));
            await all.RecordAsync(price, default);
            await all.TakeAsync(
                new(price.IntervalStart, [price], [new(price.Symbol, "binance", new("https://example.com", 200, price.ObservedAt, Body))]),
                default);
        }
        await all.DrainAsync(default);
        var seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        var failing = all.Queues.FirstOrDefault(queue => queue.Failure is not null);
        Print($"{string.Join(" + ", settings.PriceStores),-34} {Prices / seconds,8:N0} "
            + $"prices/s{(failing is null ? "" : $" ({failing.Sink.Name}: {failing.Failure})")}");
        await all.StopAsync(default);
    }

    private static readonly ReadOnlyMemory<byte> Body =
        """
        {"symbol":"BTCUSDT","lastPrice":"61000.50","quoteVolume":"1234567890.12","priceChangePercent":"-1.25",
        "closeTime":1709251200000}
        """u8.ToArray();

    private static PriceObserved Observed(DateTimeOffset at)
    {
        var quote = new Quote("binance", "USDT", 61_000.5m, 1_234_567_890.12m, null, -1.25m, at);
        return new(DerivedId.Price("BTC-USD", 60, at), "BTC-USD", at, 60, at, quote.Price, "USDT", quote.Volume24hUsd, null,
            quote.Change24hPercent, false, new(60, 1, 1, ["USDT"]), [new(quote, null)], []);
    }

    private static void Print(string line) => Console.WriteLine(line);
}
