using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Trading.Journal.Bundles;

/// <summary>How the lines of a bundle are written and read.</summary>
internal static class BundleLine
{
    public const string Format = "trading-audit-bundle/1";

    public static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    private const int MaxLine = 64 * 1024 * 1024;
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";
    private static readonly DateTime Epoch = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>One object as JSON, without the line's end.</summary>
    public static string Of(Action<Utf8JsonWriter> write, bool indented = false)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Plain with { Indented = indented }))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>The last line: how many events came before it, and the hash of all lines before it.</summary>
    public static string Last(IncrementalHash hash, long events) =>
        string.Create(CultureInfo.InvariantCulture,
            $"{{\"events\":{events},\"sha256\":\"{Convert.ToHexStringLower(hash.GetHashAndReset())}\"}}\n");

    /// <summary>The next line with its end, also when the file ends without one; null at the end of the file.</summary>
    public static byte[]? Read(Stream content)
    {
        var line = new ArrayBufferWriter<byte>(4096);
        for (int next; (next = content.ReadByte()) >= 0;)
        {
            line.GetSpan(1)[0] = (byte)next;
            line.Advance(1);
            if (next == '\n')
                break;
            if (line.WrittenCount > MaxLine)
                throw new FormatException("it is too long");
        }
        return line.WrittenCount == 0 ? null : line.WrittenSpan.ToArray();
    }

    /// <summary>Whether a file's content, and not the program, is the reason for an exception.</summary>
    public static bool IsUnreadable(Exception failed) =>
        failed is JsonException or FormatException or KeyNotFoundException or InvalidOperationException or OverflowException
            or ArgumentException or IndexOutOfRangeException;

    /// <summary>A time of PostgreSQL, in microseconds since 2000, as text.</summary>
    public static string Time(long microseconds) =>
        Epoch.AddTicks(checked(microseconds * TimeSpan.TicksPerMicrosecond)).ToString(TimeFormat, CultureInfo.InvariantCulture);

    /// <summary>A time's text in microseconds since 2000.</summary>
    public static long Microseconds(string time) => (At(time) - Epoch).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>A time's text.</summary>
    public static DateTime At(string time) => DateTime.ParseExact(time, TimeFormat, CultureInfo.InvariantCulture,
        DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);

    /// <summary>A bigint as PostgreSQL sends it.</summary>
    public static byte[] Int64(long value)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return bytes;
    }

    /// <summary>A text that must be there.</summary>
    public static string Text(JsonElement given, string name) =>
        given.GetProperty(name).GetString() ?? throw new FormatException($"it has no {name}");
}
