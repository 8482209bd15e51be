using System.Text.Json;
using System.Text.Json.Serialization;
using Weasel.Core;

namespace Marten;

/// <summary>How events, documents and headers are written and read.</summary>
internal sealed class JsonFormat
{
    private readonly JsonSerializerOptions _write;
    private readonly JsonSerializerOptions _read;

    public JsonFormat(EnumStorage enums, Casing casing, Action<JsonSerializerOptions>? configure)
    {
        _write = new()
        {
            PropertyNamingPolicy = casing switch
            {
                Casing.CamelCase => JsonNamingPolicy.CamelCase,
                Casing.SnakeCase => JsonNamingPolicy.SnakeCaseLower,
                _ => null
            }
        };
        if (enums == EnumStorage.AsString)
            _write.Converters.Add(new JsonStringEnumConverter());
        configure?.Invoke(_write);
        _read = new(_write);
        _read.Converters.Add(new PrimitiveObject());
    }

    public byte[] Write(object value) => JsonSerializer.SerializeToUtf8Bytes(value, value.GetType(), _write);

    public object? Read(ReadOnlySpan<byte> json, Type type) => JsonSerializer.Deserialize(json, type, _read);

    public T? Read<T>(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize<T>(json, _read);

    /// <summary>Reads a value of unknown type, such as a header's, as bool, long, double, DateTime or string; anything else as JsonElement.</summary>
    private sealed class PrimitiveObject : JsonConverter<object>
    {
        public override object? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
        {
            JsonTokenType.True => true,
            JsonTokenType.False => false,
            JsonTokenType.Number => reader.TryGetInt64(out var whole) ? (object)whole : reader.GetDouble(),
            JsonTokenType.String => reader.TryGetDateTime(out var time) ? (object)time : reader.GetString(),
            _ => JsonElement.ParseValue(ref reader)
        };

        public override void Write(Utf8JsonWriter writer, object value, JsonSerializerOptions options) =>
            throw new NotSupportedException("These options only read.");
    }
}
