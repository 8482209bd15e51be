using System.Text;

namespace Trading.Core.Tests;

public class JsonbTextTests
{
    [Theory]
    [InlineData("""{"bb":1,"a":[1,2],"c":{}}""", """{"a": [1, 2], "c": {}, "bb": 1}""")]
    [InlineData("[1E-7,1.50E+1,-0.0,1e3,-2.50]", "[0.0000001, 15.0, 0.0, 1000, -2.50]")]
    [InlineData("\"\\u00e9\\u0001\\n\"", "\"é\\u0001\\n\"")]
    public void json_is_written_as_postgresql_writes_a_jsonb(string json, string text) =>
        Assert.Equal(text, Encoding.UTF8.GetString(JsonbText.Of(Encoding.UTF8.GetBytes(json))));
}
