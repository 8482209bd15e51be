using Npgsql;
using Trading.Core;
using Trading.Journal.Keys;

namespace Trading.Journal.Sealing;

/// <summary>The last checkpoint and the tree that the next one continues.</summary>
/// <param name="Position">The checkpoint's number; 0 before the first.</param>
/// <param name="Size">Number of sealed events.</param>
/// <param name="LastSequence">The last sealed event.</param>
/// <param name="Last">The checkpoint; null before the first.</param>
/// <param name="Frontier">The tree.</param>
internal sealed record SealHead(long Position, long Size, long LastSequence, SignedCheckpoint? Last, MerkleFrontier Frontier)
{
    private const string IfOnPurpose =
        "it was replaced, renamed or made again; where that was on purpose, Trading:JournalIdentity says which it is";

    /// <summary>Reads and checks it, before anything is added: a signature on a forged tree would make the tree valid.</summary>
    /// <param name="connection">The sealer's transaction.</param>
    /// <param name="key">The key that seals.</param>
    /// <param name="own">What this process sealed last; null before that.</param>
    /// <param name="journal">The journal that is to be sealed; null when nothing is known of it.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="SealException">Something is wrong with it.</exception>
    public static async Task<SealHead> ReadAsync(
        NpgsqlConnection connection, VerifierKey key, SealHead? own, JournalIdentity? journal, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            "select position, size, last_seq_id, note, frontier from audit.checkpoints order by position desc limit 1", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation))
        {
            return own is not null ? throw new SealException($"the checkpoint of {own.Size} events that was made here is gone")
                : journal is { IsSealed: true } ? throw new SealException($"the journal {journal.Id} was sealed, and this one has no "
                    + $"checkpoint: {IfOnPurpose}")
                : new(0, 0, 0, null, new());
        }
        var (position, size, last) = (reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));
        try
        {
            var signed = SignedCheckpoint.Parse(reader.GetString(3));
            var frontier = new MerkleFrontier(size, reader.GetFieldValue<byte[]>(4));
            var said = signed.Checkpoint;
            if (signed.Cosignatures.Count > 0 || said.Size != size || !frontier.Root().AsSpan().SequenceEqual(said.Root))
                throw new SealException($"checkpoint {position} does not fit the tree beside it: trading audit verify says more");
            if (own is not null && (position < own.Position || (position == own.Position && signed.Note != own.Last!.Note)))
                throw new SealException($"the journal went back to {size} events, {own.Size} had been sealed here");
            if (journal is not null && said.Journal != journal.Id && (said.Journal is not null || journal.IsSealed))
                throw new SealException($"this is the journal {said.Origin}, {said.Journal ?? "without an identity"}, and not "
                    + $"{journal.Id}, which is configured: {IfOnPurpose}");
            if (said.NextKey is { } successor && successor != key)
                throw new SealException(
                    $"since checkpoint {position} the journal is sealed with the key {successor}, not with {key}");
            if (!signed.SignedBy(key))
                throw new SealException($"checkpoint {position} is not signed by the key {key}: another key seals this journal, "
                    + "or somebody replaced its checkpoints");
            return new(position, size, last, signed, frontier);
        }
        catch (Exception unreadable) when (unreadable is FormatException or ArgumentException)
        {
            throw new SealException($"checkpoint {position} cannot be read: {unreadable.Message}");
        }
    }
}
