using Npgsql;
using Trading.Core;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;

namespace Trading.Journal.Bundles;

/// <summary>Events to export.</summary>
/// <param name="FromSequence">The first.</param>
/// <param name="ToSequence">The last.</param>
/// <param name="StreamId">Their stream; null for all.</param>
/// <param name="TradeId">The trade whose bookings in accounts are wanted besides; null for none.</param>
public sealed record BundleRange(long FromSequence, long ToSequence, string? StreamId, Guid? TradeId = null);

/// <summary>The result of verifying a bundle.</summary>
/// <param name="Events">Events whose proofs hold.</param>
/// <param name="Checkpoint">The checkpoint that they are proved by; null when it could not be read.</param>
/// <param name="Wrong">What is wrong; null when all is right.</param>
/// <param name="First">The first event; null when no proof holds.</param>
/// <param name="Last">The last event whose proof holds.</param>
/// <param name="Trade">The trade whose stream and bookings these are; null for a range or a stream.</param>
/// <param name="Cosignatures">The lines of witnesses over the checkpoint, which are not checked here.</param>
public sealed record BundleVerification(long Events, Checkpoint? Checkpoint, string? Wrong, ProvedEvent? First = null,
    ProvedEvent? Last = null, Guid? Trade = null, IReadOnlyList<string>? Cosignatures = null);

/// <summary>An event in a bundle.</summary>
/// <param name="Number">Its audit number.</param>
/// <param name="Sequence">Its place in the journal.</param>
/// <param name="StreamId">Its stream.</param>
/// <param name="Version">Its place in the stream.</param>
/// <param name="TradeId">The trade that it is of, or that it books; null where it is about none.</param>
public sealed record ProvedEvent(long Number, long Sequence, string? StreamId, long Version, Guid? TradeId = null)
{
    /// <summary>Whether it stands in the trade's own stream.</summary>
    public bool IsOfTrade => TradeId is { } trade && StreamId == Trading.Core.Trade.StreamId(trade);
}

/// <summary>
/// Events with their proofs in a file that is verified with nothing but the sealer's public key: a line with the checkpoint, a line for
/// each event, and a line with the hash of all lines before it. docs/audit-format.md describes it.
/// </summary>
public static class Bundle
{
    /// <summary>Writes a bundle.</summary>
    /// <returns>Number of events.</returns>
    public static Task<long> WriteAsync(NpgsqlDataSource database, BundleRange range, SignedCheckpoint checkpoint, MerkleProofs tree,
        Stream output, IProgress<long>? progress, CancellationToken cancellation) =>
        BundleWriter.WriteAsync(database, range, checkpoint, tree, output, progress, cancellation);

    /// <summary>The events of a range as lines of a bundle.</summary>
    /// <param name="database">The journal's database.</param>
    /// <param name="range">Which events.</param>
    /// <param name="tree">The tree that proves them: sealed events only; null for all events, without proofs.</param>
    /// <param name="size">Size of the checkpoint's tree.</param>
    /// <param name="cancellation">Ends it.</param>
    public static IAsyncEnumerable<string> EventsAsync(
        NpgsqlDataSource database, BundleRange range, MerkleProofs? tree, long size, CancellationToken cancellation) =>
        BundleWriter.EventsAsync(database, range, tree, size, cancellation);

    /// <summary>One event with its proof and the checkpoint, as JSON; the event's columns are in it byte for byte.</summary>
    /// <param name="line">The event's line.</param>
    /// <param name="checkpoint">The checkpoint that it is proved by.</param>
    /// <param name="leaf">Hash of the event's leaf.</param>
    public static string Proof(string line, SignedCheckpoint checkpoint, byte[] leaf) => BundleWriter.Proof(line, checkpoint, leaf);

    /// <summary>Verifies a bundle's file.</summary>
    public static Task<BundleVerification> VerifyAsync(string file, IReadOnlyList<VerifierKey> keys, CancellationToken cancellation) =>
        BundleVerifier.VerifyAsync(file, keys, cancellation);

    /// <summary>Verifies a file with the proof of one event.</summary>
    public static Task<BundleVerification> VerifyProofAsync(
        string file, IReadOnlyList<VerifierKey> keys, CancellationToken cancellation) =>
        BundleVerifier.VerifyProofAsync(file, keys, cancellation);

    /// <summary>What is wrong with an event and its proof; null when it is one of those that a checkpoint was made over.</summary>
    /// <param name="line">The event's line.</param>
    /// <param name="checkpoint">The checkpoint, whose signature was checked.</param>
    /// <param name="proved">Which event it is.</param>
    public static string? Check(string line, Checkpoint checkpoint, out ProvedEvent proved) =>
        BundleVerifier.Check(line, checkpoint, out proved);
}
