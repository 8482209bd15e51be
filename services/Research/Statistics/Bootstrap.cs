
namespace Trading.Research.Statistics;

/// <summary>A range that holds a share of all outcomes, with their median.</summary>
/// <param name="Low">Lower end.</param>
/// <param name="Median">Middle outcome.</param>
/// <param name="High">Upper end.</param>
public readonly record struct Interval(double Low, double Median, double High)
{
    /// <summary>
    /// The range that leaves out the same share of outcomes on both sides, with linear interpolation; outcomes that are not numbers are
    /// left out.
    /// </summary>
    /// <param name="outcomes">The outcomes, in any order.</param>
    /// <param name="level">Share of the outcomes within the range, above 0 and below 1; 0.95 for the usual one.</param>
    public static Interval Of(IEnumerable<double> outcomes, double level = 0.95)
    {
        double[] sorted = [.. outcomes.Where(outcome => !double.IsNaN(outcome)).Order()];
        var outside = (1 - level) / 2;
        return new(At(sorted, outside), At(sorted, 0.5), At(sorted, 1 - outside));
    }

    private static double At(double[] sorted, double share)
    {
        if (sorted.Length == 0)
            return double.NaN;
        var at = share * (sorted.Length - 1);
        var below = (int)at;
        return below + 1 < sorted.Length && at > below ? sorted[below] + (at - below) * (sorted[below + 1] - sorted[below]) : sorted[below];
    }
}

/// <summary>
/// The circular block bootstrap (Politis and Romano, 1992): a series is drawn again in blocks of neighbours, so that what belongs together
/// in time stays together.
/// </summary>
public static class Bootstrap
{
    /// <summary>
    /// A length of blocks that grows as the best one does, with the cube root of the number of values (Hall, Horowitz and Jing, 1995); at
    /// least 1.
    /// </summary>
    public static int BlockLength(int count) => Math.Max(1, (int)Math.Round(Math.Cbrt(count)));

    /// <summary>Draws as many places of a series of <paramref name="count"/> values as <paramref name="places"/> takes.</summary>
    /// <param name="places">Filled with places from 0 to below the count.</param>
    /// <param name="count">Values in the series; above 0.</param>
    /// <param name="blockLength">Neighbours that stay together; above 0. 1 draws each value alone.</param>
    /// <param name="random">Where the draws come from.</param>
    public static void Draw(Span<int> places, int count, int blockLength, SeededRandom random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(blockLength, 1);
        for (var i = 0; i < places.Length; i++)
            places[i] = i % blockLength == 0 ? (int)random.NextIndex(count) : (places[i - 1] + 1) % count;
    }

    /// <summary>
    /// The stationary bootstrap (Politis and Romano, 1994): blocks of random length, so that what is drawn is as stationary as the series.
    /// </summary>
    /// <param name="places">Filled with places from 0 to below the count.</param>
    /// <param name="count">Values in the series; above 0.</param>
    /// <param name="meanBlockLength">Mean number of neighbours that stay together; at least 1.</param>
    /// <param name="random">Where the draws come from.</param>
    public static void DrawStationary(Span<int> places, int count, double meanBlockLength, SeededRandom random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(meanBlockLength, 1);
        for (var i = 0; i < places.Length; i++)
            places[i] = i == 0 || random.NextShare() * meanBlockLength < 1 ? (int)random.NextIndex(count) : (places[i - 1] + 1) % count;
    }
}
