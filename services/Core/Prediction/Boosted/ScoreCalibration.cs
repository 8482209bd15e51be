namespace Trading.Core;

/// <summary>
/// What chance of a rise a model's score stands for: learned from scores of prices that the model had not seen (isotonic regression,
/// Zadrozny and Elkan, 2002), rising, with straight lines between its points.
/// </summary>
/// <param name="Scores">Scores, rising.</param>
/// <param name="Chances">The chance of a rise at each, 0 to 1, never falling.</param>
public sealed record ScoreCalibration(IReadOnlyList<double> Scores, IReadOnlyList<double> Chances)
{
    /// <summary>Nothing is known: every score is an even chance.</summary>
    public static readonly ScoreCalibration Even = new([0], [0.5]);

    /// <summary>Whether it can be used.</summary>
    public bool IsSound()
    {
        if (Scores is not { Count: > 0 } || Chances?.Count != Scores.Count)
            return false;
        for (var i = 0; i < Scores.Count; i++)
        {
            if (!double.IsFinite(Scores[i]) || Chances[i] is not (>= 0 and <= 1)
                || (i > 0 && (Scores[i] <= Scores[i - 1] || Chances[i] < Chances[i - 1])))
                return false;
        }
        return true;
    }

    /// <summary>The chance of a rise.</summary>
    public double Of(double score)
    {
        if (score <= Scores[0])
            return Chances[0];
        for (var i = 1; i < Scores.Count; i++)
        {
            if (score <= Scores[i])
                return Chances[i - 1] + (Chances[i] - Chances[i - 1]) * (score - Scores[i - 1]) / (Scores[i] - Scores[i - 1]);
        }
        return Chances[^1];
    }
}
