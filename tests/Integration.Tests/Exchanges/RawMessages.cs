using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Amazon.SQS;
using Amazon.SQS.Model;
using MassTransit.Serialization;
using Trading.Contracts;
using Trading.Hosting.Messaging;
using Trading.Hosting.Secrets;
using Trading.Hosting.Settings;
using Trading.TestKit.Data;
using Trading.TestKit.Exchanges;
using Trading.TestKit.Servers;
using Xunit;
using static Trading.TestKit.Exchanges.ExchangeSystem;

namespace Trading.Integration.Tests.Exchanges;

/// <summary>
/// Somebody who may write to a system's queues and goes around its bus: messages by seed without envelope, signature or sense, too large,
/// doubled, and such as a process took that died. Every one that cannot be true ends in an error or skipped queue.
/// </summary>
internal sealed partial class RawMessages : IDisposable
{
    /// <summary>What can be put on a queue.</summary>
    public static readonly string[] Kinds = ["without envelope", "malformed", "of an unknown type", "of a type that it is not",
        "as large as can be", "in another encoding", "unsigned", "signed by another", "signed for another", "with a second content",
        "a prediction again", "an order again"];

    // Most that SQS takes, attributes included; what is handled and not deleted comes again after so many seconds.
    private const int MostBytes = 1024 * 1024;
    private const string VisibilitySeconds = "2";
    private const string Secret = "tests/campaign-messages";
    private static readonly string[] ContentTypes = ["application/vnd.masstransit+xml", "application/vnd.masstransit+bson",
        "application/vnd.masstransit+aes", "application/vnd.masstransit+json; charset=utf-16", "application/json", "text/plain", "no type",
        ";;;", "\u00e9"];

    private static readonly MessageKey Key = new("campaign", [.. Enumerable.Range(1, 32).Select(number => (byte)number)]);

    private readonly AmazonSQSClient _sqs;
    private readonly Random _random;
    private readonly JsonMutator _mutator;
    private readonly ExchangeSystem _system;
    private readonly Dictionary<string, string> _expected = [];
    private readonly HashSet<string> _heard = [];
    private readonly HashSet<Guid> _ids = [];

    private RawMessages(ExchangeSystem system, Uri url, int seed) =>
        (_system, _sqs, _random, _mutator) = (system, AwsEndpoint.Sqs(url), new(seed), new(seed));

    /// <summary>Messages that had to be refused, and were put.</summary>
    public int Refusable => _expected.Count;

    /// <summary>Sends the system's messages over SNS and SQS, signed, and makes its queues.</summary>
    public static async Task<RawMessages> CreateAsync(ExchangeSystem system, int seed)
    {
        var url = await AwsEndpoint.UrlAsync();
        Environment.SetEnvironmentVariable(EnvironmentSecrets.Variable(Secret), $"{Key.Id}:{Convert.ToBase64String(Key.Key)}");
        system.Settings = system.Settings with
        {
            Transport = TransportKind.AmazonSqs,
            AwsServiceUrl = url.ToString(),
            AwsRegion = "us-east-1",
            Scope = AwsEndpoint.NewName(),
            MessageKeySecret = Secret,
        };
        var raw = new RawMessages(system, url, seed);
        foreach (var queue in new[] { TradingEndpoint.RiskManager, TradingEndpoint.Executor })
            await raw._sqs.CreateQueueAsync(new CreateQueueRequest(raw.NameOf(queue))
            { Attributes = new() { [QueueAttributeName.VisibilityTimeout] = VisibilitySeconds } });
        return raw;
    }

