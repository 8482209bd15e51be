using System.Text.Json.Serialization;
using Trading.Contracts;

namespace Trading.Core;

// How good a model's predictions of one symbol have been: stream score-{model}-{symbol}, one event for each prediction whose horizon has
// passed.

/// <summary>An event about a model.</summary>
public interface IModelEvent;

/// <summary>A prediction's horizon has passed, and it was compared with the price then.</summary>
/// <param name="PredictionId">The prediction.</param>
/// <param name="Model">The model whose answer was scored.</param>
/// <param name="Symbol">What it predicted.</param>
/// <param name="PriceAt">Start of the interval of the price that was predicted on (UTC).</param>
/// <param name="HorizonSeconds">How far ahead the prediction looked.</param>
/// <param name="Price">The price that was predicted on.</param>
/// <param name="Forecast">The model's answer.</param>
/// <param name="ScoredAt">Start of the interval of the first price at or after the horizon (UTC).</param>
/// <param name="PriceThen">That price.</param>
/// <param name="Share">
/// How much the score counts: the share of the horizon that no other prediction of this model covers, above 0 and at most 1.
/// </param>
/// <param name="Score">How the answer compares.</param>
/// <param name="Record">The model's record with this score in it: the state of the stream.</param>
public sealed record PredictionScored(
    Guid PredictionId, string Model, string Symbol, DateTimeOffset PriceAt, int HorizonSeconds, decimal Price, ScoredForecast Forecast,
    DateTimeOffset ScoredAt, decimal PriceThen, double Share,
    Score Score, ModelRecord Record) : IModelEvent;

/// <summary>A model's answer as it was scored.</summary>
/// <param name="PredictedPrice">Expected price at the horizon.</param>
/// <param name="Direction">Where the price was expected to go.</param>
/// <param name="Confidence">0 to 1.</param>
[method: JsonConstructor]
public readonly record struct ScoredForecast(double PredictedPrice, Direction Direction, double Confidence);

/// <summary>One answer compared with what came, and "no change" compared with the same.</summary>
/// <param name="Hit">Whether the price moved in the predicted direction; null for an answer without a side.</param>
/// <param name="ErrorPercent">
/// Distance of the predicted price from the one that came, in percent of the price that was predicted on.
/// </param>
/// <param name="NoChangeErrorPercent">The same distance of the price that was predicted on.</param>
/// <param name="Brier">
/// Squared distance between the probability of a rise that the answer means and what came (1 rise, 0 fall, 0.5 the same price).
/// </param>
/// <param name="NoChangeBrier">The same for "no change", which takes a rise for as probable as a fall.</param>
[method: JsonConstructor]
public readonly record struct Score(bool? Hit, double ErrorPercent, double NoChangeErrorPercent, double Brier, double NoChangeBrier)
{
    private const double CoinBrier = 0.25;

    /// <summary>
    /// What the answer was better than "no change" by, in units of the latter's score: 1 is perfect, 0 no better, -3 certain and wrong.
    /// </summary>
    [JsonIgnore]
    public double Skill => (NoChangeBrier - Brier) / CoinBrier;

    /// <summary>
    /// Compares an answer with what came. Its confidence is the probability that its direction comes true, so up with 0.6 means a rise with
    /// 0.6, down with 0.6 a rise with 0.4, and stable 0.5 whatever the confidence. Confidence below one half claims no side: it means 0.5
    /// too, else a model would gain weight for being against its own direction.
    /// </summary>
    /// <param name="predictedPrice">The price that was predicted.</param>
    /// <param name="direction">The direction that was predicted.</param>
    /// <param name="confidence">The confidence in it.</param>
    /// <param name="price">The price that was predicted on; above 0.</param>
    /// <param name="then">The price that came.</param>
    public static Score Of(double predictedPrice, Direction direction, double confidence, double price, double then)
    {
        var claimed = Math.Max(0.5, confidence);
        var rise = direction switch { Direction.Up => claimed, Direction.Down => 1 - claimed, _ => 0.5 };
        var came = then > price ? 1 : then < price ? 0 : 0.5;
        bool? hit = direction switch { Direction.Up => then > price, Direction.Down => then < price, _ => null };
        return new(hit, Math.Abs(predictedPrice - then) / price * 100, Math.Abs(price - then) / price * 100,
            (rise - came) * (rise - came), (0.5 - came) * (0.5 - came));
    }
}
