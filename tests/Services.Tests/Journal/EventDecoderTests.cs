using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Trading.Journal.Events;
using Xunit;

namespace Trading.Services.Tests.Journal;

/// <summary>Events as they are read from the journal, beside what System.Text.Json makes of the same bytes.</summary>
public sealed class EventDecoderTests
{
    private static readonly JsonSerializerOptions General = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter() }, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true,
    };

    public static TheoryData<string> Events => [.. JournalReader.EventTypes.Select(type => type.Name)];

    [Theory]
    [MemberData(nameof(Events))]
    public void every_event_is_read_as_the_general_reader_reads_it(string name)
    {
        var text = Golden(Type(name));
        Same(name, text);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(text), JsonNode.Parse(Text(Read(name, text)))), name);
    }

    [Theory]
    [MemberData(nameof(Events))]
    public void a_value_that_is_missing_null_renamed_or_of_another_kind_makes_of_an_event_what_the_general_reader_makes_of_it(string name)
    {
        foreach (var change in new Func<JsonObject, string, JsonNode?>[]
        {
            (_, _) => null, (_, _) => JsonValue.Create("text"), (_, _) => JsonValue.Create(7), (_, _) => JsonValue.Create(-1.5),
            (_, _) => new JsonArray(), (_, _) => new JsonObject(), (_, _) => JsonValue.Create(true),
            (inside, key) => inside[key] is JsonValue value ? JsonValue.Create($"{value}") : null, (inside, key) =>
                inside[key] is JsonValue value ? JsonValue.Create($"{value}".ToLowerInvariant()) : null,
        })
            Changed(name, (inside, key) => inside[key] = change(inside, key));
        Changed(name, (inside, key) => inside.Remove(key));
        Changed(name, (inside, key) => inside["andMore"] = 1);
        Changed(name, (inside, key) =>
        {
            var value = inside[key]?.DeepClone();
            inside.Remove(key);
            inside[key.ToUpperInvariant()] = value;
        });
    }

    [Fact]
    public void values_that_are_set_besides_the_constructor_are_read_and_what_is_left_out_keeps_its_default()
    {
        var proposed = JsonNode.Parse(Golden(Type("TradeProposed")))!;
        proposed["prediction"]!["strategy"] = JsonNode.Parse(
            """{"name":"breakout","type":"Limit","price":61000.5,"action":"Buy","confidence":0.75}""");
        proposed["prediction"]!["window"]!["between"] = JsonNode.Parse("""[{"unixSeconds":1709294400,"price":61000.1234567891}]""");
        Same("TradeProposed", proposed.ToJsonString());
        var placed = JsonNode.Parse(Golden(Type("OrderPlaced")))!;
        placed["costs"]!["partialFillRate"] = 0.25;
        placed["costs"]!["makerFeePercent"] = 0.08;
        Same("OrderPlaced", placed.ToJsonString());
    }

    [Theory]
    [InlineData("TradingHalted", """{"by":"kim","by":"lee","reason":"x","at":"2024-03-01T12:05:00+00:00"}""")]
    [InlineData("TradingHalted", """{"by":"k\u0069m","re\u0061son":"\"x\"\n","at":"2024-03-01T12:05:00Z"}""")]
    [InlineData("TradingHalted", """{"by":"kim","reason":"x","at":"2024-03-01T12:05:00+00:00"} {}""")]
    [InlineData("TradingHalted", """{"by":"kim","reason":"x","at":"2024-03-01T12:05""")]
    [InlineData("TradingHalted", "null")]
    [InlineData("TradingHalted", "")]
    public void text_that_is_not_written_as_events_are_is_read_as_the_general_reader_reads_it(string name, string text) => Same(name, text);

    // Every value of the golden event, at any depth, is changed once.
    private static void Changed(string name, Action<JsonObject, string> change)
    {
        var (depths, count) = (0, int.MaxValue);
        for (var at = 0; at < count; at++, depths++)
        {
            var root = JsonNode.Parse(Golden(Type(name)))!;
            var places = Places(root).ToList();
            count = places.Count;
            change(places[at].Inside, places[at].Key);
            Same(name, root.ToJsonString());
        }
        Assert.NotEqual(0, depths);
    }

    private static IEnumerable<(JsonObject Inside, string Key)> Places(JsonNode? node) => node switch
    {
        JsonObject inside => inside.SelectMany(entry => Places(entry.Value).Prepend((inside, entry.Key))),
        JsonArray list => list.SelectMany(Places),
        _ => [],
    };

    private static void Same(string name, string text)
    {
        string? expected = null;
        try
        {
            expected = JsonSerializer.Deserialize(text, Type(name), General) is { } value ? Text(value) : null;
        }
        catch (JsonException)
        {
        }
        if (expected is null)
            Assert.ThrowsAny<InvalidDataException>(() => Read(name, text));
        else
            Assert.Equal(expected, Text(Read(name, text)));
    }

    private static object Read(string name, string text) =>
        new StoredEvent(1, "s", 1, JournalReader.EventName(Type(name)), default, System.Text.Encoding.UTF8.GetBytes(text)).Event();

    private static string Text(object value) => JsonSerializer.Serialize(value, value.GetType(), General);

    private static Type Type(string name) => JournalReader.EventTypes.Single(type => type.Name == name);

    private static string Golden(Type type) =>
        File.ReadAllText(Path.Combine(Root(), "tests", "Core.Tests", "golden", $"{JournalReader.EventName(type)}.v1.json"));

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Trading.sln")))
            folder = Path.GetDirectoryName(folder)!;
        return folder;
    }
}
