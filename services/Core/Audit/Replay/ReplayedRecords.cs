namespace Trading.Core;

/// <summary>A stream of scores with the records that weights may still refer to.</summary>
internal sealed class ReplayedRecords
{
    private const int Kept = 20_000;

    private readonly List<ModelRecord> _records = [default];
    private long _dropped;

    /// <summary>The record after the newest score.</summary>
    public ModelRecord Newest => _records[^1];

    /// <summary>The record after so many scores; false where it is not there yet, or no longer kept.</summary>
    public bool TryGet(long version, out ModelRecord record)
    {
        var found = version >= _dropped && version < _dropped + _records.Count;
        record = found ? _records[(int)(version - _dropped)] : default;
        return found;
    }

    /// <summary>Takes the record after the next score.</summary>
    public void Add(ModelRecord record)
    {
        if (_records.Count == 2 * Kept)
        {
            _records.RemoveRange(0, Kept);
            _dropped += Kept;
        }
        _records.Add(record);
    }
}
