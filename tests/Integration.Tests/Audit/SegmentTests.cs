using System.IO.Compression;
using System.Text;
using Npgsql;
using Trading.Journal.Checks;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;
using Trading.Journal.Segments;
using Trading.TestKit.Audit;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>A month of the journal in a file, removed from the database, and read back.</summary>
public sealed class SegmentTests(SegmentedJournal journal) : IClassFixture<SegmentedJournal>
{
    private string KeyFile => journal.KeyFile;

    [Fact]
    public async Task a_segment_is_verified_alone_and_no_change_of_it_is_not_found()
    {
        var (code, output, errors) = await CliProgram.RunHereAsync(
            ["audit", "verify", "--bundle", journal.File, "--public-key", journal.PublicKey]);
        Assert.True(code == 0, output + errors);
        Assert.StartsWith(FormattableString.Invariant($"{journal.Second:N0} events as sealed, all from event "), output,
            StringComparison.Ordinal);
        var lines = await LinesAsync(journal.File);
        // The begin, an event, a checkpoint and the end.
        var checkpoint = lines.FindIndex(line => line.StartsWith("{\"checkpoint", StringComparison.Ordinal));
        foreach (var at in new[] { 0, 5, checkpoint, lines.Count - 1 })
        {
            var line = lines[at];
            var middle = line.Length / 2 + line[(line.Length / 2)..].IndexOfAny([.. "0123456789"]);
            Assert.NotNull(await WrongAsync([.. lines[..at], line[..middle] + (char)('0' + ('9' - line[middle])) + line[(middle + 1)..],
                .. lines[(at + 1)..]]));
            Assert.NotNull(await WrongAsync([.. lines[..at], .. lines[(at + 1)..]]));
        }
        Assert.NotNull(await WrongAsync([.. lines[..3], lines[4], lines[3], .. lines[5..]]));
        Assert.Null(await WrongAsync(lines));
    }

    [Fact]
    public async Task what_was_archived_is_gone_and_every_answer_stays_and_it_is_read_back_to_the_byte()
    {
        var connection = await PostgresServer.CreateDatabaseAsync(journal.Connection);
        await using var database = SealedJournal.Source(connection);
        var before = await SumAsync(database);

        var (code, output, errors) = await ArchiveAsync(connection);
        Assert.True(code == 0, output + errors);
        Assert.Equal((2, "trading: what it holds was removed on "), await ArchiveAsync(connection) is var again
            ? (again.Code == 1 ? 2 : again.Code, again.Errors[..38]) : default);
        await SealAsync(database);
        var archived = Assert.Single(await ArchivedSegments.RemovedAsync(database, default));
        Assert.InRange(archived.Removed, 2, journal.Second - 1);
        Assert.Equal((archived.Removed, "kim"),
            (before.Events - (await SumAsync(database)).Events, archived.By));

        Assert.Empty((await VerifyAsync(database)).First);
        Assert.Equal(archived.Removed, (await VerifyAsync(database)).Archived);
        Assert.True((await StreamCheck.RunAsync(database, default)).Clean);
        Assert.Equal(0, (await StreamCheck.RunAsync(database, default)).Numbers - journal.Gaps);
        var replayed = await AuditProgram.RunHereAsync(connection, "replay");
        Assert.True(replayed.Code == 0, replayed.Output + replayed.Errors);
        Assert.Equal(0, (await AuditProgram.RunHereAsync(connection, "rebuild", "--compare")).Code);

        var read = await AuditProgram.RunHereAsync(connection, "import", journal.File, "--public-key", journal.PublicKey);
        Assert.Equal((0, $"{archived.Removed:N0} events read back\n"), (read.Code, read.Output));
        Assert.Equal(before.Sum, (await SumAsync(database)).Sum);
        Assert.Empty((await VerifyAsync(database)).First);
        var streams = await StreamCheck.RunAsync(database, default);
        Assert.True(streams.Clean, string.Join('\n', streams.Streams));
        Assert.Equal("the database has all of its events\n",
            (await AuditProgram.RunHereAsync(connection, "import", journal.File, "--public-key", journal.PublicKey)).Output);
    }

