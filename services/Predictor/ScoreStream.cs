using Trading.Core;

namespace Trading.Services;

/// <summary>The newest part of a stream of scores: the records that a model had, and from when on.</summary>
internal sealed class ScoreStream(string id)
{
    /// <summary>How many records are kept, at least.</summary>
    public const int Kept = 5_000;

    private readonly List<(long ScoredAt, ModelRecord Record)> _records = [];

    /// <summary>Id of the stream.</summary>
    public string Id => id;

    /// <summary>The record with all scores in it.</summary>
    public ModelRecord Newest => _records.Count == 0 ? default : _records[^1].Record;

    /// <summary>Start of the price of the last scored prediction in seconds since 1970; long ago when there is none.</summary>
    public long LastPriceAt { get; private set; } = long.MinValue / 2;

    /// <summary>Takes the next scores.</summary>
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

    /// <summary>The record by the scores up to an instant; null when that lies further back than is kept.</summary>
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
