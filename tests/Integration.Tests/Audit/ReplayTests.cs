using System.Text;
using System.Text.Json;
using Npgsql;
using Trading.Contracts;
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
    private static readonly JsonSerializerOptions Stored = new(JsonSerializerDefaults.Web) { Converters = { new PackedProposal() } };

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
            $"select seq_id from mt_events where type = '{type}' and not data ? 'deflate' order by seq_id desc limit 1");
        await SealedJournal.ExecuteAsync(database,
            $"update mt_events set data = jsonb_set(data, {path}, '{value}') where seq_id = {sequence}");
        Assert.Equal(sequence, (await ReplayAsync(database)).First?.Sequence);
    }

    [Fact]
    public async Task a_proposal_that_is_edited_where_it_is_packed_is_named()
    {
        await using var database = SealedJournal.Source(await journal.CopyAsync());
        var (sequence, data) = (await PackedAsync(database))[^1];
        Assert.True(PackedProposal.Open("trade_proposed", data, out var text));
        var proposal = (TradeProposed)new StoredEvent(sequence, "s", 1, "trade_proposed", default, text).Event();
        var edited = proposal with
        {
            Prediction = proposal.Prediction with { Models = [proposal.Prediction.Models[0] with { Confidence = 0.99 }] },
        };
        PackedProposal.Pack([edited, new TradeAssessed(new("main", TradeAction.Hold, Verdict.Hold, null, null, [], 1, 1, 1, 0, 0, 1, 0,
            proposal.Prediction.MadeAt, proposal.Prediction.MadeAt))]);
        await UpdateAsync(database, sequence, JsonSerializer.Serialize(edited, Stored));
        Assert.Contains(sequence, (await PackedAsync(database)).Select(packed => packed.Sequence));
        Assert.Equal(sequence, (await ReplayAsync(database)).First?.Sequence);
    }

    [Fact]
    public async Task a_journal_in_which_only_later_proposals_are_packed_gives_its_decisions_again()
    {
        await using var database = SealedJournal.Source(await journal.CopyAsync());
        var packed = await PackedAsync(database);
        Assert.InRange(packed.Count, PlayedJournal.Minutes / 2, PlayedJournal.Minutes);
        // As an earlier version wrote them.
        foreach (var (sequence, data) in packed.Take(packed.Count / 2))
        {
            Assert.True(PackedProposal.Open("trade_proposed", data, out var text));
            await UpdateAsync(database, sequence, Encoding.UTF8.GetString(text));
        }
        Assert.Equal(packed.Count - (packed.Count / 2), (await PackedAsync(database)).Count);
        var replay = await ReplayAsync(database);
        Assert.Null(replay.First);
        Assert.Equal((PlayedJournal.Minutes, 0), (replay.Windows, replay.WindowsTakenAsRecorded));
    }

    private static async Task<List<(long Sequence, byte[] Data)>> PackedAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("select seq_id, data from mt_events where data ? 'deflate' order by seq_id");
        await using var reader = await command.ExecuteReaderAsync();
        var packed = new List<(long, byte[])>();
        while (await reader.ReadAsync())
            packed.Add((reader.GetInt64(0), reader.GetFieldValue<byte[]>(1)));
        return packed;
    }

    private static async Task UpdateAsync(NpgsqlDataSource database, long sequence, string data)
    {
        await using var command = database.CreateCommand("update mt_events set data = $2::jsonb where seq_id = $1");
        command.Parameters.Add(new() { Value = sequence });
        command.Parameters.Add(new() { Value = data });
        await command.ExecuteNonQueryAsync();
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
        var recorded = InProcessSystem.Recorded(InProcessSystem.WriteCandles(_folder, Minutes, seed: 21));
        await InProcessSystem.PlayAsync(recorded with { PackHolds = true }, _database);
        NpgsqlConnection.ClearAllPools();
    }

    public Task<string> CopyAsync() => PostgresServer.CreateDatabaseAsync(_database);

    public Task DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }
}
