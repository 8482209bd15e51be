namespace Trading.Core;

/// <summary>How good predictions of prices were that the model had not been trained on.</summary>
/// <param name="Predictions">How many there were.</param>
/// <param name="HitRate">Share of right directions, 0 to 1.</param>
/// <param name="Brier">Mean Brier score, after calibration; 0.25 is that of "no change".</param>
public sealed record LearnedScores(int Predictions, double HitRate, double Brier);
