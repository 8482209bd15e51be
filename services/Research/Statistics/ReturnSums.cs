namespace Trading.Research.Statistics;

/// <summary>Sums of returns, from which their Sharpe ratio follows without a second look at them.</summary>
/// <param name="Sum">Sum of the returns.</param>
/// <param name="Squares">Sum of their squares.</param>
/// <param name="Count">How many there are.</param>
public readonly record struct ReturnSums(double Sum, double Squares, int Count)
{
    /// <summary>The sums of a series.</summary>
    public static ReturnSums Of(ReadOnlySpan<double> returns)
    {
        var sums = default(ReturnSums);
        foreach (var gain in returns)
            sums = sums.With(gain);
        return sums;
    }

    /// <summary>The sums with one more return.</summary>
    public ReturnSums With(double gain) => new(Sum + gain, Squares + gain * gain, Count + 1);

    /// <summary>The sums of two series together.</summary>
    public ReturnSums With(in ReturnSums other) => new(Sum + other.Sum, Squares + other.Squares, Count + other.Count);

    /// <summary>Mean over deviation (of a sample), per period.</summary>
    /// <param name="still">The ratio of returns that never varied: they have gained nothing for their risk.</param>
    public double Sharpe(double still = 0)
    {
        var variance = (Squares - Sum * Sum / Count) / (Count - 1);
        return variance > 0 ? Sum / Count / Math.Sqrt(variance) : still;
    }
}