    [Theory]
    [InlineData("delete from mt_events where type = 'funds_reserved'", "was sealed and is gone")]
    [InlineData("delete from mt_events where stream_id = (select stream_id from mt_events where type = 'order_placed' and seq_id > $ "
        + "order by seq_id limit 1)", "which are not those")]
    [InlineData("update audit.leaves set version = 7 where not exists (select from mt_events e where e.seq_id = leaves.seq_id)",
        "which are not those")]
    [InlineData("update mt_events set data = jsonb_set(data, '{removedSha256}', '\"00\"') where type = 'segment_archived'",
        "is not as it was when it was sealed")]
    [InlineData("delete from mt_events where type = 'segment_archived'", "was sealed and is gone")]
    public async Task what_is_gone_beyond_what_was_archived_is_found(string attack, string told)
    {
        var connection = await PostgresServer.CreateDatabaseAsync(journal.Connection);
        await using var database = SealedJournal.Source(connection);
        Assert.Equal(0, (await ArchiveAsync(connection)).Code);
        await SealAsync(database);
        var after = (await ArchivedSegments.LoadAsync(database, default))[0].AfterSequence;

        await SealedJournal.ExecuteAsync(database, attack.Replace("$", $"{after}", StringComparison.Ordinal));

        Assert.Contains((await VerifyAsync(database)).First, wrong => wrong.Detail.Contains(told, StringComparison.Ordinal));
    }

    [Fact]
    public async Task a_segment_of_another_journal_and_one_that_is_young_are_not_archived_and_a_lack_is_said()
    {
        var connection = await PostgresServer.CreateDatabaseAsync(journal.Connection);
        var young = Path.Combine(journal.Folder, $"{Guid.NewGuid():N}.gz");
        var month = $"{TimeProvider.System.GetUtcNow():yyyy-MM}";
        Assert.Equal(0, (await AuditProgram.RunHereAsync(connection, "segment", month, "--output", young)).Code);
        Assert.Contains("what is younger than 7 days is still read",
            (await AuditProgram.RunHereAsync(connection, "archive", young, "--reason", "x", "--public-key", journal.PublicKey)).Errors,
            StringComparison.Ordinal);
        var other = await PostgresServer.CreateDatabaseAsync(journal.Connection);
        await using (var database = SealedJournal.Source(other))
            await SealedJournal.ExecuteAsync(database, "truncate audit.checkpoints");
        Assert.Contains("its last checkpoint is not one of this journal", (await ArchiveAsync(other)).Errors, StringComparison.Ordinal);
        foreach (var (arguments, told) in new (string[], string)[]
        {
            (["segment", "2019-01", "--output", "x.gz"], "nothing was sealed in 2019-01"),
            (["segment", "March", "--output", "x.gz"], "a segment is of a month or a day (2026-10, 2026-10-31), was March"),
            (["import", journal.KeyFile], $"{journal.KeyFile} is no segment: it is not compressed"),
        })
            Assert.Equal((2, $"trading: {told}\n"), await AuditProgram.RunHereAsync(connection, arguments) is var said
                ? (said.Code, said.Errors) : default);
    }

    private Task<CliProgram.Result> ArchiveAsync(string connection) => AuditProgram.RunHereAsync(connection, "archive", journal.File,
        "--by", "kim", "--reason", "old", "--public-key", journal.PublicKey);

    private Task<Verification> VerifyAsync(NpgsqlDataSource database) =>
        Verifier.VerifyAsync(database, new([VerifierKey.Read(journal.PublicKey)], []), null, default);

    private Task<SealState> SealAsync(NpgsqlDataSource database) =>
        new Sealer(database, SealKey.Load(KeyFile), TimeProvider.System).SealAsync(default);

    private async Task<string?> WrongAsync(IReadOnlyList<string> lines)
    {
        var file = Path.Combine(journal.Folder, $"{Guid.NewGuid():N}.gz");
        await using (var compressed = new GZipStream(File.Create(file), CompressionLevel.Fastest))
            await compressed.WriteAsync(Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => $"{line}\n"))));
        return (await Segment.VerifyAsync(file, [VerifierKey.Read(journal.PublicKey)], default)).Wrong;
    }

    private static async Task<List<string>> LinesAsync(string file)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(file), CompressionMode.Decompress));
        return [.. (await reader.ReadToEndAsync()).Split('\n')[..^1]];
    }

    private static async Task<(long Events, string Sum)> SumAsync(NpgsqlDataSource database)
    {
        // All but the record of the archive itself.
        await using var command = database.CreateCommand("select count(*), md5(string_agg(md5(e::text), '' order by seq_id)) from "
            + "mt_events e where type <> 'segment_archived'");
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return (reader.GetInt64(0), reader.GetString(1));
    }
}

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
