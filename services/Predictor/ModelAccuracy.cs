using Trading.Contracts;
using Trading.Core;
using Trading.Hosting;

namespace Trading.Services;

/// <summary>Feeds the metric PredictionAccuracy: each model's hit rate over its last predictions by this replica.</summary>
public sealed class ModelAccuracy(TradingMetrics metrics)
{
    /// <summary>Predictions over which the accuracy is taken.</summary>
    public const int Scored = 500;

    private readonly Lock _lock = new();
    private readonly PredictionScores _scores = new(Scored);

    /// <summary>Takes a prediction.</summary>
    public void Add(PredictionMade prediction)
    {
        lock (_lock)
        {
            _scores.Add(prediction);
            foreach (var ((model, symbol), rate) in _scores.Rates)
                metrics.Scored(model, symbol, rate.Share);
        }
    }
}
