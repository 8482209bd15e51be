using System.Text.Json.Nodes;
using Amazon.Runtime.Documents;

namespace Trading.Aws;

/// <summary>Converts between the SDK's own JSON type and the standard one.</summary>
internal static class BedrockDocument
{
    /// <summary>The SDK's type.</summary>
    public static Document Of(JsonNode? node) => node switch
    {
        null => default,
        JsonObject members => new(members.ToDictionary(member => member.Key, member => Of(member.Value))),
        JsonArray items => new(items.Select(Of).ToList()),
        JsonValue value when value.TryGetValue(out string? text) => new(text),
        JsonValue value when value.TryGetValue(out bool flag) => new(flag),
        JsonValue value when value.TryGetValue(out int number) => new(number),
        JsonValue value => new(value.GetValue<double>()),
        _ => throw new ArgumentException($"{node.GetType().Name} is no JSON that a document can hold.", nameof(node)),
    };

    /// <summary>The standard type.</summary>
    public static JsonNode? ToJson(Document document) => document.Type switch
    {
        DocumentType.Dictionary =>
            new JsonObject(document.AsDictionary().Select(member => KeyValuePair.Create(member.Key, ToJson(member.Value)))),
        DocumentType.List => new JsonArray([.. document.AsList().Select(ToJson)]),
        DocumentType.String => document.AsString(),
        DocumentType.Bool => document.AsBool(),
        DocumentType.Int => document.AsInt(),
        DocumentType.Long => document.AsLong(),
        DocumentType.Double => document.AsDouble(),
        _ => null,
    };
}
