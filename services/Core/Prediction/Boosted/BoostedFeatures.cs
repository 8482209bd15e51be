namespace Trading.Core;

/// <summary>
/// What the boosted model sees at a price: returns over several lookbacks, distance from averages, volatility, the place in the range, runs
/// of rises, the hour and the day of the week; each return in units of volatility, so that a quiet and a wild market look alike. Where the
/// data has volumes and order flow, also those. No feature uses a later price, and only additions, multiplications, divisions and roots are
/// used, so every machine gets the same bits.
/// </summary>
public static class BoostedFeatures
{
    /// <summary>Version of this definition; a model knows the one that it was trained with.</summary>
    public const int Definition = 1;

    /// <summary>Prices that the features of one price are made from.</summary>
    public const int Prices = 169;

    /// <summary>Features of prices and time.</summary>
    public const int PriceCount = 18;

    /// <summary>Features of volumes.</summary>
    public const int VolumeCount = 3;

    /// <summary>Features of order flow.</summary>
    public const int FlowCount = 4;

    /// <summary>Names of the features, in their order; null for hour and day of the week, which go round.</summary>
    public static IReadOnlyList<string?> Names { get; } =
    [
        "return-1", "return-3", "return-6", "return-12", "return-24", "return-72", "return-168", "from-average-24", "from-average-72",
        "from-average-168", "volatility", "place-24", "place-168", "rises-14", null, null, null, null, "volume", "volume-day",
        "volume-signed", "flow", "flow-day", "flow-week", "flow-change",
    ];

    private const int MostGapIntervals = 10;
    private const double Largest = 8;
    private const long SecondsPerDay = 86_400;
    private static readonly int[] Lookbacks = [1, 3, 6, 12, 24, 72, 168];

    /// <summary>How many features there are.</summary>
    /// <param name="inputs">What they are made from.</param>
    public static int Count(BoostedInputs inputs) => PriceCount
        + (inputs >= BoostedInputs.Volume ? VolumeCount : 0) + (inputs >= BoostedInputs.Flow ? FlowCount : 0);

    /// <summary>Computes the features of the last of some prices.</summary>
    /// <param name="prices">The last <see cref="Prices"/> prices, oldest first.</param>
    /// <param name="volumes">Their volumes; empty where the model knows none.</param>
    /// <param name="taker">What takers bought of each volume; empty where the model knows none.</param>
    /// <param name="intervalSeconds">Seconds from one price to the next.</param>
    /// <param name="values">Gets the features.</param>
    /// <param name="volatility">Standard deviation of the one-step returns.</param>
    /// <returns>False where prices are missing over a long time, or none moved.</returns>
    public static bool Compute(ReadOnlySpan<WindowPrice> prices, ReadOnlySpan<double> volumes, ReadOnlySpan<double> taker,
        int intervalSeconds, Span<double> values, out double volatility)
    {
        volatility = 0;
        if (prices.Length != Prices
            || prices[^1].UnixSeconds - prices[0].UnixSeconds > (Prices - 1L + MostGapIntervals) * intervalSeconds)
            return false;
        volatility = Deviation(prices, Prices - 1);
        if (!(volatility > 0))
            return false;
        var at = 0;
        foreach (var steps in Lookbacks)
            values[at++] = (prices[^1].Price / prices[^(steps + 1)].Price - 1) / (volatility * Math.Sqrt(steps));
        foreach (var length in (ReadOnlySpan<int>)[24, 72, 168])
            values[at++] = (prices[^1].Price / Average(prices, length) - 1) / (volatility * Math.Sqrt(length / 3.0));
        values[at++] = Deviation(prices, 24) / volatility - 1;
        values[at++] = Place(prices, 24);
        values[at++] = Place(prices, 168);
        values[at++] = Rises(prices, 14);
        var time = prices[^1].UnixSeconds;
        var (day, week) = (time % SecondsPerDay / (double)SecondsPerDay, time % (7 * SecondsPerDay) / (7.0 * SecondsPerDay));
        (values[at++], values[at++]) = (day, Math.Abs(day - 0.5));
        (values[at++], values[at++]) = (week, Math.Abs(week - 0.5));
        if (!volumes.IsEmpty)
            OfVolumes(prices, volumes, values[at..]);
        if (!taker.IsEmpty)
            OfFlow(volumes, taker, values[(at + VolumeCount)..]);
        foreach (ref var value in values)
            value = Math.Clamp(value, -Largest, Largest);
        return true;
    }

