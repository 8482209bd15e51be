using System.Text.Json;
using System.Text.Json.Nodes;
using Amazon.SQS.Model;
using Trading.Hosting.Messaging;
using Xunit;

namespace Trading.TestKit.Distributed;

// The system's queues: what waits in them, and what a test puts there.
internal sealed partial class DistributedSystem
{
    /// <summary>Waiting messages and messages in flight.</summary>
    public async Task<(int Waiting, int InFlight)> DepthAsync(string queue)
    {
        var attributes = (await Sqs.GetQueueAttributesAsync(
            new GetQueueAttributesRequest
            {
                QueueUrl = await UrlAsync(queue),
                AttributeNames = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
            })).Attributes;
        return (int.Parse(attributes["ApproximateNumberOfMessages"]), int.Parse(attributes["ApproximateNumberOfMessagesNotVisible"]));
    }

    /// <summary>Puts messages into a service's queue.</summary>
    public Task SendAsync(TradingEndpoint endpoint, IEnumerable<object> messages) =>
        SendBodiesAsync(endpoint, messages.Select(message => Envelope(message)));

    /// <summary>Puts anything into a service's queue.</summary>
    public async Task SendBodiesAsync(TradingEndpoint endpoint, IEnumerable<string> bodies)
    {
        var url = await UrlAsync(endpoint.QueueName(Settings.Scope));
        foreach (var batch in bodies.Chunk(10))
        {
            var sent = await Sqs.SendMessageBatchAsync(url,
                [.. batch.Select((body, number) => new SendMessageBatchRequestEntry($"{number}", body)
                {
                    MessageAttributes = new()
                    {
                        ["Content-Type"] =
                            new MessageAttributeValue { DataType = "String", StringValue = "application/vnd.masstransit+json" }
                    },
                })]);
            Assert.Empty(sent.Failed ?? []);
        }
    }

    /// <summary>A message as it travels: under its own type, and where wanted with other values.</summary>
    public static string Envelope(object message, Action<JsonNode>? change = null, string? type = null)
    {
        var body = JsonSerializer.SerializeToNode(message, JsonSerializerOptions.Web)!;
        change?.Invoke(body);
        return new JsonObject
        {
            ["messageId"] = $"{Guid.NewGuid()}",
            ["messageType"] = new JsonArray($"urn:message:Trading.Contracts:{type ?? message.GetType().Name}"),
            ["message"] = body,
        }.ToJsonString();
    }

    /// <summary>Up to ten of the messages that wait in a queue; they stay.</summary>
    public async Task<List<Message>> WaitingAsync(string queue) => (await Sqs.ReceiveMessageAsync(new ReceiveMessageRequest
    {
        QueueUrl = await UrlAsync(queue), MaxNumberOfMessages = 10, VisibilityTimeout = 0, MessageAttributeNames = ["All"],
        MessageSystemAttributeNames = ["All"],
    })).Messages ?? [];

    public async Task<string> UrlAsync(string queue) => (await Sqs.GetQueueUrlAsync(new GetQueueUrlRequest { QueueName = queue })).QueueUrl;
}
