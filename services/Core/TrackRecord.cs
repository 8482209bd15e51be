using System.Text.Json.Serialization;
using Trading.Contracts;

namespace Trading.Core;

// How good a model's predictions of one symbol have been: stream score-{model}-{symbol}, one event for each prediction whose horizon has passed.

/// <summary>An event about a model.</summary>
public interface IModelEvent;

/// <summary>How much each model counts in the ensemble.</summary>
public enum EnsembleWeighting
{
    /// <summary>As much as its own confidence says: the original system's way.</summary>
    Confidence,

    /// <summary>Confidence times the weight that its track record gives, see <see cref="TrackRecord.Weight"/>.</summary>
    TrackRecord,
}

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
/// <param name="Share">How much the score counts: the share of the horizon that no other prediction of this model covers, above 0 and at most 1.</param>
/// <param name="Score">How the answer compares.</param>
/// <param name="Record">The model's record with this score in it: the state of the stream.</param>
public sealed record PredictionScored(
    Guid PredictionId, string Model, string Symbol, DateTimeOffset PriceAt, int HorizonSeconds, decimal Price, ScoredForecast Forecast, DateTimeOffset ScoredAt, decimal PriceThen, double Share,
    Score Score, ModelRecord Record) : IModelEvent;

/// <summary>A model's answer as it was scored.</summary>
/// <param name="PredictedPrice">Expected price at the horizon.</param>
/// <param name="Direction">Where the price was expected to go.</param>
/// <param name="Confidence">0 to 1.</param>
[method: JsonConstructor]
public readonly record struct ScoredForecast(double PredictedPrice, Direction Direction, double Confidence);

/// <summary>One answer compared with what came, and "no change" compared with the same.</summary>
/// <param name="Hit">Whether the price lay on the side that was said; null for an answer without a side.</param>
/// <param name="ErrorPercent">Distance of the predicted price from the one that came, in percent of the price that was predicted on.</param>
/// <param name="NoChangeErrorPercent">The same distance of the price that was predicted on.</param>
/// <param name="Brier">Squared distance between the probability of a rise that the answer means and what came (1 rise, 0 fall, 0.5 the same price).</param>
/// <param name="NoChangeBrier">The same for "no change", which takes a rise for as probable as a fall.</param>
[method: JsonConstructor]
public readonly record struct Score(bool? Hit, double ErrorPercent, double NoChangeErrorPercent, double Brier, double NoChangeBrier)
{
    private const double CoinBrier = 0.25;

    /// <summary>What the answer was better than "no change" by, in units of the latter's score: 1 is perfect, 0 no better, -3 certain and wrong.</summary>
    [JsonIgnore]
    public double Skill => (NoChangeBrier - Brier) / CoinBrier;

    /// <summary>
    /// Compares an answer with what came. Its confidence is the probability that its direction comes true, so up with 0.6 means a rise with 0.6, down with 0.6 a rise with 0.4, and
    /// stable 0.5 whatever the confidence. Confidence below one half claims no side: it means 0.5 too, else a model would gain weight for being against its own direction.
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
        return new(hit, Math.Abs(predictedPrice - then) / price * 100, Math.Abs(price - then) / price * 100, (rise - came) * (rise - came), (0.5 - came) * (0.5 - came));
    }
}

