using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Trading.Deploy.Tests;

/// <summary>Reads YAML as JSON: anchors and merge keys resolved, plain scalars typed as YAML 1.2 does it.</summary>
internal static class Yaml
{
    /// <summary>Every document of a text.</summary>
    public static IReadOnlyList<JsonNode> Documents(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return [.. stream.Documents.Select(document => ToJson(document.RootNode)).OfType<JsonNode>()];
    }

    /// <summary>The only document of a file of the repository.</summary>
    public static JsonNode File(string path) => Documents(Repository.Read(path)).Single();

    private static JsonNode? ToJson(YamlNode node) => node switch
    {
        YamlMappingNode mapping => Mapping(mapping),
        YamlSequenceNode sequence => new JsonArray([.. sequence.Children.Select(ToJson)]),
        YamlScalarNode scalar => Scalar(scalar),
        _ => throw new InvalidOperationException($"{node.GetType()} is no node of YAML"),
    };

    private static JsonObject Mapping(YamlMappingNode mapping)
    {
        var json = new JsonObject();
        foreach (var (key, value) in mapping.Children.Where(pair => Key(pair.Key) == "<<"))
        {
            foreach (var (name, merged) in Mapping((YamlMappingNode)value))
                json[name] = merged?.DeepClone();
        }
        foreach (var (key, value) in mapping.Children.Where(pair => Key(pair.Key) != "<<"))
            json[Key(key)] = ToJson(value);
        return json;
    }

    private static string Key(YamlNode node) => ((YamlScalarNode)node).Value!;

    private static JsonValue? Scalar(YamlScalarNode scalar)
    {
        var text = scalar.Value ?? "";
        if (scalar.Style != ScalarStyle.Plain)
            return JsonValue.Create(text);
        return text switch
        {
            "" or "~" or "null" => null,
            "true" or "false" => JsonValue.Create(text == "true"),
            _ when text.Length > 1 && text[0] == '0' && text.All(char.IsAsciiDigit) => JsonValue.Create(Convert.ToInt64(text, 8)),
            _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) =>
                JsonValue.Create(number),
            _ when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && char.IsAsciiDigit(text[^1]) =>
                JsonValue.Create(real),
            _ => JsonValue.Create(text),
        };
    }
}

/// <summary>Ways through a document.</summary>
internal static class JsonPaths
{
    /// <summary>What a path of names leads to; null where a part is missing.</summary>
    public static JsonNode? At(this JsonNode? node, string path) =>
        path.Split('/').Aggregate(node, (at, name) =>
            at is JsonArray list ? list.ElementAtOrDefault(int.Parse(name, CultureInfo.InvariantCulture)) : (at as JsonObject)?[name]);

    /// <summary>The text at a path; null where there is none.</summary>
    public static string? Text(this JsonNode? node, string path) => node.At(path) is JsonValue value ? value.ToString() : null;

    /// <summary>The elements of the list at a path; none where it is missing.</summary>
    public static IReadOnlyList<JsonNode> List(this JsonNode? node, string path) =>
        node.At(path) is JsonArray list ? [.. list.OfType<JsonNode>()] : [];

    /// <summary>Names and texts of the object at a path.</summary>
    public static IReadOnlyDictionary<string, string> Map(this JsonNode? node, string path) =>
        node.At(path) is JsonObject map ? map.ToDictionary(pair => pair.Key, pair => pair.Value?.ToString() ?? "") : [];
}
