using System.Text.Json;
using System.Text.Json.Nodes;
using Amazon.SQS.Model;
using Trading.Hosting;
using Xunit;

namespace Trading.Integration.Tests.Distributed;

/// <summary>Services that are stopped as a deployment stops them.</summary>
[Collection(nameof(DistributedTests))]
public sealed class StopTests(LocalEndpoint endpoint) : DistributedTests
{
    private const int Prices = 400;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task a_service_that_is_stopped_under_load_ends_in_time_and_leaves_no_message_taken()
    {
        await using var system = await DistributedSystem.CreateAsync(endpoint.Aws, DistributedSystem.Recorded(Chain.WriteCandles(Folder, minutes: 2, seed: 14)));
        system.Start([DistributedSystem.Predictor, DistributedSystem.RiskManager, DistributedSystem.Executor]);
        await SendAsync(system, Chain.WavePrices(Prices, seed: 14).Select(price => (JsonNode)JsonSerializer.SerializeToNode(price, JsonSerializerOptions.Web)!));

        (string Service, TradingEndpoint Endpoint, int Decisions)[] stops =
        [
            (DistributedSystem.Predictor, TradingEndpoint.Predictor, 40),
            (DistributedSystem.RiskManager, TradingEndpoint.RiskManager, 120),
            (DistributedSystem.Executor, TradingEndpoint.Executor, 200),
        ];
        foreach (var (service, stopped, decisions) in stops)
        {
            await DecidedAsync(system, decisions);
            await system.TerminateAsync(service);
            var queue = stopped.QueueName(system.Settings.Scope);
            Assert.Equal(0, (await system.DepthAsync(queue)).InFlight);
            Assert.All(await WaitingAsync(system, queue), message => Assert.Equal("1", message.Attributes["ApproximateReceiveCount"]));
            system.Start([service]);
        }

        await DecidedAsync(system, Prices);
        var journal = await JournalRecord.ReadAsync(system.Database);
        Assert.Equal(Prices, journal.Trades.Count);
        journal.AddsUp(system.Settings.StartingCashUsd);
    }

    [Fact]
    public async Task a_recorded_run_goes_on_after_each_service_was_stopped_and_started()
    {
        await using var system = await DistributedSystem.CreateAsync(endpoint.Aws, DistributedSystem.Recorded(Chain.WriteCandles(Folder, minutes: 250, seed: 15)));
        system.Start(DistributedSystem.All);
        foreach (var (service, decisions) in DistributedSystem.All.Zip([40, 90, 160, 200]))
        {
            await DecidedAsync(system, decisions);
            await system.TerminateAsync(service);
            system.Start([service]);
        }
        await system.CompletedAsync(Limit);

        var journal = await JournalRecord.ReadAsync(system.Database);
        Assert.Equal(JournalRecord.Text(Chain.Fold(system.Settings).Trades), JournalRecord.Text(journal.Trades));
        Assert.Contains(journal.Trades, trade => trade.Filled);
        journal.AddsUp(system.Settings.StartingCashUsd);
    }

    private static Task DecidedAsync(DistributedSystem system, int decisions) =>
        system.UntilAsync($"{decisions} decisions", async () => await system.EventsAsync("trade_assessed") >= decisions, Limit);

    private static async Task<List<Message>> WaitingAsync(DistributedSystem system, string queue) => (await system.Sqs.ReceiveMessageAsync(new ReceiveMessageRequest
    {
        QueueUrl = await system.UrlAsync(queue), MaxNumberOfMessages = 10, VisibilityTimeout = 0, MessageSystemAttributeNames = ["All"],
    })).Messages ?? [];

    private static async Task SendAsync(DistributedSystem system, IEnumerable<JsonNode> prices)
    {
        var url = await system.UrlAsync(TradingEndpoint.Predictor.QueueName(system.Settings.Scope));
        foreach (var batch in prices.Chunk(10))
        {
            await system.Sqs.SendMessageBatchAsync(url, [.. batch.Select((price, number) => new SendMessageBatchRequestEntry($"{number}", new JsonObject
            {
                ["messageId"] = (string)price["priceId"]!,
                ["messageType"] = new JsonArray("urn:message:Trading.Contracts:PriceObserved"),
                ["message"] = price,
            }.ToJsonString()) { MessageAttributes = new() { ["Content-Type"] = new MessageAttributeValue { DataType = "String", StringValue = "application/vnd.masstransit+json" } } })]);
        }
    }
}
