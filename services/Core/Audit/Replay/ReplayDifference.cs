namespace Trading.Core;

/// <summary>An event of the journal that is not what its recorded inputs give.</summary>
/// <param name="Sequence">Its place in the journal.</param>
/// <param name="StreamId">Its stream.</param>
/// <param name="Version">Its place in the stream.</param>
/// <param name="What">What differs, for example "trade_assessed: checks".</param>
/// <param name="Recorded">What the journal holds.</param>
/// <param name="Recomputed">What its inputs give.</param>
public sealed record ReplayDifference(long Sequence, string StreamId, long Version, string What, string Recorded, string Recomputed);

/// <summary>An event that this version cannot read.</summary>
/// <param name="Reason">Why, in one line.</param>
public sealed record UnreadableEvent(string Reason);