/// <summary>
/// A model's record on one symbol. What is called recent fades: a score loses half of its say over about 350 horizons, so the record follows a market that changes, and a few
/// numbers are all that it takes.
/// </summary>
/// <param name="Scored">Answers scored, ever; also the version of the stream.</param>
/// <param name="Signals">Those with a side, up or down.</param>
/// <param name="Hits">Those of them that came true.</param>
/// <param name="RecentScored">Recent answers, in independent ones: overlapping predictions share theirs.</param>
/// <param name="RecentErrorPercent">Sum of their errors.</param>
/// <param name="RecentNoChangeErrorPercent">Sum of the errors of "no change".</param>
/// <param name="RecentSignals">Recent answers with a side, in independent ones.</param>
/// <param name="RecentHits">Those of them that came true.</param>
/// <param name="RecentSkill">Sum of their skill.</param>
[method: JsonConstructor]
public readonly record struct ModelRecord(
    long Scored, long Signals, long Hits, double RecentScored, double RecentErrorPercent, double RecentNoChangeErrorPercent, double RecentSignals, double RecentHits, double RecentSkill)
{
    /// <summary>Hits per recent answer with a side, 0 to 1: the metric PredictionAccuracy. Not a number without one.</summary>
    [JsonIgnore]
    public double HitRate => RecentSignals > 0 ? RecentHits / RecentSignals : double.NaN;

    /// <summary>Mean skill of the recent answers with a side; not a number without one.</summary>
    [JsonIgnore]
    public double Skill => RecentSignals > 0 ? RecentSkill / RecentSignals : double.NaN;

    /// <summary>The record with one more score in it.</summary>
    public ModelRecord With(in Score score, double share)
    {
        var kept = 1 - share / TrackRecord.Memory;
        var directed = score.Hit.HasValue;
        return new(
            Scored + 1, Signals + (directed ? 1 : 0), Hits + (score.Hit == true ? 1 : 0),
            RecentScored * kept + share, RecentErrorPercent * kept + share * score.ErrorPercent, RecentNoChangeErrorPercent * kept + share * score.NoChangeErrorPercent,
            // An answer without a side is "no change" itself, and no reason to forget any other.
            directed ? RecentSignals * kept + share : RecentSignals,
            directed ? RecentHits * kept + (score.Hit == true ? share : 0) : RecentHits,
            directed ? RecentSkill * kept + share * score.Skill : RecentSkill);
    }
}

/// <summary>From scores to weights. docs/track-record.md explains the formula and its numbers.</summary>
public static class TrackRecord
{
    /// <summary>Independent predictions after which an old score has lost all but 1/e of its say.</summary>
    public const double Memory = 500;

    /// <summary>Independent predictions that a model is taken to have made before its first one.</summary>
    public const double PriorSignals = 100;

    /// <summary>Mean skill of these: that of a model that is right in 55 % and says so.</summary>
    public const double PriorSkill = 0.01;

    /// <summary>Independent predictions from which on a model that is worse than "no change" has no weight, whatever it began with.</summary>
    public const double LeastSignals = 100;

    private const string StreamPrefix = "score-";

    /// <summary>The stream of a model's scores on a symbol.</summary>
    public static string StreamId(string model, string symbol) => $"{StreamPrefix}{model}-{symbol}";

    /// <summary>Seconds after its horizon from which on no price scores a prediction any more: a later one would tell about another horizon.</summary>
    public static long MostLateSeconds(int intervalSeconds) => 10L * intervalSeconds;

    /// <summary>How much one score counts: decisions more often than once in a horizon overlap.</summary>
    public static double Share(int decisionIntervalSeconds, int horizonSeconds) => Math.Min(1, decisionIntervalSeconds / (double)horizonSeconds);

    /// <summary>
    /// Skill against "no change", shrunk towards that of the <see cref="PriorSignals"/> predictions a model is taken to begin with, and in units of it: a model without a record has
    /// weight 1, one that is proved worse than "no change" has 0, and there is no less.
    /// </summary>
    public static double Weight(in ModelRecord record) =>
        record is { RecentSignals: >= LeastSignals, RecentSkill: < 0 } ? 0
        : Math.Max(0, (PriorSignals * PriorSkill + record.RecentSkill) / (PriorSignals + record.RecentSignals)) / PriorSkill;

    /// <summary>A model's weight as it is recorded, with the reason where it has none.</summary>
    public static ModelWeight Weigh(string model, in ModelRecord record)
    {
        var weight = Weight(record);
        return new(model, weight, record.Scored, weight > 0 ? null : FormattableString.Invariant(
            $"worse than no change over {record.Signals} predictions: mean skill {record.Skill:0.0000}, {record.HitRate * 100:0.0} % came true"));
    }

