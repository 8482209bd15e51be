using System.Globalization;
using System.Security.Cryptography;
using Npgsql;
using Trading.Core;
using Trading.Journal.Events;
using Trading.Journal.Keys;
using Trading.Journal.Postgres;
using Trading.Journal.Sealing;

namespace Trading.Journal.Segments;

/// <summary>
/// Removes from the database what a segment's file holds of decisions that placed no order, which is nearly all of a journal. Everything
/// else stays: the account's events and those of orders, on which the running system goes on, and every leaf and checkpoint.
/// </summary>
public static class SegmentRemoval
{
    /// <summary>Scores, windows and the pages of the last days read decisions that are younger.</summary>
    public static readonly TimeSpan Youngest = TimeSpan.FromDays(7);

    // Streams that begin and end within the stretch with a decision that asked for no order.
    private const string Chosen = """
        create temporary table removed on commit drop as
        with ended as (
            select a.stream_id from mt_events a
            where a.seq_id > $1 and a.seq_id <= $2 and a.type = 'trade_assessed' and a.stream_id like 'trade-%'
                and coalesce(a.data #> '{assessment,order}', 'null') = 'null'
                and not exists (select from mt_events o where o.stream_id = a.stream_id and (o.seq_id <= $1 or o.seq_id > $2
                    or o.type not in ('trade_proposed', 'exit_proposed', 'trade_assessed'))))
        select l.number, l.seq_id, l.stream_id, l.version from audit.leaves l join mt_events e on e.seq_id = l.seq_id
        where l.seq_id > $1 and l.seq_id <= $2 and e.stream_id in (select stream_id from ended)
        """;

    /// <summary>Records and removes what a file holds; a second time it finishes what was interrupted.</summary>
    /// <param name="journal">The journal, as the owner of its tables.</param>
    /// <param name="file">The file.</param>
    /// <param name="keys">The sealer's public keys.</param>
    /// <param name="by">Who asks for it.</param>
    /// <param name="reason">Why.</param>
    /// <param name="now">The present.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>What was recorded.</returns>
    /// <exception cref="SealException">
    /// The file does not hold, or is not of this journal, or too young, or nothing is to be removed.
    /// </exception>
    public static async Task<SegmentArchived> RemoveAsync(TradeJournal journal, string file, IReadOnlyList<VerifierKey> keys, string by,
        string reason, DateTimeOffset now, CancellationToken cancellation)
    {
        var read = await new SegmentReader(file, keys).ReadAsync(null, null, cancellation);
        var (after, last) = await MustBeOfAsync(journal.Database, read, cancellation);
        if (now - read.Last!.Checkpoint.At < Youngest)
            throw new SealException($"its last checkpoint is from {read.Last.Checkpoint.At:u}: what is younger than "
                + $"{Youngest.TotalDays:0} days is still read by the running system");
        var (count, digest) = await ChosenAsync(journal.Database, after, last, delete: null, cancellation);
        if (count == 0)
        {
            var before = (await ArchivedSegments.RemovedAsync(journal.Database, cancellation)).FirstOrDefault(
                known => known.FirstNumber == read.FirstNumber && known.Events == read.Verified.Events);
            throw new SealException(before is null ? "it holds no decision without an order: there is nothing to remove"
                : $"what it holds was removed on {before.At:yyyy-MM-dd} already");
        }
        SegmentArchived archived;
        await using (var content = File.OpenRead(file))
        {
            archived = new(read.Period, read.FirstNumber, read.Verified.Events, after, last,
                Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellation)), content.Length, count, digest, by, reason,
                now);
        }
        await journal.AppendToEndAsync(AuditLeaf.SegmentStream, archived, new(null, "audit archive"), cancellation);
        await ChosenAsync(journal.Database, after, last, archived, cancellation);
        await using var connection = await journal.Database.OpenConnectionAsync(cancellation);
        await connection.ExecuteAsync("vacuum mt_events, mt_streams", cancellation);
        return archived;
    }

    /// <summary>The sequence numbers around a file's events, after making sure that its checkpoints are this journal's.</summary>
    internal static async Task<(long After, long Last)> MustBeOfAsync(
        NpgsqlDataSource database, SegmentRead read, CancellationToken cancellation)
    {
        if (read.Verified.Wrong is { } wrong)
            throw new SealException(wrong);
        var ends = await database.RowsAsync("select last_seq_id from audit.checkpoints where note = $1 and size = $2",
            row => row.GetInt64(0), cancellation, read.Last!.Note, read.Last.Checkpoint.Size);
        if (ends.Count == 0)
            throw new SealException("its last checkpoint is not one of this journal");
        var begin = read.FirstNumber == 0 ? [0] : await database.RowsAsync("select last_seq_id from audit.checkpoints where size = $1 "
            + "order by position desc limit 1", row => row.GetInt64(0), cancellation, read.FirstNumber);
        return begin.Count == 0 ? throw new SealException("this journal has no checkpoint before its first event") : (begin[0], ends[0]);
    }

    private static async Task<(long Count, string Digest)> ChosenAsync(
        NpgsqlDataSource database, long after, long last, SegmentArchived? delete, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        // Whole numbers only: a statement that creates a table takes no parameters.
        string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
        await connection.ExecuteAsync(Chosen.Replace("$1", Text(after), StringComparison.Ordinal)
            .Replace("$2", Text(last), StringComparison.Ordinal), cancellation);
        using var removals = new Removals();
        await using (var command = new NpgsqlCommand("select number, stream_id, version from removed order by number", connection))
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation))
                removals.Add(reader.GetInt64(0), reader.GetString(1), reader.GetInt64(2));
        }
        if (delete is null)
            return (removals.Count, removals.Digest());
        if (removals.Count != delete.Removed || removals.Digest() != delete.RemovedSha256)
            throw new SealException("the journal was changed meanwhile: nothing was removed");
        await connection.ExecuteAsync("delete from mt_events where seq_id in (select seq_id from removed)", cancellation);
        await connection.ExecuteAsync("delete from mt_streams where id in (select stream_id from removed)", cancellation);
        await transaction.CommitAsync(cancellation);
        return (removals.Count, delete.RemovedSha256);
    }
}
