using Trading.Core;
using Trading.Research.Statistics;

namespace Trading.Research.Training;

/// <summary>
/// Trains boosted trees on the direction of the outcomes: each tree fits what the ones before it left over, on a random part of the rows
/// (stochastic gradient boosting, Friedman, 2002), with thresholds at quantiles of each feature. Outcomes that reach beyond the end of the
/// data are left out. The same data and seed give the same trees.
/// </summary>
/// <param name="samples">The data.</param>
/// <param name="end">How much of it is known: prices before this index.</param>
/// <param name="seed">What the rows of each tree are drawn from.</param>
public sealed class BoostedTraining(BoostedSamples samples, int end, int seed)
{
    /// <summary>Trees of a model.</summary>
    public const int Trees = 80;

    private const double Rate = 0.05, Ridge = 20, RowShare = 0.5;
    private const int LeastRows = 500;

    private double[][] _thresholds = [];
    private byte[] _bins = [];
    private int[] _rows = [];

    /// <summary>The model; null where there is too little to learn from.</summary>
    /// <param name="progress">Told after each tree.</param>
    /// <param name="cancellation">Ends it.</param>
    public BoostedModel? Learn(Action? progress, CancellationToken cancellation)
    {
        _rows = [.. Enumerable.Range(0, end).Where(at => samples.IsKnown(at, end))];
        if (_rows.Length < LeastRows)
            return null;
        Bin();
        var (random, scores, trees) = (new SeededRandom((ulong)seed), new double[_rows.Length], new List<BoostedTree>(Trees));
        var (gradients, weights) = (new double[_rows.Length], new double[_rows.Length]);
        for (var tree = 0; tree < Trees; tree++)
        {
            cancellation.ThrowIfCancellationRequested();
            var drawn = new List<int>(_rows.Length);
            for (var row = 0; row < _rows.Length; row++)
            {
                var chance = 1 / (1 + Math.Exp(-scores[row]));
                (gradients[row], weights[row]) = ((samples.Outcomes[_rows[row]] > 0 ? 1 : 0) - chance, chance * (1 - chance));
                if (random.NextShare() < RowShare)
                    drawn.Add(row);
            }
            var grown = new TreeGrowth(_bins, samples.Width, _thresholds, gradients, weights, Ridge, Rate).Grow([.. drawn]);
            trees.Add(grown);
            for (var row = 0; row < _rows.Length; row++)
                scores[row] += grown.Of(samples.Features(_rows[row]));
            progress?.Invoke();
        }
        return Model(trees);
    }

    private BoostedModel Model(List<BoostedTree> trees)
    {
        var (means, deviations) = (new double[samples.Width], new double[samples.Width]);
        for (var feature = 0; feature < samples.Width; feature++)
        {
            var mean = means[feature] = _rows.Average(at => samples.Features(at)[feature]);
            deviations[feature] = Math.Sqrt(_rows.Average(at => Math.Pow(samples.Features(at)[feature] - mean, 2)));
        }
        return new(BoostedModel.FormatName, BoostedModel.CurrentVersion, BoostedFeatures.Definition, samples.Inputs >= BoostedInputs.Volume,
            samples.IntervalSeconds, samples.HorizonSteps, seed, At(0), At(end - 1), end, "", new(0, 0, 0.25), ScoreCalibration.Even,
            Math.Max(1e-6, samples.MeanMove(end)), means, deviations, trees,
            Flow: samples.Inputs == BoostedInputs.Flow);

        DateTimeOffset At(int place) => DateTimeOffset.FromUnixTimeSeconds(samples.Prices[place].UnixSeconds);
    }

    // Each feature in at most as many bins as a byte has values, equally full; a bin holds what lies up to its threshold.
    private void Bin()
    {
        const int Bins = 32;
        _thresholds = new double[samples.Width][];
        _bins = new byte[_rows.Length * samples.Width];
        var column = new double[_rows.Length];
        for (var feature = 0; feature < samples.Width; feature++)
        {
            for (var row = 0; row < _rows.Length; row++)
                column[row] = samples.Features(_rows[row])[feature];
            var sorted = column.Order().ToArray();
            _thresholds[feature] = [.. Enumerable.Range(1, Bins - 1).Select(bin => sorted[(long)sorted.Length * bin / Bins]).Distinct()];
            for (var row = 0; row < _rows.Length; row++)
            {
                var place = Array.BinarySearch(_thresholds[feature], column[row]);
                _bins[row * samples.Width + feature] = (byte)(place < 0 ? ~place : place);
            }
        }
    }
}
