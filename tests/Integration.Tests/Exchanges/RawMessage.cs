using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Amazon.SQS.Model;
using MassTransit.Serialization;
using Trading.Hosting.Messaging;

namespace Trading.Integration.Tests.Exchanges;

/// <summary>Bodies and attributes of messages as nobody's bus would write them.</summary>
internal static class RawMessage
{
    /// <summary>Most that SQS takes, attributes included.</summary>
    public const int MostBytes = 1024 * 1024;

    /// <summary>The key that the system signs with.</summary>
    public static readonly MessageKey Key = new("campaign", [.. Enumerable.Range(1, 32).Select(number => (byte)number)]);

    public static readonly string[] ContentTypes = ["application/vnd.masstransit+xml", "application/vnd.masstransit+bson",
        "application/vnd.masstransit+aes", "application/vnd.masstransit+json; charset=utf-16", "application/json", "text/plain", "no type",
        ";;;", "\u00e9"];

    public static string Mac<T>(T message) => MessageMac.Of(message, Key);

    public static string Signed<T>(T message)
        where T : class => Envelope(message, Mac(message));

    public static string Envelope<T>(T message, string? mac, string? type = null)
        where T : class => new JsonObject
        {
            ["messageId"] = $"{Guid.NewGuid()}",
            ["messageType"] = new JsonArray($"urn:message:Trading.Contracts:{type ?? typeof(T).Name}"),
            ["message"] = JsonSerializer.SerializeToNode(message, SystemTextJsonMessageSerializer.Options),
            ["sentTime"] = DateTime.UtcNow,
            ["headers"] = mac is null ? [] : new JsonObject { [MessageMac.Header] = mac },
        }.ToJsonString(SystemTextJsonMessageSerializer.Options);

    public static MessageAttributeValue Text(string value) => new() { DataType = "String", StringValue = value };

    public static Dictionary<string, MessageAttributeValue> Attributes(string contentType, bool binary = false) => new()
    {
        ["Content-Type"] = binary
            ? new() { DataType = "Binary", BinaryValue = new(Encoding.UTF8.GetBytes(contentType)) } : Text(contentType),
    };

    /// <summary>As many attributes as SQS takes.</summary>
    public static Dictionary<string, MessageAttributeValue> Full(Dictionary<string, MessageAttributeValue> attributes) =>
        attributes.Concat(Enumerable.Range(1, 10 - attributes.Count).Select(number => KeyValuePair.Create($"Own-{number}", Text("own"))))
            .ToDictionary();

    public static string Padded(string text, Dictionary<string, MessageAttributeValue> attributes) => text + new string(' ', MostBytes
        - Encoding.UTF8.GetByteCount(text)
        - attributes.Sum(one => Encoding.UTF8.GetByteCount(one.Key + one.Value.DataType + one.Value.StringValue)));

    public static string Compressed(string text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return Convert.ToBase64String(packed.ToArray());
    }

    /// <summary>UTF-16 read as if it were UTF-8, as far as SQS takes its characters.</summary>
    public static string Wide(string text) => Sendable(Encoding.Unicode.GetBytes(text));

    /// <summary>Without what SQS does not take: an empty body, and control characters.</summary>
    public static string Sendable(byte[] bytes) => string.Concat(Encoding.UTF8.GetString(bytes)
        .Select(letter => letter is '\t' or '\n' or '\r' or (>= ' ' and <= '\ud7ff') or (>= '\ue000' and <= '\ufffd') ? letter : '?'))
        is { Length: > 0 } text ? text : "?";
}
