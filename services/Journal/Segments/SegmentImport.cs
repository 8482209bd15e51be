using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Trading.Journal.Bundles;
using Trading.Journal.Keys;
using Trading.Journal.Postgres;
using Trading.Journal.Sealing;

namespace Trading.Journal.Segments;

/// <summary>Reads back what was removed: the events of a segment's file that the database lacks, each column to the byte.</summary>
public static class SegmentImport
{
    private const string Event = """
        insert into mt_events (seq_id, id, version, timestamp, is_archived, type, stream_id, tenant_id, mt_dotnet_type, correlation_id,
            causation_id, headers, data, bdata)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) on conflict (seq_id) do nothing
        """;

    private const string Stream = "insert into mt_streams (id, type, version, created, timestamp, is_archived) values ($1, 'trade', $2, "
        + "$3, $3, false) on conflict (id) do update set version = greatest(mt_streams.version, excluded.version)";

    private const int BatchSize = 500;

    /// <summary>Reads a file back, in one transaction.</summary>
    /// <returns>How many events came back.</returns>
    /// <exception cref="SealException">The file does not hold, or is not of this journal.</exception>
    public static async Task<long> ReadAsync(
        NpgsqlDataSource database, string file, IReadOnlyList<VerifierKey> keys, CancellationToken cancellation)
    {
        // Once to know that it holds, and once to write.
        var read = await new SegmentReader(file, keys).ReadAsync(null, null, cancellation);
        var (after, last) = await SegmentRemoval.MustBeOfAsync(database, read, cancellation);
        var lacking = (await database.RowsAsync("select l.seq_id from audit.leaves l where l.seq_id > $1 and l.seq_id <= $2 and not exists "
            + "(select from mt_events e where e.seq_id = l.seq_id)", row => row.GetInt64(0), cancellation, after, last)).ToHashSet();
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        var waiting = new List<JsonElement>();
        await new SegmentReader(file, keys).ReadAsync(given =>
        {
            if (lacking.Contains(given.GetProperty("sequence").GetInt64()))
                waiting.Add(given.Clone());
        }, async checkpoint =>
        {
            foreach (var batch in waiting.Chunk(BatchSize))
                await WriteAsync(connection, batch, checkpoint.At, cancellation);
            waiting.Clear();
        }, cancellation);
        await transaction.CommitAsync(cancellation);
        return lacking.Count;
    }

    // A stream's row has the time of the checkpoint that sealed it: its own went with it.
    private static async Task WriteAsync(
        NpgsqlConnection connection, IReadOnlyList<JsonElement> events, DateTimeOffset at, CancellationToken cancellation)
    {
        await using var batch = new NpgsqlBatch(connection);
        foreach (var given in events)
            batch.BatchCommands.Add(new(Stream)
            {
                Parameters = { new() { Value = given.GetProperty("stream").GetString()! },
                    new() { Value = given.GetProperty("version").GetInt64() }, new() { Value = at.UtcDateTime } },
            });
        foreach (var given in events)
        {
            var command = new NpgsqlBatchCommand(Event);
            foreach (var (value, type) in Values(given))
                command.Parameters.Add(new() { Value = value ?? DBNull.Value, NpgsqlDbType = type });
            batch.BatchCommands.Add(command);
        }
        await batch.ExecuteNonQueryAsync(cancellation);
    }

    private static IEnumerable<(object? Value, NpgsqlDbType Type)> Values(JsonElement given)
    {
        yield return (given.GetProperty("sequence").GetInt64(), NpgsqlDbType.Bigint);
        yield return (given.GetProperty("id").GetGuid(), NpgsqlDbType.Uuid);
        yield return (given.GetProperty("version").GetInt64(), NpgsqlDbType.Bigint);
        yield return (BundleLine.At(given.GetProperty("timestamp").GetString()!), NpgsqlDbType.TimestampTz);
        yield return (given.GetProperty("archived") is { ValueKind: not JsonValueKind.Null } archived ? archived.GetBoolean() : null,
            NpgsqlDbType.Boolean);
        foreach (var name in new[] { "type", "stream", "tenant", "dotnetType", "correlation", "causation" })
            yield return (given.GetProperty(name).GetString(), NpgsqlDbType.Varchar);
        foreach (var name in new[] { "headers", "data" })
            yield return (given.GetProperty(name) is { ValueKind: not JsonValueKind.Null } json ? json.GetRawText() : null,
                NpgsqlDbType.Jsonb);
        yield return (given.GetProperty("binary") is { ValueKind: not JsonValueKind.Null } binary ? binary.GetBytesFromBase64() : null,
            NpgsqlDbType.Bytea);
    }
}
