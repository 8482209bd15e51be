using Trading.Contracts;

namespace Trading.Core;

/// <summary>A model's directional predictions that have been scored.</summary>
/// <param name="Hits">How many came true.</param>
/// <param name="Signals">How many there were.</param>
public readonly record struct HitRate(int Hits, int Signals)
{
    /// <summary>Hits per signal, 0 to 1; not a number without signals.</summary>
    public double Share => Signals == 0 ? double.NaN : Hits / (double)Signals;
}

/// <summary>
/// Scores each model's directional predictions at the first price at or after their horizon: a hit when the price then lies on the side
/// that the model said. Stable predictions are not scored.
/// </summary>
public sealed class PredictionScores
{
    private readonly Dictionary<(string Model, string Symbol), HitRate> _rates = [];
    private readonly Dictionary<string, Queue<PredictionMade>> _open = [];

    /// <summary>The hit rates by model and symbol.</summary>
    public IReadOnlyDictionary<(string Model, string Symbol), HitRate> Rates => _rates;

    /// <summary>Takes the next prediction, in the order of prices, and scores those whose horizon its price has reached.</summary>
    public void Add(PredictionMade prediction)
    {
        var price = prediction.Price;
        if (!_open.TryGetValue(price.Symbol, out var open))
            _open[price.Symbol] = open = [];
        while (open.TryPeek(out var oldest) && oldest.Price.IntervalStart.AddSeconds(oldest.HorizonSeconds) <= price.IntervalStart)
            Score(open.Dequeue(), price.Price);
        open.Enqueue(prediction);
    }

    private void Score(PredictionMade prediction, decimal then)
    {
        foreach (var model in prediction.Models.Where(model => model.Direction is Direction.Up or Direction.Down))
        {
            var key = (model.Model, prediction.Price.Symbol);
            var hit = Core.Score.Of(model.PredictedPrice!.Value, model.Direction!.Value, model.Confidence!.Value,
                PriceWindow.InUnits(prediction.Price.Price), PriceWindow.InUnits(then)).Hit == true;
            var rate = _rates.GetValueOrDefault(key);
            rate = new(rate.Hits + (hit ? 1 : 0), rate.Signals + 1);
            _rates[key] = rate;
        }
    }
}
