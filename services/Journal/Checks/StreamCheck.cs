using Npgsql;
using Trading.Journal.Events;
using Trading.Journal.Postgres;
using Trading.Journal.Sealing;

namespace Trading.Journal.Checks;

/// <summary>A stretch of sequence numbers that no event has.</summary>
public sealed record SequenceGap(long First, long Last);

/// <summary>A stream whose row, or whose events, are not as they must be.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Detail">In words, to follow its name.</param>
public sealed record StreamFault(string Stream, string Detail);

/// <summary>A sealed event that is gone.</summary>
public sealed record GoneEvent(long Sequence, string Stream, long? Version);

/// <summary>What came of the check of streams.</summary>
/// <param name="Newest">The newest sequence number.</param>
/// <param name="Gaps">Numbers without an event: appends that were rolled back, or events that were taken out.</param>
/// <param name="Streams">Streams that are wrong, at most <see cref="StreamCheck.MostNamed"/>.</param>
/// <param name="Gone">Sealed events that are gone, of streams that are not gone as a whole.</param>
public sealed record StreamFindings(
    long Newest, IReadOnlyList<SequenceGap> Gaps, IReadOnlyList<StreamFault> Streams, IReadOnlyList<GoneEvent> Gone)
{
    /// <summary>Whether nothing is wrong; a gap alone is not.</summary>
    public bool Clean => Streams.Count == 0 && Gone.Count == 0;

    /// <summary>How many numbers have no event.</summary>
    public long Numbers => Gaps.Sum(gap => gap.Last - gap.First + 1);
}

/// <summary>Compares every stream's row, column by column, with its events and with what was sealed.</summary>
public static class StreamCheck
{
    /// <summary>Most wrong streams that are named.</summary>
    public const int MostNamed = 1000;

    /// <summary>
    /// How far the times of a stream's row may be from those of the checkpoints around its events: clocks of two machines, and appends that
    /// took long.
    /// </summary>
    public static readonly TimeSpan TimesApart = TimeSpan.FromMinutes(10);

    // What was archived is no gap.
    private const string GapQuery = """
        with numbers as (select seq_id from mt_events {0})
        select seq_id + 1, next - 1 from (select seq_id, lead(seq_id) over (order by seq_id) as next from numbers) as numbered
        where next > seq_id + 1
        union all select 1, min(seq_id) - 1 from numbers having min(seq_id) > 1
        order by 1
        """;

    private const string Archived = "exists (select from unnest($1::bigint[], $2::bigint[]) as segment (after, last) where l.seq_id > "
        + "after and l.seq_id <= last) and l.stream_id like 'trade-%'";

    // Every column of mt_streams but the times, which have no copy beside them.
    private const string RowQuery = """
        select coalesce(s.id, e.stream_id, '(none)'), s.id is not null, e.stream_id is not null, s.version::bigint, e.events, e.newest,
            s.type, s.tenant_id, s.is_archived, s.compacted_version::bigint, s.timestamp < s.created
        from mt_streams s
        full join (select stream_id, count(*) as events, max(version)::bigint as newest from mt_events group by stream_id) e
            on e.stream_id = s.id
        where coalesce(s.id, e.stream_id) is distinct from 'mt_tombstone'
            and (s.id is null or e.stream_id is null or s.version is distinct from e.events or e.events is distinct from e.newest
                or s.tenant_id is distinct from '*DEFAULT*' or s.is_archived is distinct from false
                or s.compacted_version is distinct from 0 or s.created is null or s.timestamp is null or s.timestamp < s.created
                or s.type is distinct from case when s.id like 'trade-%' then 'trade' when s.id like 'account-%' then 'portfolio'
                    when s.id like 'score-%' then 'prediction_scored' when s.id like 'audit-%' then 'field_redacted'
                    else s.type end)
        order by 1 limit 1000
        """;

    private const string GoneQuery = """
        select min(l.seq_id), coalesce(l.stream_id, ''), min(l.version), count(*),
            not exists (select from mt_events e where e.stream_id = l.stream_id)
        from audit.leaves l
        where not exists (select from mt_events e where e.seq_id = l.seq_id) and not ({0})
        group by l.stream_id, case when exists (select from mt_events e where e.stream_id = l.stream_id) then l.seq_id end
        order by 1
        """;

    private const string TimesQuery = """
        select s.id, s.created, s.timestamp, e.first, e.last, s.version = e.events
        from mt_streams s
        join (select stream_id, min(seq_id) as first, max(seq_id) as last, count(*) as events from audit.leaves group by stream_id) e
            on e.stream_id = s.id
        where s.created is not null and s.timestamp is not null
        order by e.first
        """;

