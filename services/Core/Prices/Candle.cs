namespace Trading.Core;

/// <summary>What a market did in one interval.</summary>
/// <param name="OpenTimeUnixSeconds">
/// Start of the interval, seconds since 1970 (UTC). The candle is known only when the interval has passed.
/// </param>
/// <param name="Open">First price; above 0.</param>
/// <param name="High">Highest price; not below open and close.</param>
/// <param name="Low">Lowest price; above 0, not above open and close.</param>
/// <param name="Close">Last price; above 0.</param>
/// <param name="Volume">Traded quantity, in the base currency unless its source says otherwise; 0 or more.</param>
public readonly record struct Candle(long OpenTimeUnixSeconds, decimal Open, decimal High, decimal Low, decimal Close, decimal Volume)
{
    /// <summary>Whether open and close lie from low to high.</summary>
    public bool IsConsistent => Low <= Math.Min(Open, Close) && High >= Math.Max(Open, Close);

    /// <summary>How many candles open before an instant.</summary>
    /// <param name="candles">Candles in the order of their times.</param>
    /// <param name="at">The instant, in seconds since 1970.</param>
    public static int CountBefore(ReadOnlySpan<Candle> candles, long at)
    {
        var (low, high) = (0, candles.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = candles[middle].OpenTimeUnixSeconds < at ? (middle + 1, high) : (low, middle);
        }
        return low;
    }
}
