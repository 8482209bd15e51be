namespace Trading.Core.Tests;

/// <summary>Answers of models combined into one prediction.</summary>
public class EnsembleTests
{
    [Fact]
    public void the_price_is_weighted_by_confidence()
    {
        var combined = Combine(new Forecast(110, Direction.Up, 0.9), new Forecast(102, Direction.Up, 0.3));

        Assert.Equal((0.9 * 110 + 0.3 * 102) / 1.2, combined.PredictedPrice, 12);
        Assert.Equal(8, combined.PredictedMovePercent, 12);
        Assert.Equal((Direction.Up, 1.0, 2), (combined.Direction, combined.Agreement, combined.ModelsAnswered));
        Assert.Equal(0.6, combined.Confidence, 12);
    }

    [Fact]
    public void the_direction_follows_the_weight_and_not_the_number_of_models()
    {
        var combined = Combine(new(110, Direction.Up, 0.9), new(99, Direction.Down, 0.4), new(99, Direction.Down, 0.4));

        Assert.Equal(Direction.Up, combined.Direction);
        Assert.Equal(1 / 3.0, combined.Agreement, 12);
        Assert.Equal(1.7 / 3 / 3, combined.Confidence, 12);
    }

    [Theory]
    [InlineData(Direction.Up, Direction.Down)]
    [InlineData(Direction.Up, Direction.Stable)]
    [InlineData(Direction.Down, Direction.Stable)]
    public void directions_of_equal_weight_are_stable(Direction one, Direction other) =>
        Assert.Equal(Direction.Stable, Combine(new(110, one, 0.5), new(90, other, 0.5)).Direction);

    [Fact]
    public void a_tie_above_a_lighter_third_direction_is_stable_and_only_the_third_agrees()
    {
        var combined = Combine(new(110, Direction.Up, 0.5), new(90, Direction.Down, 0.5), new(100, Direction.Stable, 0.2));

        Assert.Equal((Direction.Stable, 1 / 3.0), (combined.Direction, combined.Agreement));
    }

    [Fact]
    public void models_without_any_confidence_give_their_plain_mean_and_no_confidence()
    {
        var combined = Combine(new(110, Direction.Up, 0), new(100, Direction.Up, 0));

        Assert.Equal((105.0, 0.0, Direction.Stable), (combined.PredictedPrice, combined.Confidence, combined.Direction));
    }

    [Fact]
    public void a_model_that_abstains_counts_neither_for_nor_against()
    {
        var answer = new Forecast(103, Direction.Up, 0.8).ToOutput("technical");
        var abstained = new ModelOutput("bedrock", null, null, null, "time-out after 10 s");

        var combined = Ensemble.Combine([abstained, answer], 100m)!;

        Assert.Equal((1, 1.0, 0.8), (combined.ModelsAnswered, combined.Agreement, combined.Confidence));
    }

    [Fact]
    public void no_model_gives_no_prediction()
    {
        Assert.Null(Ensemble.Combine([], 100m));
        Assert.Null(Ensemble.Combine([new("bedrock", null, null, null, "time-out")], 100m));
        Assert.Null(Ensemble.Combine(ReadOnlySpan<Forecast>.Empty, 100));
    }

    private static EnsemblePrediction Combine(params Forecast[] forecasts) => Ensemble.Combine(forecasts.AsSpan(), 100)!;
}