    /// <summary>Checks all.</summary>
    public static async Task<StreamFindings> RunAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        var newest = await JournalReader.LastSequenceAsync(database, cancellation);
        var archived = await ArchivedSegments.LoadAsync(database, cancellation);
        object[] ranges = [archived.Select(one => one.AfterSequence).ToArray(), archived.Select(one => one.LastSequence).ToArray()];
        var gaps = await database.RowsAsync(GapQuery.Replace("{0}", archived.Count == 0 ? ""
            : $"union select seq_id from audit.leaves l where {Archived}", StringComparison.Ordinal),
            row => new SequenceGap(row.GetInt64(0), row.GetInt64(1)), cancellation, archived.Count == 0 ? [] : ranges);
        var streams = await database.RowsAsync(RowQuery, Told, cancellation);
        var gone = new List<GoneEvent>();
        if (await SealedTree.IsThereAsync(database, cancellation))
        {
            foreach (var (sequence, stream, version, count, whole) in await database.RowsAsync(GoneQuery.Replace("{0}",
                archived.Count == 0 ? "false" : Archived, StringComparison.Ordinal), row => (row.GetInt64(0),
                row.GetString(1), row.GetValue(2) as long?, row.GetInt64(3), row.GetBoolean(4)), cancellation,
                archived.Count == 0 ? [] : ranges))
            {
                if (whole)
                    streams.Add(new(stream,
                        FormattableString.Invariant($"is gone as a whole: {count} sealed events, the first is event {sequence}")));
                else
                    gone.Add(new(sequence, stream, version));
            }
            streams.AddRange(await WrongTimesAsync(database, cancellation));
        }
        return new(newest, gaps, [.. streams.Take(MostNamed)], gone);
    }

    // A stream's row is older than the checkpoint that sealed its events, and neither older than the one before them nor than the streams
    // that began before it.
    private static async Task<List<StreamFault>> WrongTimesAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        var (ends, times) = (new List<long>(), new List<DateTime>());
        foreach (var (last, note) in await database.RowsAsync("select last_seq_id, note from audit.checkpoints order by position",
            row => (row.GetValue(0) as long?, row.GetValue(1) as string), cancellation))
        {
            // One that makes no sense is named by the verification of checkpoints.
            if (last is { } end && note is not null && Time(note) is { } at && (ends.Count == 0 || end >= ends[^1]))
            {
                ends.Add(end);
                times.Add(at);
            }
        }
        var (wrong, newest) = (new List<StreamFault>(), DateTime.MinValue);
        await using var command = database.CreateCommand(TimesQuery);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (wrong.Count < MostNamed && await reader.ReadAsync(cancellation))
        {
            var (created, appended) = (reader.GetDateTime(1), reader.GetDateTime(2));
            var (first, last) = (Place(reader.GetInt64(3)), Place(reader.GetInt64(4)));
            if (IsBefore(created, first - 1) || (newest > DateTime.MinValue && created < newest - TimesApart) || IsAfter(created, first)
                || IsBefore(appended, last - 1) || (reader.GetValue(5) is true && IsAfter(appended, last)))
                wrong.Add(new(reader.GetString(0), FormattableString.Invariant(
                    $"says that it was created {created:u} and last appended to {appended:u}, ")
                    + "which does not fit the checkpoints around its events"));
            else
                newest = created > newest ? created : newest;
        }
        return wrong;

        int Place(long sequence) => ends.BinarySearch(sequence) is var found && found >= 0 ? found : ~found;
        bool IsBefore(DateTime time, int checkpoint) => checkpoint >= 0 && checkpoint < times.Count
            && time < times[checkpoint] - TimesApart;
        bool IsAfter(DateTime time, int checkpoint) => checkpoint < times.Count && time > times[checkpoint] + TimesApart;
    }

    private static DateTime? Time(string note)
    {
        try
        {
            return SignedCheckpoint.Parse(note).Checkpoint.At.UtcDateTime;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static StreamFault Told(NpgsqlDataReader row)
    {
        var (stream, hasRow, hasEvents) = (row.GetString(0), row.GetBoolean(1), row.GetBoolean(2));
        if (!hasEvents)
            return new(stream, $"is at version {Value(3)} and has no events");
        if (!hasRow)
            return new(stream, $"has {Value(4)} events and no row in mt_streams");
        if (Value(3) != Value(4) || Value(4) != Value(5))
            return new(stream, $"is at version {Value(3)}, its newest event is version {Value(5)}, and it has {Value(4)} events");
        return new(stream, row.GetValue(8) is not false ? $"is marked as archived ({Value(8)})"
            : row.GetValue(7) is not "*DEFAULT*" ? $"is of the tenant {Value(7)}"
            : row.GetValue(9) is not 0L ? $"is marked as compacted to version {Value(9)}"
            : row.GetValue(10) is not false ? "was appended to before it was created" : $"is of the type {Value(6)}");

        string Value(int column) => row.IsDBNull(column) ? "(absent)" : FormattableString.Invariant($"{row.GetValue(column)}");
    }
}
