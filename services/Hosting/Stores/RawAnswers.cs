using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using System.Text.Unicode;

namespace Trading.Hosting.Stores;

/// <summary>
/// The answers of one collection as an object: its key, and JSON with each unchanged body: verbatim if it is JSON, else as text, else as
/// base64.
/// </summary>
public static class RawAnswers
{
    private static readonly JsonWriterOptions Plain =
        new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The key: raw-prices/yyyy/MM/dd/{seconds since 1970}.json, with .gz behind it when compressed.</summary>
    public static string Key(DateTimeOffset intervalStart, bool gzip) =>
        string.Create(CultureInfo.InvariantCulture,
            $"raw-prices/{intervalStart.UtcDateTime:yyyy/MM/dd}/{intervalStart.ToUnixTimeSeconds()}.json{(gzip ? ".gz" : "")}");

    /// <summary>The object.</summary>
    public static ReadOnlyMemory<byte> Content(Collected collection, bool gzip)
    {
        var content = new MemoryStream();
        using (Stream target = gzip ? new GZipStream(content, CompressionLevel.Optimal, leaveOpen: true) : content)
        using (var json = new Utf8JsonWriter(target, Plain))
            Write(json, collection);
        return content.ToArray();
    }

    private static void Write(Utf8JsonWriter json, Collected collection)
    {
        json.WriteStartObject();
        json.WriteNumber("timestamp", collection.IntervalStart.ToUnixTimeSeconds());
        json.WriteStartArray("answers");
        foreach (var (symbol, source, answer) in collection.Answers)
        {
            json.WriteStartObject();
            json.WriteString("symbol", symbol);
            json.WriteString("source", source);
            json.WriteString("url", answer.Url);
            json.WriteNumber("status", answer.Status);
            json.WriteString("received_at", answer.ReceivedAt.UtcDateTime);
            WriteBody(json, answer.Body.Span);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteBody(Utf8JsonWriter json, ReadOnlySpan<byte> body)
    {
        if (IsJson(body))
        {
            json.WritePropertyName("body");
            json.WriteRawValue(body, skipInputValidation: true);
        }
        else if (Utf8.IsValid(body))
            json.WriteString("text", body);
        else
            json.WriteBase64String("base64", body);
    }

    private static bool IsJson(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body);
        try
        {
            while (reader.Read())
                continue;
            return reader.BytesConsumed == body.Length && body.Length > 0;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
