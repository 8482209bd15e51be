using System.Globalization;
using Npgsql;
using Trading.Core;
using Trading.Journal.Postgres;

namespace Trading.Journal.Sealing;

/// <summary>A sealed event's place in the tree.</summary>
/// <param name="Number">Its audit number, from 0 without gaps.</param>
/// <param name="Sequence">Its place in the journal.</param>
/// <param name="StreamId">Its stream.</param>
/// <param name="Version">Its place in the stream.</param>
/// <param name="Leaf">Hash of its leaf.</param>
public sealed record SealedEvent(long Number, long Sequence, string? StreamId, long Version, byte[] Leaf);

/// <summary>Reads what the sealer wrote: checkpoints, leaves and the tree that proves events.</summary>
public static class SealedTree
{
    /// <summary>The tables without which nothing is sealed.</summary>
    internal static readonly string[] Tables = ["audit.leaves", "audit.checkpoints", "audit.commitments"];

    /// <summary>The last checkpoint; null in a journal that was never sealed.</summary>
    /// <exception cref="SealException">It cannot be read.</exception>
    public static Task<SignedCheckpoint?> LastAsync(NpgsqlDataSource database, CancellationToken cancellation) =>
        CheckpointAsync(database, null, cancellation);

    /// <summary>The last checkpoint of a size, or the last of all.</summary>
    /// <exception cref="SealException">It cannot be read.</exception>
    public static async Task<SignedCheckpoint?> CheckpointAsync(NpgsqlDataSource database, long? size, CancellationToken cancellation)
    {
        if (!await IsThereAsync(database, cancellation))
            return null;
        await using var command = database.CreateCommand(
            "select note from audit.checkpoints where $1 is null or size = $1 order by position desc limit 1");
        command.Parameters.Add(new() { Value = (object?)size ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Bigint });
        try
        {
            return await command.ExecuteScalarAsync(cancellation) is string note ? SignedCheckpoint.Parse(note) : null;
        }
        catch (FormatException unreadable)
        {
            throw new SealException($"the checkpoint cannot be read: {unreadable.Message}");
        }
    }

    /// <summary>
    /// Number of readable events after the last sealed one: exact up to <see cref="JournalContents.MostCounted"/>, for without a sealer all
    /// wait, and a page must not read them all.
    /// </summary>
    public static async Task<long> WaitingAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        var last = await IsThereAsync(database, cancellation) ? "(select coalesce(max(seq_id), 0) from audit.leaves)" : "0";
        await using var command = database.CreateCommand($"""
            with sealed (last) as (select {last})
            select case when newer.count <= {JournalContents.MostCounted} then newer.count
                else (select max(seq_id) from mt_events) - greatest(last, (select min(seq_id) from mt_events) - 1) end
            from sealed, lateral (
                select count(*) from (select from mt_events where seq_id > last
                    order by seq_id limit {JournalContents.MostCounted} + 1) as next) as newer
            """);
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>When the oldest unsealed event was written; null when all are sealed.</summary>
    public static async Task<DateTimeOffset?> OldestWaitingAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        var last = await IsThereAsync(database, cancellation) ? "(select coalesce(max(seq_id), 0) from audit.leaves)" : "0";
        await using var command = database.CreateCommand($"select min(timestamp) from mt_events where seq_id > {last}");
        return await command.ExecuteScalarAsync(cancellation) is DateTime oldest ? new DateTimeOffset(oldest, TimeSpan.Zero) : null;
    }

    /// <summary>A sealed event by its place in the journal (17) or in its stream (account-main/3); null when there is none.</summary>
    public static async Task<SealedEvent?> FindAsync(NpgsqlDataSource database, string name, CancellationToken cancellation)
    {
        if (!await IsThereAsync(database, cancellation))
            return null;
        await using var command = database.CreateCommand();
        var slash = name.LastIndexOf('/');
        if (slash > 0 && long.TryParse(name[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var version))
        {
            command.CommandText = "select number, seq_id, stream_id, version, hash from audit.leaves where seq_id = (select seq_id from "
                + "mt_events where stream_id = $1 and version = $2)";
            command.Parameters.Add(new() { Value = name[..slash] });
            command.Parameters.Add(new() { Value = version });
        }
        else if (long.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence))
        {
            command.CommandText = "select number, seq_id, stream_id, version, hash from audit.leaves where seq_id = $1";
            command.Parameters.Add(new() { Value = sequence });
        }
        else
        {
            return null;
        }
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation)
            ? new(reader.GetInt64(0), reader.GetInt64(1), reader.IsDBNull(2) ? null : reader.GetString(2), reader.GetInt64(3),
                reader.GetFieldValue<byte[]>(4))
            : null;
    }

    /// <summary>The tree of the first <paramref name="size"/> leaves, in memory.</summary>
    public static async Task<MerkleProofs> LoadAsync(
        NpgsqlDataSource database, long size, IProgress<long>? progress, CancellationToken cancellation)
    {
        var tree = new MerkleProofs();
        await ContinueAsync(database, tree, size, progress, cancellation);
        return tree;
    }

    /// <summary>Appends to a tree what it lacks of the first <paramref name="size"/> leaves.</summary>
    public static async Task ContinueAsync(
        NpgsqlDataSource database, MerkleProofs tree, long size, IProgress<long>? progress, CancellationToken cancellation)
    {
        if (tree.Size >= size)
            return;
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var leaves = await BinaryCopy.StartAsync(connection, string.Create(CultureInfo.InvariantCulture,
            $"select hash from audit.leaves where number >= {tree.Size} and number < {size} order by seq_id"), 1, cancellation);
        while (await leaves.ReadAsync(cancellation))
        {
            tree.Append(leaves.Field(0));
            if (tree.Size % 4096 == 0)
                progress?.Report(tree.Size);
        }
    }

    /// <summary>Whether the tables of sealing are there.</summary>
    public static Task<bool> IsThereAsync(NpgsqlDataSource database, CancellationToken cancellation) =>
        database.HasTablesAsync(cancellation, Tables);
}
