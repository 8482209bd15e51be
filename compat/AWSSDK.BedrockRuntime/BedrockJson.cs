using System.Text.Json;
using System.Text.Json.Serialization;
using Amazon.Runtime.Documents;

namespace Amazon.BedrockRuntime;

/// <summary>Content without a type of its own, such as the schema of a tool and what a model gives to it.</summary>
internal sealed class DocumentConverter : JsonConverter<Document>
{
    public override Document Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var parsed = JsonDocument.ParseValue(ref reader);
        return From(parsed.RootElement);
    }

    public override void Write(Utf8JsonWriter writer, Document value, JsonSerializerOptions options)
    {
        switch (value.Type)
        {
            case DocumentType.Bool:
                writer.WriteBooleanValue(value.AsBool());
                break;
            case DocumentType.Double:
                writer.WriteNumberValue(value.AsDouble());
                break;
            case DocumentType.Int:
                writer.WriteNumberValue(value.AsInt());
                break;
            case DocumentType.Long:
                writer.WriteNumberValue(value.AsLong());
                break;
            case DocumentType.String:
                writer.WriteStringValue(value.AsString());
                break;
            case DocumentType.List:
                writer.WriteStartArray();
                foreach (var item in value.AsList())
                    Write(writer, item, options);
                writer.WriteEndArray();
                break;
            case DocumentType.Dictionary:
                writer.WriteStartObject();
                foreach (var (name, item) in value.AsDictionary())
                {
                    writer.WritePropertyName(name);
                    Write(writer, item, options);
                }
                writer.WriteEndObject();
                break;
            default:
                writer.WriteNullValue();
                break;
        }
    }

    private static Document From(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object =>
            new(element.EnumerateObject().GroupBy(member => member.Name).ToDictionary(same => same.Key, same => From(same.Last().Value))),
        JsonValueKind.Array => new(element.EnumerateArray().Select(From).ToList()),
        JsonValueKind.String => new(element.GetString()!),
        JsonValueKind.Number =>
            element.TryGetInt32(out var number) ? new(number) : element.TryGetInt64(out var large) ? new(large) : new(element.GetDouble()),
        JsonValueKind.True => new(true),
        JsonValueKind.False => new(false),
        _ => default,
    };
}

internal static class BedrockJson
{
    internal static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new DocumentConverter() },
    };
}
