namespace Trading.Research.Statistics;

/// <summary>One drawn history.</summary>
/// <param name="TotalReturn">Final wealth over the start, less 1.</param>
/// <param name="MaxDrawdown">Deepest fall below an earlier peak, as a share of it; the start counts as a peak.</param>
/// <param name="Sharpe">Sharpe ratio per period of the drawn values; not a number where they do not vary.</param>
public readonly record struct DrawnHistory(double TotalReturn, double MaxDrawdown, double Sharpe);

/// <summary>What many drawn histories say.</summary>
/// <param name="Runs">How many were drawn.</param>
/// <param name="BlockLength">Neighbours that stayed together.</param>
/// <param name="TotalReturn">Range of the total return.</param>
/// <param name="MaxDrawdown">Range of the deepest drawdown.</param>
/// <param name="Sharpe">Range of the Sharpe ratio, per period.</param>
/// <param name="LossShare">Share of the histories that ended below the start.</param>
/// <param name="RuinShare">Share of the histories that fell by the ruin's depth or more below a peak.</param>
public sealed record MonteCarloResult(
    int Runs, int BlockLength, Interval TotalReturn, Interval MaxDrawdown, Interval Sharpe, double LossShare, double RuinShare);

/// <summary>
/// How much of a result was luck of the order: histories drawn from the same returns, or from the same trades, by the block bootstrap. It
/// says nothing about markets that the history did not see.
/// </summary>
public static class MonteCarlo
{
    /// <summary>One history drawn from returns per period; wealth compounds.</summary>
    public static DrawnHistory OfReturns(ReadOnlySpan<double> returns, int blockLength, SeededRandom random) =>
        Draw(returns, blockLength, random, compounds: true);

    /// <summary>
    /// One history drawn from trades' profits as shares of the equity at the start; wealth adds up, as with orders of constant size.
    /// </summary>
    public static DrawnHistory OfTrades(ReadOnlySpan<double> profitShares, int blockLength, SeededRandom random) =>
        Draw(profitShares, blockLength, random, compounds: false);

    /// <summary>Puts drawn histories together.</summary>
    /// <param name="histories">The histories.</param>
    /// <param name="blockLength">Neighbours that stayed together.</param>
    /// <param name="level">Share of the outcomes within the ranges.</param>
    /// <param name="ruin">Depth of a drawdown that counts as ruin, 0 to 1.</param>
    public static MonteCarloResult Summarize(
        IReadOnlyList<DrawnHistory> histories, int blockLength, double level = 0.95, double ruin = 0.5) => new(
        histories.Count,
        blockLength,
        Interval.Of(histories.Select(history => history.TotalReturn), level),
        Interval.Of(histories.Select(history => history.MaxDrawdown), level),
        Interval.Of(histories.Select(history => history.Sharpe), level),
        Share(histories, history => history.TotalReturn < 0),
        Share(histories, history => history.MaxDrawdown >= ruin));

    private static double Share(IReadOnlyList<DrawnHistory> histories, Func<DrawnHistory, bool> which) =>
        histories.Count == 0 ? double.NaN : histories.Count(which) / (double)histories.Count;

    private static DrawnHistory Draw(ReadOnlySpan<double> values, int blockLength, SeededRandom random, bool compounds)
    {
        if (values.IsEmpty)
            return new(0, 0, double.NaN);
        var places = new int[values.Length];
        Bootstrap.Draw(places, values.Length, blockLength, random);
        double wealth = 1, peak = 1, depth = 0;
        var sums = default(ReturnSums);
        foreach (var place in places)
        {
            var value = values[place];
            wealth = compounds ? wealth * (1 + value) : wealth + value;
            peak = Math.Max(peak, wealth);
            depth = Math.Max(depth, 1 - wealth / peak);
            sums = sums.With(value);
        }
        return new(wealth - 1, Math.Min(depth, 1), sums.Sharpe(still: double.NaN));
    }
}
