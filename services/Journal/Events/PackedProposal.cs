using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Trading.Core;

namespace Trading.Journal.Events;

/// <summary>
/// Stores the proposals of decisions that led to no order packed, where the writer is set to: they are the largest events, and nearly all
/// of a journal. Other proposals are stored as they are, and all are read.
/// </summary>
public sealed class PackedProposal : JsonConverter<TradeProposed>
{
    private static readonly string Name = JournalReader.EventName(typeof(TradeProposed));

    // An event is written twice, once for its mark and once for its row.
    private static readonly ConditionalWeakTable<TradeProposed, string> Packed = [];
    private static readonly ConditionalWeakTable<TradeProposed, byte[]> Marked = [];

    /// <summary>Packs the proposal of a decision that led to no order.</summary>
    /// <param name="events">What is appended to a stream.</param>
    public static void Pack(IReadOnlyList<object> events)
    {
        if (events is [TradeProposed proposal, TradeAssessed { Assessment.Order: null }, ..])
            Packed.GetValue(proposal, static one => PackedText.Pack(EventText.Of(one)));
    }

    /// <summary>The JSON of an event for its mark, as PostgreSQL writes it; its row is then written from the same bytes.</summary>
    /// <param name="happened">The event.</param>
    public static byte[] Json(object happened)
    {
        if (happened is not TradeProposed proposal)
            return EventText.Of(happened);
        var json = Packed.TryGetValue(proposal, out var packed)
            ? Encoding.UTF8.GetBytes($"{{\"{PackedText.Property}\": \"{packed}\"}}") : EventText.Of(proposal);
        Marked.AddOrUpdate(proposal, json);
        return json;
    }

    /// <summary>The text of an event's JSON where it is packed.</summary>
    /// <param name="type">The event's name.</param>
    /// <param name="data">Its data as PostgreSQL writes it.</param>
    /// <param name="text">What was packed.</param>
    /// <returns>False where nothing that can be read is packed there.</returns>
    public static bool Open(string type, ReadOnlySpan<byte> data, [NotNullWhen(true)] out byte[]? text) =>
        (text = type == Name ? PackedText.Open(data) : null) is not null;

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, TradeProposed value, JsonSerializerOptions options)
    {
        if (Marked.TryGetValue(value, out var json))
        {
            Marked.Remove(value);
            writer.WriteRawValue(json, skipInputValidation: true);
        }
        else if (Packed.TryGetValue(value, out var packed))
        {
            writer.WriteStartObject();
            writer.WriteString(PackedText.Property, packed);
            writer.WriteEndObject();
        }
        else
        {
            JsonSerializer.Serialize(writer, value, EventText.Plain);
        }
    }

    /// <inheritdoc/>
    public override TradeProposed? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var ahead = reader;
        if (ahead.TokenType != JsonTokenType.StartObject || !ahead.Read() || ahead.TokenType != JsonTokenType.PropertyName
            || !ahead.ValueTextEquals(PackedText.Property))
            return JsonSerializer.Deserialize<TradeProposed>(ref reader, EventText.Plain);
        using var document = JsonDocument.ParseValue(ref reader);
        var packed = document.RootElement.GetProperty(PackedText.Property);
        return JsonSerializer.Deserialize<TradeProposed>(PackedText.Unpack(Encoding.UTF8.GetBytes(packed.GetString() ?? ""))
            ?? throw new JsonException("What is packed cannot be read."), EventText.Plain);
    }
}
