using Trading.Contracts;

namespace Trading.Core;

/// <summary>A trained model as it is kept in a file.</summary>
/// <param name="Format">Always <see cref="FormatName"/>.</param>
/// <param name="Version">Version of the file's layout, <see cref="CurrentVersion"/>.</param>
/// <param name="Features">Version of the features that it was trained on.</param>
/// <param name="IntervalSeconds">Seconds between the prices that it was trained on.</param>
/// <param name="HorizonSteps">How many prices ahead it looks.</param>
/// <param name="Hidden">Size of the recurrent state.</param>
/// <param name="Epochs">How often training went over the data.</param>
/// <param name="LearningRate">Step size of training.</param>
/// <param name="Seed">What the first weights and the order of training were drawn from.</param>
/// <param name="TrainedFrom">First price that it was trained on (UTC).</param>
/// <param name="TrainedTo">Last price that it was trained on, horizon included (UTC): what lies after it is out of sample.</param>
/// <param name="TrainedPrices">Number of these prices.</param>
/// <param name="DataSha256">SHA-256 (hex) over times and prices.</param>
/// <param name="WalkForward">Scores of the folds of training, each predicted by a model that was trained on what came before it.</param>
/// <param name="Calibration">
/// What the predicted probability's distance from one half is multiplied with, 0 to 1, from the same folds; 0 when they showed nothing.
/// </param>
/// <param name="MeanMove">Mean size of a move over the horizon, in units of volatility times the root of the steps.</param>
/// <param name="Weights">The weights, in the order of <see cref="Gru"/>.</param>
/// <param name="Seen">How its features and chances were spread in training; null in files from before version 2.</param>
public sealed record LearnedModel(
    string Format, int Version, int Features, int IntervalSeconds, int HorizonSteps, int Hidden, int Epochs, double LearningRate, int Seed,
    DateTimeOffset TrainedFrom, DateTimeOffset TrainedTo,
    int TrainedPrices, string DataSha256, LearnedScores WalkForward, double Calibration, double MeanMove, IReadOnlyList<double> Weights,
    SeenInTraining? Seen = null)
{
    /// <summary>Name of the model in settings and records.</summary>
    public const string Name = "learned";

    /// <summary>The format that a model's file declares.</summary>
    public const string FormatName = "trading-learned-model";

    /// <summary>The layout that this version writes.</summary>
    public const int CurrentVersion = 2;

    /// <summary>The oldest layout that is read: it does not know what was seen in training.</summary>
    public const int OldestVersion = 1;

    /// <summary>Largest allowed state.</summary>
    public const int MostHidden = 256;

    /// <summary>What makes a file unusable, in one line; null when it can be used.</summary>
    public string? Violation() =>
        Format != FormatName ? $"it is not a {FormatName}"
        : Version is < OldestVersion or > CurrentVersion
            ? $"it has version {Version}, this program reads {OldestVersion} to {CurrentVersion}"
        : Features != PriceFeatures.Definition ? $"it was trained on version {Features} of the features, this program computes version "
            + $"{PriceFeatures.Definition}: train it again"
        : IntervalSeconds is < 1 or > 86_400 || HorizonSteps is < 1 or > 10_000 || Hidden is < 1 or > MostHidden ? "interval, "
            + "horizon or size are out of range"
        : Weights is null || Weights.Count != new Gru(PriceFeatures.Count, Hidden).Weights
        ? $"it must have {new Gru(PriceFeatures.Count, Hidden).Weights} weights, has {Weights?.Count ?? 0}"
        : Weights.Any(weight => !double.IsFinite(weight)) ? "one of its weights is not a number"
        : Calibration is not (>= 0 and <= 1) || MeanMove is not (> 0 and < 100) ? "its calibration is out of range"
        : Seen?.IsSound(PriceFeatures.Count) == false ? "what it saw in training is not described"
        : null;

    /// <summary>The model's answer as it is recorded, from the prices up to the one that is predicted on.</summary>
    public ModelOutput Output(ReadOnlySpan<WindowPrice> prices)
    {
        var state = new LearnedState(this);
        var sincePause = 0;
        // No more than these has any influence.
        foreach (var price in prices[Math.Max(0, prices.Length - LearnedState.Prices)..])
            sincePause = state.Add(price.UnixSeconds, price.Price) ? sincePause + 1 : 1;
        return state.Forecast() is { } forecast
            ? forecast.ToOutput(Name)
            : new(Name, null, null, null, WarmingUp.Reason(LearnedState.LeastPrices, sincePause, "without a long pause"));
    }
}
