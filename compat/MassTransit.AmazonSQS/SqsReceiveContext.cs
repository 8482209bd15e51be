using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using Amazon.SQS;
using Amazon.SQS.Model;
using MassTransit.Transports;

namespace MassTransit.AmazonSqsTransport;

/// <summary>A received message on its way through the endpoint's pipe.</summary>
internal sealed class SqsReceiveContext(Message message, SqsReceiveEndpointContext endpoint)
    : BaseReceiveContext(IsRedelivered(message), endpoint, message)
{
    private readonly SqsMessageBody body = new(message.Body);

    public override MessageBody Body => body;

    protected override IHeaderProvider HeaderProvider => new SqsHeaderProvider(message);

    private static bool IsRedelivered(Message message) =>
        message.Attributes?.GetValueOrDefault(MessageSystemAttributeName.ApproximateReceiveCount) is { } count && count != "1";
}

internal sealed class SqsHeaderProvider(Message message) : IHeaderProvider
{
    public IEnumerable<KeyValuePair<string, object>> GetAll() => (message.MessageAttributes ?? [])
        .Where(attribute => attribute.Value.StringValue is not null)
        .Select(attribute => new KeyValuePair<string, object>(attribute.Key, attribute.Value.StringValue));

    public bool TryGetHeader(string key, [NotNullWhen(true)] out object? value)
    {
        value = message.MessageAttributes?.GetValueOrDefault(key)?.StringValue;
        if (value is null && key.Equals(MessageHeaders.MessageId, StringComparison.OrdinalIgnoreCase))
            value = message.MessageId;
        if (value is null && key.Equals(MessageHeaders.TransportSentTime, StringComparison.OrdinalIgnoreCase)
            && long.TryParse(message.Attributes?.GetValueOrDefault(MessageSystemAttributeName.SentTimestamp), NumberStyles.None,
                CultureInfo.InvariantCulture, out var milliseconds))
            value = DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).UtcDateTime;
        return value is not null;
    }
}

/// <summary>The body: what was published, also where a subscription without raw delivery wrapped it in a notification.</summary>
internal sealed class SqsMessageBody(string text) : StringMessageBody(text), JsonMessageBody
{
    public JsonElement? GetJsonElement(JsonSerializerOptions options)
    {
        var element = JsonSerializer.Deserialize<JsonElement>(GetString(), options);
        return element.ValueKind == JsonValueKind.Object && element.TryGetProperty("TopicArn", out _)
            && element.TryGetProperty("Message", out var wrapped)
            && wrapped.ValueKind == JsonValueKind.String
            ? JsonSerializer.Deserialize<JsonElement>(wrapped.GetString()!, options)
            : element;
    }
}
