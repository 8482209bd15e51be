using Npgsql;
using Trading.Journal.Checks;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;
using Trading.Journal.Segments;
using Trading.TestKit.Audit;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>A month of the journal in a file, removed from the database, and read back.</summary>
public sealed class SegmentTests(SegmentedJournal journal) : IClassFixture<SegmentedJournal>
{
    [Fact]
    public async Task a_segment_is_verified_alone_and_no_change_of_it_is_not_found()
    {
        var (code, output, errors) = await CliProgram.RunHereAsync(
            ["audit", "verify", "--bundle", journal.File, "--public-key", journal.PublicKey]);
        Assert.True(code == 0, output + errors);
        Assert.StartsWith(FormattableString.Invariant($"{journal.Second:N0} events as sealed, all from event "), output,
            StringComparison.Ordinal);
        var lines = await SegmentLines.ReadAsync(journal.File);
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
        var before = await SegmentedJournal.SumAsync(database);

        var (code, output, errors) = await ArchiveAsync(connection);
        Assert.True(code == 0, output + errors);
        Assert.Equal((2, "trading: what it holds was removed on "), await ArchiveAsync(connection) is var again
            ? (again.Code == 1 ? 2 : again.Code, again.Errors[..38]) : default);
        await SealAsync(database);
        var archived = Assert.Single(await ArchivedSegments.RemovedAsync(database, default));
        Assert.InRange(archived.Removed, 2, journal.Second - 1);
        Assert.Equal((archived.Removed, "kim"),
            (before.Events - (await SegmentedJournal.SumAsync(database)).Events, archived.By));

        Assert.Empty((await VerifyAsync(database)).First);
        Assert.Equal(archived.Removed, (await VerifyAsync(database)).Archived);
        Assert.True((await StreamCheck.RunAsync(database, default)).Clean);
        Assert.Equal(0, (await StreamCheck.RunAsync(database, default)).Numbers - journal.Gaps);
        var replayed = await AuditProgram.RunHereAsync(connection, "replay");
        Assert.True(replayed.Code == 0, replayed.Output + replayed.Errors);
        Assert.Equal(0, (await AuditProgram.RunHereAsync(connection, "rebuild", "--compare")).Code);

        var read = await AuditProgram.RunHereAsync(connection, "import", journal.File, "--public-key", journal.PublicKey);
        Assert.Equal((0, $"{archived.Removed:N0} events read back\n"), (read.Code, read.Output));
        Assert.Equal(before.Sum, (await SegmentedJournal.SumAsync(database)).Sum);
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
        new Sealer(database, SealKey.Load(journal.KeyFile), TimeProvider.System).SealAsync(default);

    private async Task<string?> WrongAsync(IReadOnlyList<string> lines)
    {
        var file = Path.Combine(journal.Folder, $"{Guid.NewGuid():N}.gz");
        await SegmentLines.WriteAsync(file, lines);
        return (await Segment.VerifyAsync(file, [VerifierKey.Read(journal.PublicKey)], default)).Wrong;
    }
}
