using Trading.Core;

namespace Trading.MarketData;

/// <summary>What makes the numbers of a row a candle, whatever they were written in.</summary>
internal static class CandleRow
{
    /// <summary>Prices are below this one.</summary>
    public const decimal PriceEnd = 10_000_000_000_000m;

    private const string Worthless = "whose price is not above 0";

    /// <summary>Makes a candle of numbers.</summary>
    /// <param name="at">Its open time, in seconds since 1970.</param>
    /// <param name="whole">Whether that is a whole second.</param>
    /// <param name="known">Whether all four prices are there.</param>
    /// <param name="open">Open.</param>
    /// <param name="high">High.</param>
    /// <param name="low">Low.</param>
    /// <param name="close">Close.</param>
    /// <param name="volume">Volume.</param>
    /// <param name="candle">The candle; of one that is none the open time, where it is known.</param>
    /// <returns>Why it is none; null where it is one.</returns>
    public static string? Check(
        long at, bool whole, bool known, decimal open, decimal high, decimal low, decimal close, decimal volume, out Candle candle)
    {
        candle = default;
        if (at is < CandleCsv.FirstTimeUnixSeconds or >= CandleCsv.EndTimeUnixSeconds)
            return DroppedRows.NoInstant;
        candle = new(at, 0, 0, 0, 0, 0);
        if (!whole)
            return "whose open time is no whole second";
        if (!known)
            return DroppedRows.NoPrice;
        // Few comparisons where all is well.
        if (low > 0 && high < PriceEnd && open >= low && open <= high && close >= low && close <= high && volume >= 0)
        {
            candle = new(at, open, high, low, close, volume);
            return null;
        }
        if (!IsPrice(open) || !IsPrice(high) || !IsPrice(low) || !IsPrice(close))
            return Worthless;
        return volume < 0 ? DroppedRows.NoNumber : DroppedRows.NotWithinRange;
    }

    /// <summary>Why a number is no price; null where it is one.</summary>
    public static string? WhyNoPrice(decimal price) => IsPrice(price) ? null : Worthless;

    private static bool IsPrice(decimal price) => price is > 0 and < PriceEnd;
}
