using Npgsql;
using Trading.Core;
using Trading.Journal.Events;
using Trading.TestKit.Audit;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>Decisions of a real journal computed again from its rows, as they are and after an edit.</summary>
public sealed class ReplayTests(PlayedJournal journal) : IClassFixture<PlayedJournal>
{
    [Fact]
    public async Task a_journal_of_a_run_gives_its_decisions_again()
    {
        await using var database = SealedJournal.Source(await journal.CopyAsync());
        var replay = await ReplayAsync(database);
        Assert.Null(replay.First);
        Assert.Equal((PlayedJournal.Minutes, 0), (replay.Windows, replay.WindowsTakenAsRecorded));
        Assert.Equal(
            await SealedJournal.ScalarAsync(database, "select count(*) from mt_events where type = 'trade_assessed'"), replay.Decisions);
    }

    [Theory]
    [InlineData("trade_proposed", "'{prediction,models,0,confidence}'", "0.99")]
    [InlineData("trade_assessed", "'{assessment,equityUsd}'", "1")]
    [InlineData("trade_assessed", "'{assessment,limitsVersion}'", "7")]
    [InlineData("trade_settled", "'{price}'", "1")]
    [InlineData("trade_assessed", "'{assessment,verdict}'", "\"Sideways\"")]
    public async Task an_edited_event_is_named(string type, string path, string value)
    {
        await using var database = SealedJournal.Source(await journal.CopyAsync());
        var sequence = await SealedJournal.ScalarAsync(database,
            $"select seq_id from mt_events where type = '{type}' order by seq_id desc limit 1");
        await SealedJournal.ExecuteAsync(database,
            $"update mt_events set data = jsonb_set(data, {path}, '{value}') where seq_id = {sequence}");
        Assert.Equal(sequence, (await ReplayAsync(database)).First?.Sequence);
    }

    private static async Task<Replay> ReplayAsync(NpgsqlDataSource database)
    {
        var replay = new Replay();
        await foreach (var batch in JournalReader.EventsAsync(database))
        {
            foreach (var read in batch)
                replay.Add(read.Sequence, read.StreamId, read.Version, read.Event);
        }
        replay.End();
        return replay;
    }
}

/// <summary>The journal of a recorded run through all services, of which each test edits a copy.</summary>
public sealed class PlayedJournal : IAsyncLifetime
{
    public const int Minutes = 600;

    private readonly string _folder = Directory.CreateTempSubdirectory("trading-test-").FullName;
    private string _database = "";

    public async Task InitializeAsync()
    {
        _database = await PostgresServer.CreateDatabaseAsync();
        await InProcessSystem.PlayAsync(InProcessSystem.Recorded(InProcessSystem.WriteCandles(_folder, Minutes, seed: 21)), _database);
        NpgsqlConnection.ClearAllPools();
    }

    public Task<string> CopyAsync() => PostgresServer.CreateDatabaseAsync(_database);

    public Task DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }
}
