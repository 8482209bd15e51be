using Trading.Contracts;

namespace Trading.Core;

/// <summary>A model's answer in numbers.</summary>
/// <param name="PredictedPrice">Expected price at the horizon; above 0.</param>
/// <param name="Direction">Where the price is expected to go.</param>
/// <param name="Confidence">0 to 1.</param>
/// <param name="Weight">The model's weight in the ensemble, besides its confidence; 0 or more.</param>
public readonly record struct Forecast(double PredictedPrice, Direction Direction, double Confidence, double Weight = 1)
{
    /// <summary>No forecast: the model abstained.</summary>
    public static readonly Forecast None = new(double.NaN, Direction.Stable, double.NaN, 0);

    /// <summary>Whether the model gave no forecast.</summary>
    public bool Abstained => double.IsNaN(PredictedPrice);

    /// <summary>
    /// A forecast by a model that gives no direction of its own: up or down when its price lies further than the dead band from the current
    /// one.
    /// </summary>
    public static Forecast FromPrice(double predictedPrice, double currentPrice, double deadBandPercent, double confidence)
    {
        var movePercent = (predictedPrice / currentPrice - 1) * 100;
        var direction = movePercent > deadBandPercent ? Direction.Up : movePercent < -deadBandPercent ? Direction.Down : Direction.Stable;
        return new(predictedPrice, direction, confidence);
    }

    /// <summary>Whether the numbers are valid: a price above 0 and a confidence from 0 to 1.</summary>
    public bool IsSound => double.IsFinite(PredictedPrice) && PredictedPrice > 0 && Confidence is >= 0 and <= 1;

    /// <summary>
    /// The forecast as it is recorded. An answer with invalid numbers is recorded as an abstention, so that it is never traded on.
    /// </summary>
    public ModelOutput ToOutput(string model) =>
        !double.IsFinite(PredictedPrice) || PredictedPrice <= 0 ? Abstains(model, $"the predicted price {PredictedPrice} is not a price")
        : Confidence is not (>= 0 and <= 1) ? Abstains(model, $"the confidence {Confidence} is not between 0 and 1")
        : new(model, PredictedPrice, Direction, Confidence, null);

    private static ModelOutput Abstains(string model, FormattableString reason) =>
        new(model, null, null, null, FormattableString.Invariant(reason));
}
