using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using Trading.Core;
using Trading.Journal.Bundles;
using Trading.Journal.Postgres;
using Trading.Journal.Sealing;

namespace Trading.Journal.Segments;

/// <summary>
/// Writes a stretch of the journal with all of its checkpoints, so that it can be verified alone: the tree before it leads over its events
/// to each checkpoint. docs/audit-format.md describes the form.
/// </summary>
internal sealed class SegmentWriter(NpgsqlDataSource database, SegmentRange range)
{
    private readonly MerkleFrontier _tree = new(range.FirstNumber, range.Frontier);
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private Stream _output = null!;

    /// <summary>Writes it, compressed.</summary>
    /// <exception cref="SealException">An event of it is gone, or its checkpoints are not those of its events.</exception>
    public async Task WriteAsync(Stream output, IProgress<long>? progress, CancellationToken cancellation)
    {
        await using var compressed = new GZipStream(output, CompressionLevel.Optimal, leaveOpen: true);
        await using var buffered = new BufferedStream(compressed, 1 << 16);
        _output = buffered;
        await LineAsync(BundleLine.Of(writer =>
        {
            writer.WriteString("format", Segment.Format);
            writer.WriteString("period", range.Period);
            writer.WriteNumber("first", range.FirstNumber);
            writer.WriteString("before", range.Before);
            writer.WriteStartArray("tree");
            foreach (var root in range.Frontier.Chunk(MerkleTree.HashSize))
                writer.WriteBase64StringValue(root);
            writer.WriteEndArray();
        }), cancellation);
        await using (var first = await database.OpenConnectionAsync(cancellation))
        await using (var second = await database.OpenConnectionAsync(cancellation))
            await EventsAsync(first, second, progress, cancellation);
        await buffered.WriteAsync(Encoding.UTF8.GetBytes(BundleLine.Last(_hash, range.Events)), cancellation);
    }

    private async Task EventsAsync(
        NpgsqlConnection first, NpgsqlConnection second, IProgress<long>? progress, CancellationToken cancellation)
    {
        var commitments = await BundleWriter.CommitmentsAsync(
            first, new(range.AfterSequence + 1, range.LastSequence, null), cancellation);
        await using var command = new NpgsqlCommand("select size, note from audit.checkpoints where position > $1 and position <= $2 "
            + "order by position", second)
        { Parameters = { new() { Value = range.AfterPosition }, new() { Value = range.LastPosition } } };
        await using var checkpoints = await command.ExecuteReaderAsync(cancellation);
        var more = await checkpoints.ReadAsync(cancellation);
        await using var rows = await BinaryCopy.StartAsync(first, string.Create(CultureInfo.InvariantCulture,
            $"select l.number, {string.Join(", ", AuditLeaf.Columns.Select(column => $"e.{column}"))}, l.hash from audit.leaves l ")
            + string.Create(CultureInfo.InvariantCulture, $"join mt_events e on e.seq_id = l.seq_id where l.seq_id > ")
            + string.Create(CultureInfo.InvariantCulture, $"{range.AfterSequence} and l.seq_id <= {range.LastSequence} order by l.seq_id"),
            2 + AuditLeaf.Columns.Count, cancellation);
        while (await rows.ReadAsync(cancellation))
        {
            if (rows.Int64(0) != _tree.Size)
                throw new SealException($"event number {_tree.Size} is not in the database: it was removed before, or is gone");
            await LineAsync(EventLine.OfSegment(rows, commitments), cancellation);
            _tree.Append(rows.Field(1 + AuditLeaf.Columns.Count));
            for (; more && checkpoints.GetInt64(0) <= _tree.Size; more = await checkpoints.ReadAsync(cancellation))
                await CheckpointAsync(checkpoints.GetString(1), cancellation);
            progress?.Report(_tree.Size - range.FirstNumber);
        }
        if (_tree.Size != range.Size || more)
            throw new SealException($"event number {_tree.Size} is not in the database: it was removed before, or is gone");
    }

    private Task CheckpointAsync(string note, CancellationToken cancellation) =>
        LineAsync(BundleLine.Of(writer => writer.WriteString("checkpoint", note)), cancellation);

    private async Task LineAsync(string line, CancellationToken cancellation)
    {
        var bytes = Encoding.UTF8.GetBytes(line + "\n");
        _hash.AppendData(bytes);
        await _output.WriteAsync(bytes, cancellation);
    }
}
