namespace Trading.Core;

/// <summary>An account with its last states, which decisions may still refer to.</summary>
internal sealed class ReplayedAccount
{
    // A decision may be appended after the account has changed, but not after so many changes.
    private const int VersionsKept = 10_000;

    private readonly List<Portfolio> _states = [];
    private long _dropped;

    /// <summary>Events that the last command also made happen: they must come next.</summary>
    public Queue<IAccountEvent> Due { get; } = new();

    public long Version => _dropped + _states.Count;

    public Portfolio? Newest => _states.Count == 0 ? null : _states[^1];

    public Portfolio? At(long version) => version > _dropped && version <= Version ? _states[(int)(version - _dropped - 1)] : null;

    public void Add(Portfolio state)
    {
        if (_states.Count == 2 * VersionsKept)
        {
            _states.RemoveRange(0, VersionsKept);
            _dropped += VersionsKept;
        }
        _states.Add(state);
    }
}
