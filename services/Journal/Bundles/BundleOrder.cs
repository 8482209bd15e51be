namespace Trading.Journal.Bundles;

/// <summary>
/// Whether the events of a bundle are all events of a range, a whole stream from its first version on, or a trade: its whole stream, with
/// bookings of it in the account between. The proofs alone do not show that: each still holds when another event was left out, doubled or
/// moved.
/// </summary>
public sealed class BundleOrder
{
    private bool _isRange = true, _isStream = true, _isTrade = true;
    private long _tradeVersion;

    /// <summary>The first event; null before it.</summary>
    public ProvedEvent? First { get; private set; }

    /// <summary>The last event until now.</summary>
    public ProvedEvent? Last { get; private set; }

    /// <summary>The trade, when these are its stream and bookings of it.</summary>
    public Guid? Trade => _isTrade && _tradeVersion > 0 && !_isStream ? First?.TradeId : null;

    /// <summary>What is wrong with the next event's place; null when nothing is.</summary>
    public string? Follow(ProvedEvent next)
    {
        if (Last is not null && (next.Number <= Last.Number || next.Sequence <= Last.Sequence))
            return $"event {next.Sequence} stands behind event {Last.Sequence}";
        _isRange &= Last is null || next.Number == Last.Number + 1;
        _isStream &= Last is null ? next.Version == 1 : next.StreamId == Last.StreamId && next.Version == Last.Version + 1;
        _isTrade &= next.TradeId is not null && next.TradeId == (First ?? next).TradeId
            && (!next.IsOfTrade || next.Version == ++_tradeVersion);
        if (Last is not null && !_isRange && !_isStream && !_isTrade)
            return $"between event {Last.Sequence} and event {next.Sequence} an event is missing: neither their audit numbers, "
                + $"{Last.Number} and {next.Number}, nor their places in one stream follow on each other";
        First ??= next;
        Last = next;
        return null;
    }

    /// <summary>What is wrong with the whole; null when nothing is.</summary>
    public string? End() => _isRange || _isStream || (_isTrade && _tradeVersion > 0) ? null
        : "the trade's own events are not in it";
}
