using Npgsql;
using Trading.Journal.Keys;
using Trading.TestKit.Audit;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>What somebody left in the database, and what the program says of it.</summary>
[Collection(nameof(ProofTest))]
public sealed class SpoiltJournalTests(SealedJournal sealedJournal) : ProofTest(sealedJournal)
{
    [Theory]
    [InlineData("data = '{}'", "show", "1")]
    [InlineData("data = '{}'", "actors")]
    [InlineData("data = '{}'", "as-of", "2100-01-01")]
    [InlineData("data = '{}'", "rebuild")]
    [InlineData("data = '{}'", "tax", "--year", "2024")]
    [InlineData("type = 'trading_halted', data = '{\"by\":\"a\",\"reason\":\"b\",\"at\":\"2024-03-01T00:00:00Z\"}'", "as-of", "2100-01-01")]
    [InlineData("type = 'never_heard_of'", "actors")]
    public async Task what_somebody_left_in_the_database_is_said_in_one_line(string change, params string[] command)
    {
        var connection = new NpgsqlConnectionStringBuilder(await journal.CopyAsync()) { Pooling = false }.ConnectionString;
        await using (var database = SealedJournal.Source(connection))
            await SealedJournal.ExecuteAsync(database, $"update mt_events set {change} where stream_id = 'account-main' and version = 1");
        var (code, output) = await RunAsync(connection, command);
        Assert.Equal(2, code);
        var line = Assert.Single(output.TrimEnd().Split('\n'));
        Assert.StartsWith("trading: ", line, StringComparison.Ordinal);
        Assert.EndsWith("trading audit verify shows whether it was changed", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task an_unreadable_last_checkpoint_does_not_hide_the_first_bad_event()
    {
        var connection = new NpgsqlConnectionStringBuilder(await journal.CopyAsync()) { Pooling = false }.ConnectionString;
        await using (var database = SealedJournal.Source(connection))
            await SealedJournal.ExecuteAsync(database, "update audit.checkpoints set note = 'nothing' where position = 4; "
                + $"update mt_events set causation_id = 'x' where seq_id = {journal.Victim}");
        var (code, output) = await RunAsync(connection, "verify", "--public-key", SealKey.PublicFile(journal.KeyFile));
        Assert.Equal(1, code);
        Assert.StartsWith($"WRONG: event {journal.Victim} ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task gaps_shows_a_sealed_event_that_is_gone_from_an_append_that_was_rolled_back()
    {
        var connection = new NpgsqlConnectionStringBuilder(await journal.CopyAsync()) { Pooling = false }.ConnectionString;
        Assert.Equal(0, (await RunAsync(connection, "gaps")).Code);
        await using (var database = SealedJournal.Source(connection))
        {
            var trade = $"(select stream_id from mt_events where seq_id = {journal.Victim})";
            await SealedJournal.ExecuteAsync(database,
                $"delete from mt_streams where id = {trade}; delete from mt_events where stream_id = {trade}");
        }
        var (code, output) = await RunAsync(connection, "gaps");
        Assert.Equal(1, code);
        Assert.Matches($"WRONG: trade-.* is gone as a whole: [0-9]+ sealed events, the first is event {journal.Victim}\n", output);
        Assert.DoesNotContain("rolled back", output, StringComparison.Ordinal);
    }
}
