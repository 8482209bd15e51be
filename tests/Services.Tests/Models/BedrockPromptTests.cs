using System.Text.Json;
using Trading.Services.Models;
using Xunit;

namespace Trading.Services.Tests.Models;

/// <summary>What a language model is asked.</summary>
public sealed class BedrockPromptTests
{
    [Fact]
    public void shows_fifty_prices_ten_day_changes_the_indicators_and_the_task()
    {
        var question = BedrockPrompt.Question(Questions.About(61_000), [1.25, 1.2, 1.1, 1, 0.9, 0.8, 0.7, 0.6, 0.5, -0.456]);
        var lines = question.ReplaceLineEndings("\n").Split('\n');

        Assert.Equal(
            "Asset: BTC-USD, quoted in USD. Time of the newest price: 2024-03-01T12:00:00Z. One price every 60 seconds.", lines[0]);
        Assert.Equal(50, lines[1].Split(": ")[1].Split(", ").Length);
        Assert.StartsWith("Last 50 prices, oldest first: 60701.1, 60707.2, ", lines[1], StringComparison.Ordinal);
        Assert.EndsWith(", 60993.9, 61000", lines[1], StringComparison.Ordinal);
        Assert.Equal(
            "Changes over 24 hours at the last prices, oldest first, in percent: 1.25, 1.2, 1.1, 1, 0.9, 0.8, 0.7, 0.6, 0.5, -0.456",
            lines[2]);
        Assert.StartsWith("Indicators: simple moving average over 20 prices 60942.05, over 50 prices 60850.55; change over the last 10 "
            + "prices 0.1001 %; standard deviation", lines[3], StringComparison.Ordinal);
        Assert.Equal("Current price: 61000", lines[4]);
        Assert.Equal("Task: predict the price 3600 seconds after the newest price.", lines[5]);
    }

    [Fact]
    public void says_so_when_the_day_before_is_not_known() => Assert.Contains("in percent: not known\n",
        BedrockPrompt.Question(Questions.About(100), []).ReplaceLineEndings("\n"), StringComparison.Ordinal);

    [Fact]
    public void shows_what_stable_means() =>
        Assert.Contains("within 0.1 % of the current", BedrockPrompt.Instructions(new(20, 0.1)), StringComparison.Ordinal);

    [Fact]
    public void the_schema_is_one_that_bedrock_enforces()
    {
        var schema = JsonDocument.Parse(BedrockPrompt.Schema.Json).RootElement;

        Assert.False(schema.GetProperty("additionalProperties").GetBoolean());
        Assert.Equal(
            schema.GetProperty("properties").EnumerateObject().Select(member => member.Name),
            schema.GetProperty("required").EnumerateArray().Select(name => name.GetString()!));
        // Bounds of numbers and lengths are refused with an error.
        Assert.DoesNotContain("minimum", BedrockPrompt.Schema.Json, StringComparison.Ordinal);
        Assert.DoesNotContain("axLength", BedrockPrompt.Schema.Json, StringComparison.Ordinal);
    }
}
