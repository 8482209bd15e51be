using Trading.Core;

namespace Trading.Services.Scoring;

/// <summary>The newest part of a stream of scores: the records of a model, and when each began.</summary>
internal sealed class ScoreStream(string id)
{
    /// <summary>How many records are kept, at least.</summary>
    public const int Kept = 5_000;

    private readonly List<(long ScoredAt, ModelRecord Record)> _records = [];

    /// <summary>Id of the stream.</summary>
    public string Id => id;

    /// <summary>The record of all scores.</summary>
    public ModelRecord Newest => _records.Count == 0 ? default : _records[^1].Record;

    /// <summary>Start of the price of the last scored prediction in seconds since 1970; a time long ago when there is none.</summary>
    public long LastPriceAt { get; private set; } = long.MinValue / 2;

    /// <summary>Adds the next scores.</summary>
    public void Add(IEnumerable<PredictionScored> scores)
    {
        foreach (var scored in scores)
        {
            if (_records.Count == 2 * Kept)
                _records.RemoveRange(0, Kept);
            _records.Add((scored.ScoredAt.ToUnixTimeSeconds(), scored.Record));
            LastPriceAt = scored.PriceAt.ToUnixTimeSeconds();
        }
    }

    /// <summary>The record of the scores up to a time; null when that is further back than is kept.</summary>
    public ModelRecord? At(long unixSeconds)
    {
        var (low, high) = (0, _records.Count);
        while (low < high)
            (low, high) = _records[(low + high) / 2].ScoredAt <= unixSeconds ? ((low + high) / 2 + 1, high) : (low, (low + high) / 2);
        return low > 0 ? _records[low - 1].Record
            : _records.Count == 0 || _records[0].Record.Scored == 1 ? default(ModelRecord)
            : null;
    }
}
