using Trading.Research.Backtests;

namespace Trading.Research.Tests.Backtests;

/// <summary>
/// Figures of performance. The series and what they come to are those of empyrical's own tests (quantopian/empyrical, Apache-2.0,
/// tests/test_stats.py), to eight decimals.
/// </summary>
public sealed class PerformanceTests
{
    private const int Daily = 252, Weekly = 52, Monthly = 12;

    private static readonly double[] Mixed = Percent(1, 10, -4, 2, 3, 2, 1, -10);
    private static readonly double[] MixedFromZero = Percent(0, 1, 10, -4, 2, 3, 2, 1, -10);
    private static readonly double[] Positive = Percent(1, 2, 1, 1, 1, 1, 1, 1, 1);
    private static readonly double[] Negative = Percent(0, -6, -7, -1, -9, -2, -6, -8, -5);
    private static readonly double[] Flat = Percent(1, 1, 1, 1, 1, 1, 1, 1, 1);
    private static readonly double[] Benchmark = Percent(0, 1, 0, 1, 0, 1, 0, 1, 0);

    [Fact]
    public void returns_compound()
    {
        Near(0.03893, Of(Mixed).TotalReturn, 1e-5);
        Near(-0.36590, Of(Negative).TotalReturn, 1e-5);
        Near(1.9135925373194231, Of(MixedFromZero).AnnualReturn);
        Near(0.24690830513998208, Of(MixedFromZero, Weekly).AnnualReturn);
        Near(0.052242061386048144, Of(MixedFromZero, Monthly).AnnualReturn);
        Near(11.274002099240244, Of(Percent(1)).AnnualReturn);
        Assert.Equal(double.NaN, Of([]).AnnualReturn);
    }

    [Fact]
    public void volatility_is_the_deviation_of_a_sample_per_year()
    {
        Near(0.9136465399704637, Of(Mixed).AnnualVolatility);
        Near(0.38851569394870583, Of(MixedFromZero, Weekly).AnnualVolatility);
        Near(0.18663690238892558, Of(MixedFromZero, Monthly).AnnualVolatility);
        Assert.Equal(0, Of(Flat).AnnualVolatility);
        Assert.Equal(double.NaN, Of(Percent(1)).AnnualVolatility);
    }

    [Fact]
    public void the_sharpe_ratio_is_the_mean_over_the_deviation()
    {
        Near(1.7238613961706866, Of(Mixed).Sharpe);
        Near(52.915026221291804, Of(Positive).Sharpe);
        Near(-24.406808633910085, Of(Negative).Sharpe);
        Assert.Equal(double.PositiveInfinity, Of(Flat).Sharpe);
        Assert.Equal(double.NaN, Of(Percent(1)).Sharpe);
        Assert.Equal(double.NaN, Of([]).Sharpe);
    }

    [Fact]
    public void the_sortino_ratio_counts_only_shortfalls_as_risk()
    {
        Near(0.60448325038829653, Of(Mixed).DownsideRisk);
        Near(1.7161730681956295, Of(Mixed, Daily, 0.1).DownsideRisk);
        Near(0.25888650451930134, Of(MixedFromZero, Weekly).DownsideRisk);
        Near(0.7733045971672482, Of(MixedFromZero, Weekly, 0.1).DownsideRisk);
        Near(0.1243650540411842, Of(MixedFromZero, Monthly).DownsideRisk);
        Near(0.37148351242013422, Of(MixedFromZero, Monthly, 0.1).DownsideRisk);
        Near(2.605531251673693, Of(Mixed).Sortino);
        Near(-1.3934779588919977, Of(Mixed, Daily, 0.01).Sortino);
        Near(-13.532743075043401, Of(Negative).Sortino);
        Near(1.1158901056866439, Of(MixedFromZero, Weekly).Sortino);
        Near(0.53605626741889756, Of(MixedFromZero, Monthly).Sortino);
        Assert.Equal(double.PositiveInfinity, Of(Positive).Sortino);
        Assert.Equal(double.NaN, Of(Percent(1)).Sortino);
    }

    [Fact]
    public void drawdowns_are_measured_from_the_highest_wealth_so_far()
    {
        Near(0.1, Of(Mixed).MaxDrawdown);
        Near(0.1, Of(Percent(10, -10, 10)).MaxDrawdown);
        Near(-Of(Negative).TotalReturn, Of(Negative).MaxDrawdown);
        Assert.Equal(0, Of(Positive).MaxDrawdown);
        Assert.Equal(double.NaN, Of([]).MaxDrawdown);
        Near(19.135925373194233, Of(MixedFromZero).Calmar);
        Near(2.4690830513998208, Of(MixedFromZero, Weekly).Calmar);
        Near(0.52242061386048144, Of(MixedFromZero, Monthly).Calmar);
        Assert.Equal(double.NaN, Of(Percent(1)).Calmar);
        // Wealth 1.5, 1.2, 1.35, 1.5: 20 % and 10 % below the peak, then at the peak.
        Near(Math.Sqrt((0.04 + 0.01) / 4), Of([0.5, -0.2, 0.125, 1 / 9.0]).UlcerIndex);
    }

