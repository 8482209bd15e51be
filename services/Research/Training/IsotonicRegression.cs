using Trading.Core;

namespace Trading.Research.Training;

/// <summary>Learns what chance of a rise a model's score stands for.</summary>
public static class IsotonicRegression
{
    // Less than so many outcomes say nothing about how far a score may be trusted, and a group of fewer follows chance.
    private const int LeastOutcomes = 400;
    private const int Groups = 12;

    /// <summary>
    /// The rising steps that fit the outcomes best (pool adjacent violators; Ayer and others, 1955), over groups of equally many scores;
    /// an even chance where there are too few.
    /// </summary>
    public static ScoreCalibration Of(IReadOnlyList<(double Score, bool Rose)> outcomes)
    {
        if (outcomes.Count < LeastOutcomes)
            return ScoreCalibration.Even;
        var sorted = outcomes.OrderBy(one => one.Score).ToArray();
        var pools = new List<(double Score, double Rises, int Count)>();
        for (var group = 0; group < Groups; group++)
        {
            var (begin, end) = (sorted.Length * group / Groups, sorted.Length * (group + 1) / Groups);
            var (score, rises) = (0.0, 0.0);
            for (var i = begin; i < end; i++)
                (score, rises) = (score + sorted[i].Score, rises + (sorted[i].Rose ? 1 : 0));
            pools.Add((score, rises, end - begin));
            // A group that rose less often than the one before it says the same as that one.
            while (pools.Count > 1 && pools[^1].Rises / pools[^1].Count <= pools[^2].Rises / pools[^2].Count)
            {
                pools[^2] = (pools[^2].Score + pools[^1].Score, pools[^2].Rises + pools[^1].Rises, pools[^2].Count + pools[^1].Count);
                pools.RemoveAt(pools.Count - 1);
            }
        }
        var (scores, chances) = (new List<double>(), new List<double>());
        foreach (var pool in pools)
        {
            if (scores.Count > 0 && pool.Score / pool.Count <= scores[^1])
                continue;
            scores.Add(pool.Score / pool.Count);
            chances.Add(pool.Rises / pool.Count);
        }
        return new(scores, chances);
    }
}
