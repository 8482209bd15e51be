using Trading.Contracts;
using Trading.Core.Strategies;

namespace Trading.Core;

/// <summary>
/// The system's own strategy: what the models that are computed here expect together, and the thresholds of the account's limits. It calls
/// the same functions from which the services make their records.
/// </summary>
/// <param name="rules">How predictions are made.</param>
/// <param name="thresholds">When a prediction asks for a trade.</param>
public sealed class EnsembleStrategy(PipelineRules rules, SignalThresholds thresholds) : ITradingStrategy
{
    private readonly TrackRecords? _records = rules.NewTrackRecords(models: 1);

    // One signal a bar at most, for as many bars as the horizon has, and the one that is being scored.
    private readonly (long At, double Price, Direction Direction)[] _signals = new (long, double, Direction)[rules.Window.HorizonSteps + 1];
    private int _oldest, _open;

    // Less than the threshold by much more than rounding can amount to.
    private readonly double _leastMove = thresholds.ThresholdPercent / 100 - 1e-12;

    /// <inheritdoc/>
    public string Name => TradingStrategies.Ensemble;

    /// <inheritdoc/>
    public int Bars => rules.Window.Capacity;

    /// <summary>The window of the prices so far.</summary>
    public PriceWindow Window { get; } = new(rules.Window);

    /// <summary>
    /// How often the technical model's directions came true at the first price at or after the horizon, see <see cref="PredictionScores"/>.
    /// </summary>
    public HitRate HitRate { get; private set; }

    /// <summary>What the models expect together where that asks for a trade at the newest price; null where it does not.</summary>
    public CombinedForecast? Combined { get; private set; }

    /// <inheritdoc/>
    public Signal OnBar(in Candle bar)
    {
        if (!Observe(bar))
            return default;
        return Decide(bar.Close);
    }

    /// <summary>Takes a bar at which nothing is decided.</summary>
    /// <returns>False when its price is not plausible; it is left out, as the collector does.</returns>
    public bool Observe(in Candle bar)
    {
        var at = bar.OpenTimeUnixSeconds + rules.Window.IntervalSeconds;
        if (!Window.TryAdd(at, bar.Close))
            return false;
        _records?.Observe(at, Window.NewestPrice);
        while (_open > 0 && _signals[_oldest].At + rules.HorizonSeconds <= at)
            Score(_signals[_oldest], Window.NewestPrice);
        return true;
    }

    /// <summary>What the window asks for at its newest price; a hold says nothing else.</summary>
    public Signal Decide(decimal price)
    {
        var technical = TechnicalModel.Predict(Window) is { IsSound: true } sound ? sound : Forecast.None;
        Combined = null;
        _records?.Predict(Window.NewestUnixSeconds!.Value, Window.NewestPrice, [technical]);
        if (technical.Abstained || (_records is not null && !TrackRecord.HasWeight(_records[0])))
            return default;
        if (technical is { Direction: not Direction.Stable, Confidence: > 0 })
            _signals[Slot(_open++)] = (Window.NewestUnixSeconds!.Value, Window.NewestPrice, technical.Direction);
        // One model's move is the ensemble's up to rounding, and most are far too small to ask for anything.
        var current = (double)price;
        return Math.Abs(technical.PredictedPrice - current) < current * _leastMove ? default : Asked(technical, current);
    }

    private Signal Asked(in Forecast technical, double price)
    {
        var weighted = _records is null ? technical : technical with { Weight = TrackRecord.Weight(_records[0]) };
        if (Ensemble.Combined([weighted], price) is not { } combined)
            return default;
        var action = thresholds.Of(combined.PredictedMovePercent, combined.Confidence);
        if (action == TradeAction.Hold)
            return default;
        Combined = combined;
        return new(action, combined.Confidence);
    }

    private void Score(in (long At, double Price, Direction Direction) signal, double then)
    {
        var hit = signal.Direction == Direction.Up ? then > signal.Price : then < signal.Price;
        HitRate = new(HitRate.Hits + (hit ? 1 : 0), HitRate.Signals + 1);
        _oldest = Slot(1);
        _open--;
    }

    private int Slot(int after) => _oldest + after is var slot && slot < _signals.Length ? slot : slot - _signals.Length;
}
