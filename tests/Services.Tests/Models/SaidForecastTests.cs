using Trading.Contracts;
using Trading.Services.Models;
using Xunit;

namespace Trading.Services.Tests.Models;

/// <summary>What language models write, and what is made of it.</summary>
public sealed class SaidForecastTests
{
    private static readonly SaidForecast Said = new(61_234.5, Direction.Up, 0.62);

    [Theory]
    [InlineData("""{"predicted_price": 61234.5, "direction": "up", "confidence": 0.62}""")]
    [InlineData("```json\n{\n  \"predicted_price\": 61234.5,\n  \"direction\": \"up\",\n  \"confidence\": 0.62,\n}\n```")]
    [InlineData(
        """Here is my analysis. {"reasoning":"a {nested} brace \" in a text","predicted_price":61234.5,"direction":"UP","confidence":"""
            + """0.62} I hope that this helps!""")]
    [InlineData(
        """<think>maybe {"predicted_price": 1, "direction": "down", "confidence": 0.9}?</think>{"predicted_price": 61234.5,"""
            + """ "direction": "up", "confidence": 0.62}""")]
    [InlineData("""{"prediction": {"predicted_price": 61234.5, "direction": "up", "confidence": 0.62}, "symbol": "BTC-USD"}""")]
    [InlineData("""{"predictedPrice": "$61,234.50", "direction": " Up ", "confidence": "62%"}""")]
    [InlineData("""{"predicted_price": 61234.5, /* the median */ "direction": "up", "confidence": 0.62}""")]
    [InlineData("""{"predicted_price": 61234.5, "direction": "up", "confidence": 0.62, "reasoning": "The price has bro""")]
    [InlineData("""{"predicted_price": 61234.5, "direction": "up", "confidence": 0.62} {"note": "none"}""")]
    public void is_found_whatever_stands_around_it(string text) => Assert.Equal(Said, SaidForecast.Find(text));

    [Theory]
    [InlineData("")]
    [InlineData("The price will rise to 61234.5 with a confidence of 62 %.")]
    [InlineData("{}")]
    [InlineData("[61234.5, 0.62]")]
    [InlineData("""{"predicted_price": 61234.5, "direction": "up"}""")]
    [InlineData("""{"predicted_price": 61234.5, "direction": "sideways", "confidence": 0.62}""")]
    [InlineData("""{"predicted_price": null, "direction": "up", "confidence": 0.62}""")]
    [InlineData("""{"predicted_price": "about 61k", "direction": "up", "confidence": 0.62}""")]
    [InlineData("""{"reasoning": "{{{{{{{{{{""")]
    public void is_not_made_up(string text) => Assert.Null(SaidForecast.Find(text));

    [Theory]
    [InlineData("""{"direction": "up", "predicted_price": 61234.5, "confidence": 0.6""")]
    [InlineData("""{"direction": "up", "confidence": 0.62, "predicted_price": 612""")]
    public void a_number_at_which_the_text_breaks_off_counts_for_nothing(string text) => Assert.Null(SaidForecast.Find(text));

    [Fact]
    public void a_text_of_braces_without_end_is_given_up_soon() => Assert.Null(SaidForecast.Find(new string('{', 100_000)));

    [Fact]
    public void without_a_direction_it_is_left_to_the_price() =>
        Assert.Equal(Said with { Direction = null }, SaidForecast.Find("""{"predicted_price": 61234.5, "confidence": 0.62}"""));
}
