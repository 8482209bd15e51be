using Trading.Contracts;
using Trading.Services.Models;
using Xunit;

namespace Trading.Services.Tests.Models;

/// <summary>An answer of the right shape may still be nonsense.</summary>
public sealed class ForecastChecksTests
{
    private static readonly ForecastChecks Checks = new(MaxMovePercent: 20, DeadBandPercent: 0.1);

    [Theory]
    [InlineData(101, Direction.Up, 0.7)]
    [InlineData(99, Direction.Down, 0)]
    [InlineData(100.1, Direction.Stable, 1)]
    [InlineData(120, Direction.Up, 0.5)]
    public void what_can_be_is_taken(double price, Direction direction, double confidence) =>
        Assert.Equal(new("bedrock", price, direction, confidence, null), Checks.Output("bedrock", 100, price, direction, confidence));

    [Theory]
    [InlineData(121, Direction.Up, 0.7, "the predicted price 121 lies 21 % from the current 100, over 20 %")]
    [InlineData(1, Direction.Down, 0.7, "the predicted price 1 lies -99 % from the current 100, over 20 %")]
    [InlineData(-5, Direction.Down, 0.7, "the predicted price -5 is not a price")]
    [InlineData(double.NaN, Direction.Up, 0.7, "the predicted price NaN is not a price")]
    [InlineData(101, Direction.Up, 62, "the confidence 62 is not between 0 and 1")]
    [InlineData(101, Direction.Up, double.NaN, "the confidence NaN is not between 0 and 1")]
    [InlineData(101, Direction.Down, 0.7, "the direction Down contradicts the predicted price 101 (+1 %)")]
    [InlineData(99.5, Direction.Up, 0.7, "the direction Up contradicts the predicted price 99.5 (-0.5 %)")]
    [InlineData(100, Direction.Up, 0.7, "the direction Up contradicts the predicted price 100 (0 %)")]
    [InlineData(102, Direction.Stable, 0.7, "the direction Stable contradicts the predicted price 102 (+2 %)")]
    public void what_cannot_be_is_refused_with_the_reason(double price, Direction direction, double confidence, string reason) =>
        Assert.Equal(new("bedrock", null, null, null, reason), Checks.Output("bedrock", 100, price, direction, confidence));

    [Theory]
    [InlineData(101, Direction.Up)]
    [InlineData(100.05, Direction.Stable)]
    [InlineData(99, Direction.Down)]
    public void a_direction_that_was_not_given_follows_from_the_price(double price, Direction direction) =>
        Assert.Equal(direction, Checks.Output("huggingface", 100, price, null, 0.6).Direction);
}
