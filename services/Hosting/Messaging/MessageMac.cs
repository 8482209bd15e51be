using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MassTransit.Serialization;

namespace Trading.Hosting.Messaging;

/// <summary>
/// The MAC of a message: HMAC-SHA-256 over its kind and its content, as the header Trading-Mac with the key's id. The content is what the
/// sender wrote, without white space, so that a receiver of another version, which may not know every member, checks the same bytes.
/// </summary>
public static class MessageMac
{
    /// <summary>The header.</summary>
    public const string Header = "Trading-Mac";

    private const string Version = "v1";

    /// <summary>The header of a message that is sent.</summary>
    public static string Of<T>(T message, MessageKey key) =>
        $"{Version}:{key.Id}:{Convert.ToBase64String(Compute<T>(key, JsonSerializer.SerializeToElement(message, Json).WriteTo))}";

    /// <summary>The id of the key that a header names; null when it is no such header.</summary>
    public static string? KeyId(string? header) =>
        header?.Split(':') is [Version, { Length: > 0 and <= 32 } id, { Length: 44 }] ? id : null;

    /// <summary>Whether a received message is what was sent.</summary>
    /// <param name="header">The header.</param>
    /// <param name="key">The key that it names.</param>
    /// <param name="body">The body as it came: the bus's envelope.</param>
    public static bool IsValid<T>(string header, MessageKey key, ReadOnlyMemory<byte> body)
    {
        var given = new byte[HMACSHA256.HashSizeInBytes];
        return Convert.TryFromBase64String(header[(header.LastIndexOf(':') + 1)..], given, out var length) && length == given.Length
            && Computed<T>(key, body) is { } computed && CryptographicOperations.FixedTimeEquals(computed, given);
    }

    private static JsonSerializerOptions Json => SystemTextJsonMessageSerializer.Options;

    // Of the message inside of the envelope; null when there is none, or several: the bus reads names without regard to case and takes the
    // last, so that another one beside the signed one would be believed.
    private static byte[]? Computed<T>(MessageKey key, ReadOnlyMemory<byte> body)
    {
        try
        {
            using var envelope = JsonDocument.Parse(body);
            return envelope.RootElement.ValueKind == JsonValueKind.Object && envelope.RootElement.EnumerateObject()
                .Where(member => member.Name.Equals("message", StringComparison.OrdinalIgnoreCase)).Take(2).ToList() is [var message]
                ? Compute<T>(key, message.Value.WriteTo) : null;
        }
        // Half a character is found only when the text is read.
        catch (Exception broken) when (broken is JsonException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }

    // Both sides write with the same writer, so that white space and escapes of the transport's serializer do not count.
    private static byte[] Compute<T>(MessageKey key, Action<Utf8JsonWriter> write)
    {
        var text = new ArrayBufferWriter<byte>(4096);
        text.Write(Encoding.UTF8.GetBytes($"trading-message-{Version}\n{key.Id}\n{typeof(T).Name}\n"));
        using (var writer = new Utf8JsonWriter(text))
            write(writer);
        return HMACSHA256.HashData(key.Key, text.WrittenSpan);
    }
}
