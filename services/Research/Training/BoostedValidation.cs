using Trading.Core;

namespace Trading.Research.Training;

/// <summary>Trains a boosted model and says how good such a model is on what it has not seen, which also calibrates it.</summary>
public static class BoostedValidation
{
    /// <summary>
    /// The model of all samples. Each fold is predicted by a model of the samples before it, purged of outcomes that reach into it, from a
    /// horizon after its begin on. Scores are those of the later half after the calibration of the earlier one; the file's calibration is
    /// that of all. Null where there is too little to learn from.
    /// </summary>
    /// <param name="samples">The data.</param>
    /// <param name="folds">Parts that are predicted.</param>
    /// <param name="seed">What chance is drawn from.</param>
    /// <param name="progress">Told after each tree.</param>
    /// <param name="cancellation">Ends it.</param>
    public static BoostedModel? Of(BoostedSamples samples, int folds, int seed, Action progress, CancellationToken cancellation)
    {
        var count = samples.Prices.Length;
        int[] ends = [.. Enumerable.Range(1, folds + 1).Select(part => (int)((long)count * part / (folds + 1)))];
        var models = new BoostedModel?[ends.Length];
        Parallel.For(0, ends.Length, new() { CancellationToken = cancellation }, place => models[ends.Length - 1 - place] =
            new BoostedTraining(samples, ends[ends.Length - 1 - place], seed).Learn(progress, cancellation));
        if (models[^1] is not { } whole)
            return null;
        var said = new List<(double Score, bool Rose)>();
        for (var fold = 0; fold < folds; fold++)
        {
            for (var at = ends[fold] + samples.HorizonSteps; at < ends[fold + 1]; at++)
            {
                if (models[fold] is { } model && samples.IsKnown(at, count))
                    said.Add((model.Score(samples.Features(at)), samples.Outcomes[at] > 0));
            }
        }
        var earlier = IsotonicRegression.Of(said[..(said.Count / 2)]);
        var judged = said[(said.Count / 2)..].Select(one => (Rise: earlier.Of(one.Score), one.Rose)).ToList();
        var calibration = IsotonicRegression.Of(said);
        var rows = Enumerable.Range(0, count).Where(at => samples.IsKnown(at, count)).ToList();
        return whole with
        {
            WalkForward = LearnedCalibration.Score(judged, 1),
            Calibration = calibration,
            Seen = SeenInTraining.Of(
                [.. Enumerable.Range(0, samples.Width).Select(feature => rows.ConvertAll(at => samples.Features(at)[feature]))],
                said.ConvertAll(one => calibration.Of(one.Score))),
            DataSha256 = new LearnedSamples(samples.Prices, samples.IntervalSeconds, samples.HorizonSteps).Sha256(count),
        };
    }
}
