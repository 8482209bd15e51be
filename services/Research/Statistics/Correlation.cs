using Trading.Research.Backtests;

namespace Trading.Research.Statistics;

/// <summary>How far two series of returns go together.</summary>
public static class Correlation
{
    private const long SecondsPerDay = 86_400;

    /// <summary>Pearson's correlation, -1 to 1; not a number where one of the series stands still or there are fewer than two.</summary>
    public static double Of(IReadOnlyList<double> left, IReadOnlyList<double> right)
    {
        if (left.Count != right.Count)
            throw new ArgumentException($"Series of one length are expected, they have {left.Count} and {right.Count}.");
        if (left.Count < 2)
            return double.NaN;
        var (meanLeft, meanRight) = (left.Average(), right.Average());
        double both = 0, squaresLeft = 0, squaresRight = 0;
        for (var i = 0; i < left.Count; i++)
        {
            var (x, y) = (left[i] - meanLeft, right[i] - meanRight);
            (both, squaresLeft, squaresRight) = (both + x * y, squaresLeft + x * x, squaresRight + y * y);
        }
        return squaresLeft > 0 && squaresRight > 0 ? both / Math.Sqrt(squaresLeft * squaresRight) : double.NaN;
    }

    /// <summary>The correlation of daily returns, from each day on which both have a close to the next such day.</summary>
    /// <param name="left">The account of one symbol.</param>
    /// <param name="right">That of another.</param>
    /// <param name="value">What returns are those of: price or equity.</param>
    public static double OfDays(BacktestResult left, BacktestResult right, Func<BacktestPoint, decimal> value)
    {
        var others = right.Days.ToDictionary(DayOf, value);
        var days = left.Days.Where(day => others.ContainsKey(DayOf(day))).ToList();
        var (lefts, rights) = (new List<double>(), new List<double>());
        for (var i = 1; i < days.Count; i++)
        {
            lefts.Add(Return(value(days[i - 1]), value(days[i])));
            rights.Add(Return(others[DayOf(days[i - 1])], others[DayOf(days[i])]));
        }
        return Of(lefts, rights);
    }

    // A close at midnight still belongs to the day that ends there.
    private static long DayOf(BacktestPoint point) => (point.AtUnixSeconds - 1) / SecondsPerDay;

    private static double Return(decimal before, decimal now) => before == 0 ? 0 : (double)(now / before) - 1;
}
