using System.Globalization;
using Trading.Core;
using Trading.TestKit.Audit;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>The commands that look for what is missing in a journal or does not fit.</summary>
[Collection(nameof(RecordedJournal))]
public sealed class CommandCheckTests(RecordedJournal recorded) : CommandTest(recorded)
{
    [Fact]
    public async Task gaps_clock_rebuild_and_tax_answer_for_a_sound_journal()
    {
        var (gaps, clock) = await TwiceAsync(["gaps", "--json"], ["clock", "--json"]);
        Assert.Equal(0, Json(gaps).GetProperty("incompleteStreams").GetArrayLength());
        Assert.Contains(Json(clock).GetProperty("steps").EnumerateArray(),
            step => step.GetProperty("step").GetString() == "decided to written");

        var (rebuild, account) = await TwiceAsync(["rebuild", "--compare"], ["rebuild"]);
        Assert.Equal("1 account computed from its events; the stored one is the same\n", rebuild.Output);
        Assert.Equal("main", Json(account)[0].GetProperty("account").GetString());

        var (table, csv) = await TwiceAsync(["tax", "--year", "2024"], ["tax", "--year", "2024", "--method", "hifo", "--csv"]);
        Assert.Contains("of lots sold: proceeds ", table.Output, StringComparison.Ordinal);
        Assert.StartsWith("symbol,quantity,acquired_utc,sold_utc,proceeds_usd,cost_usd,gain_usd,bought_trade,sold_trade\n",
            csv.Output, StringComparison.Ordinal);
        Assert.Contains($",{journal.Bought},", csv.Output, StringComparison.Ordinal);
        var (json, human) = await TwiceAsync(["tax", "--json", "--year", "2023"], ["clock"]);
        Assert.Equal(0, Json(json).GetProperty("disposals").GetArrayLength());
        Assert.Contains("decided to order ended", human.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_stream_that_lacks_a_version_is_found_by_gaps_and_a_changed_account_by_rebuild()
    {
        var copy = await PostgresServer.CreateDatabaseAsync(journal.Connection);
        await using (var database = SealedJournal.Source(copy))
        {
            await SealedJournal.ExecuteAsync(database,
                $"delete from mt_events where stream_id = '{Trade.StreamId(journal.Bought)}' and version = 3");
            await SealedJournal.ExecuteAsync(database, "update mt_doc_portfolio set data = jsonb_set(data, '{cashUsd}', '1')");
        }
        var (gaps, rebuild) = (await AuditProgram.RunHereAsync(copy, "gaps"),
            await AuditProgram.RunHereAsync(copy, "rebuild", "--compare"));
        Assert.Equal((1, 1), (gaps.Code, rebuild.Code));
        Assert.Contains($"WRONG: {Trade.StreamId(journal.Bought)} is at version ", gaps.Output, StringComparison.Ordinal);
        Assert.Contains("WRONG: account-main: cashUsd is stored as 1, its events make it ", rebuild.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("update mt_streams set is_archived = true where {0}", "is marked as archived (True)")]
    [InlineData("update mt_streams set is_archived = null where {0}", "is marked as archived ((absent))")]
    [InlineData("update mt_streams set type = 'portfolio' where {0}", "is of the type portfolio")]
    [InlineData("update mt_streams set tenant_id = 'x' where {0}", "is of the tenant x")]
    [InlineData("update mt_streams set compacted_version = 1 where {0}", "is marked as compacted to version 1")]
    [InlineData("update mt_streams set version = 1 where {0}", "is at version 1, its newest event is version 5, and it has 5 events")]
    [InlineData("update mt_streams set version = null where {0}",
        "is at version (absent), its newest event is version 5, and it has 5 events")]
    [InlineData("update mt_streams set created = created - interval '1 day' where {0}", "says that it was created ")]
    [InlineData("update mt_streams set created = created + interval '1 day' where {0}", "was appended to before it was created")]
    [InlineData("update mt_streams set timestamp = timestamp + interval '1 day' where {0}", "says that it was created ")]
    [InlineData("alter table mt_events alter version drop not null; update mt_events set version = null where stream_{0}",
        "is at version 5, its newest event is version (absent), and it has 5 events")]
    [InlineData("delete from mt_streams where {0}", "has 5 events and no row in mt_streams")]
    [InlineData("delete from mt_events where stream_{0}", "is at version 5 and has no events")]
    [InlineData("delete from mt_events where stream_{0}; delete from mt_streams where {0}",
        "is gone as a whole: 5 sealed events, the first is event ")]
    public async Task a_streams_row_that_does_not_fit_its_events_is_found_by_gaps(string attack, string told)
    {
        var copy = await PostgresServer.CreateDatabaseAsync(journal.Connection);
        await using (var database = SealedJournal.Source(copy))
            await SealedJournal.ExecuteAsync(database,
                string.Format(CultureInfo.InvariantCulture, attack, $"id = '{Trade.StreamId(journal.Bought)}'"));

        var (code, output, errors) = await AuditProgram.RunHereAsync(copy, "gaps");

        Assert.True(code == 1, output + errors);
        Assert.Contains($"WRONG: {Trade.StreamId(journal.Bought)} {told}", output, StringComparison.Ordinal);
    }
}
