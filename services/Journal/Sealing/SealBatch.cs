using System.Security.Cryptography;
using System.Text;
using Npgsql;
using Trading.Core;
using Trading.Journal.Postgres;

namespace Trading.Journal.Sealing;

/// <summary>What one transaction of the sealer adds to the tables.</summary>
internal sealed class SealBatch
{
    private readonly BinaryRows _leaves = new(), _commitments = new();
    private readonly byte[] _firstLeaf = new byte[MerkleTree.HashSize];

    private SealBatch(long lastSequence) => LastSequence = lastSequence;

    /// <summary>Number of events.</summary>
    public int Count => _leaves.Count;

    /// <summary>Hash of the first leaf; zeros without one.</summary>
    public byte[] FirstLeaf => _firstLeaf;

    /// <summary>Whether an operator's event is among them.</summary>
    public bool HasActs { get; private set; }

    /// <summary>Events that no program of this system wrote, one line each.</summary>
    public List<string> Unmarked { get; } = [];

    /// <summary>The last sealed event, of earlier batches where this one is empty.</summary>
    public long LastSequence { get; private set; }

    /// <summary>Reads the events after the last sealed one and adds their leaves to the tree.</summary>
    public static async Task<SealBatch> ReadAsync(
        NpgsqlConnection connection, MerkleFrontier tree, long lastSequence, long target, WriterMarks? marks,
        CancellationToken cancellation)
    {
        var batch = new SealBatch(lastSequence);
        if (target <= lastSequence)
            return batch;
        await using var rows = await BinaryCopy.StartAsync(connection, EventRows.Query(lastSequence + 1, target, Sealer.BatchSize),
            AuditLeaf.Columns.Count, cancellation);
        var hash = new byte[MerkleTree.HashSize];
        Func<string, string, byte[]> commit = (field, value) => batch.AddCommitment(tree.Size, field, value);
        while (await rows.ReadAsync(cancellation))
        {
            EventRows.Hash(rows, tree.Size, commit, hash);
            batch.HasActs |= AuditLeaf.IsRedactable(rows.Field(AuditLeaf.Type));
            if (marks?.Violation(rows) is { } unmarked)
                batch.Unmarked.Add(FormattableString.Invariant($"event {rows.Int64(AuditLeaf.Sequence)} ")
                    + $"({Encoding.UTF8.GetString(rows.Field(AuditLeaf.StreamId))}, "
                    + FormattableString.Invariant($"version {rows.Int64(AuditLeaf.Version)}) {unmarked}"));
            batch.AddLeaf(tree.Size, rows, hash);
            tree.Append(hash);
        }
        return batch;
    }

    /// <summary>Writes the batch to the tables.</summary>
    public async Task CopyAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await _leaves.CopyAsync(connection, "audit.leaves (number, seq_id, stream_id, version, hash)", cancellation);
        await _commitments.CopyAsync(connection, "audit.commitments (number, field, commitment, salt)", cancellation);
    }

    private byte[] AddCommitment(long number, string field, string value)
    {
        var salt = RandomNumberGenerator.GetBytes(AuditLeaf.SaltSize);
        var commitment = AuditLeaf.Commit(salt, value);
        _commitments.BeginRow(4);
        _commitments.Add(number);
        _commitments.Add(Encoding.UTF8.GetBytes(field));
        _commitments.Add(commitment);
        _commitments.Add(salt);
        return commitment;
    }

    private void AddLeaf(long number, BinaryCopy row, ReadOnlySpan<byte> hash)
    {
        LastSequence = row.Int64(AuditLeaf.Sequence);
        if (_leaves.Count == 0)
            hash.CopyTo(_firstLeaf);
        _leaves.BeginRow(5);
        _leaves.Add(number);
        _leaves.Add(LastSequence);
        if (row.IsNull(AuditLeaf.StreamId))
            _leaves.AddNull();
        else
            _leaves.Add(row.Field(AuditLeaf.StreamId));
        _leaves.Add(row.Int64(AuditLeaf.Version));
        _leaves.Add(hash);
    }
}
