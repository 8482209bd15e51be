namespace Trading.Research.Search;

/// <summary>
/// Ranks settings by several objectives at once (NSGA-II): first those that no other is better than in everything, then those that only
/// these are better than, and so on; within a front, those in thin company first.
/// </summary>
public static class ParetoRanking
{
    /// <summary>
    /// Whether one is at least as good in every objective and better in one. What is not a number is worse than any number.
    /// </summary>
    public static bool Dominates(IReadOnlyList<double> one, IReadOnlyList<double> other)
    {
        var better = false;
        for (var i = 0; i < one.Count; i++)
        {
            var (mine, theirs) = (Value(one[i]), Value(other[i]));
            if (mine < theirs)
                return false;
            better |= mine > theirs;
        }
        return better;
    }

    /// <summary>The settings that none dominates, in the order given.</summary>
    public static IReadOnlyList<(long Setting, double[] Scores)> Front(IReadOnlyList<(long Setting, double[] Scores)> settings) =>
        [.. settings.Where(one => !settings.Any(other => Dominates(other.Scores, one.Scores)))];

    /// <summary>The best settings, best first.</summary>
    public static IReadOnlyList<(long Setting, double[] Scores)> Best(IReadOnlyList<(long Setting, double[] Scores)> settings, int count)
    {
        var (left, best) = (settings.ToList(), new List<(long Setting, double[] Scores)>());
        while (left.Count > 0 && best.Count < count)
        {
            var front = Front(left);
            var chosen = front.Select(one => one.Setting).ToHashSet();
            left.RemoveAll(one => chosen.Contains(one.Setting));
            var crowding = Crowding(front);
            best.AddRange(front.Select((one, place) => (one, place)).OrderByDescending(entry => crowding[entry.place])
                .ThenBy(entry => entry.one.Setting).Select(entry => entry.one));
        }
        return best.Count > count ? best[..count] : best;
    }

    // Distance between the neighbours of each, summed over the objectives, as a share of the objective's range; the ends are alone.
    private static double[] Crowding(IReadOnlyList<(long Setting, double[] Scores)> front)
    {
        var distances = new double[front.Count];
        for (var objective = 0; objective < front[0].Scores.Length; objective++)
        {
            var order = Enumerable.Range(0, front.Count).OrderBy(place => Value(front[place].Scores[objective]))
                .ThenBy(place => front[place].Setting).ToArray();
            var (low, high) = (Value(front[order[0]].Scores[objective]), Value(front[order[^1]].Scores[objective]));
            distances[order[0]] = distances[order[^1]] = double.PositiveInfinity;
            if (high <= low || double.IsInfinity(low) || double.IsInfinity(high))
                continue;
            for (var i = 1; i < order.Length - 1; i++)
                distances[order[i]] +=
                    (Value(front[order[i + 1]].Scores[objective]) - Value(front[order[i - 1]].Scores[objective])) / (high - low);
        }
        return distances;
    }

    private static double Value(double score) => double.IsNaN(score) ? double.NegativeInfinity : score;
}
