using Npgsql;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;
using Trading.Journal.Segments;
using Trading.TestKit.Audit;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>A journal that was sealed on two days some weeks ago and today, and the file of the second day.</summary>
public sealed class SegmentedJournal : IAsyncLifetime
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("trading-segments-").FullName;

    public string KeyFile => Path.Combine(Folder, "key");

    public string PublicKey => SealKey.PublicFile(KeyFile);

    public string File => Path.Combine(Folder, "second.segment.gz");

    public string Connection { get; private set; } = "";

    /// <summary>Events of the second day.</summary>
    public long Second { get; private set; }

    /// <summary>Sequence numbers that no event has.</summary>
    public long Gaps { get; private set; }

    /// <summary>Number and sum of all events but the record of the archive itself.</summary>
    internal static async Task<(long Events, string Sum)> SumAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("select count(*), md5(string_agg(md5(e::text), '' order by seq_id)) from "
            + "mt_events e where type <> 'segment_archived'");
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return (reader.GetInt64(0), reader.GetString(1));
    }

    public async Task InitializeAsync()
    {
        Connection = await PostgresServer.CreateDatabaseAsync();
        await InProcessSystem.PlayAsync(InProcessSystem.Recorded(InProcessSystem.WriteCandles(Folder, 400, seed: 21)), Connection);
        await using var database = SealedJournal.Source(Connection);
        var (key, day) = (SealKey.Create(KeyFile), TimeProvider.System.GetUtcNow().AddDays(-40));
        // Sealed in parts, as it would have been while it grew.
        await SealedJournal.ExecuteAsync(database, "create table later as select * from mt_events where seq_id > 200");
        await SealedJournal.ExecuteAsync(database, "delete from mt_events where seq_id > 200");
        await SealAsync(database, key, day);
        foreach (var upTo in new[] { 400, 600, 700 })
        {
            await SealedJournal.ExecuteAsync(database, $"insert into mt_events select * from later where seq_id <= {upTo} "
                + "on conflict do nothing");
            await SealAsync(database, key, day.AddDays(1).AddMinutes(upTo / 100));
        }
        Second = await SealedJournal.ScalarAsync(database, "select max(size) - min(size) from audit.checkpoints");
        await SealedJournal.ExecuteAsync(database, "insert into mt_events select * from later on conflict do nothing; drop table later");
        await SealAsync(database, key, TimeProvider.System.GetUtcNow());
        Gaps = await SealedJournal.ScalarAsync(database, "select max(seq_id) - count(*) from mt_events");
        var range = (await SegmentRange.FindAsync(database, $"{day.AddDays(1):yyyy-MM-dd}", default))!;
        await using var file = System.IO.File.Create(File);
        await Segment.WriteAsync(database, range, file, null, default);
        Assert.Equal(Second, range.Events);
    }

    public Task DisposeAsync()
    {
        Directory.Delete(Folder, recursive: true);
        return Task.CompletedTask;
    }

    private static async Task SealAsync(NpgsqlDataSource database, SealKey key, DateTimeOffset at)
    {
        var sealer = new Sealer(database, key, new ManualTime(at));
        await sealer.PrepareAsync(default);
        var before = await SealedJournal.ScalarAsync(database, "select coalesce(max(seq_id), 0) from audit.leaves");
        await sealer.SealAsync(default);
        // The rows of streams have the time at which their events were written.
        foreach (var (column, of) in new[] { ("timestamp", "max"), ("created", "min") })
            await SealedJournal.ExecuteAsync(database, FormattableString.Invariant($"update mt_streams set {column} = '{at:u}' where id ")
                + FormattableString.Invariant($"in (select stream_id from audit.leaves group by 1 having {of}(seq_id) > {before})"));
    }
}
