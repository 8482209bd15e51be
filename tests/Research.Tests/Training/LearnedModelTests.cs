using Trading.Core;
using Trading.Research.Training;

namespace Trading.Research.Tests.Training;

/// <summary>The learned model answers the same wherever it is asked, and claims no more than it can keep.</summary>
public class LearnedModelTests : LearnedModelTest
{
    [Fact]
    public void a_state_that_has_run_for_long_and_one_that_sees_the_last_prices_alone_give_the_same_to_the_last_bit()
    {
        var (model, prices) = (Some(Hidden), Walk(700, seed: 6).Where((_, at) => at is < 400 or > 420 && at != 130).ToArray());
        var running = new LearnedState(model);
        var answers = 0;
        for (var at = 0; at < prices.Length; at++)
        {
            running.Add(prices[at].UnixSeconds, prices[at].Price);
            var output = model.Output(prices.AsSpan(0, at + 1));
            Assert.Equal(running.Forecast() is { } forecast
                ? forecast.ToOutput(LearnedModel.Name) : output with { Abstained = output.Abstained ?? "nothing" }, output);
            answers += output.Abstained is null ? 1 : 0;
        }
        Assert.InRange(answers, 400, 520);
        Assert.Equal($"needs {LearnedState.LeastPrices} prices without a long pause, has 20", model.Output(prices.AsSpan(0, 20)).Abstained);
    }

    [Fact]
    public void an_answer_has_one_direction_in_price_and_word_and_a_confidence_from_one_half_on()
    {
        var (model, prices) = (Some(Hidden), Walk(600, seed: 7).ToArray());
        for (var at = 200; at < 600; at += 10)
        {
            var output = model.Output(prices.AsSpan(0, at + 1));
            Assert.InRange(output.Confidence!.Value, 0.5, 1);
            Assert.Equal(output.Direction == Direction.Up, output.PredictedPrice > prices[at].Price);
        }
    }

    [Fact]
    public void calibration_takes_back_what_a_model_claims_and_cannot_keep()
    {
        Assert.Equal(0.5, LearnedCalibration.Of([.. Enumerable.Range(0, 100).Select(i => (0.7, i < 60))]), 12);
        Assert.Equal(0, LearnedCalibration.Of([.. Enumerable.Range(0, 100).Select(i => (0.7, i < 40))]));
        Assert.Equal(1, LearnedCalibration.Of([.. Enumerable.Range(0, 100).Select(i => (0.6, i < 90))]));
    }

    [Fact]
    public void an_evaluation_takes_no_price_that_was_trained_on()
    {
        var prices = Walk(1500, seed: 8);
        var model = Some(Hidden) with { TrainedTo = DateTimeOffset.FromUnixTimeSeconds(prices[1000].UnixSeconds) };

        var found = LearnedEvaluation.Of(model, prices, 0.001)!;

        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(prices[1001].UnixSeconds), found.From);
        // One prediction for each five minutes: they do not overlap.
        Assert.InRange(found.Predictions, 95, 99);
        Assert.Null(LearnedEvaluation.Of(model, [.. prices.Take(1001)], 0.001));
    }

    [Theory]
    [InlineData(nameof(LearnedModel.Version), "it has version 3, this program reads 1 to 2")]
    [InlineData(nameof(LearnedModel.Features),
        "it was trained on version 9 of the features, this program computes version 1: train it again")]
    [InlineData(nameof(LearnedModel.Weights), "it must have 313 weights, has 312")]
    [InlineData(nameof(LearnedModel.Calibration), "its calibration is out of range")]
    public void a_model_that_cannot_be_used_says_why(string what, string why)
    {
        var model = Some(Hidden);
        Assert.Null(model.Violation());
        Assert.Equal(why, (what switch
        {
            nameof(LearnedModel.Version) => model with { Version = 3 },
            nameof(LearnedModel.Features) => model with { Features = 9 },
            nameof(LearnedModel.Weights) => model with { Weights = [.. model.Weights.Skip(1)] },
            _ => model with { Calibration = 2 },
        }).Violation());
    }
}
