using Trading.Research.Statistics;

namespace Trading.Research.Search;

/// <summary>What choosing settings by what they did so far would have brought, from their daily returns alone.</summary>
public static class Choice
{
    private const int LeastDays = 20;

    /// <summary>
    /// Walk-forward efficiency of choosing among settings: the time is cut into parts; before each part but the first the setting with the
    /// best Sharpe ratio so far is chosen. Mean daily log return of the chosen in the parts over that in the time that they were chosen on.
    /// Not a number with fewer than 20 days for each part, or where choosing made no profit.
    /// </summary>
    /// <param name="returns">Daily returns of each setting, all of one length.</param>
    /// <param name="parts">Parts of the time; at least 2.</param>
    public static double Efficiency(IReadOnlyList<double[]> returns, int parts = 5)
    {
        if (returns.Count == 0 || returns[0].Length < LeastDays * parts)
            return double.NaN;
        var days = returns[0].Length;
        var (chosen, judged, chosenDays, judgedDays) = (0.0, 0.0, 0, 0);
        for (var part = 1; part < parts; part++)
        {
            var (from, to) = (days * part / parts, days * (part + 1) / parts);
            var best = returns.MaxBy(series => ReturnSums.Of(series.AsSpan(0, from)).Sharpe())!;
            (chosen, chosenDays) = (chosen + Log(best.AsSpan(0, from)), chosenDays + from);
            (judged, judgedDays) = (judged + Log(best.AsSpan(from, to - from)), judgedDays + to - from);
        }
        return chosen > 0 ? judged / judgedDays / (chosen / chosenDays) : double.NaN;
    }

    /// <summary>
    /// Places of the parameters whose value changed no result: among settings that differ in nothing else, all did the same.
    /// </summary>
    /// <param name="space">The settings.</param>
    /// <param name="outcomes">What each setting that was tried did; equal where they did the same.</param>
    public static IReadOnlyList<int> WithoutEffect(ParameterSpace space, IReadOnlyDictionary<long, string> outcomes)
    {
        var places = new List<int>();
        for (var place = 0; place < space.Parameters.Count; place++)
        {
            var groups = outcomes.GroupBy(outcome => Without(space, outcome.Key, place))
                .Select(group => (Count: group.Count(), Same: group.Select(outcome => outcome.Value).Distinct().Count() == 1)).ToList();
            if (groups.Any(group => group.Count > 1) && groups.All(group => group.Same))
                places.Add(place);
        }
        return places;
    }

    private static long Without(ParameterSpace space, long setting, int place)
    {
        var digits = space.Digits(setting);
        digits[place] = 0;
        return space.Number(digits);
    }

    private static double Log(ReadOnlySpan<double> returns)
    {
        var sum = 0.0;
        foreach (var gain in returns)
            sum += Math.Log(Math.Max(1e-12, 1 + gain));
        return sum;
    }
}
