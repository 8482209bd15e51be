namespace Trading.Research.Backtests;

/// <summary>The standard normal distribution.</summary>
public static class Normal
{
    private const double HalfLogOfTwoPi = 0.91893853320467274;

    /// <summary>
    /// Probability of a value up to x, by the series of George Marsaglia (Evaluating the Normal Distribution, 2004); exact to about 15
    /// digits.
    /// </summary>
    public static double Cumulative(double x)
    {
        if (double.IsNaN(x) || Math.Abs(x) > 38)
            return double.IsNaN(x) ? x : x > 0 ? 1 : 0;
        if (Math.Abs(x) > 8)
            return x > 0 ? 1 : Tail(-x);
        double sum = x, term = x, before = 0;
        for (var i = 3; sum != before; i += 2)
        {
            term *= x * x / i;
            before = sum;
            sum += term;
        }
        return 0.5 + sum * Math.Exp(-0.5 * x * x - HalfLogOfTwoPi);
    }

    /// <summary>The value below which a share of all lies, by bisection of <see cref="Cumulative"/>.</summary>
    /// <param name="share">Above 0 and below 1; infinite at the ends.</param>
    public static double Quantile(double share)
    {
        if (share is not (> 0 and < 1))
            return share switch { 0 => double.NegativeInfinity, 1 => double.PositiveInfinity, _ => double.NaN };
        double low = -38, high = 38;
        while ((low + high) / 2 is var middle && middle > low && middle < high)
            (low, high) = Cumulative(middle) < share ? (middle, high) : (low, middle);
        return high;
    }

    // The continued fraction of the tail, where the series would lose all digits.
    private static double Tail(double x)
    {
        var fraction = x;
        for (var i = 60; i > 0; i--)
            fraction = x + i / fraction;
        return Math.Exp(-0.5 * x * x - HalfLogOfTwoPi) / fraction;
    }
}
