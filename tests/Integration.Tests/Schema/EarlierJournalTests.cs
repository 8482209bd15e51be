using System.IO.Compression;
using Npgsql;
using Trading.Core;
using Trading.Journal.Events;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;
using Trading.TestKit.Audit;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Schema;

/// <summary>
/// A journal that this program wrote before Marten took the place of its stand-in: 45 minutes of recorded prices, an operator's halt, its
/// end and new limits, five checkpoints, sealed with a key that seals nothing else. Written by pg_dump --inserts, without comments.
/// </summary>
public sealed class EarlierJournalTests : IDisposable
{
    private const int Events = 96;
    private const string TestKey = "PRIVATE+KEY+trading-sealer+930d6d09+AaXPoir5AiFOpRvQf+E6Ez+rr431/dWlR1cQlSGlbUto";
    private const string Compacted =
        "select count(*) from information_schema.columns where table_name = 'mt_streams' and column_name = 'compacted_version'";

    private readonly string _folder = Directory.CreateTempSubdirectory("trading-earlier-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task an_earlier_journal_opens_and_goes_on_and_verifies_and_replays()
    {
        var database = await EarlierAsync();
        Assert.Equal(0L, await ScalarAsync(database, Compacted));
        await VerifiesAsync(database, Events);

        await using (var journal = new TradeJournal(database, new("test", "1"), new EventStore.SetClock(InProcessSystem.Start.AddHours(1))))
        {
            // What is only read is read as it is.
            var before = await journal.AccountAsync("main", default);
            Assert.Equal((2, "lee"), (before!.State.LimitsVersion, before.State.LimitsBy));
            await journal.PrepareAsync();
            Assert.Equal(before.Version, (await journal.AccountAsync("main", default))!.Version);
            await journal.DecideAsync("main", new HaltTrading("kim", "again", InProcessSystem.Start.AddHours(1)), "test", default);
            var halted = await journal.DecideAsync("main",
                new ResumeTrading("kim", "over", InProcessSystem.Start.AddHours(1)), "test", default);
            Assert.Equal(before.Version + 2, halted.Version);
            // The snapshot beside the events goes on too.
            Assert.Equal(halted.State.State, (await journal.AccountAsync("main", default))!.State.State);
            Assert.Equal(halted.Version, (await journal.AccountAsync("main", default))!.Version);
        }

        Assert.Equal(1L, await ScalarAsync(database, Compacted));
        await using (var source = SealedJournal.Source(database))
        {
            var sealer = new Sealer(source, SealKey.Parse(TestKey, "the test"), TimeProvider.System);
            Assert.Equal(Events + 2, (await sealer.SealAsync(default)).Last!.Checkpoint.Size);
        }
        await VerifiesAsync(database, Events + 2);
    }

    [Fact]
    public async Task a_recorded_run_goes_on_where_an_earlier_one_ended()
    {
        var database = await EarlierAsync();
        var before = await ScalarAsync(database, "select count(*) from mt_events");

        await InProcessSystem.PlayAsync(InProcessSystem.Recorded(Candles()) with { From = InProcessSystem.Start.AddMinutes(45) }, database);

        Assert.InRange(await ScalarAsync(database, "select count(*) from mt_events"), before + 10, long.MaxValue);
        Assert.Contains("0 differences", (await AuditProgram.RunAsync(database, null, "replay")).Output, StringComparison.Ordinal);
        Assert.Equal(0, (await AuditProgram.RunAsync(database, null, "rebuild", "--compare")).Code);
    }

    private static async Task VerifiesAsync(string database, int events)
    {
        var verified = await AuditProgram.RunAsync(database, new Dictionary<string, string> { ["Trading__SealKey"] = TestKey }, "verify");
        Assert.True(verified.Code == 0, verified.Output + verified.Errors);
        Assert.Contains($"{events} events recomputed, {events} sealed", verified.Output, StringComparison.Ordinal);
        Assert.Contains("0 differences", (await AuditProgram.RunAsync(database, null, "replay")).Output, StringComparison.Ordinal);
        Assert.Equal(0, (await AuditProgram.RunAsync(database, null, "rebuild", "--compare")).Code);
    }

    private string Candles() => InProcessSystem.WriteCandles(_folder, minutes: 60, seed: 3);

    private static async Task<string> EarlierAsync()
    {
        var database = new NpgsqlConnectionStringBuilder(await PostgresServer.CreateDatabaseAsync()) { Pooling = false }.ConnectionString;
        await using var file = typeof(EarlierJournalTests).Assembly.GetManifestResourceStream("journal_before.sql.gz")!;
        using var text = new StreamReader(new GZipStream(file, CompressionMode.Decompress));
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(await text.ReadToEndAsync(), connection);
        await command.ExecuteNonQueryAsync();
        return database;
    }

    private static async Task<long> ScalarAsync(string database, string query)
    {
        await using var source = SealedJournal.Source(database);
        return await SealedJournal.ScalarAsync(source, query);
    }
}
