using System.Globalization;
using System.Text.Json;
using Trading.Contracts;
using Trading.Core;
using Trading.Services.Models;
using Xunit;

namespace Trading.Services.Tests.Models;

/// <summary>The two formats of time-series models on SageMaker.</summary>
public sealed class SeriesFormatTests
{
    private static readonly ForecastChecks Checks = new(20, 0.1);

    [Fact]
    public void chronos_is_asked_for_the_quantiles_of_the_whole_horizon()
    {
        var json = JsonDocument.Parse(ChronosFormat.Question(Questions.About(100, minutes: 40))).RootElement;
        var input = json.GetProperty("inputs")[0];

        Assert.Equal(["inputs", "parameters"], json.EnumerateObject().Select(member => member.Name));
        Assert.Equal(40, input.GetProperty("target").GetArrayLength());
        Assert.Equal(100, input.GetProperty("target")[39].GetDouble());
        Assert.Equal(("BTC-USD", "2024-03-01T11:21:00"),
            (input.GetProperty("item_id").GetString(), input.GetProperty("start").GetString()));
        Assert.Equal("""{"prediction_length":60,"freq":"1min","quantile_levels":[0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9]}""",
            json.GetProperty("parameters").GetRawText());
    }

    [Fact]
    public void where_a_price_is_missing_the_one_before_it_still_held()
    {
        var question = Questions.About(100, minutes: 40);
        var json = JsonDocument.Parse(
            ChronosFormat.Question(question with { Prices = [.. question.Prices.Where((_, at) => at is not (10 or 11))] })).RootElement;
        var target = json.GetProperty("inputs")[0].GetProperty("target").EnumerateArray().Select(price => price.GetDouble()).ToList();

        Assert.Equal(40, target.Count);
        Assert.Equal(
            [question.Prices[9].Price, question.Prices[9].Price, question.Prices[9].Price, question.Prices[12].Price], target[9..13]);
    }

    [Fact]
    public void the_last_step_of_chronos_is_the_horizon()
    {
        var forecast =
            ChronosFormat.Answer(Chronos(steps: 60, low: 99, middle: 103, high: 110), Questions.About(100), Checks, out _)!.Value;

        Assert.Equal((103, Direction.Up), (forecast.PredictedPrice, forecast.Direction));
        // 100 lies two thirds of the way from the 10 % level at 98 to the 30 % level at 101.
        Assert.Equal(1 - (0.1 + 0.2 * 2 / 3), forecast.Confidence, 12);
    }

    [Theory]
    [InlineData("""{"predictions":[103.5],"confidence":0.7}""")]
    [InlineData("""{"predictions":[[103.5]],"confidence":0.7}""")]
    [InlineData("""{"predictions":[{"predicted_price":103.5,"confidence":0.7}]}""")]
    public void instances_answer_with_a_price_and_a_confidence(string json) =>
        Assert.Equal(new Forecast(103.5, Direction.Up, 0.7), InstancesFormat.Answer(json, 100, Checks, out _));

    [Fact]
    public void instances_are_a_row_of_prices()
    {
        var rows = JsonDocument.Parse(InstancesFormat.Question(Questions.About(100, minutes: 40))).RootElement.GetProperty("instances");

        Assert.Equal((1, 40, 100.0), (rows.GetArrayLength(), rows[0].GetArrayLength(), rows[0][39].GetDouble()));
    }

    [Theory]
    [InlineData("<html>", "it is no JSON")]
    [InlineData("[]", "it has no \"predictions\" with one entry")]
    [InlineData("""{"predictions":[]}""", "it has no \"predictions\" with one entry")]
    [InlineData("""{"predictions":[101]}""", "its prediction is no object with quantiles")]
    [InlineData("""{"predictions":[{"mean":[101]}]}""", "it has fewer than 3 quantiles, or none on one side of 0.5")]
    [InlineData("""{"predictions":[{"0.1":[99],"0.5":[101],"0.9":[102]}]}""", "its quantile 0.1 has not 60 numbers")]
    public void another_answer_than_that_of_chronos_is_refused(string json, string reason)
    {
        Assert.Null(ChronosFormat.Answer(json, Questions.About(100), Checks, out var wrong));
        Assert.Equal(reason, wrong);
    }

    [Theory]
    [InlineData("NaN", "it is no JSON")]
    [InlineData("""{"predictions":[101,102],"confidence":0.7}""", "it has no \"predictions\" with one entry")]
    [InlineData("""{"predictions":["up"],"confidence":0.7}""", "its prediction is no price")]
    [InlineData("""{"predictions":[[101,102]],"confidence":0.7}""", "its prediction is no price")]
    [InlineData("""{"predictions":[101]}""", "it has no confidence")]
    [InlineData("""{"predictions":[{"predicted_price":101}],"confidence":0.7}""", "it has no confidence")]
    public void another_answer_than_that_of_instances_is_refused(string json, string reason)
    {
        Assert.Null(InstancesFormat.Answer(json, 100, Checks, out var wrong));
        Assert.Equal(reason, wrong);
    }

    private static string Chronos(int steps, double low, double middle, double high)
    {
        string Steps(double last)
        {
            var path = Enumerable.Range(1, steps).Select(step => 100 + (last - 100) * step / steps);
            return $"[{string.Join(',', path.Select(price => price.ToString(CultureInfo.InvariantCulture)))}]";
        }
        return $$"""{"predictions":[{"mean":{{Steps(middle)}},"0.1":{{Steps(low - 1)}},"0.3":{{Steps(low + 2)}},"""
            + $$"""
            "0.5":{{Steps(middle)}},"0.9":{{Steps(high)}},"item_id":"BTC-USD","start":"2024-03-01T12:01:00"}]}
            """;
    }
}
