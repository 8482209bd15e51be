namespace Trading.Hosting.Background;

/// <summary>How one work does, and which kinds of its failures were logged.</summary>
/// <param name="name">The work.</param>
internal sealed class WorkWatch(string name)
{
    // Kinds of failures that are remembered; more of them are logged each time.
    private const int MostKinds = 100;

    // A kind is logged again when the work had been well for this long.
    private static readonly TimeSpan Forgotten = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private readonly HashSet<string> _kinds = [];
    private WorkHealth _health = new(name, null, 0, null, null);
    private int _inARow;
    private long? _failedAt, _degradedAt;
    private bool _told;

    /// <summary>How it does now.</summary>
    public WorkHealth Health
    {
        get
        {
            lock (_gate)
                return _health;
        }
    }

    /// <summary>Notes a step that worked; gives since when the work had failed, when that was logged.</summary>
    public DateTimeOffset? Succeed()
    {
        lock (_gate)
        {
            var since = _told ? _health.DegradedSince : null;
            (_health, _inARow, _told, _degradedAt) = (_health with { DegradedSince = null }, 0, false, null);
            return since;
        }
    }

    /// <summary>Notes a failure: whether its kind is to be logged, how many there were in a row, and for how long.</summary>
    public (bool IsNew, int InARow, TimeSpan Degraded) Fail(Exception failure, DateTimeOffset now, long timestamp, TimeProvider time)
    {
        lock (_gate)
        {
            if (_failedAt is { } last && _inARow == 0 && time.GetElapsedTime(last, timestamp) > Forgotten)
                _kinds.Clear();
            _failedAt = timestamp;
            _degradedAt ??= timestamp;
            _health = _health with
            {
                DegradedSince = _health.DegradedSince ?? now,
                Failures = _health.Failures + 1,
                LastError = $"{failure.GetType().Name}: {failure.Message}",
                LastErrorAt = now,
            };
            var isNew = _kinds.Count >= MostKinds || _kinds.Add(Kind(failure));
            _told |= isNew;
            return (isNew, ++_inARow, time.GetElapsedTime(_degradedAt.Value, timestamp));
        }
    }

    // Numbers and ids in a message make no new kind.
    private static string Kind(Exception failure) =>
        $"{failure.GetType().Name} {new string([.. failure.Message.Where(letter => !char.IsAsciiHexDigit(letter))])}";
}
