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

/// <summary>
/// The model's recurrent state, which each price updates. There are two of them, which restart in turn at fixed times, and the one that has
/// seen more prices answers: so the answer rests on at most the last <see cref="Prices"/> prices, and a replica that starts now gives the
/// same, to the last bit, as one that has been running for a year.
/// </summary>
public sealed class LearnedState(LearnedModel model)
{
    /// <summary>The least number of steps that a state has seen before it answers; the most are twice as many.</summary>
    public const int Warmup = 48;

    /// <summary>Prices that an answer rests on, at most.</summary>
    public const int Prices = PriceFeatures.Prices + 2 * Warmup;

    /// <summary>Prices that are needed before there is an answer.</summary>
    public const int LeastPrices = PriceFeatures.Prices + Warmup - 1;

    private readonly Gru _gru = new(PriceFeatures.Count, model.Hidden);
    private readonly double[] _weights = [.. model.Weights];
    private readonly PriceFeatures _features = new(model.IntervalSeconds);
    private readonly double[][] _states = [new double[model.Hidden], new double[model.Hidden]];
    private readonly int[] _steps = new int[2];
    private readonly double[] _work = new double[4 * model.Hidden];
    private long _turn = long.MinValue;
    private double _price;

    /// <summary>Takes the next price.</summary>
    /// <returns>False when it comes after a long pause: all state starts again from it.</returns>
    public bool Add(long unixSeconds, double price)
    {
        var goesOn = _features.Add(unixSeconds, price);
        if (!goesOn)
        {
            Begin(0);
            Begin(1);
        }
        _price = price;
        // In turn, one of the two restarts.
        var turn = unixSeconds / model.IntervalSeconds / Warmup;
        if (turn != _turn)
            Begin((int)(turn % 2));
        _turn = turn;
        if (!_features.Ready)
            return goesOn;
        for (var lane = 0; lane < 2; lane++)
        {
            _gru.Step(_weights, _features.Values, _states[lane], _work);
            _steps[lane]++;
        }
        return goesOn;
    }

    /// <summary>The answer at the newest price; null before there is one.</summary>
    public Forecast? Forecast() => Forecast(model.Calibration);

    /// <summary>The answer at the newest price with another calibration than the file's; null before there is one.</summary>
    public Forecast? Forecast(double calibration)
    {
        if (Probability(calibration) is not { } rise)
            return null;
        var move = (2 * rise - 1) * model.MeanMove * _features.Volatility * Math.Sqrt(model.HorizonSteps);
        return new(_price * (1 + move),
            rise > 0.5 ? Direction.Up : rise < 0.5 ? Direction.Down : Direction.Stable, Math.Max(rise, 1 - rise));
    }

    /// <summary>Probability of a rise within the horizon, calibrated; null before there is an answer.</summary>
    public double? Probability() => Probability(model.Calibration);

    /// <summary>The same with another calibration than the file's.</summary>
    public double? Probability(double calibration)
    {
        var lane = (int)((_turn + 1) % 2);
        return !_features.Ready || _steps[lane] < Warmup
            ? null : 0.5 + 0.5 * calibration * Gru.Bend(_gru.Output(_weights, _states[lane]));
    }

    private void Begin(int lane)
    {
        Array.Clear(_states[lane]);
        _steps[lane] = 0;
    }
}
