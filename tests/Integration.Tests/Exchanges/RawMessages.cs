using System.Text.Json;
using Amazon.SQS.Model;
using MassTransit.Serialization;
using Trading.Contracts;
using Trading.Hosting.Messaging;
using Trading.TestKit.Data;
using Trading.TestKit.Exchanges;
using Xunit;
using static Trading.TestKit.Exchanges.ExchangeSystem;

namespace Trading.Integration.Tests.Exchanges;

/// <summary>
/// Somebody who may write to a system's queues and goes around its bus: messages by seed without envelope, signature or sense, too large,
/// doubled, and such as a process took that died. Every one that cannot be true ends in an error or skipped queue.
/// </summary>
internal sealed class RawMessages : IDisposable
{
    /// <summary>What can be put on a queue.</summary>
    public static readonly string[] Kinds = ["without envelope", "malformed", "of an unknown type", "of a type that it is not",
        "as large as can be", "in another encoding", "unsigned", "signed by another", "signed for another", "with a second content",
        "a prediction again", "an order again"];

    private readonly RawQueues _queues;
    private readonly Random _random;
    private readonly JsonMutator _mutator;
    private readonly ExchangeSystem _system;
    private readonly Dictionary<string, string> _expected = [];

    private RawMessages(ExchangeSystem system, RawQueues queues, int seed) =>
        (_system, _queues, _random, _mutator) = (system, queues, new(seed), new(seed));

    /// <summary>Messages that had to be refused, and were put.</summary>
    public int Refusable => _expected.Count;

    /// <summary>Sends the system's messages over SNS and SQS, signed, and makes its queues.</summary>
    public static async Task<RawMessages> CreateAsync(ExchangeSystem system, int seed) =>
        new(system, await RawQueues.CreateAsync(system), seed);

    /// <summary>Puts a message of a kind.</summary>
    public async Task PutAsync(string kind, PriceObserved price, PredictionMade prediction)
    {
        var mac = RawMessage.Mac(prediction);
        var (signed, unsigned) = (RawMessage.Envelope(prediction, mac), RawMessage.Envelope(prediction, null));
        var attributes = RawMessage.Attributes("application/vnd.masstransit+json");
        switch (kind)
        {
            case "without envelope":
                await RefusedAsync(kind, JsonSerializer.Serialize(prediction, SystemTextJsonMessageSerializer.Options), attributes);
                break;
            case "malformed":
                // What is changed beside the signed content may leave a message as it was.
                await _queues.SendAsync(TradingEndpoint.RiskManager, RawMessage.Sendable(_mutator.Next(signed)), attributes);
                await RefusedAsync(kind, RawMessage.Sendable(_mutator.Next(unsigned)), attributes);
                break;
            case "of an unknown type":
                await RefusedAsync(kind, RawMessage.Envelope(prediction, mac, "SomethingElse"), attributes);
                break;
            case "of a type that it is not":
                await RefusedAsync(kind, RawMessage.Envelope(prediction, mac, nameof(PriceObserved)), attributes);
                break;
            case "as large as can be":
                if (_random.Next(2) == 0)
                    attributes = RawMessage.Full(attributes);
                await RefusedAsync(kind, RawMessage.Padded(_random.Next(2) == 0 ? unsigned : "no JSON", attributes), attributes);
                break;
            case "in another encoding":
                var body = _random.Next(4) switch
                { 0 => RawMessage.Compressed(unsigned), 1 => $"\ufeff{unsigned}", 2 => RawMessage.Wide(unsigned), _ => unsigned };
                var type = RawMessage.ContentTypes[_random.Next(RawMessage.ContentTypes.Length)];
                await RefusedAsync(kind, body, RawMessage.Attributes(type, _random.Next(4) == 0));
                break;
            case "unsigned":
                await RefusedAsync(kind, _random.Next(2) == 0 ? unsigned : RawMessage.Envelope(price, null), attributes);
                break;
            case "signed by another":
                var own = RawMessage.Key;
                var key = _random.Next(2) == 0 ? own with { Id = "nobody" } : own with { Key = [.. own.Key.Reverse()] };
                await RefusedAsync(kind, RawMessage.Envelope(prediction, MessageMac.Of(prediction, key)), attributes);
                break;
            case "signed for another":
                var forged = prediction with { Ensemble = prediction.Ensemble! with { Confidence = 1 } };
                attributes[MessageMac.Header] = RawMessage.Text(mac);
                await RefusedAsync(kind, RawMessage.Envelope(forged, _random.Next(2) == 0 ? mac : null), attributes);
                break;
            case "with a second content":
                var second = JsonSerializer.Serialize(price with { Price = price.Price / 2 }, SystemTextJsonMessageSerializer.Options);
                await RefusedAsync(kind, $"{RawMessage.Envelope(price, RawMessage.Mac(price))[..^1]},\"Message\":{second}}}", attributes);
                break;
            case "a prediction again":
                await AgainAsync(TradingEndpoint.RiskManager, signed, attributes);
                break;
            default:
                if ((await _system.StateAsync()).Reservations.Keys.Cast<Guid?>().FirstOrDefault() is { } open)
                    await AgainAsync(TradingEndpoint.Executor, RawMessage.Signed((await _system.TradeAsync(open)).Assessed()), attributes);
                break;
        }
    }

    /// <summary>Puts true messages and takes them from the queue, as a process does that dies before it has handled them.</summary>
    public async Task LoseAsync(PriceObserved price, PredictionMade prediction)
    {
        foreach (var body in new[] { RawMessage.Signed(price), RawMessage.Signed(prediction) })
            await _queues.SendAsync(TradingEndpoint.RiskManager, body);
        await _queues.TakeAsync(TradingEndpoint.RiskManager, 2);
    }

    /// <summary>Whether a message of the bus was moved away, as far as that was read.</summary>
    public bool Has(Guid messageId) => _queues.Has(messageId);

    /// <summary>Reads and empties the error and skipped queues.</summary>
    public Task HearAsync() => _queues.HearAsync();

    /// <summary>Waits until all that cannot be true was moved away with a reason, and nothing comes again and again.</summary>
    public async Task AllHeardAsync()
    {
        await UntilAsync(async () =>
        {
            await HearAsync();
            return Unheard().Count == 0;
        }, "a raw message was neither refused nor moved");
        await _queues.EmptyAsync();
        Assert.Empty(Unheard());
    }

    public void Dispose() => _queues.Dispose();

    private List<string> Unheard() => [.. _expected.Where(sent => !_queues.Has(sent.Key)).Select(sent => sent.Value)];

    private async Task AgainAsync(TradingEndpoint queue, string body, Dictionary<string, MessageAttributeValue> attributes)
    {
        for (var times = 0; times < 3; times++)
            await _queues.SendAsync(queue, body, attributes);
    }

    // Either service refuses it.
    private Task RefusedAsync(string kind, string body, Dictionary<string, MessageAttributeValue> attributes)
    {
        _expected[body] = kind;
        return _queues.SendAsync(_random.Next(2) == 0 ? TradingEndpoint.RiskManager : TradingEndpoint.Executor, body, attributes);
    }
}
