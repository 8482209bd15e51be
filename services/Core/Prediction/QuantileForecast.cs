using Trading.Contracts;

namespace Trading.Core;

/// <summary>A forecast that says how likely each price is: values that the price stays below with given probabilities.</summary>
public static class QuantileForecast
{
    /// <summary>Fewer levels do not describe a distribution well enough.</summary>
    public const int LeastLevels = 3;

    /// <summary>
    /// Price: the median. Direction: up or down when the median lies further than the dead band from the current price, else stable.
    /// Confidence: the probability that the forecast itself gives to its direction: that the price ends above (below) the current one for
    /// up (down), within the dead band for stable. Between two levels the distribution is taken to be even; beyond the outermost levels
    /// lies half of what is left, on average, so a price below the 10 % level counts as 5 %. Levels that cross are put in order.
    /// </summary>
    /// <param name="quantiles">Levels between 0 and 1 with their prices; some on either side of 0.5.</param>
    /// <param name="currentPrice">The price now; above 0.</param>
    /// <param name="deadBandPercent">Moves up to this many percent count as stable.</param>
    /// <returns>Null when there are too few levels, or no level on one side of the median.</returns>
    public static Forecast? Of(IReadOnlyDictionary<double, double> quantiles, double currentPrice, double deadBandPercent)
    {
        var levels = quantiles.Keys.Where(level => level is > 0 and < 1).Order().ToArray();
        if (levels.Length < LeastLevels || levels[0] > 0.5 || levels[^1] < 0.5)
            return null;
        var prices = levels.Select(level => quantiles[level]).Order().ToArray();

        var median = At(0.5, levels, prices);
        var direction = Forecast.FromPrice(median, currentPrice, deadBandPercent, 0).Direction;
        var confidence = direction switch
        {
            Direction.Up => 1 - Below(currentPrice, levels, prices),
            Direction.Down => Below(currentPrice, levels, prices),
            _ => Below(currentPrice * (1 + deadBandPercent / 100), levels, prices)
                - Below(currentPrice * (1 - deadBandPercent / 100), levels, prices),
        };
        return new(median, direction, confidence);
    }

    private static double At(double level, double[] levels, double[] prices)
    {
        var above = Array.FindIndex(levels, other => other >= level);
        if (levels[above] == level)
            return prices[above];
        var share = (level - levels[above - 1]) / (levels[above] - levels[above - 1]);
        return prices[above - 1] + (prices[above] - prices[above - 1]) * share;
    }

    private static double Below(double price, double[] levels, double[] prices)
    {
        if (price < prices[0])
            return levels[0] / 2;
        if (price > prices[^1])
            return (1 + levels[^1]) / 2;
        var (above, below) = (Array.FindIndex(prices, other => other >= price), Array.FindLastIndex(prices, other => other <= price));
        // On a level, or in the middle of several levels that share a price.
        return above <= below ? (levels[above] + levels[below]) / 2
            : levels[below] + (levels[above] - levels[below]) * ((price - prices[below]) / (prices[above] - prices[below]));
    }
}
