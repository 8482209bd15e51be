using Trading.Core;
using Trading.Journal.Events;
using Trading.TestKit.Audit;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>The commands that compute the journal again, by other limits, or as it was at a time.</summary>
[Collection(nameof(RecordedJournal))]
public sealed class CommandReplayTests(RecordedJournal recorded) : CommandTest(recorded)
{
    [Fact]
    public async Task replay_finds_no_difference_and_an_edited_decision()
    {
        var (text, json) = await TwiceAsync(["replay"], ["replay", "--json"], asPrograms: true);
        Assert.Contains($"all {RecordedJournal.Decisions} price windows computed again from the journal's prices",
            text.Output, StringComparison.Ordinal);
        Assert.EndsWith("0 differences: every decision is what its recorded inputs give", Lines(text)[^1], StringComparison.Ordinal);
        Assert.Equal((RecordedJournal.Decisions, 0),
            (Json(json).GetProperty("decisions").GetInt32(), Json(json).GetProperty("differences").GetInt32()));

        var copy = await PostgresServer.CreateDatabaseAsync(journal.Connection);
        await using (var database = SealedJournal.Source(copy))
            await SealedJournal.ExecuteAsync(database, $"update mt_events set data = jsonb_set(data, '{{assessment,equityUsd}}', "
                + $"'1') where type = 'trade_assessed' and stream_id = '{Trade.StreamId(journal.Bought)}'");
        var (edited, before) = (await AuditProgram.RunHereAsync(copy, "replay"),
            await AuditProgram.RunHereAsync(copy, "replay", "--to", "2024-03-01"));
        Assert.Equal((1, 0), (edited.Code, before.Code));
        Assert.Contains($"({Trade.StreamId(journal.Bought)}, version 2) TradeAssessed: assessment",
            edited.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_what_if_decides_the_same_inputs_by_other_limits_and_writes_nothing()
    {
        var settings = Path.Combine(journal.Folder, "careful.json");
        await File.WriteAllTextAsync(settings, """{ "Trading": { "MaxTradeAmountUsd": 20 } }""");
        var before = await JournalReader.LastSequenceAsync(journal.Database, default);
        var (text, json) = await TwiceAsync(["replay", "--what-if", settings],
            ["replay", "--json", "--what-if", settings, "--weight", "technical=0.5"]);
        Assert.Contains("decisions would have been others, the first of them:", text.Output, StringComparison.Ordinal);
        Assert.True(Json(json).GetProperty("changed").GetInt32() > 0);
        Assert.Equal(before, await JournalReader.LastSequenceAsync(journal.Database, default));
    }

    [Fact]
    public async Task a_what_if_of_a_part_begins_with_the_account_as_it_was_then_and_the_same_limits_change_nothing()
    {
        var settings = Path.Combine(journal.Folder, "same.json");
        await File.WriteAllTextAsync(settings, """{ "Trading": { } }""");
        var rows = Json((await TwiceAsync(["list", "--json"], ["list", "--json"])).Item1).EnumerateArray()
            .Select(row => row.GetProperty("priceAt").GetDateTimeOffset()).Order().ToList();
        var (from, to) = (rows[rows.Count / 3], rows[2 * rows.Count / 3]);

        var (part, whole) = await TwiceAsync(
            ["replay", "--json", "--what-if", settings, "--from", $"{from:O}", "--to", $"{to:O}"],
            ["replay", "--json", "--what-if", settings]);

        var (recorded, instead) = (Figures(part, "recorded"), Figures(part, "instead"));
        Assert.InRange(recorded["decisions"], 1, Figures(whole, "recorded")["decisions"] / 2);
        Assert.True(recorded["buys"] + recorded["sales"] > 0);
        Assert.Equal(0, Json(part).GetProperty("changed").GetInt32());
        Assert.Equal(recorded, instead);

        static Dictionary<string, decimal> Figures(CliProgram.Result result, string name) =>
            Json(result).GetProperty(name).EnumerateArray()
                .ToDictionary(figure => figure.GetProperty("key").GetString()!, figure => figure.GetProperty("value").GetDecimal());
    }

    [Fact]
    public async Task as_of_and_diff_show_the_account_as_it_was()
    {
        var (then, limits) = await TwiceAsync(["as-of", "--json", "2024-03-01T00:01", "portfolio"], ["as-of", "2024-03-02", "limits"]);
        Assert.Equal("10000", Json(then).GetProperty("values").GetProperty("cash USD").GetString());
        Assert.Matches("maxTradeAmountUsd +50", limits.Output);

        var (diff, json) = await TwiceAsync(["diff", "2024-03-01T00:01", "2024-03-02"],
            ["diff", "--json", "2024-03-01T00:01", "2024-03-02"]);
        Assert.Contains("account main from 2024-03-01 00:01:00 to 2024-03-02 00:00:00 UTC:", diff.Output, StringComparison.Ordinal);
        Assert.Contains(Json(json).GetProperty("changes").EnumerateArray(),
            change => change.GetProperty("name").GetString() == "limits version" && change.GetProperty("is").GetString() == "2");
    }

    [Fact]
    public async Task as_of_takes_what_was_written_before_in_spite_of_a_clock_that_was_ahead()
    {
        var copy = await PostgresServer.CreateDatabaseAsync(journal.Connection);
        await using (var database = SealedJournal.Source(copy))
            await SealedJournal.ExecuteAsync(database,
                "update mt_events set timestamp = '2024-03-03' where stream_id = 'account-main' and version = 2");

        var limits = await AuditProgram.RunHereAsync(copy, "as-of", "2024-03-01T12:00", "limits");

        Assert.True(limits.Code == 0, limits.Errors);
        Assert.Matches("limits version +1", limits.Output);
        Assert.Contains("clocks disagree: 1 event up to version ", limits.Output, StringComparison.Ordinal);
        Assert.Contains("the first is version 2;", limits.Output, StringComparison.Ordinal);
    }
}