    /// <summary>Puts a message of a kind.</summary>
    public async Task PutAsync(string kind, PriceObserved price, PredictionMade prediction)
    {
        var unsigned = Envelope(prediction, null);
        var attributes = Attributes("application/vnd.masstransit+json");
        switch (kind)
        {
            case "without envelope":
                await RefusedAsync(kind, JsonSerializer.Serialize(prediction, SystemTextJsonMessageSerializer.Options), attributes);
                break;
            case "malformed":
                // What is changed beside the signed content may leave a message as it was.
                await SendAsync(TradingEndpoint.RiskManager, Sendable(_mutator.Next(Signed(prediction))), attributes);
                await RefusedAsync(kind, Sendable(_mutator.Next(unsigned)), attributes);
                break;
            case "of an unknown type":
                await RefusedAsync(kind, Envelope(prediction, Mac(prediction), "SomethingElse"), attributes);
                break;
            case "of a type that it is not":
                await RefusedAsync(kind, Envelope(prediction, Mac(prediction), nameof(PriceObserved)), attributes);
                break;
            case "as large as can be":
                if (_random.Next(2) == 0)
                    attributes = Full(attributes);
                await RefusedAsync(kind, Padded(_random.Next(2) == 0 ? unsigned : "no JSON", attributes), attributes);
                break;
            case "in another encoding":
                var body = _random.Next(4) switch
                { 0 => Compressed(unsigned), 1 => $"\ufeff{unsigned}", 2 => Wide(unsigned), _ => unsigned };
                await RefusedAsync(kind, body, Attributes(ContentTypes[_random.Next(ContentTypes.Length)], _random.Next(4) == 0));
                break;
            case "unsigned":
                await RefusedAsync(kind, _random.Next(2) == 0 ? unsigned : Envelope(price, null), attributes);
                break;
            case "signed by another":
                var key = _random.Next(2) == 0 ? Key with { Id = "nobody" } : Key with { Key = [.. Key.Key.Reverse()] };
                await RefusedAsync(kind, Envelope(prediction, MessageMac.Of(prediction, key)), attributes);
                break;
            case "signed for another":
                var forged = prediction with { Ensemble = prediction.Ensemble! with { Confidence = 1 } };
                attributes[MessageMac.Header] = Text(Mac(prediction));
                await RefusedAsync(kind, Envelope(forged, _random.Next(2) == 0 ? Mac(prediction) : null), attributes);
                break;
            case "with a second content":
                var second = JsonSerializer.Serialize(price with { Price = price.Price / 2 }, SystemTextJsonMessageSerializer.Options);
                await RefusedAsync(kind, $"{Envelope(price, Mac(price))[..^1]},\"Message\":{second}}}", attributes);
                break;
            case "a prediction again":
                await AgainAsync(TradingEndpoint.RiskManager, Signed(prediction), attributes);
                break;
            default:
                if ((await _system.StateAsync()).Reservations.Keys.Cast<Guid?>().FirstOrDefault() is { } open)
                    await AgainAsync(TradingEndpoint.Executor, Signed((await _system.TradeAsync(open)).Assessed()), attributes);
                break;
        }
    }

    /// <summary>Puts true messages and takes them from the queue, as a process does that dies before it has handled them.</summary>
    public async Task LoseAsync(PriceObserved price, PredictionMade prediction)
    {
        var url = await UrlAsync(NameOf(TradingEndpoint.RiskManager));
        foreach (var body in new[] { Signed(price), Signed(prediction) })
            await _sqs.SendMessageAsync(url, body);
        var taken = 0;
        await UntilAsync(async () => (taken += (await ReceiveAsync(url)).Count) >= 2, "nothing to take");
    }

    /// <summary>Whether a message of the bus was moved away, as far as that was read.</summary>
    public bool Has(Guid messageId) => _ids.Contains(messageId);

