namespace Trading.Core;

/// <summary>Checkpoints between two others were removed.</summary>
/// <param name="After">Number of the checkpoint before them.</param>
/// <param name="AfterSha256">Its hash, as the next one named it: base64.</param>
/// <param name="Before">Number of the checkpoint behind them.</param>
/// <param name="Previous">What that one says of the last removed one, its hash: base64.</param>
public sealed record ThinnedCheckpoints(long After, string AfterSha256, long Before, string Previous);

/// <summary>
/// Older checkpoints were thinned, stream <see cref="AuditLeaf.CheckpointStream"/>: recorded before it is done, so that the chain from one
/// checkpoint to the next is under the seal where the checkpoints between are gone.
/// </summary>
/// <param name="Gaps">The places, by number.</param>
/// <param name="At">When (UTC).</param>
public sealed record CheckpointsThinned(IReadOnlyList<ThinnedCheckpoints> Gaps, DateTimeOffset At) : IAuditEvent;
