using System.Text;
using System.Text.Json;

namespace Trading.Core.Tests;

public class JsonbTextTests
{
    [Theory]
    [InlineData("""{"bb":1,"a":[1,2],"c":{}}""", """{"a": [1, 2], "c": {}, "bb": 1}""")]
    [InlineData("[1E-7,1.50E+1,-0.0,1e3,-2.50]", "[0.0000001, 15.0, 0.0, 1000, -2.50]")]
    [InlineData("\"\\u00e9\\u0001\\n\"", "\"é\\u0001\\n\"")]
    [InlineData("""{"b":{"y":2,"x":1,"y":3},"a":1,"b":{"z":[{"bb":1,"b":2}],"y":[]}}""",
        """{"a": 1, "b": {"y": [], "z": [{"b": 2, "bb": 1}]}}""")]
    [InlineData("""{"eightlet":1,"eightles":2,"\u0061":3,"a":4,"é":5,"zz":6}""",
        """{"a": 4, "zz": 6, "é": 5, "eightles": 2, "eightlet": 1}""")]
    [InlineData(" true ", "true")]
    public void json_is_written_as_postgresql_writes_a_jsonb(string json, string text) =>
        Assert.Equal(text, Encoding.UTF8.GetString(JsonbText.Of(Encoding.UTF8.GetBytes(json))));

    [Theory]
    [InlineData("")]
    [InlineData("{\"a\":1")]
    [InlineData("{} {}")]
    [InlineData("{\"a\":\"\xff\"}")]
    public void what_is_no_json_is_refused(string json) =>
        Assert.ThrowsAny<JsonException>(() => JsonbText.Of(Encoding.Latin1.GetBytes(json)));
}
