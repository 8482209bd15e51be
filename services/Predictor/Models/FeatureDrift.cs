using Trading.Core;

namespace Trading.Services.Models;

/// <summary>
/// Whether what a model sees is still what it was trained on: the mean of each feature over the last questions against the mean and the
/// deviation of training. Scores are watched by the track record.
/// </summary>
internal sealed class FeatureDrift
{
    /// <summary>Questions that are looked at together.</summary>
    public const int Questions = 200;

    // In standard deviations of training. Features of neighbouring prices go together, so chance alone moves a mean far.
    private const double MostDeviations = 1.5;

    private readonly Lock _gate = new();
    private BoostedModel? _model;
    private double[] _sums = [];
    private int _count;

    /// <summary>Takes the prices of a question; the features that drifted, in words, at the end of each lot that shows some.</summary>
    public string? Add(BoostedModel model, ReadOnlySpan<WindowPrice> prices)
    {
        Span<double> features = stackalloc double[BoostedFeatures.PriceCount];
        if (model.OnlyForResearch() is not null || prices.Length < BoostedFeatures.Prices || !BoostedFeatures.Compute(
            prices[^BoostedFeatures.Prices..], [], [], model.IntervalSeconds, features, out _))
            return null;
        lock (_gate)
        {
            if (_model != model)
                (_model, _sums, _count) = (model, new double[features.Length], 0);
            for (var i = 0; i < features.Length; i++)
                _sums[i] += features[i];
            if (++_count < Questions)
                return null;
            var drifted = Enumerable.Range(0, _sums.Length)
                .Select(i => (Feature: i, Far: (_sums[i] / _count - model.Means[i]) / Math.Max(1e-9, model.Deviations[i])))
                .Where(one => Math.Abs(one.Far) > MostDeviations).ToList();
            (_sums, _count) = (new double[features.Length], 0);
            return drifted.Count == 0 ? null : string.Join(", ", drifted.Select(
                one => FormattableString.Invariant($"feature {one.Feature + 1} is {one.Far:+0.0;-0.0} deviations from its mean")));
        }
    }
}
