using Trading.Contracts;

namespace Trading.Core;

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
