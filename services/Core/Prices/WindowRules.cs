namespace Trading.Core;

/// <summary>What a price window keeps.</summary>
/// <param name="IntervalSeconds">Seconds from one price to the next; above 0.</param>
/// <param name="HorizonSteps">How many prices ahead a prediction looks; at least 1.</param>
/// <param name="ScoredSteps">Over how many past prices the rule's signals are scored; at least 1.</param>
/// <param name="MaxGapIntervals">
/// A longer pause between two prices empties the window: a momentum across an outage would mean nothing.
/// </param>
public sealed record WindowRules(int IntervalSeconds, int HorizonSteps, int ScoredSteps = 200, int MaxGapIntervals = 10)
{
    /// <summary>
    /// How many prices the state depends on: the same last prices give the same state, regardless of the prices before them.
    /// </summary>
    public int Capacity => Math.Max(ScoredSteps + HorizonSteps + PriceWindow.LongAverage + 1, MovingAverageRule.LeastPrices);
}

/// <summary>A price of a window.</summary>
/// <param name="UnixSeconds">Start of its interval in seconds since 1970.</param>
/// <param name="Price">The price as the window calculates with it.</param>
public readonly record struct WindowPrice(long UnixSeconds, double Price);
