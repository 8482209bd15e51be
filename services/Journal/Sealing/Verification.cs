using Trading.Journal.Keys;

namespace Trading.Journal.Sealing;

/// <summary>What can be wrong with a sealed journal.</summary>
public enum WrongKind
{
    /// <summary>An event is not as it was when it was sealed.</summary>
    Changed,

    /// <summary>A sealed event is gone.</summary>
    Missing,

    /// <summary>An event stands among sealed ones that was not there when they were sealed.</summary>
    Inserted,

    /// <summary>An event stands at another place of the journal or of its stream.</summary>
    Moved,

    /// <summary>Events behind the last sealed one wait, and no sealer comes to seal them.</summary>
    Unsealed,

    /// <summary>A field was blanked without the event that says so.</summary>
    Blanked,

    /// <summary>What the sealer keeps beside an event's leaf was changed; the event itself was not.</summary>
    Leaf,

    /// <summary>The tree is not the one that a checkpoint was made over.</summary>
    Tree,

    /// <summary>A checkpoint was changed, is gone or is not signed by a known key.</summary>
    Checkpoint,

    /// <summary>A checkpoint that was kept elsewhere knows of more events than the journal has, or of others.</summary>
    RolledBack,

    /// <summary>An event does not carry the mark of a program of this system: something else wrote it.</summary>
    Unmarked,

    /// <summary>The journal is not the one that is configured, though the same key may have sealed it.</summary>
    OtherJournal,
}

/// <summary>Something wrong.</summary>
/// <param name="Kind">What.</param>
/// <param name="Sequence">The event's place in the journal; null when it is about no single event.</param>
/// <param name="StreamId">Its stream.</param>
/// <param name="Version">Its place in the stream.</param>
/// <param name="Detail">In words.</param>
public sealed record Wrong(WrongKind Kind, long? Sequence, string? StreamId, long? Version, string Detail);

/// <summary>What is verified, and by what.</summary>
/// <param name="Keys">Keys that are trusted; those that a checkpoint signed by them hands over to are trusted too.</param>
/// <param name="Outside">Checkpoints that were kept elsewhere.</param>
/// <param name="FromSequence">First event whose row is recomputed; the tree is always whole.</param>
/// <param name="ToSequence">Last event whose row is recomputed.</param>
/// <param name="Patience">
/// How long a sealer that holds the leadership may take for events that are not sealed; <see cref="Verifier.DefaultPatience"/> when null.
/// </param>
/// <param name="Journal">The identity that the journal must have; null when none is known.</param>
/// <param name="OutsideFaults">
/// What is wrong with the places that keep checkpoints elsewhere, one line each: nothing kept, not readable. Each counts as wrong.
/// </param>
/// <param name="Writers">The key with which programs mark their events; null to check no marks.</param>
public sealed record VerifyRange(IReadOnlyList<VerifierKey> Keys, IReadOnlyList<SignedCheckpoint> Outside,
    long FromSequence = long.MinValue, long ToSequence = long.MaxValue, TimeSpan? Patience = null, string? Journal = null,
    IReadOnlyList<string>? OutsideFaults = null, Events.WriterKey? Writers = null);

/// <summary>What came of it.</summary>
/// <param name="Events">Events whose rows were recomputed.</param>
/// <param name="Sealed">Events that the journal's tree holds.</param>
/// <param name="Unsealed">Events behind them.</param>
/// <param name="Checkpoints">The journal's own checkpoints that were checked.</param>
/// <param name="Kept">Checkpoints from elsewhere that were compared.</param>
/// <param name="Wrongs">Number of things wrong.</param>
/// <param name="First">The first of them by sequence, at most <see cref="Verifier.MaxNamed"/>.</param>
/// <param name="Holds">The last checkpoint up to which everything is as it was sealed; null when there is none.</param>
/// <param name="Archived">Sealed events that are in archived segments and not in the database.</param>
public sealed record Verification(long Events, long Sealed, long Unsealed, long Checkpoints, long Kept, long Wrongs,
    IReadOnlyList<Wrong> First, Checkpoint? Holds, long Archived = 0)
{
    /// <summary>Whether nothing is wrong.</summary>
    public bool Clean => Wrongs == 0;
}
