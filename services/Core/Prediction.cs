using Trading.Contracts;

namespace Trading.Core;

/// <summary>A model's answer in numbers.</summary>
/// <param name="PredictedPrice">Expected price at the horizon; above 0.</param>
/// <param name="Direction">Where the price is expected to go.</param>
/// <param name="Confidence">0 to 1.</param>
/// <param name="Weight">How much the model counts beside others, whatever its confidence; 0 or more.</param>
public readonly record struct Forecast(double PredictedPrice, Direction Direction, double Confidence, double Weight = 1)
{
    /// <summary>No forecast: the model abstained.</summary>
    public static readonly Forecast None = new(double.NaN, Direction.Stable, double.NaN, 0);

    /// <summary>Whether the model gave none.</summary>
    public bool Abstained => double.IsNaN(PredictedPrice);

    /// <summary>A forecast by a model that gives no direction of its own: up or down when its price lies further than the dead band from the current one.</summary>
    public static Forecast FromPrice(double predictedPrice, double currentPrice, double deadBandPercent, double confidence)
    {
        var movePercent = (predictedPrice / currentPrice - 1) * 100;
        var direction = movePercent > deadBandPercent ? Direction.Up : movePercent < -deadBandPercent ? Direction.Down : Direction.Stable;
        return new(predictedPrice, direction, confidence);
    }

    /// <summary>Whether the numbers mean something: a price above 0 and a confidence from 0 to 1.</summary>
    public bool IsSound => double.IsFinite(PredictedPrice) && PredictedPrice > 0 && Confidence is >= 0 and <= 1;

    /// <summary>The forecast as it is recorded. An answer whose numbers mean nothing is recorded as none, so that it is never traded on.</summary>
    public ModelOutput ToOutput(string model) =>
        !double.IsFinite(PredictedPrice) || PredictedPrice <= 0 ? Abstains(model, $"the predicted price {PredictedPrice} is not a price")
        : Confidence is not (>= 0 and <= 1) ? Abstains(model, $"the confidence {Confidence} is not between 0 and 1")
        : new(model, PredictedPrice, Direction, Confidence, null);

    private static ModelOutput Abstains(string model, FormattableString reason) =>
        new(model, null, null, null, FormattableString.Invariant(reason));
}

/// <summary>
/// The moving-average rule of the original system: up when SMA 20 lies above SMA 50 and momentum over 10 prices is positive, down when both are
/// reversed, else stable. It expects half of the momentum to go on.
/// </summary>
public static class TechnicalModel
{
    /// <summary>Name of the model in settings and records.</summary>
    public const string Name = "technical";

    /// <summary>Prices that the model asks for before it answers, as the original did.</summary>
    public const int LeastPrices = 100;

    /// <summary>Signals without information that the rule's own record has to outweigh.</summary>
    public const int NeutralSignals = 20;

    /// <summary>The direction that the rule gives; stable as long as an indicator is not a number.</summary>
    public static Direction Rule(double sma20, double sma50, double momentum10) =>
        sma20 > sma50 && momentum10 > 0 ? Direction.Up
        : sma20 < sma50 && momentum10 < 0 ? Direction.Down
        : Direction.Stable;

    /// <summary>
    /// The rule's own record over the window, shrunk towards 0.5: (hits + N/2) / (signals + N) with N = <see cref="NeutralSignals"/>, the mean of a
    /// beta distribution that starts from N signals of which half came true. Without any signal it is 0.5; with many it nears the hit rate.
    /// </summary>
    public static double Confidence(int hits, int signals) => (hits + NeutralSignals / 2.0) / (signals + NeutralSignals);

    /// <summary>The rule applied to a window; null while the window holds fewer than <see cref="LeastPrices"/> prices.</summary>
    public static Forecast? Predict(PriceWindow window) => window.Count < LeastPrices ? null
        : Predict(window.NewestPrice, window.Rule, window.Rule == Direction.Stable ? 0 : window.Momentum10, window.RuleHits, window.RuleSignals);

    /// <summary>The model's answer as it is recorded, with the reason when there is none.</summary>
    public static ModelOutput Output(PriceWindow window) =>
        Predict(window)?.ToOutput(Name) ?? TooFew(window.Count);

    /// <summary>The same answer, from a window's record and the price that it ends with.</summary>
    public static ModelOutput Output(WindowSummary window, decimal price) =>
        window is not { Sma20: { } sma20, Sma50: { } sma50, Momentum10: { } momentum } || window.Count < LeastPrices ? TooFew(window.Count)
        : Predict(PriceWindow.InUnits(price), Rule(sma20, sma50, momentum), momentum, window.RuleHits, window.RuleSignals).ToOutput(Name);

    private static Forecast Predict(double price, Direction direction, double momentum10, int hits, int signals) =>
        new(direction == Direction.Stable ? price : price * (1 + momentum10 * 0.5), direction, Confidence(hits, signals));

    private static ModelOutput TooFew(int prices) => new(Name, null, null, null, WarmingUp.Reason(LeastPrices, prices));
}

/// <summary>Several forecasts combined into one, as a value: what <see cref="EnsemblePrediction"/> says.</summary>
public readonly record struct CombinedForecast(
    double PredictedPrice, double PredictedMovePercent, Direction Direction, double Confidence, double Agreement, int ModelsAnswered)
{
    /// <summary>As it is recorded.</summary>
    public EnsemblePrediction Record() => new(PredictedPrice, PredictedMovePercent, Direction, Confidence, Agreement, ModelsAnswered);
}

/// <summary>Several forecasts combined into one.</summary>
public static class Ensemble
{
    /// <summary>Combines the answers of the models that gave one; null when none did, or none of them has any weight.</summary>
    /// <param name="outputs">The models' answers.</param>
    /// <param name="currentPrice">The price that they are about.</param>
    /// <param name="weights">How much each model counts; a model that is not among them counts 1.</param>
    public static EnsemblePrediction? Combine(IReadOnlyList<ModelOutput> outputs, decimal currentPrice, IReadOnlyDictionary<string, double>? weights)
    {
        var forecasts = outputs
            .Where(output => output.Abstained is null)
            .Select(output => new Forecast(output.PredictedPrice!.Value, output.Direction!.Value, output.Confidence!.Value, weights?.GetValueOrDefault(output.Model, 1) ?? 1))
            .ToArray();
        return Combine(forecasts, (double)currentPrice);
    }

    /// <summary>Combines the answers of the models by the weights that are recorded with a prediction; null for the original's, by confidence alone.</summary>
    public static EnsemblePrediction? Combine(IReadOnlyList<ModelOutput> outputs, decimal currentPrice, IReadOnlyList<ModelWeight>? weights = null) =>
        Combine(outputs, currentPrice, weights?.ToDictionary(weight => weight.Model, weight => weight.Weight));

    /// <summary>
    /// Price: mean weighted by confidence. Direction: the one with the largest sum of confidences, stable when two share it. Agreement: share of the
    /// models that gave this direction. Confidence: mean confidence times agreement. Each forecast counts as often as its weight says. Null when none counts.
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

        // Without any confidence at all there is nothing to weigh by; the plain mean keeps the price meaningful and confidence 0 forbids a trade.
        var price = confidence > 0 ? confidentPrice / confidence : priceSum / votes;
        var agreement = agreeing / votes;
        return new CombinedForecast(price, (price / currentPrice - 1) * 100, direction, confidence / votes * agreement, agreement, forecasts.Length);
    }
}