    /// <summary>The event that scores an answer.</summary>
    /// <param name="prediction">The prediction.</param>
    /// <param name="output">One model's answer in it; not an abstention.</param>
    /// <param name="scoredAt">Start of the interval of the first price at or after the horizon.</param>
    /// <param name="priceThen">That price.</param>
    /// <param name="share">How much the score counts.</param>
    /// <param name="before">The model's record so far.</param>
    public static PredictionScored Score(PredictionMade prediction, ModelOutput output, DateTimeOffset scoredAt, decimal priceThen, double share, in ModelRecord before)
    {
        var forecast = new ScoredForecast(output.PredictedPrice!.Value, output.Direction!.Value, output.Confidence!.Value);
        var price = prediction.Price;
        var score = Core.Score.Of(forecast.PredictedPrice, forecast.Direction, forecast.Confidence, PriceWindow.InUnits(price.Price), PriceWindow.InUnits(priceThen));
        return new(
            prediction.PredictionId, output.Model, price.Symbol, price.IntervalStart, prediction.HorizonSeconds, price.Price, forecast, scoredAt, priceThen, share, score, before.With(score, share));
    }
}

/// <summary>
/// The records of a fixed number of models on one symbol, folded from prices and forecasts in one pass and without allocation: what the pipeline weighs by. The journal's scores
/// give the same records to the last bit.
/// </summary>
/// <param name="models">Number of models.</param>
/// <param name="intervalSeconds">Seconds between prices.</param>
/// <param name="decisionIntervalSeconds">Seconds between predictions.</param>
/// <param name="horizonSeconds">How far ahead they look.</param>
public sealed class TrackRecords(int models, int intervalSeconds, int decisionIntervalSeconds, int horizonSeconds)
{
    private readonly double _share = TrackRecord.Share(decisionIntervalSeconds, horizonSeconds);
    private readonly long _mostLate = TrackRecord.MostLateSeconds(intervalSeconds);
    private readonly ModelRecord[] _records = new ModelRecord[models];
    // As many predictions as can be open at a time.
    private readonly (long Due, double Price)[] _open = new (long, double)[horizonSeconds / decisionIntervalSeconds + 2];
    private readonly Forecast[] _forecasts = new Forecast[(horizonSeconds / decisionIntervalSeconds + 2) * models];
    // Places in the rings, counted on: a division at each price would cost more than all the rest.
    private int _first, _count;

    /// <summary>A model's record, by its place in the order of the settings.</summary>
    public ref readonly ModelRecord this[int model] => ref _records[model];

    /// <summary>Takes the next price and scores what it ends; to be called before the prediction on it.</summary>
    public void Observe(long unixSeconds, double price)
    {
        for (; _count > 0; _count--)
        {
            var slot = _first;
            var (due, begin) = _open[slot];
            if (due > unixSeconds)
                return;
            _first = slot + 1 == _open.Length ? 0 : slot + 1;
            if (unixSeconds - due > _mostLate)
                continue;
            for (var model = 0; model < models; model++)
            {
                ref readonly var forecast = ref _forecasts[slot * models + model];
                if (!forecast.Abstained)
                    _records[model] = _records[model].With(Score.Of(forecast.PredictedPrice, forecast.Direction, forecast.Confidence, begin, price), _share);
            }
        }
    }

    /// <summary>Takes the forecasts on the last price, in the order of the models; <see cref="Forecast.None"/> where one abstained.</summary>
    public void Predict(long unixSeconds, double price, ReadOnlySpan<Forecast> forecasts)
    {
        var slot = _first + _count++;
        if (slot >= _open.Length)
            slot -= _open.Length;
        _open[slot] = (unixSeconds + horizonSeconds, price);
        forecasts.CopyTo(_forecasts.AsSpan(slot * models, models));
    }
}
