using System.Text;
using System.Text.RegularExpressions;
using Amazon.SQS;
using Amazon.SQS.Model;
using Trading.Hosting.Messaging;
using Trading.Hosting.Secrets;
using Trading.Hosting.Settings;
using Trading.TestKit.Exchanges;
using Trading.TestKit.Servers;
using Xunit;
using static Trading.TestKit.Exchanges.ExchangeSystem;

namespace Trading.Integration.Tests.Exchanges;

/// <summary>The queues of a system, past its bus, with what it moved away from them.</summary>
internal sealed partial class RawQueues : IDisposable
{
    // What is handled and not deleted comes again after so many seconds.
    private const string VisibilitySeconds = "2";
    private const string Secret = "tests/campaign-messages";
    private static readonly TradingEndpoint[] Both = [TradingEndpoint.RiskManager, TradingEndpoint.Executor];

    private readonly AmazonSQSClient _sqs;
    private readonly string _scope;
    private readonly HashSet<string> _heard = [];
    private readonly HashSet<Guid> _ids = [];

    private RawQueues(Uri url, string scope) => (_sqs, _scope) = (AwsEndpoint.Sqs(url), scope);

    /// <summary>Sends the system's messages over SNS and SQS, signed, and makes its queues.</summary>
    public static async Task<RawQueues> CreateAsync(ExchangeSystem system)
    {
        var url = await AwsEndpoint.UrlAsync();
        var key = RawMessage.Key;
        Environment.SetEnvironmentVariable(EnvironmentSecrets.Variable(Secret), $"{key.Id}:{Convert.ToBase64String(key.Key)}");
        system.Settings = system.Settings with
        {
            Transport = TransportKind.AmazonSqs,
            AwsServiceUrl = url.ToString(),
            AwsRegion = "us-east-1",
            Scope = AwsEndpoint.NewName(),
            MessageKeySecret = Secret,
        };
        var queues = new RawQueues(url, system.Settings.Scope);
        foreach (var queue in Both)
            await queues._sqs.CreateQueueAsync(new CreateQueueRequest(queues.NameOf(queue))
            { Attributes = new() { [QueueAttributeName.VisibilityTimeout] = VisibilitySeconds } });
        return queues;
    }

    public async Task SendAsync(TradingEndpoint queue, string body, Dictionary<string, MessageAttributeValue>? attributes = null) =>
        await _sqs.SendMessageAsync(new SendMessageRequest(await UrlAsync(NameOf(queue)), body) { MessageAttributes = attributes });

    /// <summary>Takes messages from a queue, as a process does that dies before it has handled them.</summary>
    public async Task TakeAsync(TradingEndpoint queue, int count)
    {
        var url = await UrlAsync(NameOf(queue));
        var taken = 0;
        await UntilAsync(async () => (taken += (await ReceiveAsync(url)).Count) >= count, "nothing to take");
    }

    /// <summary>Whether a message of the bus was moved away, as far as that was read.</summary>
    public bool Has(Guid messageId) => _ids.Contains(messageId);

    /// <summary>Whether a body was moved away, as far as that was read.</summary>
    public bool Has(string body) => _heard.Contains(body);

    /// <summary>Reads and empties the error and skipped queues.</summary>
    public async Task HearAsync()
    {
        foreach (var queue in Both)
            foreach (var suffix in new[] { "_error", "_skipped" })
            {
                var url = await UrlAsync(NameOf(queue) + suffix);
                while (await ReceiveAsync(url) is { Count: > 0 } moved)
                    foreach (var message in moved)
                    {
                        _heard.Add(message.Body);
                        if (MessageId().Match(message.Body) is { Success: true } id)
                            _ids.Add(Guid.Parse(id.Groups[1].Value));
                        // One as large as can be has no room for it.
                        if (Encoding.UTF8.GetByteCount(message.Body) < RawMessage.MostBytes / 2)
                            Assert.Equal(suffix == "_error" ? "fault" : "dead-letter", message.MessageAttributes["MT-Reason"].StringValue);
                        await _sqs.DeleteMessageAsync(url, message.ReceiptHandle);
                    }
            }
    }

    /// <summary>Waits until nothing is left that comes again and again.</summary>
    public async Task EmptyAsync()
    {
        foreach (var queue in Both)
            await UntilAsync(async () => (await _sqs.GetQueueAttributesAsync(await UrlAsync(NameOf(queue)), ["All"])) is
            { ApproximateNumberOfMessages: 0, ApproximateNumberOfMessagesNotVisible: 0 }, $"{queue.Name} does not become empty");
    }

    public void Dispose() => _sqs.Dispose();

    private async Task<List<Message>> ReceiveAsync(string url) => (await _sqs.ReceiveMessageAsync(new ReceiveMessageRequest(url)
    { MaxNumberOfMessages = 10, MessageAttributeNames = ["All"] })).Messages ?? [];

    private async Task<string> UrlAsync(string queue) => (await _sqs.GetQueueUrlAsync(queue)).QueueUrl;

    private string NameOf(TradingEndpoint queue) => queue.QueueName(_scope);

    [GeneratedRegex("\"messageId\":\\s*\"([0-9a-f-]{36})\"")]
    private static partial Regex MessageId();
}
