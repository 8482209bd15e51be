namespace Trading.Research.Statistics;

/// <summary>Signs that the best of many settings was the luckiest.</summary>
public static class Overfitting
{
    /// <summary>
    /// Fewer closed trades than this for each parameter say little about any of them (Peduzzi et al., 1996, found ten events per variable
    /// to be the least for a regression).
    /// </summary>
    public const int LeastTradesPerParameter = 10;

    /// <summary>A warning where a result rests on too few trades for what was varied; null where it does not.</summary>
    public static string? Warning(int parameters, long closedTrades) => closedTrades >= (long)parameters * LeastTradesPerParameter ? null
        : FormattableString.Invariant($"{parameters} parameters were chosen on {closedTrades} closed trades: ")
            + FormattableString.Invariant($"fewer than {LeastTradesPerParameter} for each say little, expect less than this");

    /// <summary>
    /// The series without those that repeat an earlier one: settings that do the same are one setting, whatever their values are called.
    /// </summary>
    public static IReadOnlyList<double[]> Distinct(IEnumerable<double[]> returns)
    {
        var known = new HashSet<double[]>(SameValues.Instance);
        return [.. returns.Where(known.Add)];
    }

    /// <summary>
    /// Probability of backtest overfitting by combinatorially symmetric cross-validation (Bailey, Borwein, López de Prado and Zhu, 2015):
    /// time is cut into parts; for each half of them the setting with the best Sharpe ratio is looked up in the other half. The share of
    /// halves in which it is below the median there. Where several are the best, each counts for its part; one that stands at the median
    /// counts one half, as nothing is said for or against it.
    /// </summary>
    /// <param name="returns">Returns per period of each setting, all of one length; settings that do the same given once.</param>
    /// <param name="parts">Into how many parts time is cut: even, 2 to 16.</param>
    /// <returns>0 to 1; not a number with fewer than two settings or fewer than two periods for each part.</returns>
    public static double Probability(IReadOnlyList<double[]> returns, int parts = 10)
    {
        if (parts is < 2 or > 16 || parts % 2 == 1)
            throw new ArgumentOutOfRangeException(nameof(parts), parts, "Time is cut into an even number of parts from 2 to 16.");
        if (returns.Count < 2 || returns[0].Length < 2 * parts)
            return double.NaN;
        var sums = returns.Select(series => Parts(series, parts)).ToArray();
        var (inside, outside, sorted) = (new double[sums.Length], new double[sums.Length], new double[sums.Length]);
        var (halves, below) = (0, 0.0);
        for (var half = 0; half < 1 << parts; half++)
        {
            if (int.PopCount(half) != parts / 2)
                continue;
            halves++;
            for (var setting = 0; setting < sums.Length; setting++)
                (inside[setting], outside[setting]) = (Sharpe(sums[setting], half), Sharpe(sums[setting], ~half));
            outside.CopyTo(sorted, 0);
            Array.Sort(sorted);
            below += BelowMedian(inside, outside, sorted);
        }
        return below / halves;
    }

    // Mean over all that are the best inside.
    private static double BelowMedian(double[] inside, double[] outside, double[] sorted)
    {
        var (best, count, below) = (inside.Max(), 0, 0.0);
        for (var setting = 0; setting < inside.Length; setting++)
        {
            if (inside[setting] != best)
                continue;
            count++;
            var worse = FirstNotBelow(sorted, outside[setting]);
            var better = sorted.Length - FirstAbove(sorted, outside[setting]);
            below += worse < better ? 1 : worse == better ? 0.5 : 0;
        }
        return below / count;
    }

    private static int FirstNotBelow(double[] sorted, double value) => Place(sorted, other => other >= value);

    private static int FirstAbove(double[] sorted, double value) => Place(sorted, other => other > value);

    private static int Place(double[] sorted, Func<double, bool> reached)
    {
        var (low, high) = (0, sorted.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = reached(sorted[middle]) ? (low, middle) : (middle + 1, high);
        }
        return low;
    }

    private static ReturnSums[] Parts(double[] series, int parts)
    {
        var sums = new ReturnSums[parts];
        for (var i = 0; i < series.Length; i++)
        {
            ref var part = ref sums[(long)i * parts / series.Length];
            part = part.With(series[i]);
        }
        return sums;
    }

    // A setting that never traded has neither gain nor deviation: it is neither better nor worse than nothing.
    private static double Sharpe(ReturnSums[] parts, int chosen)
    {
        var sums = default(ReturnSums);
        for (var i = 0; i < parts.Length; i++)
        {
            if ((chosen & (1 << i)) != 0)
                sums = sums.With(parts[i]);
        }
        return sums.Sharpe();
    }

    private sealed class SameValues : IEqualityComparer<double[]>
    {
        public static readonly SameValues Instance = new();

        public bool Equals(double[]? one, double[]? other) => one.AsSpan().SequenceEqual(other);

        public int GetHashCode(double[] values)
        {
            var hash = new HashCode();
            foreach (var value in values)
                hash.Add(value);
            return hash.ToHashCode();
        }
    }
}
