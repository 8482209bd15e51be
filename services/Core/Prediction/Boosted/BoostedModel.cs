using Trading.Contracts;

namespace Trading.Core;

/// <summary>Gradient-boosted trees as they are kept in a file (Friedman, Greedy Function Approximation, 2001).</summary>
/// <param name="Format">Always <see cref="FormatName"/>.</param>
/// <param name="Version">Version of the file's layout, <see cref="CurrentVersion"/>.</param>
/// <param name="Features">Version of the features that it was trained on.</param>
/// <param name="Volume">Whether it was trained on volumes too; live prices have none.</param>
/// <param name="IntervalSeconds">Seconds between the prices that it was trained on.</param>
/// <param name="HorizonSteps">How many prices ahead it looks.</param>
/// <param name="Seed">What the rows of each tree were drawn from.</param>
/// <param name="TrainedFrom">First price that it was trained on (UTC).</param>
/// <param name="TrainedTo">Last price that it was trained on, horizon included (UTC): what lies after it is out of sample.</param>
/// <param name="TrainedPrices">Number of these prices.</param>
/// <param name="DataSha256">SHA-256 (hex) over times and prices.</param>
/// <param name="WalkForward">Scores of the folds of training, each predicted by a model that was trained on what came before it.</param>
/// <param name="Calibration">What chance a score stands for, from the same folds.</param>
/// <param name="MeanMove">Mean size of a move over the horizon, in units of volatility times the root of the steps.</param>
/// <param name="Means">Mean of each feature over the data of training.</param>
/// <param name="Deviations">Standard deviation of each.</param>
/// <param name="Trees">The trees.</param>
/// <param name="Seen">How its features and chances were spread in training; null in files from before version 2.</param>
/// <param name="Flow">Whether it was trained on order flow too, beside volumes; live prices have none. Older files do not name it.</param>
public sealed record BoostedModel(
    string Format, int Version, int Features, bool Volume, int IntervalSeconds, int HorizonSteps, int Seed,
    DateTimeOffset TrainedFrom, DateTimeOffset TrainedTo, int TrainedPrices, string DataSha256, LearnedScores WalkForward,
    ScoreCalibration Calibration, double MeanMove, IReadOnlyList<double> Means, IReadOnlyList<double> Deviations,
    IReadOnlyList<BoostedTree> Trees, SeenInTraining? Seen = null, bool Flow = false)
{
    /// <summary>Name of the model in settings and records.</summary>
    public const string Name = "boosted";

    /// <summary>The format that a model's file declares.</summary>
    public const string FormatName = "trading-boosted-model";

    /// <summary>The layout that this version writes.</summary>
    public const int CurrentVersion = 2;

    /// <summary>The oldest layout that is read: it does not know what was seen in training.</summary>
    public const int OldestVersion = 1;

    /// <summary>What it was trained on.</summary>
    public BoostedInputs Inputs() => Flow ? BoostedInputs.Flow : Volume ? BoostedInputs.Volume : BoostedInputs.Prices;

    /// <summary>Why it cannot answer live, in words; null where it can.</summary>
    public string? OnlyForResearch() => Inputs() switch
    {
        BoostedInputs.Flow => "it was trained on volumes and order flow, which live prices do not have",
        BoostedInputs.Volume => "it was trained on volumes, which live prices do not have",
        _ => null,
    };

    /// <summary>What makes a file unusable, in one line; null when it can be used.</summary>
    public string? Violation() =>
        Format != FormatName ? $"it is not a {FormatName}"
        : Version is < OldestVersion or > CurrentVersion
            ? $"it has version {Version}, this program reads {OldestVersion} to {CurrentVersion}"
        : Features != BoostedFeatures.Definition ? $"it was trained on version {Features} of the features, this program computes version "
            + $"{BoostedFeatures.Definition}: train it again"
        : IntervalSeconds is < 1 or > 86_400 || HorizonSteps is < 1 or > 10_000 ? "interval or horizon are out of range"
        : Flow && !Volume ? "it has order flow without volumes"
        : Trees is not { Count: > 0 and <= 10_000 } || !Trees.All(tree => tree?.IsSound(BoostedFeatures.Count(Inputs())) == true)
            ? "one of its trees has no end"
        : Calibration?.IsSound() != true || MeanMove is not (> 0 and < 100) ? "its calibration is out of range"
        : Means?.Count != BoostedFeatures.Count(Inputs()) || Deviations?.Count != Means.Count ? "its features are not all described"
        : Seen?.IsSound(BoostedFeatures.Count(Inputs())) == false ? "what it saw in training is not described"
        : null;

    /// <summary>The score of some features: above 0 for a rise; uncalibrated.</summary>
    public double Score(ReadOnlySpan<double> features)
    {
        var sum = 0.0;
        foreach (var tree in Trees)
            sum += tree.Of(features);
        return sum;
    }

    /// <summary>What a chance of a rise says of the price.</summary>
    /// <param name="price">The price.</param>
    /// <param name="volatility">Standard deviation of its one-step returns.</param>
    /// <param name="rise">The chance of a rise.</param>
    public Forecast Forecast(double price, double volatility, double rise) => new(
        price * (1 + (2 * rise - 1) * MeanMove * volatility * Math.Sqrt(HorizonSteps)),
        rise > 0.5 ? Direction.Up : rise < 0.5 ? Direction.Down : Direction.Stable, Math.Max(rise, 1 - rise));

    /// <summary>The model's answer as it is recorded, from the prices up to the one that is predicted on.</summary>
    public ModelOutput Output(ReadOnlySpan<WindowPrice> prices)
    {
        if (OnlyForResearch() is { } reason)
            return new(Name, null, null, null, reason);
        if (prices.Length < BoostedFeatures.Prices)
            return new(Name, null, null, null, WarmingUp.Reason(BoostedFeatures.Prices, prices.Length));
        Span<double> features = stackalloc double[BoostedFeatures.PriceCount];
        return BoostedFeatures.Compute(prices[^BoostedFeatures.Prices..], [], [], IntervalSeconds, features, out var volatility)
            ? Forecast(prices[^1].Price, volatility, Calibration.Of(Score(features))).ToOutput(Name)
            : new(Name, null, null, null, "too many of the last prices are missing, or none moved");
    }
}
