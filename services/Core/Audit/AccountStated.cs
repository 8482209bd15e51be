namespace Trading.Core;

/// <summary>
/// An account as its events make it at a version, after it was folded from them and compared; stream
/// <see cref="AuditLeaf.AccountStream"/>. A start and a look back go on from it, so that they cost the same however long the account's
/// stream is. Only one with the mark of a writer is believed, and the whole check compares each with the events.
/// </summary>
/// <param name="StreamId">The account's stream.</param>
/// <param name="Version">Number of its events.</param>
/// <param name="State">The account after them, as JSON.</param>
/// <param name="At">When (UTC).</param>
public sealed record AccountStated(string StreamId, long Version, string State, DateTimeOffset At) : IAuditEvent;
