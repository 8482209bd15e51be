using Trading.Contracts;

namespace Trading.Core;

/// <summary>How much each model counts in the ensemble.</summary>
public enum EnsembleWeighting
{
    /// <summary>As much as its own confidence says: the original system's way.</summary>
    Confidence,

    /// <summary>Confidence times the weight that its track record gives, see <see cref="TrackRecord.Weight"/>.</summary>
    TrackRecord,
}

/// <summary>From scores to weights. docs/track-record.md explains the formula and its numbers.</summary>
public static class TrackRecord
{
    /// <summary>Independent predictions after which an old score has 1/e of its weight left.</summary>
    public const double Memory = 500;

    /// <summary>Independent predictions that a model is taken to have made before its first one.</summary>
    public const double PriorSignals = 100;

    /// <summary>Their mean skill: that of a model that is right in 55 % of the cases and states this as its confidence.</summary>
    public const double PriorSkill = 0.01;

    /// <summary>Independent predictions from which on a model that is worse than "no change" has no weight.</summary>
    public const double LeastSignals = 100;

    private const string StreamPrefix = "score-";

    /// <summary>The stream of a model's scores on a symbol.</summary>
    public static string StreamId(string model, string symbol) => $"{StreamPrefix}{model}-{symbol}";

    /// <summary>A price this many seconds after the horizon no longer scores the prediction: it would measure another horizon.</summary>
    public static long MostLateSeconds(int intervalSeconds) => 10L * intervalSeconds;

    /// <summary>How much one score counts: predictions made more often than once per horizon overlap.</summary>
    public static double Share(int decisionIntervalSeconds, int horizonSeconds) =>
        Math.Min(1, decisionIntervalSeconds / (double)horizonSeconds);

    /// <summary>
    /// Skill against "no change", shrunk towards that of the <see cref="PriorSignals"/> predictions a model is taken to begin with, and in
    /// units of it: a model without a record has weight 1, one that is proved worse than "no change" has 0, the least.
    /// </summary>
    public static double Weight(in ModelRecord record) => !HasWeight(record) ? 0
        : (PriorSignals * PriorSkill + record.RecentSkill) / (PriorSignals + record.RecentSignals) / PriorSkill;

    /// <summary>Whether a model has any weight, see <see cref="Weight"/>.</summary>
    public static bool HasWeight(in ModelRecord record) =>
        record is not { RecentSignals: >= LeastSignals, RecentSkill: < 0 } && PriorSignals * PriorSkill + record.RecentSkill > 0;

    /// <summary>A model's weight as it is recorded, with the reason where it has none.</summary>
    public static ModelWeight Weigh(string model, in ModelRecord record)
    {
        var weight = Weight(record);
        return new(model, weight, record.Scored, weight > 0 ? null : FormattableString.Invariant(
            $"worse than no change over {record.Signals} predictions: mean skill {record.Skill:0.0000}, ")
            + FormattableString.Invariant($"{record.HitRate * 100:0.0} % came true"));
    }

    /// <summary>The event that scores an answer.</summary>
    /// <param name="prediction">The prediction.</param>
    /// <param name="output">One model's answer in it; not an abstention.</param>
    /// <param name="scoredAt">Start of the interval of the first price at or after the horizon.</param>
    /// <param name="priceThen">That price.</param>
    /// <param name="share">How much the score counts.</param>
    /// <param name="before">The model's record so far.</param>
    public static PredictionScored Score(PredictionMade prediction, ModelOutput output, DateTimeOffset scoredAt, decimal priceThen,
        double share, in ModelRecord before)
    {
        var forecast = new ScoredForecast(output.PredictedPrice!.Value, output.Direction!.Value, output.Confidence!.Value);
        var price = prediction.Price;
        var score = Core.Score.Of(forecast.PredictedPrice, forecast.Direction, forecast.Confidence, PriceWindow.InUnits(price.Price),
            PriceWindow.InUnits(priceThen));
        return new(
            prediction.PredictionId, output.Model, price.Symbol, price.IntervalStart, prediction.HorizonSeconds, price.Price, forecast,
            scoredAt, priceThen, share, score, before.With(score, share));
    }
}
