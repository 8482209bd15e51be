using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using Trading.Core;
using Trading.Journal.Postgres;
using Trading.Journal.Sealing;

namespace Trading.Journal.Bundles;

/// <summary>Reads events and what proves them from the journal's database, and writes them as a bundle.</summary>
internal static class BundleWriter
{
    public static async Task<long> WriteAsync(
        NpgsqlDataSource database, BundleRange range, SignedCheckpoint checkpoint, MerkleProofs tree, Stream output,
        IProgress<long>? progress, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var events = 0L;
        await LineAsync(BundleLine.Of(writer =>
        {
            writer.WriteString("format", BundleLine.Format);
            writer.WriteString("checkpoint", checkpoint.Cosigned);
        }));
        await foreach (var line in EventsAsync(database, range, tree, checkpoint.Checkpoint.Size, cancellation))
        {
            await LineAsync(line);
            events++;
            progress?.Report(events);
        }
        await output.WriteAsync(Encoding.UTF8.GetBytes(BundleLine.Last(hash, events)), cancellation);
        return events;

        async ValueTask LineAsync(string line)
        {
            var bytes = Encoding.UTF8.GetBytes(line + "\n");
            hash.AppendData(bytes);
            await output.WriteAsync(bytes, cancellation);
        }
    }

    public static async IAsyncEnumerable<string> EventsAsync(
        NpgsqlDataSource database, BundleRange range, MerkleProofs? tree, long size,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var isSealed = await SealedTree.IsThereAsync(database, cancellation);
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var commitments = isSealed ? await CommitmentsAsync(connection, range, cancellation) : [];
        // COPY takes no parameters: the query holds digits and the stream's quoted name only.
        var stream = range switch
        {
            { TradeId: { } trade } => $" and (e.stream_id = '{Trade.StreamId(trade)}' or (e.stream_id like 'account-%' "
                + $"and e.data ->> 'tradeId' = '{trade}'))",
            { StreamId: { } one } => $" and e.stream_id = '{one.Replace("'", "''", StringComparison.Ordinal)}'",
            _ => "",
        };
        var query = string.Create(
            CultureInfo.InvariantCulture,
            $"select {(isSealed ? "l.number" : "null::bigint")}, "
            + $"{string.Join(", ", AuditLeaf.Columns.Select(column => $"e.{column}"))} from mt_events e "
            + $"{(isSealed ? "left join audit.leaves l on l.seq_id = e.seq_id" : "")} where e.seq_id >= {range.FromSequence} and e.seq_id "
            + $"<= {range.ToSequence}{stream}{(tree is null ? "" : $" and l.number < {size}")} order by e.seq_id");
        await using var rows = await BinaryCopy.StartAsync(connection, query, 1 + AuditLeaf.Columns.Count, cancellation);
        while (await rows.ReadAsync(cancellation))
            yield return EventLine.Of(rows, commitments, tree, size);
    }

    public static string Proof(string line, SignedCheckpoint checkpoint, byte[] leaf) => BundleLine.Of(
        writer =>
        {
            writer.WriteString("checkpoint", checkpoint.Cosigned);
            writer.WriteString("leaf", Convert.ToHexStringLower(leaf));
            writer.WritePropertyName("event");
            writer.WriteRawValue(line);
        }, indented: true);

    /// <summary>The commitments to fields of a range's events, with the salts that are left.</summary>
    public static async Task<Dictionary<(long, string), (byte[], byte[]?)>> CommitmentsAsync(
        NpgsqlConnection connection, BundleRange range, CancellationToken cancellation)
    {
        var commitments = new Dictionary<(long, string), (byte[], byte[]?)>();
        await using var command = new NpgsqlCommand(
            "select c.number, c.field, c.commitment, c.salt from audit.commitments c join audit.leaves l on l.number = c.number where "
            + "l.seq_id >= $1 and l.seq_id <= $2", connection)
        { Parameters = { new() { Value = range.FromSequence }, new() { Value = range.ToSequence } } };
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            commitments[(reader.GetInt64(0), reader.GetString(1))] = (reader.GetFieldValue<byte[]>(2),
                reader.IsDBNull(3) ? null : reader.GetFieldValue<byte[]>(3));
        return commitments;
    }
}
