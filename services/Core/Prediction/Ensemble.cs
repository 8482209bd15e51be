using Trading.Contracts;

namespace Trading.Core;

/// <summary>Several forecasts combined into one, as a value: the numbers of <see cref="EnsemblePrediction"/>.</summary>
public readonly record struct CombinedForecast(
    double PredictedPrice, double PredictedMovePercent, Direction Direction, double Confidence, double Agreement, int ModelsAnswered)
{
    /// <summary>As it is recorded.</summary>
    public EnsemblePrediction Record() => new(PredictedPrice, PredictedMovePercent, Direction, Confidence, Agreement, ModelsAnswered);
}

/// <summary>Several forecasts combined into one.</summary>
public static class Ensemble
{
    /// <summary>Combines the answers of the models that gave one; null when no model did, or none of those has a weight.</summary>
    /// <param name="outputs">The models' answers.</param>
    /// <param name="currentPrice">The price that they are about.</param>
    /// <param name="weights">How much each model counts; a model that is not among them counts 1.</param>
    public static EnsemblePrediction? Combine(
        IReadOnlyList<ModelOutput> outputs, decimal currentPrice, IReadOnlyDictionary<string, double>? weights)
    {
        var forecasts = outputs
            .Where(output => output.Abstained is null)
            .Select(output => new Forecast(output.PredictedPrice!.Value, output.Direction!.Value, output.Confidence!.Value,
                weights?.GetValueOrDefault(output.Model, 1) ?? 1))
            .ToArray();
        return Combine(forecasts, (double)currentPrice);
    }

    /// <summary>
    /// Combines the answers of the models by the weights that are recorded with a prediction; null for confidence only, as in the original.
    /// </summary>
    public static EnsemblePrediction? Combine(
        IReadOnlyList<ModelOutput> outputs, decimal currentPrice, IReadOnlyList<ModelWeight>? weights = null) =>
        Combine(outputs, currentPrice, weights?.ToDictionary(weight => weight.Model, weight => weight.Weight));

    /// <summary>
    /// Price: mean weighted by confidence. Direction: the one with the largest sum of confidences, stable when two share it. Agreement:
    /// share of the models that gave this direction. Confidence: mean confidence times agreement. Each forecast counts as often as its
    /// weight says. Null when no forecast has a weight.
    /// </summary>
    public static EnsemblePrediction? Combine(ReadOnlySpan<Forecast> forecasts, double currentPrice) =>
        Combined(forecasts, currentPrice) is { } combined ? combined.Record() : null;

    /// <summary>The same as a value.</summary>
    public static CombinedForecast? Combined(ReadOnlySpan<Forecast> forecasts, double currentPrice)
    {
        double votes = 0, confidence = 0, confidentPrice = 0, priceSum = 0, up = 0, down = 0, stable = 0;
        foreach (ref readonly var forecast in forecasts)
        {
            var weighted = forecast.Weight * forecast.Confidence;
            votes += forecast.Weight;
            confidence += weighted;
            confidentPrice += weighted * forecast.PredictedPrice;
            priceSum += forecast.Weight * forecast.PredictedPrice;
            if (forecast.Direction == Direction.Up)
                up += weighted;
            else if (forecast.Direction == Direction.Down)
                down += weighted;
            else
                stable += weighted;
        }
        if (votes <= 0)
            return null;

        var direction = up > down && up > stable ? Direction.Up : down > up && down > stable ? Direction.Down : Direction.Stable;
        double agreeing = 0;
        foreach (ref readonly var forecast in forecasts)
            agreeing += forecast.Direction == direction ? forecast.Weight : 0;

        // Without any confidence at all there is nothing to weigh by; the plain mean keeps the price meaningful and confidence 0 forbids a
        // trade.
        var price = confidence > 0 ? confidentPrice / confidence : priceSum / votes;
        var agreement = agreeing / votes;
        return new CombinedForecast(price, (price / currentPrice - 1) * 100, direction,
            confidence / votes * agreement, agreement, forecasts.Length);
    }
}
