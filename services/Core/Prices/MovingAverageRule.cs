using Trading.Contracts;

namespace Trading.Core;

/// <summary>
/// The moving-average rule of the original system: up when SMA 20 lies above SMA 50 and momentum over 10 prices is positive, down when both
/// are reversed, else stable.
/// </summary>
public static class MovingAverageRule
{
    /// <summary>Prices that the rule needs before it answers, as in the original.</summary>
    public const int LeastPrices = 100;

    /// <summary>The direction that the rule gives; stable while an indicator is not a number.</summary>
    public static Direction Of(double sma20, double sma50, double momentum10) =>
        sma20 > sma50 && momentum10 > 0 ? Direction.Up
        : sma20 < sma50 && momentum10 < 0 ? Direction.Down
        : Direction.Stable;
}
