using System.Text;
using Trading.Core;
using Trading.TestKit.Audit;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>JSON as PostgreSQL writes it, of which marks are made.</summary>
public sealed class JsonbTests
{
    [Fact]
    public async Task json_is_written_as_postgresql_writes_it()
    {
        await using var database = SealedJournal.Source(await PostgresServer.CreateDatabaseAsync());
        foreach (var json in new[]
        {
            """{"bb":1,"a":2,"ab":[1,2,{"z":null}],"":true,"ü":"é€😀"}""", "[]", "{}", """{"a":{},"b":[]}""",
                "\"\\u0041\\n\\t\\u0001\\\\\\\"/\"",
            "[0,-0,0.0,-0.0,1.50,1e5,1E-7,1.5e3,1.50E+1,-2.5e-10,123456789012345678901234567890.5,1e20,100e-2,0e0,-1,0.10]",
            """{"a":1,"a":2}""", """{"long name":1,"zz":2,"é":3,"z":4}""",
        }.Concat(Documents(new(5)).Take(300)))
        {
            await using var command = database.CreateCommand("select $1::jsonb::text");
            command.Parameters.Add(new() { Value = json });
            Assert.Equal((string)(await command.ExecuteScalarAsync())!,
                Encoding.UTF8.GetString(JsonbText.Of(Encoding.UTF8.GetBytes(json))));
        }
    }

    // Objects in objects, with names of every length, twice now and then, and with letters that are escaped.
    private static IEnumerable<string> Documents(Random random)
    {
        while (true)
            yield return Value(4);

        string Value(int depth) => random.Next(depth > 0 ? 6 : 4) switch
        {
            0 => random.Next(2) == 0 ? "null" : "true",
            1 => FormattableString.Invariant($"{(random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-9, 20)):R}"),
            2 => $"{random.Next(-99, 99)}.{random.Next(1000)}",
            3 => Text(),
            4 => $"[{string.Join(',', Enumerable.Range(0, random.Next(4)).Select(_ => Value(depth - 1)))}]",
            _ => $"{{{string.Join(',', Enumerable.Range(0, random.Next(30)).Select(_ => $"{Text()}:{Value(depth - 1)}"))}}}",
        };

        string Text() => $"\"{string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => Letter()))}\"";

        string Letter() => random.Next(9) switch
        {
            0 => "\\u00e9",
            1 => "é",
            2 => "\\n",
            3 => "\\\"",
            4 => "😀",
            _ => $"{(char)('a' + random.Next(3))}",
        };
    }
}
