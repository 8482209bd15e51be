namespace Trading.Core.Tests;

/// <summary>The rule of the technical model, what it expects, and how sure it is.</summary>
public class TechnicalModelTests
{
    [Theory]
    [InlineData(101, 100, 0.01, Direction.Up)]
    [InlineData(99, 100, -0.01, Direction.Down)]
    [InlineData(101, 100, -0.01, Direction.Stable)]
    [InlineData(99, 100, 0.01, Direction.Stable)]
    [InlineData(101, 100, 0, Direction.Stable)]
    [InlineData(99, 100, 0, Direction.Stable)]
    [InlineData(100, 100, 0.01, Direction.Stable)]
    [InlineData(100, 100, -0.01, Direction.Stable)]
    [InlineData(double.NaN, 100, 0.01, Direction.Stable)]
    [InlineData(101, double.NaN, 0.01, Direction.Stable)]
    [InlineData(101, 100, double.NaN, Direction.Stable)]
    public void the_rule_wants_averages_and_momentum_to_agree(double sma20, double sma50, double momentum, Direction expected) =>
        Assert.Equal(expected, MovingAverageRule.Of(sma20, sma50, momentum));

    [Theory]
    [InlineData(0, 0, 0.5)]
    [InlineData(10, 20, 0.5)]
    [InlineData(20, 20, 0.75)]
    [InlineData(0, 20, 0.25)]
    [InlineData(150, 200, 160.0 / 220)]
    public void confidence_is_the_hit_rate_shrunk_towards_one_half(int hits, int signals, double expected) =>
        Assert.Equal(expected, TechnicalModel.Confidence(hits, signals), 15);

    [Fact]
    public void the_model_abstains_with_a_reason_until_there_are_100_prices()
    {
        var window = Window(prices: 99, step => 100);
        Assert.Equal(new("technical", null, null, null, "needs 100 prices, has 99"), TechnicalModel.Output(window));

        window.Add(99 * 60, 100);
        Assert.Null(TechnicalModel.Output(window).Abstained);
    }

    [Fact]
    public void a_rising_price_is_expected_to_go_on_with_half_of_its_momentum()
    {
        var window = Window(prices: 120, step => 1000 + step);

        var forecast = TechnicalModel.Predict(window)!.Value;

        Assert.Equal(Direction.Up, forecast.Direction);
        Assert.Equal(1119 * (1 + 10.0 / 1109 * 0.5), forecast.PredictedPrice, 10);
    }

    [Fact]
    public void a_falling_price_is_expected_to_go_on_with_half_of_its_momentum()
    {
        var window = Window(prices: 120, step => 1000 - step);

        var forecast = TechnicalModel.Predict(window)!.Value;

        Assert.Equal(Direction.Down, forecast.Direction);
        Assert.Equal(881 * (1 - 10.0 / 891 * 0.5), forecast.PredictedPrice, 10);
    }

    [Fact]
    public void a_price_that_stands_still_is_expected_to_stay_and_nothing_is_known_about_the_rule()
    {
        var forecast = TechnicalModel.Predict(Window(prices: 120, step => 100.1m))!.Value;

        Assert.Equal(new Forecast(100.1, Direction.Stable, 0.5), forecast);
    }

    [Fact]
    public void a_rule_that_was_always_right_gains_confidence_and_one_that_was_always_wrong_loses_it()
    {
        var right = TechnicalModel.Predict(Window(prices: 400, step => 1000 + step))!.Value;
        Assert.Equal(TechnicalModel.Confidence(200, 200), right.Confidence);

        // A sawtooth on a rising trend: the rule always says up, and nine of ten next prices are lower.
        var wrong = TechnicalModel.Predict(Window(prices: 400, step => 1000 + 2 * (step / 10) - step % 10, horizonSteps: 1))!.Value;
        Assert.Equal(TechnicalModel.Confidence(20, 200), wrong.Confidence);
    }

    [Theory]
    [InlineData(101, Direction.Stable)]
    [InlineData(101.0001, Direction.Up)]
    [InlineData(99, Direction.Stable)]
    [InlineData(98.9999, Direction.Down)]
    public void a_model_without_a_direction_gets_one_from_its_price_and_the_dead_band(double predicted, Direction expected) =>
        Assert.Equal(expected, Forecast.FromPrice(predicted, currentPrice: 100, deadBandPercent: 1.0000000001, confidence: 0.5).Direction);

    [Theory]
    [InlineData(double.NaN, 0.5, "the predicted price NaN is not a price")]
    [InlineData(double.PositiveInfinity, 0.5, "the predicted price Infinity is not a price")]
    [InlineData(0, 0.5, "the predicted price 0 is not a price")]
    [InlineData(100, double.NaN, "the confidence NaN is not between 0 and 1")]
    [InlineData(100, 1.01, "the confidence 1.01 is not between 0 and 1")]
    [InlineData(100, -0.01, "the confidence -0.01 is not between 0 and 1")]
    public void an_answer_with_invalid_numbers_is_recorded_as_an_abstention(double price, double confidence, string reason) =>
        Assert.Equal(new("http", null, null, null, reason), new Forecast(price, Direction.Up, confidence).ToOutput("http"));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void the_ends_of_the_scale_of_confidence_are_answers(double confidence) =>
        Assert.Equal(new("http", 100, Direction.Up, confidence, null), new Forecast(100, Direction.Up, confidence).ToOutput("http"));

    private static PriceWindow Window(int prices, Func<int, decimal> price, int horizonSteps = 5)
    {
        var window = new PriceWindow(new(IntervalSeconds: 60, horizonSteps));
        for (var step = 0; step < prices; step++)
            window.Add(step * 60, price(step));
        return window;
    }
}
