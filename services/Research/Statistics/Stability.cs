namespace Trading.Research.Statistics;

/// <summary>How a setting does beside those that differ from it by one step of one parameter.</summary>
/// <param name="Neighbours">How many of them there are.</param>
/// <param name="Mean">Their mean score.</param>
/// <param name="Worst">Their worst score.</param>
/// <param name="Kept">
/// The mean over the setting's own score: near 1 on a plateau, near or below 0 on a needle. Not a number where the own score is not above
/// 0.
/// </param>
public readonly record struct Stability(int Neighbours, double Mean, double Worst, double Kept)
{
    /// <summary>Compares a setting with its neighbours; those that have no score are left out.</summary>
    public static Stability Of(double score, IEnumerable<double> neighbours)
    {
        var scores = neighbours.Where(neighbour => !double.IsNaN(neighbour)).ToList();
        return scores.Count == 0
            ? new(0, double.NaN, double.NaN, double.NaN)
            : new(scores.Count, scores.Average(), scores.Min(), score > 0 ? scores.Average() / score : double.NaN);
    }
}