    private static void OfVolumes(ReadOnlySpan<WindowPrice> prices, ReadOnlySpan<double> volumes, Span<double> values)
    {
        double day = 0, week = 0, signed = 0;
        for (var i = 1; i < volumes.Length; i++)
        {
            week += volumes[i];
            if (i < volumes.Length - 24)
                continue;
            day += volumes[i];
            signed += prices[i].Price > prices[i - 1].Price ? volumes[i] : prices[i].Price < prices[i - 1].Price ? -volumes[i] : 0;
        }
        values[0] = day > 0 ? volumes[^1] * 24 / day - 1 : 0;
        values[1] = week > 0 ? day * 7 / week - 1 : 0;
        values[2] = day > 0 ? signed / day : 0;
    }

    // What takers bought against what they sold: of the last bar, of the last 24 and 168, and of the last 24 against the 24 before.
    private static void OfFlow(ReadOnlySpan<double> volumes, ReadOnlySpan<double> taker, Span<double> values)
    {
        values[0] = Bought(volumes[^1..], taker[^1..]);
        values[1] = Bought(volumes[^24..], taker[^24..]);
        values[2] = Bought(volumes[1..], taker[1..]);
        values[3] = values[1] - Bought(volumes[^48..^24], taker[^48..^24]);
    }

    // 1 where takers bought all of a volume, -1 where they sold all, 0 where both were the same or nothing was traded.
    private static double Bought(ReadOnlySpan<double> volumes, ReadOnlySpan<double> taker)
    {
        double volume = 0, bought = 0;
        for (var i = 0; i < volumes.Length; i++)
            (volume, bought) = (volume + volumes[i], bought + taker[i]);
        return volume > 0 ? 2 * bought / volume - 1 : 0;
    }

    private static double Deviation(ReadOnlySpan<WindowPrice> prices, int returns)
    {
        double sum = 0, squares = 0;
        for (var back = returns; back >= 1; back--)
        {
            var change = prices[^back].Price / prices[^(back + 1)].Price - 1;
            sum += change;
            squares += change * change;
        }
        return Math.Sqrt(Math.Max(0, squares - sum * sum / returns) / (returns - 1));
    }

    private static double Average(ReadOnlySpan<WindowPrice> prices, int length)
    {
        double sum = 0;
        for (var back = length; back >= 1; back--)
            sum += prices[^back].Price;
        return sum / length;
    }

    // 0 at the lowest, 1 at the highest of the last prices.
    private static double Place(ReadOnlySpan<WindowPrice> prices, int length)
    {
        var (low, high) = (double.MaxValue, 0.0);
        for (var back = length; back >= 1; back--)
            (low, high) = (Math.Min(low, prices[^back].Price), Math.Max(high, prices[^back].Price));
        return high > low ? (prices[^1].Price - low) / (high - low) : 0.5;
    }

    // Rises against falls, -1 to 1.
    private static double Rises(ReadOnlySpan<WindowPrice> prices, int length)
    {
        double up = 0, down = 0;
        for (var back = length; back >= 1; back--)
        {
            var change = prices[^back].Price / prices[^(back + 1)].Price - 1;
            (up, down) = change > 0 ? (up + change, down) : (up, down - change);
        }
        return up + down > 0 ? (up - down) / (up + down) : 0;
    }
}
