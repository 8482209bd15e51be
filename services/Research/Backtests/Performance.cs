namespace Trading.Research.Backtests;

/// <summary>
/// The figures of a series of returns. Returns are simple, one per period (0.01 is one percent); a year has
/// <paramref name="PeriodsPerYear"/> of them, 365 for days in a market that never closes. Deviations are those of a sample (divided by n -
/// 1). A figure that the returns do not define, such as a deviation of one return, is not a number.
/// </summary>
/// <param name="Returns">The returns, oldest first; above -1.</param>
/// <param name="PeriodsPerYear">Periods in a year; above 0.</param>
/// <param name="RiskFreePerPeriod">What a period brings without risk; it is taken off each return where a ratio speaks of excess.</param>
public sealed record Performance(IReadOnlyList<double> Returns, double PeriodsPerYear, double RiskFreePerPeriod = 0)
{
    /// <summary>How long the returns took by the clock, in years; periods over periods per year when it is not known.</summary>
    public double? Years { get; init; }

    /// <summary>Product of 1 + return, less 1.</summary>
    public double TotalReturn => Returns.Aggregate(1.0, (wealth, gain) => wealth * (1 + gain)) - 1;

    /// <summary>The total return as a constant rate per year (CAGR): (1 + total)^(periods per year / periods) - 1.</summary>
    public double AnnualReturn => Annual(TotalReturn, Years ?? Returns.Count / PeriodsPerYear);

    /// <summary>A return of some years as a constant rate per year; not a number without any time.</summary>
    public static double Annual(double totalReturn, double years) => years > 0 ? Math.Pow(1 + totalReturn, 1 / years) - 1 : double.NaN;

    /// <summary>Deviation of the returns times the square root of the periods per year.</summary>
    public double AnnualVolatility => Deviation(Returns) * Math.Sqrt(PeriodsPerYear);

    /// <summary>Mean excess return over its deviation, per year (Sharpe, 1994); infinite where returns never vary.</summary>
    public double Sharpe => SharpePerPeriod * Math.Sqrt(PeriodsPerYear);

    /// <summary>The ratio of one period, as the probabilistic ratios take it.</summary>
    public double SharpePerPeriod
    {
        get
        {
            var excess = Excess();
            return excess.Length < 2 ? double.NaN : Mean(excess) / Deviation(excess);
        }
    }

    /// <summary>Root of the mean squared shortfall below the risk-free return, over all periods, per year (Sortino).</summary>
    public double DownsideRisk => Returns.Count == 0 ? double.NaN
        : Math.Sqrt(Excess().Sum(excess => Math.Min(excess, 0) * Math.Min(excess, 0)) / Returns.Count) * Math.Sqrt(PeriodsPerYear);

    /// <summary>Mean excess return per year over the downside risk.</summary>
    public double Sortino => Returns.Count < 2 ? double.NaN : Mean(Excess()) * PeriodsPerYear / DownsideRisk;

    /// <summary>Annual return over the depth of the deepest drawdown; not a number without a drawdown.</summary>
    public double Calmar => MaxDrawdown > 0 ? AnnualReturn / MaxDrawdown : double.NaN;

    /// <summary>Deepest fall of wealth below an earlier peak, as a share of the peak, 0 to 1; the start counts as a peak.</summary>
    public double MaxDrawdown => Returns.Count == 0 ? double.NaN : Drawdowns().Max();

    /// <summary>Root of the mean squared drawdown over all periods (Peter Martin, 1987), as a share.</summary>
    public double UlcerIndex => Returns.Count == 0 ? double.NaN : Math.Sqrt(Drawdowns().Average(depth => depth * depth));

    /// <summary>
    /// Gains above a threshold per period over losses below it (Keating and Shadwick, 2002); not a number without losses.
    /// </summary>
    public double Omega(double thresholdPerPeriod = 0)
    {
        var excess = Returns.Select(gain => gain - RiskFreePerPeriod - thresholdPerPeriod).ToList();
        var losses = -excess.Sum(value => Math.Min(value, 0));
        return Returns.Count < 2 || losses <= 0 ? double.NaN : excess.Sum(value => Math.Max(value, 0)) / losses;
    }

    /// <summary>
    /// The return that a share of all periods stays below, with linear interpolation: the value at risk. A loss is negative.
    /// </summary>
    /// <param name="share">Share of the periods, 0 to 1; usually 0.05.</param>
    public double ValueAtRisk(double share = 0.05) => Quantile([.. Returns.Order()], share);

    /// <summary>Mean of the worst returns, a share of all of them and at least one: the conditional value at risk.</summary>
    /// <param name="share">Share of the periods, 0 to 1; usually 0.05.</param>
    public double ConditionalValueAtRisk(double share = 0.05) =>
        Returns.Count == 0 ? double.NaN : Returns.Order().Take((int)((Returns.Count - 1) * share) + 1).Average();

    /// <summary>Size of the 95th percentile over that of the 5th: how large gains are beside losses.</summary>
    public double TailRatio
    {
        get
        {
            double[] sorted = [.. Returns.Order()];
            return sorted.Length == 0 ? double.NaN : Math.Abs(Quantile(sorted, 0.95)) / Math.Abs(Quantile(sorted, 0.05));
        }
    }

    /// <summary>Standardised third moment of the returns, by population.</summary>
    public double Skewness => Moment(3) / Math.Pow(Moment(2), 1.5);

