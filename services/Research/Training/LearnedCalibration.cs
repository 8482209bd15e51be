using Trading.Core;

namespace Trading.Research.Training;

/// <summary>Compares predicted probabilities with outcomes, one entry for each prediction.</summary>
public static class LearnedCalibration
{
    /// <summary>
    /// The factor for a probability's distance from one half that makes the Brier score least: the sum of (p - 0.5)(o -
    /// 0.5) over the sum of (p - 0.5)², kept within 0 and 1.
    /// </summary>
    public static double Of(IReadOnlyList<(double Rise, bool Rose)> predictions)
    {
        var together = predictions.Sum(one => (one.Rise - 0.5) * (one.Rose ? 0.5 : -0.5));
        var alone = predictions.Sum(one => (one.Rise - 0.5) * (one.Rise - 0.5));
        return alone > 0 ? Math.Clamp(together / alone, 0, 1) : 0;
    }

    /// <summary>Scores of predictions after calibration.</summary>
    public static LearnedScores Score(
        IReadOnlyList<(double Rise, bool Rose)> predictions, double calibration) => predictions.Count == 0 ? new(0, 0, 0.25) : new(
        predictions.Count,
        predictions.Average(one => (one.Rise > 0.5) == one.Rose ? 1.0 : 0),
        predictions.Average(one => Math.Pow(0.5 + calibration * (one.Rise - 0.5) - (one.Rose ? 1 : 0), 2)));
}