    [Fact]
    public void the_deepest_drawdown_has_a_length_and_a_recovery()
    {
        Assert.Equal((0.2, 1, 2), Rounded(Of([0.5, -0.2, 0.125, 1 / 8.99, -0.1]).DeepestDrawdown()));
        Assert.Equal((0.36, 3, null), Rounded(Of([0.5, -0.2, 0, -0.2, 0.1]).DeepestDrawdown()));
        Assert.Equal((0.1, 1, null), Rounded(Of([-0.1]).DeepestDrawdown()));
        Assert.Equal((0, 0, null), Rounded(Of(Positive).DeepestDrawdown()));

        static (double, int, int?) Rounded((double Depth, int Down, int? Recover) drawdown) =>
            (Math.Round(drawdown.Depth, 9), drawdown.Down, drawdown.Recover);
    }

    [Fact]
    public void omega_and_the_tails_compare_gains_with_losses()
    {
        Near(0.83354263497557934, Of(Mixed).Omega(Math.Pow(1 + 10, 1.0 / Daily) - 1));
        Near(0.8125, Of(Mixed, Daily, 0.01).Omega());
        Near(1.125, Of(Positive, Daily, 0.011).Omega());
        Assert.Equal(0, Of(Positive, Daily, 0.02).Omega());
        Assert.Equal(double.NaN, Of(Positive, Daily, 0.01).Omega());
        Near(0.9473684210526313, Of(MixedFromZero).TailRatio);
        Near(1, Of(Percent(1)).TailRatio);
    }

    [Fact]
    public void the_value_at_risk_is_a_quantile_and_the_conditional_one_the_mean_beyond_it()
    {
        var hundred = Of([.. Enumerable.Range(-50, 101).Select(value => value / 1000.0)]);
        Near(-0.045, hundred.ValueAtRisk());
        Near(-0.0475, hundred.ConditionalValueAtRisk());
        Near(-0.049, hundred.ValueAtRisk(0.01));
        Assert.Equal(double.NaN, Of([]).ConditionalValueAtRisk());
    }

    [Fact]
    public void beta_is_the_slope_and_alpha_what_is_left()
    {
        var (alpha, beta) = Of([.. Benchmark.Select(gain => 2 * gain + 0.001)]).Against(Benchmark);
        Near(2, beta);
        Near(Math.Pow(1.001, Daily) - 1, alpha);
        var itself = Of(Mixed).Against(Mixed);
        Near(0, itself.Alpha);
        Near(1, itself.Beta);
        Assert.Throws<ArgumentException>(() => Of(Mixed).Against(Benchmark));
    }

    [Fact]
    public void a_sharpe_ratio_is_worth_less_when_returns_are_skewed_or_settings_were_many()
    {
        // Normal returns: skewness 0, kurtosis 3. SR 0.1 over 101 periods: Φ(0.1 · 10 / √(1 + 0.5 · 0.01)).
        var steps = Enumerable.Range(1, 2000).Select(step => Normal.Quantile((step - 0.5) / 2000)).ToArray();
        var performance = Of([.. steps.Select(step => 0.01 * step + 0.001)]);
        Near(0, performance.Skewness, 1e-9);
        Near(3, performance.Kurtosis, 0.03);
        Near(Normal.Cumulative(performance.SharpePerPeriod * Math.Sqrt(1999)
            / Math.Sqrt(1 + (performance.Kurtosis - 1) / 4 * Math.Pow(performance.SharpePerPeriod, 2))), performance.ProbabilisticSharpe());
        Near(0.5, performance.ProbabilisticSharpe(performance.SharpePerPeriod));
        // The best of ten trials without skill lies 1.5746 deviations up.
        double[] trials = [0.01, 0.03, 0.01, 0.03, 0.01, 0.03, 0.01, 0.03, 0.01, 0.03];
        Near(performance.ProbabilisticSharpe(Math.Sqrt(0.001 / 9) * 1.5746), performance.DeflatedSharpe(trials), 1e-4);
        Assert.True(performance.DeflatedSharpe(trials) < performance.ProbabilisticSharpe());
        Assert.Equal(double.NaN, performance.DeflatedSharpe([0.1]));
    }

    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(1, 0.8413447460685429)]
    [InlineData(-1.959963984540054, 0.025)]
    [InlineData(3.090232306167813, 0.999)]
    [InlineData(-10, 7.619853024160527e-24)]
    public void the_normal_distribution_is_that_of_the_tables(double x, double probability)
    {
        Assert.Equal(probability, Normal.Cumulative(x), probability * 1e-12);
        Assert.Equal(x, Normal.Quantile(probability), 1e-9);
    }

    private static Performance Of(double[] returns, double periodsPerYear = Daily, double riskFree = 0) =>
        new(returns, periodsPerYear, riskFree);

    private static double[] Percent(params double[] returns) => [.. returns.Select(gain => gain / 100)];

    private static void Near(double expected, double actual, double tolerance = 1e-8) => Assert.Equal(expected, actual, tolerance);
}
