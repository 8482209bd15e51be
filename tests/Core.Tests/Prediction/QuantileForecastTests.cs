namespace Trading.Core.Tests;

public class QuantileForecastTests
{
    private const double DeadBand = 0.1;

    [Fact]
    public void the_price_is_the_median_and_the_confidence_the_probability_of_its_side()
    {
        // The current price lies halfway between the 20 % and the 30 % level.
        var forecast = Of(100, (0.1, 98), (0.2, 99), (0.3, 101), (0.5, 103), (0.9, 110));

        Assert.Equal((103, Direction.Up), (forecast.PredictedPrice, forecast.Direction));
        Assert.Equal(0.75, forecast.Confidence, 12);
    }

    [Fact]
    public void a_fall_is_as_sure_as_a_rise_mirrored()
    {
        var forecast = Of(100, (0.1, 90), (0.5, 97), (0.7, 99), (0.8, 101), (0.9, 102));

        Assert.Equal(Direction.Down, forecast.Direction);
        Assert.Equal(0.75, forecast.Confidence, 12);
    }

    [Fact]
    public void stable_is_as_sure_as_the_dead_band_is_likely()
    {
        // Even between 99.8 and 100.2 from 10 % to 90 %: half of that lies within 99.9 to 100.1.
        var forecast = Of(100, (0.1, 99.8), (0.5, 100), (0.9, 100.2));

        Assert.Equal(Direction.Stable, forecast.Direction);
        Assert.Equal(0.4, forecast.Confidence, 9);
    }

    [Theory]
    [InlineData(90, Direction.Up, 0.95)]
    [InlineData(120, Direction.Down, 0.95)]
    public void beyond_the_outermost_level_lies_half_of_what_is_left(double current, Direction direction, double confidence)
    {
        var forecast = Of(current, (0.1, 98), (0.5, 103), (0.9, 110));

        Assert.Equal((direction, confidence), (forecast.Direction, Math.Round(forecast.Confidence, 12)));
    }

    [Fact]
    public void a_median_that_was_not_asked_for_lies_between_its_neighbours() =>
        Assert.Equal(102, Of(100, (0.1, 98), (0.4, 101), (0.6, 103), (0.9, 110)).PredictedPrice, 9);

    [Fact]
    public void levels_that_cross_are_put_in_order() =>
        Assert.Equal(Of(100, (0.1, 98), (0.5, 103), (0.9, 110)), Of(100, (0.1, 103), (0.5, 98), (0.9, 110)));

    [Fact]
    public void levels_of_the_same_price_count_in_the_middle() =>
        Assert.Equal(1 - 0.2, Of(100, (0.1, 100), (0.3, 100), (0.5, 101), (0.9, 102)).Confidence, 12);

    [Theory]
    [InlineData(0.1, 0.5)]
    [InlineData(0.6, 0.7, 0.8)]
    [InlineData(0.1, 0.2, 0.3)]
    [InlineData(0, 0.5, 1)]
    public void too_few_levels_or_an_empty_side_give_no_forecast(params double[] levels) =>
        Assert.Null(QuantileForecast.Of(levels.ToDictionary(level => level, level => 100 + level), 100, DeadBand));

    private static Forecast Of(double current, params (double Level, double Price)[] quantiles) =>
        QuantileForecast.Of(quantiles.ToDictionary(quantile => quantile.Level, quantile => quantile.Price), current, DeadBand)!.Value;
}
