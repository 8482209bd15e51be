using System.Text.Json.Nodes;
using Amazon.Runtime;
using Amazon.SQS.Model;
using Amazon.SimpleNotificationService;
using Amazon.SimpleNotificationService.Model;
using Trading.Cli.Operations;
using Trading.Contracts;
using Trading.Hosting.Messaging;
using Trading.TestKit.Distributed;
using Trading.TestKit.Pipeline;
using Xunit;

namespace Trading.Integration.Tests.Distributed;

/// <summary>Messages that queues deliver again and in another order.</summary>
[Collection(nameof(DistributedTests))]
public sealed class RedeliveryTests(LocalEndpoint endpoint) : DistributedTests
{
    private const int Minutes = 200;

    [Fact]
    public async Task every_message_delivered_to_every_service_again_and_out_of_order_makes_each_trade_once()
    {
        await using var system = await DistributedSystem.CreateAsync(endpoint.Aws,
            DistributedSystem.Recorded(InProcessSystem.WriteCandles(Folder, Minutes, seed: 19)));
        var record = await SubscribeAsync(system);
        system.Start(DistributedSystem.All);

        var random = new Random(19);
        var said = new List<Said>();
        foreach (var decisions in new[] { 60, 160 })
        {
            await system.DecidedAsync(decisions);
            await SayAgainAsync(TradingEndpoint.All);
        }
        await system.CompletedAsync();
        // Nobody listens to the decisions any more.
        await SayAgainAsync([.. TradingEndpoint.All.Where(queue => queue != TradingEndpoint.Decisions)]);
        // In the order in which messages flow: what has left one queue is in the next.
        foreach (var queue in new[] { TradingEndpoint.Predictor, TradingEndpoint.RiskManager, TradingEndpoint.Executor })
            await system.UntilAsync($"{queue.Name} is empty",
                async () => await system.DepthAsync(queue.QueueName(system.Settings.Scope)) == (0, 0));

        var (trades, account) = InProcessSystem.Fold(system.Settings);
        var journal = await JournalRecord.ReadAsync(system.Database);
        Assert.Equal(JournalRecord.Text(trades), JournalRecord.Text(journal.Trades));
        Assert.Equal(JournalRecord.Text(account), JournalRecord.Text(journal.Account));
        Assert.Contains(journal.Trades, trade => trade.Filled);
        journal.AddsUp(system.Settings.StartingCashUsd);
        said.AddRange(await HearAsync(system, record));
        Assert.Equal([nameof(PredictionMade), nameof(PriceObserved), nameof(RiskAssessed), nameof(TradeExecuted)],
            said.Select(message => message.Type).Distinct().Order());
        // However often a decision or a trade was told, it was told under one id and in the same words.
        var tellings = said.Where(message => message.Type is nameof(RiskAssessed) or nameof(TradeExecuted))
            .GroupBy(message => message.Id).ToList();
        Assert.Equal(Minutes + journal.Trades.Count(trade => trade.Approved), tellings.Count);
        Assert.All(tellings, telling => Assert.Single(telling.Select(message => message.Message).Distinct()));
        Assert.All(tellings, telling => Assert.True(telling.Count() > 1, $"{telling.Key} was told once"));

        async Task SayAgainAsync(IReadOnlyList<TradingEndpoint> queues)
        {
            said.AddRange(await HearAsync(system, record));
            var known = said.DistinctBy(message => message.Id).ToList();
            foreach (var queue in queues)
            {
                var consumed = queue.Consumes.Select(type => type.Name).ToHashSet();
                var again = known.Where(message => consumed.Contains(message.Type)).Select(message => message.Body).ToList();
                await system.SendBodiesAsync(queue, again.Concat(again).OrderBy(_ => random.Next()));
            }
        }
    }

    /// <summary>A queue of the test's own that hears everything.</summary>
    private async Task<string> SubscribeAsync(DistributedSystem system)
    {
        var url = (await system.Sqs.CreateQueueAsync(new CreateQueueRequest($"{system.Settings.Scope}-everything"))).QueueUrl;
        var arn = (await system.Sqs.GetQueueAttributesAsync(url, ["QueueArn"])).QueueARN;
        using var sns = new AmazonSimpleNotificationServiceClient(
            new BasicAWSCredentials("local", "local"), new AmazonSimpleNotificationServiceConfig
            {
                ServiceURL = endpoint.Aws.Url.ToString(),
                AuthenticationRegion = system.Settings.AwsRegion
            });
        foreach (var topic in (await Topology.OfAsync(system.Settings)).Topics)
        {
            var topicArn = (await sns.CreateTopicAsync(new CreateTopicRequest(topic))).TopicArn;
            await sns.SubscribeAsync(new SubscribeRequest(topicArn, "sqs", arn) { Attributes = new() { ["RawMessageDelivery"] = "true" } });
        }
        return url;
    }

    private static async Task<List<Said>> HearAsync(DistributedSystem system, string url)
    {
        var heard = new List<Said>();
        while ((await system.Sqs.ReceiveMessageAsync(new ReceiveMessageRequest(url) { MaxNumberOfMessages = 10 })).Messages
            is { Count: > 0 } messages)
        {
            heard.AddRange(messages.Select(message => Said.Of(message.Body)));
            await system.Sqs.DeleteMessageBatchAsync(url,
                [.. messages.Select((message, number) => new DeleteMessageBatchRequestEntry($"{number}", message.ReceiptHandle))]);
        }
        return heard;
    }

    private sealed record Said(string Type, string Id, string Message, string Body)
    {
        public static Said Of(string body)
        {
            var envelope = JsonNode.Parse(body)!;
            var type = (string)envelope["messageType"]![0]!;
            return new(type[(type.LastIndexOf(':') + 1)..], (string)envelope["messageId"]!, envelope["message"]!.ToJsonString(), body);
        }
    }
}
