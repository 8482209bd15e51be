using System.Globalization;
using System.Text.Json;
using Amazon.SQS.Model;

namespace Trading.Aws;

/// <summary>Reads what the transport keeps beside a waiting message.</summary>
internal static class QueuedMessage
{
    /// <summary>When it was sent; null where the queue does not say.</summary>
    public static DateTimeOffset? SentAt(Message message) =>
        message.Attributes is { } attributes && attributes.TryGetValue("SentTimestamp", out var sent)
        && long.TryParse(sent, CultureInfo.InvariantCulture, out var milliseconds)
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : null;

    /// <summary>What an operator sees of it.</summary>
    public static WaitingMessage Read(Message message) =>
        new(message.MessageId, SentAt(message), MessageType(message.Body), Fault(message), message.Body);

    private static string? MessageType(string body)
    {
        try
        {
            using var envelope = JsonDocument.Parse(body);
            return envelope.RootElement.ValueKind == JsonValueKind.Object
                && envelope.RootElement.TryGetProperty("messageType", out var types)
                && types.ValueKind == JsonValueKind.Array && types.GetArrayLength() > 0 ? types[0].ToString() : null;
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            // Half a character is found only when the text is read.
            return null;
        }
    }

    private static string? Fault(Message message)
    {
        var (reason, exception, text) = (Attribute("MT-Reason"), Attribute("MT-Fault-ExceptionType"), Attribute("MT-Fault-Message"));
        var parts = new[] { reason, exception, text }.Where(part => part is not null).ToList();
        return parts.Count == 0 ? null : string.Join(": ", parts);

        string? Attribute(string name) =>
            message.MessageAttributes is { } attributes && attributes.TryGetValue(name, out var value) ? value.StringValue : null;
    }

    /// <summary>Its attributes without those that say why it was not handled.</summary>
    public static Dictionary<string, MessageAttributeValue> WithoutFault(Message message) =>
        (message.MessageAttributes ?? []).Where(attribute => !attribute.Key.StartsWith("MT-", StringComparison.Ordinal)).ToDictionary();
}
