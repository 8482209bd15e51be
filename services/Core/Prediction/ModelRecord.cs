using System.Text.Json.Serialization;

namespace Trading.Core;

/// <summary>
/// A model's record on one symbol. The recent values fade: a score loses half of its weight over about 350 horizons, so the record follows
/// a changing market and needs only a few numbers.
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
    long Scored, long Signals, long Hits, double RecentScored, double RecentErrorPercent, double RecentNoChangeErrorPercent,
    double RecentSignals, double RecentHits, double RecentSkill)
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
            RecentScored * kept + share, RecentErrorPercent * kept + share * score.ErrorPercent,
            RecentNoChangeErrorPercent * kept + share * score.NoChangeErrorPercent,
            // An answer without a side is "no change" itself, and no reason to forget any other.
            directed ? RecentSignals * kept + share : RecentSignals,
            directed ? RecentHits * kept + (score.Hit == true ? share : 0) : RecentHits,
            directed ? RecentSkill * kept + share * score.Skill : RecentSkill);
    }
}
