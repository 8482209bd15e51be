using System.Text.Json;
using System.Text.Json.Serialization;

namespace Trading.Core.Tests;

/// <summary>JSON as the journal and the messages write it, on several lines.</summary>
internal static class Json
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter() },
        WriteIndented = true,
        NewLine = "\n",
    };

    public static string Text(object value) => JsonSerializer.Serialize(value, value.GetType(), Options) + "\n";

    public static object Read(string text, Type type) =>
        JsonSerializer.Deserialize(text, type, Options) ?? throw new JsonException($"A {type.Name} is written as null.");
}
