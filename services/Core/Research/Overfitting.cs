namespace Trading.Core.Research;

/// <summary>Signs that the best of many settings was the luckiest.</summary>
public static class Overfitting
{
    /// <summary>Fewer closed trades than this for each parameter say little about any of them (Peduzzi et al., 1996, found ten events per variable to be the least for a regression).</summary>
    public const int LeastTradesPerParameter = 10;

    /// <summary>A warning where a result rests on too few trades for what was varied; null where it does not.</summary>
    public static string? Warning(int parameters, long closedTrades) => closedTrades >= (long)parameters * LeastTradesPerParameter ? null
        : FormattableString.Invariant($"{parameters} parameters were chosen on {closedTrades} closed trades: fewer than {LeastTradesPerParameter} for each say little, expect less than this");

    /// <summary>
    /// Probability of backtest overfitting by combinatorially symmetric cross-validation (Bailey, Borwein, López de Prado and Zhu, 2015): time is cut into parts; for each half of
    /// them the setting with the best Sharpe ratio is looked up in the other half. The share of halves in which it is below the median there.
    /// </summary>
    /// <param name="returns">Returns per period of each setting, all of one length.</param>
    /// <param name="parts">Into how many parts time is cut: even, 2 to 16.</param>
    /// <returns>0 to 1; not a number with fewer than two settings or fewer than two periods for each part.</returns>
    public static double Probability(IReadOnlyList<double[]> returns, int parts = 10)
    {
        if (parts is < 2 or > 16 || parts % 2 == 1)
            throw new ArgumentOutOfRangeException(nameof(parts), parts, "Time is cut into an even number of parts from 2 to 16.");
        if (returns.Count < 2 || returns[0].Length < 2 * parts)
            return double.NaN;
        var sums = returns.Select(series => Parts(series, parts)).ToArray();
        var (halves, below) = (0, 0);
        for (var half = 0; half < 1 << parts; half++)
        {
            if (int.PopCount(half) != parts / 2)
                continue;
            halves++;
            var best = Enumerable.Range(0, sums.Length).MaxBy(setting => Sharpe(sums[setting], half));
            var own = Sharpe(sums[best], ~half);
            var worse = sums.Count(other => Sharpe(other, ~half) < own);
            below += worse * 2 < sums.Length - 1 ? 1 : 0;
        }
        return below / (double)halves;
    }

    private static (double Sum, double Squares, int Count)[] Parts(double[] series, int parts)
    {
        var sums = new (double Sum, double Squares, int Count)[parts];
        for (var i = 0; i < series.Length; i++)
        {
            ref var part = ref sums[(long)i * parts / series.Length];
            part = (part.Sum + series[i], part.Squares + series[i] * series[i], part.Count + 1);
        }
        return sums;
    }

    private static double Sharpe((double Sum, double Squares, int Count)[] parts, int chosen)
    {
        var (sum, squares, count) = (0.0, 0.0, 0);
        for (var i = 0; i < parts.Length; i++)
        {
            if ((chosen & (1 << i)) != 0)
                (sum, squares, count) = (sum + parts[i].Sum, squares + parts[i].Squares, count + parts[i].Count);
        }
        var variance = (squares - sum * sum / count) / (count - 1);
        // A setting that never traded has neither gain nor deviation: it is neither better nor worse than nothing.
        return variance > 0 ? sum / count / Math.Sqrt(variance) : 0;
    }
}

/// <summary>How a setting does beside those that differ from it by one step of one parameter.</summary>
/// <param name="Neighbours">How many of them there are.</param>
/// <param name="Mean">Their mean score.</param>
/// <param name="Worst">Their worst score.</param>
/// <param name="Kept">The mean over the setting's own score: near 1 on a plateau, near or below 0 on a needle. Not a number where the own score is not above 0.</param>
public readonly record struct Stability(int Neighbours, double Mean, double Worst, double Kept)
{
    /// <summary>Compares a setting with its neighbours; those that have no score are left out.</summary>
    public static Stability Of(double score, IEnumerable<double> neighbours)
    {
        var scores = neighbours.Where(neighbour => !double.IsNaN(neighbour)).ToList();
        return scores.Count == 0
            ? new(0, double.NaN, double.NaN, double.NaN)
            : new(scores.Count, scores.Average(), scores.Min(), score > 0 ? scores.Average() / score : double.NaN);
    }
}
