namespace Trading.Core.Tests;

public class SignalTests
{
    private static readonly SignalThresholds Thresholds = new(ThresholdPercent: 2, Confidence: 0.75);

    [Theory]
    [InlineData(2.0001, 0.7501, TradeAction.Buy)]
    [InlineData(2, 0.7501, TradeAction.Hold)]
    [InlineData(2.0001, 0.75, TradeAction.Hold)]
    [InlineData(0, 1, TradeAction.Hold)]
    [InlineData(-2, 1, TradeAction.Hold)]
    [InlineData(-2.0001, 1, TradeAction.Sell)]
    public void only_a_move_beyond_the_threshold_asks_for_a_trade(double movePercent, double confidence, TradeAction expected) =>
        Assert.Equal(expected, Thresholds.Of(Given.Prediction(movePercent, confidence).Ensemble));

    [Fact]
    public void a_sale_needs_no_confidence_because_leaving_asks_for_less_than_entering() =>
        Assert.Equal(TradeAction.Sell, Thresholds.Of(Given.Prediction(-2.0001, 0).Ensemble));

    [Fact]
    public void no_prediction_asks_for_nothing() => Assert.Equal(TradeAction.Hold, Thresholds.Of(null));
}