    /// <summary>Standardised fourth moment of the returns, by population; 3 for a normal distribution.</summary>
    public double Kurtosis => Moment(4) / (Moment(2) * Moment(2));

    /// <summary>
    /// Probability that the true Sharpe ratio exceeds a benchmark (Bailey and López de Prado, The Sharpe Ratio Efficient Frontier, 2012):
    /// Φ((SR - SR*) √(n - 1) / √(1 - γ₃ SR + (γ₄ - 1)/4 SR²)), with SR per period.
    /// </summary>
    /// <param name="benchmarkPerPeriod">The benchmark SR*, per period.</param>
    public double ProbabilisticSharpe(double benchmarkPerPeriod = 0)
    {
        var sharpe = SharpePerPeriod;
        var spread = Math.Sqrt(1 - Skewness * sharpe + (Kurtosis - 1) / 4 * sharpe * sharpe);
        return Normal.Cumulative((sharpe - benchmarkPerPeriod) * Math.Sqrt(Returns.Count - 1) / spread);
    }

    /// <summary>
    /// Probability that the Sharpe ratio is not the luck of having tried many settings (Bailey and López de Prado, The Deflated Sharpe
    /// Ratio, 2014): the probabilistic ratio against the best of N independent trials without skill, σ ((1 - γ) Φ⁻¹(1 - 1/N) + γ Φ⁻¹(1 -
    /// 1/(N e))), γ being Euler's constant.
    /// </summary>
    /// <param name="trialSharpesPerPeriod">The ratios of all settings that were tried, this one included; at least two.</param>
    public double DeflatedSharpe(IReadOnlyList<double> trialSharpesPerPeriod)
    {
        const double Euler = 0.57721566490153286;
        var trials = trialSharpesPerPeriod.Count;
        var best = (1 - Euler) * Normal.Quantile(1 - 1.0 / trials) + Euler * Normal.Quantile(1 - 1 / (trials * Math.E));
        return trials < 2 ? double.NaN : ProbabilisticSharpe(Deviation(trialSharpesPerPeriod) * best);
    }

    /// <summary>
    /// Slope (beta) and annual intercept (alpha, compounded) of the regression of excess returns on those of a benchmark.
    /// </summary>
    /// <param name="benchmark">Returns of the benchmark for the same periods.</param>
    public (double Alpha, double Beta) Against(IReadOnlyList<double> benchmark)
    {
        if (benchmark.Count != Returns.Count)
            throw new ArgumentException($"{Returns.Count} returns cannot be compared with {benchmark.Count}.", nameof(benchmark));
        if (Returns.Count < 2)
            return (double.NaN, double.NaN);
        var (own, other) = (Excess(), benchmark.Select(gain => gain - RiskFreePerPeriod).ToArray());
        var (ownMean, otherMean) = (Mean(own), Mean(other));
        var covariance = own.Zip(other, (mine, theirs) => (mine - ownMean) * (theirs - otherMean)).Sum();
        var beta = covariance / other.Sum(theirs => (theirs - otherMean) * (theirs - otherMean));
        return (Math.Pow(1 + ownMean - beta * otherMean, PeriodsPerYear) - 1, beta);
    }

    /// <summary>
    /// The deepest drawdown in time: periods from its peak to its trough, and from there until the peak was reached again; null while it
    /// was not.
    /// </summary>
    public (double Depth, int PeriodsDown, int? PeriodsToRecover) DeepestDrawdown()
    {
        double wealth = 1, peak = 1, depth = 0, peakOfDeepest = 1;
        int peakAt = 0, from = 0, trough = 0;
        int? recovered = null;
        for (var period = 1; period <= Returns.Count; period++)
        {
            wealth *= 1 + Returns[period - 1];
            if (wealth >= peak)
                (peak, peakAt) = (wealth, period);
            else if (1 - wealth / peak > depth)
                (depth, from, trough, recovered, peakOfDeepest) = (1 - wealth / peak, peakAt, period, null, peak);
            if (depth > 0 && recovered is null && wealth >= peakOfDeepest)
                recovered = period - trough;
        }
        return (depth, trough - from, recovered);
    }

    private double[] Excess() => [.. Returns.Select(gain => gain - RiskFreePerPeriod)];

    private IEnumerable<double> Drawdowns()
    {
        double wealth = 1, peak = 1;
        foreach (var gain in Returns)
        {
            wealth *= 1 + gain;
            peak = Math.Max(peak, wealth);
            yield return 1 - wealth / peak;
        }
    }

    private double Moment(int power)
    {
        if (Returns.Count == 0)
            return double.NaN;
        var mean = Returns.Average();
        return Returns.Average(gain => Math.Pow(gain - mean, power));
    }

    private static double Mean(double[] values) => values.Length == 0 ? double.NaN : values.Average();

    private static double Deviation(IReadOnlyList<double> values)
    {
        if (values.Count < 2)
            return double.NaN;
        // Equal values have no deviation, whatever rounding makes of their mean.
        if (values.All(value => value == values[0]))
            return 0;
        var mean = values.Average();
        return Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1));
    }

    private static double Quantile(double[] sorted, double share)
    {
        if (sorted.Length == 0)
            return double.NaN;
        var at = share * (sorted.Length - 1);
        var below = (int)at;
        return below + 1 < sorted.Length ? sorted[below] + (at - below) * (sorted[below + 1] - sorted[below]) : sorted[below];
    }
}
