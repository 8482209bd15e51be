namespace Trading.Core.Tests;

public class ModelOutputTests
{
    private static readonly ModelOutput Computed = new("technical", 61_280.1, Direction.Up, 0.5942, null);

    [Fact]
    public void an_answer_computed_in_the_process_is_written_as_before_there_was_a_provenance() =>
        Assert.Equal("{\n  \"model\": \"technical\",\n  \"predictedPrice\": 61280.1,\n  \"direction\": \"Up\",\n  \"confidence\": "
            + "0.5942,\n  \"abstained\": null\n}\n", Json.Text(Computed));

    [Fact]
    public void an_answer_without_provenance_is_read() => Assert.Equal(Computed, Json.Read(Json.Text(Computed), typeof(ModelOutput)));

    [Fact]
    public void an_answer_from_outside_keeps_where_it_came_from()
    {
        const string Written = """
            {
              "model": "bedrock",
              "predictedPrice": null,
              "direction": null,
              "confidence": null,
              "abstained": "the answer is no JSON",
              "provenance": {
                "modelId": "a-model-v1:0",
                "promptSha256": "00ff",
                "rawText": "up!",
                "latencyMilliseconds": 812.5,
                "inputTokens": 1200,
                "outputTokens": 4,
                "attempts": 2
              }
            }

            """;
        var abstained = new ModelOutput("bedrock", null, null, null, "the answer is no JSON",
            new("a-model-v1:0", "00ff", "up!", 812.5, 1200, 4, 2));

        Assert.Equal(Written, Json.Text(abstained));
        Assert.Equal(abstained, Json.Read(Written, typeof(ModelOutput)));
    }
}
