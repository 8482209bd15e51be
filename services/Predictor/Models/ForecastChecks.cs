using Trading.Contracts;
using Trading.Core;

namespace Trading.Services.Models;

/// <summary>
/// Checks of a model's answer before it is used. A schema ensures the format of an answer, not that its numbers are plausible.
/// </summary>
/// <param name="MaxMovePercent">A predicted price further than this from the current one is an error of the model.</param>
/// <param name="DeadBandPercent">Up to this move in percent the direction is stable.</param>
public sealed record ForecastChecks(double MaxMovePercent, double DeadBandPercent)
{
    /// <summary>The answer, or an abstention with the reason.</summary>
    /// <param name="model">Name of the model.</param>
    /// <param name="currentPrice">The current price.</param>
    /// <param name="predictedPrice">The price that the model expects.</param>
    /// <param name="direction">Its direction; null when it gave none, and it follows from the price.</param>
    /// <param name="confidence">Its confidence.</param>
    public ModelOutput Output(string model, double currentPrice, double predictedPrice, Direction? direction, double confidence)
    {
        if (!double.IsFinite(predictedPrice) || predictedPrice <= 0)
            return Abstains($"the predicted price {predictedPrice} is not a price");
        var movePercent = (predictedPrice / currentPrice - 1) * 100;
        if (Math.Abs(movePercent) > MaxMovePercent)
            return Abstains(
                $"the predicted price {predictedPrice} lies {movePercent:0.#} % from the current {currentPrice}, over {MaxMovePercent} %");
        if (confidence is not (>= 0 and <= 1))
            return Abstains($"the confidence {confidence} is not between 0 and 1");
        var agrees = direction switch
        {
            Direction.Up => predictedPrice > currentPrice,
            Direction.Down => predictedPrice < currentPrice,
            Direction.Stable => Math.Abs(movePercent) <= DeadBandPercent,
            _ => true,
        };
        return agrees ? new(model, predictedPrice,
            direction ?? Forecast.FromPrice(predictedPrice, currentPrice, DeadBandPercent, confidence).Direction, confidence, null)
            : Abstains($"the direction {direction} contradicts the predicted price {predictedPrice} ({movePercent:+0.###;-0.###;0} %)");

        ModelOutput Abstains(FormattableString reason) => new(model, null, null, null, FormattableString.Invariant(reason));
    }
}
