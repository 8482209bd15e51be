using Npgsql;
using Trading.Contracts;
using Trading.Hosting;
using Trading.Journal;
using Trading.Tests;
using Xunit;

namespace Trading.Integration.Tests.Distributed;

/// <summary>Several processes of each service at once.</summary>
[Collection(nameof(DistributedTests))]
public sealed class ReplicaTests(LocalEndpoint endpoint) : DistributedTests
{
    private const int Replicas = 3;
    private const int IntervalSeconds = 3;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(300);

    [Fact]
    public async Task three_replicas_of_each_service_decide_a_burst_of_prices_without_exceeding_a_limit()
    {
        // The process's clock is the real one: prices of minutes to come, all observed now, are neither too old nor expired when they are decided on.
        await using var system = await DistributedSystem.CreateAsync(endpoint.Aws, "--feed", "simulated", "--set", "MaxPriceAgeSeconds=3600", "--set", "StartingCashUsd=3000",
            // Cash is to be what runs out first.
            "--set", $"AllowedSymbols={Chain.Symbol},{string.Join(',', Enumerable.Range(1, 20).Select(number => $"COIN{number}-USD"))}", "--set", "MaxExposureShare=1", "--set", "MaxOpenOrders=0",
            "--set", "MaxOrdersPerMinute=0", "--set", "MaxOrdersPerDay=0", "--set", "DuplicateWindowSeconds=0", "--set", "CooldownSeconds=0");
        var now = DateTimeOffset.UtcNow;
        var later = new DateTimeOffset(now.UtcTicks - now.UtcTicks % TimeSpan.TicksPerHour, TimeSpan.Zero).AddHours(2) - Chain.Start;
        var waves = Enumerable.Range(1, 20).Select(number => Chain.WavePrices(minutes: 250, seed: number).Select(price => Chain.Price(price.Price, price.IntervalStart + later, $"COIN{number}-USD") with
        {
            ObservedAt = now, Quotes = [new(new("simulated", "USD", price.Price, null, null, null, now), null)],
        }));
        var prices = waves.SelectMany(wave => wave).OrderBy(price => price.IntervalStart).ToList();
        await using (var history = new PriceHistory(system.Database))
        {
            await history.PrepareAsync(CancellationToken.None);
            await Parallel.ForEachAsync(prices, new ParallelOptions { MaxDegreeOfParallelism = PriceHistory.MaxConnections }, async (price, cancellation) => await history.AddAsync(price, cancellation));
        }

        var replicas = Enumerable.Range(0, Replicas).SelectMany(_ => DistributedSystem.All).Select(service => (Service: service, Process: system.Run(service))).ToList();
        try
        {
            await system.SendAsync(TradingEndpoint.Predictor, prices);
            await system.DecidedAsync(prices.Count, Limit);
            // The collectors observe prices of their own meanwhile; then they stop, and everything comes to its end.
            foreach (var (_, collector) in replicas.Where(replica => replica.Service == DistributedSystem.PriceCollector))
                Assert.Equal(0, await collector.TerminateAsync(TimeSpan.FromSeconds(10)));
            foreach (var queue in new[] { TradingEndpoint.Predictor, TradingEndpoint.RiskManager, TradingEndpoint.Executor })
                await system.UntilAsync($"{queue.Name} is empty", async () => await system.DepthAsync(queue.QueueName(system.Settings.Scope)) == (0, 0), Limit);
            Assert.All(replicas, replica => Assert.True(replica.Service == DistributedSystem.PriceCollector || !replica.Process.HasExited, $"{replica.Service} ended:\n{replica.Process.Output}"));
        }
        finally
        {
            replicas.ForEach(replica => replica.Process.Dispose());
        }

        foreach (var queue in TradingEndpoint.All.Where(queue => queue != TradingEndpoint.Decisions))
            Assert.Equal((0, 0), await system.DepthAsync($"{queue.QueueName(system.Settings.Scope)}_error"));
        var journal = await JournalRecord.ReadAsync(system.Database);
        Assert.Equal(prices.Select(price => price.PriceId).Order(), journal.Trades.Select(trade => trade.Assessed.Cause()).Where(price => price.Symbol != Chain.Symbol).Select(price => price.PriceId).Order());
        journal.AddsUp(system.Settings.StartingCashUsd);
        journal.KeepsWithin(system.Settings);
        journal.ReplaysWithoutDifference();
        // Limits were reached, so there was something to exceed.
        Assert.Contains(journal.Trades, trade => trade.Assessed.Assessment.Refusal == RiskRule.FreeCash);
        Assert.Contains(journal.Trades, trade => trade.Filled);
    }