    /// <summary>Reads and empties the error and skipped queues.</summary>
    public async Task HearAsync()
    {
        foreach (var queue in new[] { TradingEndpoint.RiskManager, TradingEndpoint.Executor })
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
                        if (Encoding.UTF8.GetByteCount(message.Body) < MostBytes / 2)
                            Assert.Equal(suffix == "_error" ? "fault" : "dead-letter", message.MessageAttributes["MT-Reason"].StringValue);
                        await _sqs.DeleteMessageAsync(url, message.ReceiptHandle);
                    }
            }
    }

    /// <summary>Waits until all that cannot be true was moved away with a reason, and nothing comes again and again.</summary>
    public async Task AllHeardAsync()
    {
        await UntilAsync(async () =>
        {
            await HearAsync();
            return Unheard().Count == 0;
        }, "a raw message was neither refused nor moved");
        foreach (var queue in new[] { TradingEndpoint.RiskManager, TradingEndpoint.Executor })
            await UntilAsync(async () => (await _sqs.GetQueueAttributesAsync(await UrlAsync(NameOf(queue)), ["All"])) is
            { ApproximateNumberOfMessages: 0, ApproximateNumberOfMessagesNotVisible: 0 }, $"{queue.Name} does not become empty");
        Assert.Empty(Unheard());
    }

    public void Dispose() => _sqs.Dispose();

    private List<string> Unheard() => [.. _expected.Where(sent => !_heard.Contains(sent.Key)).Select(sent => sent.Value)];

    private async Task AgainAsync(TradingEndpoint queue, string body, Dictionary<string, MessageAttributeValue> attributes)
    {
        for (var times = 0; times < 3; times++)
            await SendAsync(queue, body, attributes);
    }

    // Either service refuses it.
    private Task RefusedAsync(string kind, string body, Dictionary<string, MessageAttributeValue> attributes)
    {
        _expected[body] = kind;
        return SendAsync(_random.Next(2) == 0 ? TradingEndpoint.RiskManager : TradingEndpoint.Executor, body, attributes);
    }

    private async Task SendAsync(TradingEndpoint queue, string body, Dictionary<string, MessageAttributeValue> attributes) =>
        await _sqs.SendMessageAsync(new SendMessageRequest(await UrlAsync(NameOf(queue)), body) { MessageAttributes = attributes });

    private async Task<List<Message>> ReceiveAsync(string url) => (await _sqs.ReceiveMessageAsync(new ReceiveMessageRequest(url)
    { MaxNumberOfMessages = 10, MessageAttributeNames = ["All"] })).Messages ?? [];

    private async Task<string> UrlAsync(string queue) => (await _sqs.GetQueueUrlAsync(queue)).QueueUrl;

    private string NameOf(TradingEndpoint queue) => queue.QueueName(_system.Settings.Scope);

    private static string Mac<T>(T message) => MessageMac.Of(message, Key);

    private static string Signed<T>(T message)
        where T : class => Envelope(message, Mac(message));

    private static string Envelope<T>(T message, string? mac, string? type = null)
        where T : class => new JsonObject
        {
            ["messageId"] = $"{Guid.NewGuid()}",
            ["messageType"] = new JsonArray($"urn:message:Trading.Contracts:{type ?? typeof(T).Name}"),
            ["message"] = JsonSerializer.SerializeToNode(message, SystemTextJsonMessageSerializer.Options),
            ["sentTime"] = DateTime.UtcNow,
            ["headers"] = mac is null ? [] : new JsonObject { [MessageMac.Header] = mac },
        }.ToJsonString(SystemTextJsonMessageSerializer.Options);

    private static MessageAttributeValue Text(string value) => new() { DataType = "String", StringValue = value };

    private static Dictionary<string, MessageAttributeValue> Attributes(string contentType, bool binary = false) => new()
    {
        ["Content-Type"] = binary
            ? new() { DataType = "Binary", BinaryValue = new(Encoding.UTF8.GetBytes(contentType)) } : Text(contentType),
    };

    // As many attributes as SQS takes.
    private static Dictionary<string, MessageAttributeValue> Full(Dictionary<string, MessageAttributeValue> attributes) =>
        attributes.Concat(Enumerable.Range(1, 10 - attributes.Count).Select(number => KeyValuePair.Create($"Own-{number}", Text("own"))))
            .ToDictionary();

    private static string Padded(string text, Dictionary<string, MessageAttributeValue> attributes) => text + new string(' ', MostBytes
        - Encoding.UTF8.GetByteCount(text)
        - attributes.Sum(one => Encoding.UTF8.GetByteCount(one.Key + one.Value.DataType + one.Value.StringValue)));

    private static string Compressed(string text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return Convert.ToBase64String(packed.ToArray());
    }

    // UTF-16 read as if it were UTF-8, as far as SQS takes its characters.
    private static string Wide(string text) => Sendable(Encoding.Unicode.GetBytes(text));

    [GeneratedRegex("\"messageId\":\\s*\"([0-9a-f-]{36})\"")]
    private static partial Regex MessageId();

    // SQS takes neither an empty body nor control characters.
    private static string Sendable(byte[] bytes) => string.Concat(Encoding.UTF8.GetString(bytes)
        .Select(letter => letter is '\t' or '\n' or '\r' or (>= ' ' and <= '\ud7ff') or (>= '\ue000' and <= '\ufffd') ? letter : '?'))
        is { Length: > 0 } text ? text : "?";
}
