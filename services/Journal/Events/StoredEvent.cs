namespace Trading.Journal.Events;

/// <summary>An event as it is stored.</summary>
/// <param name="Sequence">Its place in the journal; rises, with gaps where appends were rolled back.</param>
/// <param name="StreamId">The stream.</param>
/// <param name="Version">Its place in the stream, from 1 without gaps.</param>
/// <param name="Type">The event's name, for example trade_settled.</param>
/// <param name="Timestamp">When it was appended (UTC).</param>
/// <param name="Data">The event as JSON in UTF-8.</param>
public readonly record struct StoredEvent(long Sequence, string StreamId, long Version, string Type, DateTimeOffset Timestamp, byte[] Data)
{
    internal const string Tombstones = "mt_tombstone";

    /// <summary>Whether it stands for an append that failed: nothing happened.</summary>
    public bool IsTombstone => StreamId == Tombstones;

    /// <summary>The event itself.</summary>
    /// <exception cref="InvalidDataException">This version knows no event of that name, or the JSON does not fit it.</exception>
    public object Event() => StoredTypes.Deserialize(this, Data);
}

/// <summary>An event of the journal as a record.</summary>
/// <param name="Sequence">Its place in the journal.</param>
/// <param name="StreamId">The stream.</param>
/// <param name="Version">Its place in the stream.</param>
/// <param name="At">When it was appended (UTC).</param>
/// <param name="Event">The event.</param>
public readonly record struct JournalEvent(long Sequence, string StreamId, long Version, DateTimeOffset At, object Event);

/// <summary>The end of an order as its account has it.</summary>
/// <param name="Version">Its place in the account's stream.</param>
/// <param name="TradeId">The trade.</param>
/// <param name="At">When it was appended (UTC).</param>
/// <param name="CausationId">The message or command that caused it.</param>
public readonly record struct OrderEnd(long Version, Guid TradeId, DateTimeOffset At, string? CausationId);