    [Fact]
    public async Task one_price_collector_collects_and_when_it_is_killed_another_takes_over_within_one_interval()
    {
        const int Kills = 2;
        await using var system = await DistributedSystem.CreateAsync(
            endpoint.Aws, "--feed", "live", "--set", "Sources=kraken", "--set", "Quorum=1", "--set", $"PriceIntervalSeconds={IntervalSeconds}", "--set", $"DecisionIntervalSeconds={IntervalSeconds}");
        await using var collectors = new Collectors(system);
        await collectors.StartAsync();
        await system.UntilAsync("a price", async () => (await ObservedAsync(system)).Count > 0, Limit);
        var standby = await collectors.StartAsync();
        await system.UntilAsync("a second collector", standby.Process.IsReadyAsync, Limit);

        foreach (var _ in Enumerable.Range(0, Kills))
        {
            var before = (await ObservedAsync(system)).Count;
            await system.UntilAsync("three prices", async () => (await ObservedAsync(system)).Count >= before + 3, Limit);
            Assert.Equal(0, standby.Source.Count);

            collectors.KillFirst();
            var last = (await ObservedAsync(system))[^1];
            await system.UntilAsync("a price of the other's", async () => (await ObservedAsync(system))[^1] > last, Limit);
            // The killed one may have died before the price of its interval; the one after it is there.
            Assert.InRange((await ObservedAsync(system)).First(start => start > last), last + IntervalSeconds, last + 2 * IntervalSeconds);
            Assert.True(standby.Source.Count > 0);
            standby = await collectors.StartAsync();
            await system.UntilAsync("a collector in the killed one's place", standby.Process.IsReadyAsync, Limit);
        }

        // Nobody predicts here, so all that was published still waits.
        var published = await PublishedAsync(system);
        Assert.NotEmpty(published);
        // One that is killed in the moment of its price leaves it open whether it was told: the next tells it under the same id, to be heard once. Beside these none is told twice.
        Assert.InRange(published.Count - published.Distinct().Count(), 0, Kills);
        Assert.All(published.GroupBy(price => price), price => Assert.InRange(price.Count(), 1, 2));
    }

    private static async Task<List<long>> ObservedAsync(DistributedSystem system)
    {
        await using var connection = new NpgsqlConnection(system.Database);
        await connection.OpenAsync();
        await using var prices = new NpgsqlCommand("select case when to_regclass('price_history') is null then '{}' else (select array_agg(interval_start order by interval_start) from price_history) end", connection);
        try
        {
            return [.. await prices.ExecuteScalarAsync() as long[] ?? []];
        }
        catch (PostgresException notYet) when (notYet.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            return [];
        }
    }

    private static async Task<List<string>> PublishedAsync(DistributedSystem system)
    {
        var url = await system.UrlAsync(TradingEndpoint.Predictor.QueueName(system.Settings.Scope));
        var published = new List<string>();
        while ((await system.Sqs.ReceiveMessageAsync(new Amazon.SQS.Model.ReceiveMessageRequest(url) { MaxNumberOfMessages = 10, VisibilityTimeout = 600 })).Messages is { Count: > 0 } messages)
            published.AddRange(messages.Select(message => System.Text.Json.Nodes.JsonNode.Parse(message.Body)!["message"]!["priceId"]!.ToString()));
        return published;
    }

    /// <summary>Collectors, each with a source of its own that tells whether it was asked.</summary>
    private sealed class Collectors(DistributedSystem system) : IAsyncDisposable
    {
        private const string Answer = """{"error":[],"result":{"XXBTZUSD":{"c":["61234.5","0.1"],"v":["1200.5","2400.5"],"p":["61000.1","60900.2"]}}}""";

        private readonly Queue<(RunningService Process, LocalServer Source)> _running = [];

        public async Task<(RunningService Process, LocalServer Source)> StartAsync()
        {
            var source = await LocalServer.StartAsync(LocalServer.Answer(200, Answer));
            _running.Enqueue((system.Run(DistributedSystem.PriceCollector, "--set", $"SourceAddresses=kraken={source.Address}"), source));
            return _running.Last();
        }

        public void KillFirst()
        {
            var (process, _) = _running.Peek();
            process.Kill();
            _running.Enqueue(_running.Dequeue());
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var (process, source) in _running)
            {
                process.Dispose();
                await source.DisposeAsync();
            }
        }
    }
}
