using System.Collections;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Trading.Core;
using Trading.Journal.Events;
using Xunit;

namespace Trading.Services.Tests.Journal;

/// <summary>The text over which writers' marks are made, and the marks.</summary>
public sealed class EventTextTests : IDisposable
{
    private const int EventsOfAType = 60;

    private static readonly JsonSerializerOptions Plain = new(JsonSerializerDefaults.Web)
    { Converters = { new JsonStringEnumConverter() } };

    private static readonly double[] Numbers =
    [
        0, -0.0, 1, -1, 0.1, 1e-4, 9.9999e-5, -5.4e-5, 1e-7, 1e14, 1e15, -1e15, 123456789012345680, 1e300, double.MaxValue, double.Epsilon,
        0.000123456789012345, -2.5e-10, 60_000.5,
    ];

    private static readonly string[] Texts =
    [
        "", "a", "Buy", "a+b", "<&>'`", "say \"no\"", "back\\slash", "\\u0041", "line\nnext,\n", ",\n", "\t\r\b\f", "\u0001", "\u007f",
        "é", "世界", "😀", "\u2028", "\uFEFF", "\ud800", "x\udc00y", "\\", "\\\\u", "/", new('x', 31), new(',', 64), new('\n', 33),
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("trading-texts-").FullName;

    public static TheoryData<Type> Types => [.. JournalReader.EventTypes];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Types))]
    public void an_event_is_written_as_postgresql_writes_it(Type type)
    {
        Assert.True(EventText.IsWrittenAtOnce(type));
        foreach (var happened in Events(type))
            Assert.Equal(Canonical(happened), Encoding.UTF8.GetString(EventText.Of(happened)));
    }

    [Fact]
    public void what_cannot_be_ordered_before_its_value_is_known_is_ordered_afterwards()
    {
        foreach (var value in new object[]
        {
            new Dictionary<string, int> { ["bb"] = 1, ["a"] = 2 }, new { Number = 1.5f, Of = (object)"x" },
            new { Numbers = new[] { 1e-7, 2 }, A = 1 },
            new { Days = TimeSpan.FromDays(1), Map = new SortedList<string, int> { ["b"] = 1 } },
        })
        {
            Assert.False(EventText.IsWrittenAtOnce(value.GetType()));
            Assert.Equal(Canonical(value), Encoding.UTF8.GetString(EventText.Of(value)));
        }
    }

    [Fact]
    public void a_number_that_json_does_not_have_is_refused_and_the_next_event_is_written()
    {
        Assert.ThrowsAny<ArgumentException>(() => EventText.Of(new { A = "x", Number = double.NaN }));
        Assert.Equal("""{"a": "x", "number": 2}""", Encoding.UTF8.GetString(EventText.Of(new { Number = 2.0, A = "x" })));
    }

    [Fact]
    public void marks_that_are_made_at_the_same_time_are_those_of_the_document()
    {
        var secret = RandomNumberGenerator.GetBytes(32);
        var key = WriterKey.Parse($"WRITER+KEY+{Convert.ToBase64String(secret)}", "here");
        var events = JournalReader.EventTypes.Where(type => !AuditLeaf.RedactableEvents.Contains(JournalReader.EventName(type)))
            .SelectMany(type => Events(type).Take(10)).ToList();
        Parallel.For(0, 4 * events.Count, at =>
        {
            var happened = events[at % events.Count];
            var mark = key.Of(happened, "s", at, null, "é", new("trading", "1.0"));
            var name = JournalReader.EventName(happened.GetType());
            var text = $"trading-writer/1\ns\n{at}\n{name}\n\né\ntrading\n1.0\n{Canonical(happened)}";
            Assert.Equal(Convert.ToBase64String(HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes(text)).AsSpan(0, 16)), mark.Mac);
            Assert.Null(mark.Fields);
        });
    }

    [Fact]
    public void the_row_of_a_marked_proposal_holds_what_was_marked()
    {
        var stored = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        { Converters = { new PackedProposal(), new JsonStringEnumConverter() } };
        foreach (var proposal in Events(typeof(TradeProposed)))
        {
            var text = Encoding.UTF8.GetString(PackedProposal.Json(proposal));
            Assert.Equal(text, JsonSerializer.Serialize(proposal, stored));
            Assert.Equal(text, Encoding.UTF8.GetString(JsonbText.Of(JsonSerializer.SerializeToUtf8Bytes(proposal, stored))));
        }
    }

    private static string Canonical(object value) =>
        Encoding.UTF8.GetString(JsonbText.Of(JsonSerializer.SerializeToUtf8Bytes(value, value.GetType(), Plain)));

    private static IEnumerable<object> Events(Type type)
    {
        var random = new Random(11);
        return Enumerable.Range(0, EventsOfAType).Select(_ => Value(type, random)!);
    }

    private static object? Value(Type type, Random random)
    {
        if (Nullable.GetUnderlyingType(type) is { } bare)
            return random.Next(3) == 0 ? null : Value(bare, random);
        if (type.IsEnum)
            return Enum.GetValues(type) is var values ? values.GetValue(random.Next(values.Length)) : null;
        if (type == typeof(string))
            return Texts[random.Next(Texts.Length)] + Texts[random.Next(Texts.Length)];
        if (type == typeof(bool))
            return random.Next(2) == 0;
        if (type == typeof(int))
            return random.Next(int.MinValue, int.MaxValue) >> random.Next(32);
        if (type == typeof(long))
            return random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64);
        if (type == typeof(decimal))
            return new decimal(random.Next(3) == 0 ? 0 : random.Next(), random.Next(2), 0, random.Next(2) == 0, (byte)random.Next(29));
        if (type == typeof(double))
            return random.Next(2) == 0 ? Numbers[random.Next(Numbers.Length)]
                : (random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-9, 20));
        if (type == typeof(Guid))
            return new Guid([.. Enumerable.Range(0, 16).Select(_ => (byte)random.Next(256))]);
        if (type == typeof(DateTimeOffset))
            return new DateTimeOffset(random.NextInt64(630_000_000_000_000_000, 640_000_000_000_000_000) / 10_000 * 10_000,
                TimeSpan.FromMinutes(15 * random.Next(-40, 40)));
        if (type == typeof(DateOnly))
            return DateOnly.FromDayNumber(random.Next(700_000, 800_000));
        if (typeof(IEnumerable).IsAssignableFrom(type))
            return List(type.IsArray ? type.GetElementType()! : type.GetGenericArguments()[0], type, random);
        var made = type.GetConstructors().OrderByDescending(each => each.GetParameters().Length).First();
        var value = made.Invoke([.. made.GetParameters().Select(each => Value(each.ParameterType, random))]);
        // What a record has beside its parameters.
        foreach (var property in type.GetProperties().Where(each => each.SetMethod is not null
            && made.GetParameters().All(parameter => parameter.Name != each.Name)))
            property.SetValue(value, Value(property.PropertyType, random));
        return value;
    }

    private static object List(Type element, Type type, Random random)
    {
        var items = Array.CreateInstance(element, random.Next(4));
        for (var at = 0; at < items.Length; at++)
            items.SetValue(Value(element, random), at);
        return type.IsAssignableFrom(items.GetType()) ? items
            : typeof(System.Collections.Immutable.ImmutableArray).GetMethods()
                .First(method => method.Name == "ToImmutableArray" && method.GetParameters()[0].ParameterType.Name == "IEnumerable`1")
                .MakeGenericMethod(element).Invoke(null, [items])!;
    }
}
