using System.Globalization;
using Npgsql;
using Trading.Core;
using Trading.Journal.Postgres;
using Trading.Journal.Sealing;

namespace Trading.Journal.Witnesses;

/// <summary>The lines of witnesses beside the checkpoints, and what came of asking them.</summary>
public static class StoredCosignatures
{
    /// <summary>Keeps a witness's line with its checkpoint, once.</summary>
    public static async Task AddAsync(
        NpgsqlDataSource database, SignedCheckpoint checkpoint, WitnessKey witness, string line, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("insert into audit.cosignatures (position, witness, line) select position, $2, $3 "
            + "from audit.checkpoints where note = $1 order by position desc limit 1 on conflict do nothing");
        command.Parameters.Add(new() { Value = checkpoint.Note });
        command.Parameters.Add(new() { Value = $"{witness}" });
        command.Parameters.Add(new() { Value = line });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Notes that a witness was asked, and why it did not cosign.</summary>
    /// <param name="database">The journal's database.</param>
    /// <param name="witness">The witness.</param>
    /// <param name="size">Events of the checkpoint.</param>
    /// <param name="failure">Why it did not cosign; null when it did.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task AskedAsync(
        NpgsqlDataSource database, WitnessKey witness, long size, string? failure, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("insert into audit.witnesses (name, asked, size, failure) values ($1, now(), $2, "
            + "$3) on conflict (name) do update set asked = now(), size = $2, failure = $3");
        command.Parameters.Add(new() { Value = $"{witness}" });
        command.Parameters.Add(new() { Value = size });
        command.Parameters.Add(new() { Value = (object?)failure ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Why witnesses did not cosign when they were asked last, by their public keys.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> FailuresAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        var failures = new Dictionary<string, string>();
        await using var command = database.CreateCommand("select name, failure from audit.witnesses where failure is not null");
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            failures[reader.GetString(0)] = reader.GetString(1);
        return failures;
    }

    /// <summary>Events of the last checkpoint that a witness cosigned; 0 when there is none.</summary>
    public static async Task<long> LastSizeAsync(NpgsqlDataSource database, WitnessKey witness, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("select c.size from audit.cosignatures w join audit.checkpoints c using "
            + "(position) where w.witness = $1 order by position desc limit 1");
        command.Parameters.Add(new() { Value = $"{witness}" });
        return await command.ExecuteScalarAsync(cancellation) as long? ?? 0;
    }

    /// <summary>A checkpoint of the journal with the lines that stand beside it.</summary>
    public static async Task<SignedCheckpoint> WithAsync(
        NpgsqlDataSource database, SignedCheckpoint checkpoint, CancellationToken cancellation)
    {
        if (!await IsThereAsync(database, cancellation))
            return checkpoint;
        await using var command = database.CreateCommand("select w.line from audit.cosignatures w where w.position = (select position from "
            + "audit.checkpoints where note = $1 order by position desc limit 1) order by w.witness");
        command.Parameters.Add(new() { Value = checkpoint.Note });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var lines = new List<string>();
        while (await reader.ReadAsync(cancellation))
        {
            if (SignedCheckpoint.Signature(reader.GetString(0)) is { Bytes.Length: Cosignature.Size })
                lines.Add(reader.GetString(0));
        }
        return checkpoint.With(lines);
    }

    /// <summary>Whether the table is there: journals of earlier versions have none.</summary>
    public static Task<bool> IsThereAsync(NpgsqlDataSource database, CancellationToken cancellation) =>
        database.HasTablesAsync(cancellation, "audit.cosignatures");

    /// <summary>Proves that the first events of the journal are the beginning of a later checkpoint.</summary>
    /// <param name="database">The journal's database.</param>
    /// <param name="oldSize">How many events; at most those of the checkpoint.</param>
    /// <param name="newSize">Events of the checkpoint.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<IReadOnlyList<byte[]>> ProofAsync(
        NpgsqlDataSource database, long oldSize, long newSize, CancellationToken cancellation)
    {
        if (oldSize == 0 || oldSize == newSize)
            return [];
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var command = new NpgsqlCommand(
            "select last_seq_id, frontier from audit.checkpoints where size = $1 order by position desc limit 1", connection)
        { Parameters = { new() { Value = oldSize } } };
        var (sequence, frontier) = (0L, default(byte[]));
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
        {
            if (await reader.ReadAsync(cancellation))
                (sequence, frontier) = (reader.GetInt64(0), reader.GetFieldValue<byte[]>(1));
        }
        // From a checkpoint that is gone the whole tree leads on, which is as large as the journal.
        if (frontier is null)
            return (await SealedTree.LoadAsync(database, newSize, null, cancellation)).Consistency(oldSize, newSize);
        var added = new List<byte[]>();
        await using var leaves = await BinaryCopy.StartAsync(connection, string.Create(CultureInfo.InvariantCulture,
            $"select hash from audit.leaves where seq_id > {sequence} order by seq_id limit {newSize - oldSize}"), 1, cancellation);
        while (await leaves.ReadAsync(cancellation))
            added.Add(leaves.Field(0).ToArray());
        return new MerkleFrontier(oldSize, frontier).Consistency(added);
    }
}
