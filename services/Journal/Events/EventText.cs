using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Numerics;
using System.Runtime.Intrinsics;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Trading.Core;

namespace Trading.Journal.Events;

/// <summary>
/// The JSON of events as PostgreSQL gives it back, to the byte what <see cref="JsonbText"/> makes of it. It is written so at once: with the
/// properties in the order of jsonb, a line for each, and then without the lines. What that cannot write goes through JsonbText.
/// </summary>
public static class EventText
{
    /// <summary>How events are written and read where nothing is packed or ordered.</summary>
    internal static readonly JsonSerializerOptions Plain = new(JsonSerializerDefaults.Web)
    { Converters = { new JsonStringEnumConverter() } };

    // Lines give the space behind a colon. What jsonb does not escape is not escaped here, but for a few letters, which all begin with \u.
    private static readonly JsonWriterOptions Lines = new()
    { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = true, IndentSize = 0, NewLine = "\n", SkipValidation = true };

    private static readonly JsonSerializerOptions Ordered = new(JsonSerializerDefaults.Web)
    {
        Converters = { new WithoutExponent(), new JsonStringEnumConverter() },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { Order } },
        Encoder = Lines.Encoder,
    };

    private static readonly Type[] Values =
    [
        typeof(string), typeof(bool), typeof(int), typeof(long), typeof(decimal), typeof(double), typeof(Guid), typeof(DateTimeOffset),
        typeof(DateOnly),
    ];

    private static readonly ConcurrentDictionary<Type, JsonTypeInfo?> Known = [];

    // One event after the other is written into the same bytes, unless one was very long.
    private const int MostKept = 1 << 18;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _lines;

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    /// <summary>The text of an event in UTF-8.</summary>
    public static byte[] Of(object happened)
    {
        if (Find(happened.GetType()) is not { } type)
            return OfAny(happened);
        var lines = _lines ??= new(4096);
        var writer = _writer ??= new(lines, Lines);
        if (lines.Capacity > MostKept)
            (_lines, _writer) = (null, null);
        lines.ResetWrittenCount();
        writer.Reset();
        JsonSerializer.Serialize(writer, happened, type);
        writer.Flush();
        return lines.WrittenSpan.IndexOf("\\u"u8) < 0 ? Joined(lines) : OfAny(happened);
    }

    /// <summary>Whether events of a type are written at once, unless a text of theirs holds a rare letter.</summary>
    public static bool IsWrittenAtOnce(Type type) => Find(type) is not null;

    private static byte[] OfAny(object happened) =>
        JsonbText.Of(JsonSerializer.SerializeToUtf8Bytes(happened, happened.GetType(), Plain));

    private static JsonTypeInfo? Find(Type type) =>
        Known.GetOrAdd(type, static type => Ordered.GetTypeInfo(type) is var found && CanBeOrdered(found, []) ? found : null);

    private static void Order(JsonTypeInfo type)
    {
        var sorted = type.Properties.OrderBy(property => Encoding.UTF8.GetByteCount(property.Name))
            .ThenBy(property => property.Name, StringComparer.Ordinal);
        foreach (var (place, property) in sorted.Index())
            property.Order = place;
    }

    // Not what has names that only a value knows, or text of its own. A raw number in a list would get no line.
    private static bool CanBeOrdered(JsonTypeInfo type, HashSet<Type> seen) =>
        !seen.Add(type.Type) || type.PolymorphismOptions is null && type.Kind switch
        {
            JsonTypeInfoKind.Object => type.Properties.All(property => property is { CustomConverter: null, IsExtensionData: false }
                && property.Name.All(char.IsAsciiLetterOrDigit) && CanBeOrdered(Ordered.GetTypeInfo(property.PropertyType), seen)),
            JsonTypeInfoKind.Enumerable => type.ElementType is { } element && Bare(element) != typeof(double)
                && CanBeOrdered(Ordered.GetTypeInfo(element), seen),
            JsonTypeInfoKind.None => Bare(type.Type) is var bare && (bare.IsEnum || Values.Contains(bare)
                || bare != type.Type && CanBeOrdered(Ordered.GetTypeInfo(bare), seen)),
            _ => false,
        };

    private static Type Bare(Type type) => Nullable.GetUnderlyingType(type) ?? type;

    // Behind a comma the end of a line becomes a space, elsewhere it goes. Texts hold none: in them it is escaped.
    private static byte[] Joined(ArrayBufferWriter<byte> written)
    {
        var end = written.WrittenCount;
        // Room to read a whole vector at the end.
        written.GetSpan(Vector256<byte>.Count)[..Vector256<byte>.Count].Clear();
        written.Advance(Vector256<byte>.Count);
        var lines = written.WrittenSpan;
        var (text, length) = (ArrayPool<byte>.Shared.Rent(lines.Length), 0);
        for (var at = 0; at < end;)
        {
            var some = Vector256.Create(lines[at..]);
            some.CopyTo(text, length);
            var lineEnds = Vector256.Equals(some, Vector256.Create((byte)'\n')).ExtractMostSignificantBits();
            var taken = Math.Min(BitOperations.TrailingZeroCount(lineEnds), end - at);
            (at, length) = (at + taken, length + taken);
            if (at == end || lines[at] != '\n')
                continue;
            at++;
            if (text[length - 1] == ',')
                text[length++] = (byte)' ';
        }
        var joined = text[..length];
        ArrayPool<byte>.Shared.Return(text);
        return joined;
    }

    private sealed class WithoutExponent : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
        {
            // What is not finite is refused there.
            if (Math.Abs(value) is >= 1e-4 and < 1e15 || !double.IsFinite(value) || (value == 0 && double.IsPositive(value)))
                writer.WriteNumberValue(value);
            else
                writer.WriteRawValue(JsonbText.Of(Encoding.ASCII.GetBytes(value.ToString("R", CultureInfo.InvariantCulture))));
        }
    }
}
