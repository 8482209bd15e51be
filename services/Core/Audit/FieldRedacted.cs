namespace Trading.Core;

/// <summary>
/// A personal or free-text field of an event was blanked, stream <see cref="AuditLeaf.RedactionStream"/>. Recorded before it is done; the
/// proofs about the event stay valid.
/// </summary>
/// <param name="Sequence">The event's place in the journal.</param>
/// <param name="StreamId">Its stream.</param>
/// <param name="Version">Its place in the stream.</param>
/// <param name="Field">The field, one of <see cref="AuditLeaf.RedactableFields"/>.</param>
/// <param name="By">Who did it.</param>
/// <param name="Reason">Why.</param>
/// <param name="At">When (UTC).</param>
public sealed record FieldRedacted(long Sequence, string StreamId, long Version, string Field, string By, string Reason, DateTimeOffset At)
    : IAuditEvent;
