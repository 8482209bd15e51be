using Trading.Research.Statistics;

namespace Trading.Research.Search;

/// <summary>
/// A search by tree-structured Parzen estimators (Bergstra, Bardenet, Bengio and Kégl, Algorithms for Hyper-Parameter Optimization, 2011):
/// of settings drawn near the good ones so far it tries those that are likeliest among the good beside the others. The values of a
/// parameter are smoothed over their neighbours. With several objectives the good are those that NSGA-II would keep. No setting is tried
/// twice.
/// </summary>
public sealed class TpeSearch(ParameterSpace space, int trials, ulong seed) : ISearch
{
    private const int AtRandomFirst = 20, Batch = 8, Candidates = 24;
    private const double GoodShare = 0.25, Prior = 1;

    private readonly SeededRandom _random = new(seed);
    private readonly HashSet<long> _known = [];
    private readonly Dictionary<long, double[]> _scores = [];

    /// <inheritdoc/>
    public IReadOnlyList<long> NextSettings()
    {
        var left = Math.Min(trials - _known.Count, space.Size - _known.Count);
        if (left <= 0)
            return [];
        if (_scores.Count < AtRandomFirst)
            return RandomSearch.Draw(space, Math.Min(AtRandomFirst, left), _random, _known);
        var all = _scores.Select(entry => (entry.Key, entry.Value)).OrderBy(entry => entry.Key).ToList();
        var good = ParetoRanking.Best(all, Math.Max(2, (int)(all.Count * GoodShare))).Select(entry => entry.Setting).ToHashSet();
        var near = Density(good);
        var far = Density(all.Select(entry => entry.Key).Where(setting => !good.Contains(setting)));
        return [.. Enumerable.Range(0, (int)Math.Min(Batch, left)).Select(_ => Best(near, far))];
    }

    /// <inheritdoc/>
    public void Tell(long setting, IReadOnlyList<double> scores) => _scores[setting] = [.. scores];

    private long Best(double[][] near, double[][] far)
    {
        var (best, likeliest) = (-1L, double.NegativeInfinity);
        for (var candidate = 0; candidate < Candidates; candidate++)
        {
            var digits = near.Select(Draw).ToArray();
            var setting = space.Number(digits);
            var ratio = digits.Select((digit, place) => Math.Log(near[place][digit] / far[place][digit])).Sum();
            if (ratio > likeliest && !_known.Contains(setting))
                (best, likeliest) = (setting, ratio);
        }
        if (best < 0)
            return RandomSearch.Draw(space, 1, _random, _known)[0];
        _known.Add(best);
        return best;
    }

    // For each parameter the share of each of its values, as an average of bells around the values of the settings and of all alike.
    private double[][] Density(IEnumerable<long> settings)
    {
        var digits = settings.Select(space.Digits).ToList();
        return [.. space.Parameters.Select((parameter, place) =>
        {
            var values = parameter.Values.Count;
            var width = Math.Max(0.5, values / 10.0);
            var weights = Enumerable.Repeat(Prior / values, values).ToArray();
            foreach (var digit in digits)
            {
                var bell = Enumerable.Range(0, values)
                    .Select(value => Math.Exp(-0.5 * Math.Pow((value - digit[place]) / width, 2))).ToArray();
                var sum = bell.Sum();
                for (var value = 0; value < values; value++)
                    weights[value] += bell[value] / sum;
            }
            var total = weights.Sum();
            return weights.Select(weight => weight / total).ToArray();
        })];
    }

    private int Draw(double[] shares)
    {
        var at = _random.NextShare();
        for (var value = 0; value < shares.Length - 1; value++)
        {
            at -= shares[value];
            if (at < 0)
                return value;
        }
        return shares.Length - 1;
    }
}
