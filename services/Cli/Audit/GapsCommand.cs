using System.CommandLine;
using Trading.Journal;

namespace Trading.Cli.Audit;

/// <summary>Sequence numbers that no event has, and whether a stream lacks one.</summary>
public static class GapsCommand
{
    private const int Shown = 50;

    private const string Gaps = """
        select seq_id + 1, next - 1 from (select seq_id, lead(seq_id) over (order by seq_id) as next from mt_events) as numbered where next > seq_id + 1
        union all select 1, min(seq_id) - 1 from mt_events having min(seq_id) > 1
        order by 1
        """;

    private const string Streams = """
        select coalesce(s.id, e.stream_id), coalesce(s.version, 0)::bigint, coalesce(e.events, 0)::bigint, coalesce(e.newest, 0)::bigint
        from mt_streams s full join (select stream_id, count(*) as events, max(version) as newest from mt_events group by stream_id) e on e.stream_id = s.id
        where s.version is distinct from e.events or e.events is distinct from e.newest order by 1
        """;

    private const string Gone = """
        select l.seq_id, coalesce(l.stream_id, ''), l.version from audit.leaves l where not exists (select from mt_events e where e.seq_id = l.seq_id) order by l.seq_id
        """;

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new AuditOptions();
        var command = new Command(
            "gaps",
            "Lists sequence numbers that no event has. An append that was rolled back leaves one and no trace; an event that was taken out leaves one too, and its stream then lacks a version: that is "
            + "looked for, and ends with code 1, as does an event that was sealed and is gone.\nExample: trading audit gaps");
        options.Act(command, async run =>
        {
            var gaps = await RowsAsync(run, Gaps, row => new { First = row.GetInt64(0), Last = row.GetInt64(1) });
            var streams = await RowsAsync(run, Streams, row => new { Stream = row.GetString(0), Version = row.GetInt64(1), Events = row.GetInt64(2), Newest = row.GetInt64(3) });
            var gone = await SealedTree.IsThereAsync(run.Database, run.Cancellation) ? await RowsAsync(run, Gone, row => new { Sequence = row.GetInt64(0), Stream = row.GetString(1), Version = row.GetInt64(2) }) : [];
            var numbers = gaps.Sum(gap => gap.Last - gap.First + 1);
            if (run.Json)
                AuditRun.Print(new { Gaps = gaps, Numbers = numbers, IncompleteStreams = streams, SealedAndGone = gone });
            else
            {
                foreach (var gap in gaps.Take(Shown))
                    Console.WriteLine(gap.First == gap.Last ? $"no event {gap.First}" : $"no events {gap.First} to {gap.Last}");
                if (gaps.Count > Shown)
                    Console.WriteLine(Words.Invariant($"and {gaps.Count - Shown:N0} more gaps"));
                foreach (var stream in streams)
                    Console.WriteLine($"WRONG: {stream.Stream} is at version {stream.Version}, its newest event is version {stream.Newest}, and it has {stream.Events} events");
                foreach (var taken in gone.Take(Shown))
                    Console.WriteLine($"WRONG: event {taken.Sequence} ({taken.Stream}, version {taken.Version}) was sealed and is gone");
                if (gone.Count > Shown)
                    Console.WriteLine(Words.Invariant($"and {gone.Count - Shown:N0} more that were sealed"));
                var newest = await JournalReader.LastSequenceAsync(run.Database, run.Cancellation);
                Console.WriteLine(Words.Invariant($"{numbers:N0} of {newest:N0} sequence numbers have no event; ") + (gone.Count > 0 ? Words.Invariant($"{Words.Count(gone.Count, "sealed event")} {(gone.Count == 1 ? "is" : "are")} gone") : streams.Count > 0 ? Words.Invariant($"{streams.Count:N0} streams are incomplete")
                    : numbers == 0 ? "every stream has all its versions"
                    : "every stream has all its versions, so they were drawn by appends that were rolled back, as when another replica was faster"));
            }
            return streams.Count == 0 && gone.Count == 0 ? AuditOptions.Clean : AuditOptions.FoundWrong;
        });
        return command;
    }

    private static async Task<List<T>> RowsAsync<T>(AuditRun run, string sql, Func<Npgsql.NpgsqlDataReader, T> read)
    {
        await using var command = run.Database.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync(run.Cancellation);
        var rows = new List<T>();
        while (await reader.ReadAsync(run.Cancellation))
            rows.Add(read(reader));
        return rows;
    }
}
