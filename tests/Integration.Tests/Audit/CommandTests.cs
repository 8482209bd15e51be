using System.Globalization;
using System.Text.Json;
using Npgsql;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;
using Trading.TestKit.Audit;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>
/// The commands that read the journal, over the journal of a run with an operator's acts in it: within this process, and once each kind as
/// a program.
/// </summary>
public sealed class CommandTests(RecordedJournal journal) : IClassFixture<RecordedJournal>
{
    [Fact]
    public async Task list_shows_each_decision_in_a_line_and_only_those_that_are_asked_for()
    {
        var (all, some) = await TwiceAsync(["list", "--json"], ["list", "--limit", "3"], asPrograms: true);
        var rows = Json(all).EnumerateArray().ToList();
        Assert.Equal(RecordedJournal.Decisions, rows.Count);
        Assert.Equal(3, Lines(some).Count(line => line.Contains("BTC-USD", StringComparison.Ordinal)));
        Assert.EndsWith("3 decisions", Lines(some)[^1], StringComparison.Ordinal);

        var outcomes = rows.Select(row => row.GetProperty("outcome").GetString()).ToList();
        var (filled, sales) = await TwiceAsync(["list", "--json", "--outcome", "filled"],
            ["list", "--json", "--action", "sell", "--from", "2024-03-01T05:00", "--to", "2024-03-01T06:59"]);
        Assert.Equal(outcomes.Count(outcome => outcome == "filled"), Json(filled).GetArrayLength());
        var signals = rows.Where(row =>
            row.GetProperty("signal").GetString() == "Sell" && row.GetProperty("priceAt").GetDateTimeOffset() is { Hour: 5 or 6 }).ToList();
        Assert.NotEmpty(signals);
        Assert.Equal(signals.Count, Json(sales).GetArrayLength());

        var (refused, other) = await TwiceAsync(["list", "--json", "--refused-by", "Holdings"], ["list", "--json", "--symbol", "ETH-USD"]);
        Assert.Equal(rows.Count(row => row.GetProperty("refusal").GetString() == "Holdings"), Json(refused).GetArrayLength());
        Assert.Equal(0, Json(other).GetArrayLength());
    }

    [Fact]
    public async Task show_shows_a_trade_whole_by_any_of_its_names_and_an_operators_event_alone()
    {
        var (byId, byEvent) = await TwiceAsync(["show", journal.Bought.ToString()], ["show", "--json", $"{journal.BoughtSequence}"]);
        foreach (var told in new[] { $"trade {journal.Bought}", "recorded", "rules: at least", "SMA 20",
            "technical: up to", "ensemble of 1", "approved", "FreeCash", "PositionShare", "placed on paper", "account main at version",
            "funds_reserved", "trade_settled" })
            Assert.Contains(told, byId.Output, StringComparison.Ordinal);
        Assert.Equal(journal.Bought.ToString(), Json(byEvent).GetProperty("tradeId").GetString());
        Assert.Contains("order_filled",
            Json(byEvent).GetProperty("events").EnumerateArray().Select(happened => happened.GetProperty("type").GetString()));

        var (byBeginning, byOrder) = await TwiceAsync(["show", "--json", journal.Bought.ToString()[..8]],
            ["show", "--json", DerivedId.ClientOrderId(journal.Bought)]);
        Assert.Equal((byEvent.Output, byEvent.Output), (byBeginning.Output, byOrder.Output));

        var limits = await AuditProgram.RunHereAsync(journal.Connection, "show", "2");
        Assert.StartsWith("event 2, account-main version 2: limits_set, written ", limits.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task why_shows_in_a_paragraph_what_led_to_a_purchase_and_to_a_refusal()
    {
        var (bought, refused) = await TwiceAsync(["why", "--json", journal.Bought.ToString()], ["why", journal.Refused.ToString()]);
        Assert.Matches("^At 2024-03-01 .* UTC the price of BTC-USD was .*, from recorded\\. technical expected \\+.* The signal was buy; "
            + "the account main .* approved it after [0-9]+ checks: .* On paper .* were bought at .*\\.$",
            Json(bought).GetProperty("why").GetString()!);
        // The command breaks lines between words.
        var told = string.Join(' ', refused.Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("The signal was buy; the account main", told, StringComparison.Ordinal);
        Assert.Contains("refused it: trading is halted, a purchase needs it active", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task tail_shows_the_last_events_a_line_each()
    {
        var (lines, json) = await TwiceAsync(["tail", "--once", "--lines", "5"], ["tail", "--once", "--json", "--lines", "5"]);
        Assert.Equal(5, Lines(lines).Count);
        var last = Lines(json).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(5, last.Count);
        Assert.Contains("limits_set", last.Select(happened => happened.GetProperty("type").GetString()));
        Assert.Contains("limits_set  version 2 by lee: smaller trades", lines.Output, StringComparison.Ordinal);
    }

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

    [Fact]
    public async Task actors_shows_who_changed_what_an_account_may_do_and_why()
    {
        var (all, kims) = await TwiceAsync(["actors"], ["actors", "--json", "--by", "kim"]);
        foreach (var told in new[] { "settings", "flash crash", "calm again", "MaxTradeAmountUsd 100 to 50", "smaller trades" })
            Assert.Contains(told, all.Output.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.Equal(["halted trading", "resumed trading"], Json(kims).EnumerateArray().Select(act => act.GetProperty("what").GetString()));
    }

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

    [Fact]
    public async Task head_prove_consistency_and_verify_speak_of_the_seals()
    {
        var (head, json) = await TwiceAsync(["head"], ["head", "--json"]);
        var size = Json(json).GetProperty("size").GetInt64();
        Assert.Equal(journal.Anchor.Checkpoint.Size, size);
        Assert.Contains(journal.Anchor.Note.TrimEnd(), head.Output, StringComparison.Ordinal);

        var (proof, consistency) = await TwiceAsync(["prove", "account-main/2"],
            ["consistency", $"{journal.OlderAnchor.Checkpoint.Size}", $"{size}"]);
        Assert.Equal("limits_set", Json(proof).GetProperty("event").GetProperty("type").GetString());
        Assert.Contains("the beginning of that of", consistency.Output, StringComparison.Ordinal);

        var (verify, part) = await TwiceAsync(["verify", "--json", "--public-key", journal.PublicKey],
            ["verify", "--public-key", journal.PublicKey, "--from", "1", "--to", "1"]);
        Assert.Equal((true, size), (Json(verify).GetProperty("clean").GetBoolean(), Json(verify).GetProperty("events").GetInt64()));
        Assert.StartsWith("1 event recomputed, ", part.Output, StringComparison.Ordinal);
        Assert.Contains("0 not sealed yet, 2 checkpoints\n", part.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task export_writes_lines_or_a_table_of_a_range_or_of_a_trade()
    {
        // bytes on standard output
        var (lines, table) = await TwiceAsync(["export", "--range", "1..3"],
            ["export", "--trade", journal.Bought.ToString(), "--format", "csv"], asPrograms: true);
        Assert.Equal(["account_opened", "limits_set"],
            Lines(lines).Take(2).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("type").GetString()));
        var rows = table.Output.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith("number,sequence,id,version,", rows[0], StringComparison.Ordinal);
        Assert.Equal(["trade_proposed", "trade_assessed", "order_placed", "order_filled", "trade_closed"],
            rows.Skip(1).Select(row => row.Split(',')).Where(row => row[7] == $"trade-{journal.Bought}").Select(row => row[6]));
        Assert.Equal(["funds_reserved", "trade_settled"],
            rows.Skip(1).Select(row => row.Split(',')).Where(row => row[7] == "account-main").Select(row => row[6]));
    }

    [Theory]
    [InlineData("list", "--outcome", "sideways")]
    [InlineData("list", "--from", "yesterday")]
    [InlineData("list", "--limit", "-1")]
    [InlineData("show", "ffffffff")]
    [InlineData("show", "99999999")]
    [InlineData("show")]
    [InlineData("tail", "--lines", "5000")]
    [InlineData("as-of", "never")]
    [InlineData("as-of", "2020-01-01")]
    [InlineData("diff", "2024-03-02", "2024-03-01")]
    [InlineData("tax")]
    [InlineData("tax", "--year", "2024", "--method", "average")]
    [InlineData("replay", "--weight", "technical")]
    [InlineData("prove", "nothing")]
    [InlineData("consistency", "5", "7")]
    [InlineData("checkpoint", "--anchor", "moon")]
    [InlineData("verify", "--bundle", "nowhere.csv", "--public-key", "nonsense")]
    public async Task a_wrong_argument_is_said_in_one_line_with_code_2(params string[] arguments)
    {
        var (code, output, errors) = await AuditProgram.RunHereAsync(journal.Connection, arguments);
        Assert.True(code == 2, $"code {code}: {output}{errors}");
        Assert.NotEmpty(errors);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_settings_file_of_what_if_that_does_not_exist_ends_with_78()
    {
        var (code, output, errors) = await AuditProgram.RunHereAsync(journal.Connection, "replay", "--what-if", "nowhere.json");
        Assert.Equal((78, ""), (code, output));
        Assert.Contains("nowhere.json does not exist", Assert.Single(errors.Trim().Split('\n')), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "list")]
    [InlineData(2, "show", "1")]
    [InlineData(2, "why", "1")]
    [InlineData(0, "tail", "--once")]
    [InlineData(0, "replay")]
    [InlineData(2, "as-of", "2024-03-01")]
    [InlineData(2, "diff", "2024-03-01", "2024-03-02")]
    [InlineData(0, "actors")]
    [InlineData(0, "gaps")]
    [InlineData(0, "clock")]
    [InlineData(0, "rebuild", "--compare")]
    [InlineData(0, "tax", "--year", "2024")]
    [InlineData(0, "head")]
    [InlineData(2, "prove", "1")]
    [InlineData(2, "consistency", "1", "2")]
    [InlineData(2, "export", "--range", "1..2")]
    public async Task an_empty_journal_is_no_error_but_where_something_in_it_is_asked_for(int expected, params string[] arguments)
    {
        var (code, output, errors) = await AuditProgram.RunHereAsync(journal.EmptyConnection, arguments);
        Assert.True(code == expected, $"code {code}: {output}{errors}");
        Assert.Equal(expected == 2 ? 1 : 0, errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task a_database_that_holds_no_journal_and_one_that_is_not_there_are_said_in_one_line()
    {
        var bare = await PostgresServer.CreateDatabaseAsync();
        var nothing = new NpgsqlConnectionStringBuilder(bare) { Database = "not_there" }.ConnectionString;
        foreach (var connection in new[] { bare, nothing })
        {
            var (code, _, errors) = await AuditProgram.RunHereAsync(connection, "list");
            Assert.Equal(2, code);
            Assert.Contains(new NpgsqlConnectionStringBuilder(connection).Database!,
                Assert.Single(errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
        }
    }

    // Both runs at once; both must end well, say nothing on standard error, and no bar may stand in what goes into a pipe.
    private async Task<(CliProgram.Result One, CliProgram.Result Other)> TwiceAsync(string[] one, string[] other, bool asPrograms = false)
    {
        var results = await Task.WhenAll(new[] { one, other }.Select(arguments =>
            asPrograms
                ? AuditProgram.RunAsync(journal.Connection, null, arguments) : AuditProgram.RunHereAsync(journal.Connection, arguments)));
        foreach (var (result, arguments) in results.Zip([one, other]))
        {
            Assert.True(result.Code == 0, $"{string.Join(' ', arguments)}: code {result.Code}: {result.Output}{result.Errors}");
            Assert.Equal("", result.Errors);
            Assert.DoesNotContain('\u001b', result.Output);
        }
        return (results[0], results[1]);
    }

    private static JsonElement Json(CliProgram.Result result) => JsonDocument.Parse(result.Output).RootElement;

    private static List<string> Lines(CliProgram.Result result) => [.. result.Output.TrimEnd().Split('\n')];
}

/// <summary>
/// The journal of a recorded run through all services, on which an operator acts in its middle and at its end, sealed with two checkpoints.
/// </summary>
public sealed class RecordedJournal : IAsyncLifetime
{
    private const int Minutes = 600;

    /// <summary>One at each minute, and the one that was refused at the end.</summary>
    public const int Decisions = Minutes + 1;

    private readonly SealKey _key;

    public RecordedJournal() => _key = SealKey.Create(Path.Combine(Folder, "seal.key"));

    public string Folder { get; } = Directory.CreateTempSubdirectory("trading-commands-").FullName;

    public string Connection { get; private set; } = "";

    /// <summary>A journal with its tables and no event.</summary>
    public string EmptyConnection { get; private set; } = "";

    public NpgsqlDataSource Database { get; private set; } = null!;

    public string PublicKey => SealKey.PublicFile(Path.Combine(Folder, "seal.key"));

    public SignedCheckpoint OlderAnchor { get; private set; } = null!;

    public SignedCheckpoint Anchor { get; private set; } = null!;

    /// <summary>A trade that bought, and the sequence number of its settlement.</summary>
    public Guid Bought { get; private set; }

    public long BoughtSequence { get; private set; }

    /// <summary>A decision that was refused while trading was halted.</summary>
    public Guid Refused { get; private set; }

    public async Task InitializeAsync()
    {
        Connection = await PostgresServer.CreateDatabaseAsync();
        EmptyConnection = await PostgresServer.CreateDatabaseAsync();
        await using (var empty = new TradeJournal(Unpooled(EmptyConnection), new("test", "0"), TimeProvider.System))
            await empty.PrepareAsync();
        await InProcessSystem.PlayAsync(InProcessSystem.Recorded(InProcessSystem.WriteCandles(Folder, Minutes, seed: 21)), Connection);
        await using var journal = new TradeJournal(Unpooled(Connection), new("test", "0"),
            new FixedTime(InProcessSystem.Start.AddHours(20)));
        Database = SealedJournal.Source(Connection);
        var sealer = new Sealer(Database, _key, TimeProvider.System);
        await sealer.PrepareAsync(default);
        OlderAnchor = (await sealer.SealAsync(default)).Last!;
        var at = InProcessSystem.Start.AddHours(20);
        await journal.DecideAsync("main", new HaltTrading("kim", "flash crash", at), "test", default);
        await RefuseAsync(journal, at);
        await journal.DecideAsync("main", new ResumeTrading("kim", "calm again", at), "test", default);
        await journal.DecideAsync("main",
            new SetLimits(new TradingSettings().Limits() with { MaxTradeAmountUsd = 50 }, "lee", "smaller trades", at), "test", default);
        Anchor = (await sealer.SealAsync(default)).Last!;
        BoughtSequence = await SealedJournal.ScalarAsync(Database, "select min(seq_id) from mt_events where type = 'trade_settled'");
        await using var command = Database.CreateCommand(
            string.Create(CultureInfo.InvariantCulture, $"select data ->> 'tradeId' from mt_events where seq_id = {BoughtSequence}"));
        Bought = Guid.Parse((string)(await command.ExecuteScalarAsync())!);
    }

    public async Task DisposeAsync()
    {
        await Database.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    // What the risk manager appends for a prediction that asks for a purchase while trading is halted; its price stands alone, so its
    // window is computed from it.
    private async Task RefuseAsync(TradeJournal journal, DateTimeOffset at)
    {
        var account = (await journal.AccountAsync("main", default))!;
        var price = InProcessSystem.Price(61_000, at);
        var window = new PriceWindow(new(60, 60));
        window.Add(at.ToUnixTimeSeconds(), price.Price);
        var outputs = new[] { InProcessSystem.Rise(price).Models[0] with { Model = "http" } };
        var prediction = new Contracts.PredictionMade(
            DerivedId.Prediction(price.PriceId), price, window.Summarize(), outputs,
            Ensemble.Combine(outputs, price.Price), 3600, at, at.AddMinutes(2));
        Refused = DerivedId.Trade(prediction.PredictionId);
        var assessment = Risk.Assess(account.State, account.Version, prediction, at);
        Assert.Equal(Contracts.RiskRule.TradingState, assessment.Refusal);
        Assert.True(await journal.AppendAsync([new(Trade.StreamId(Refused), 0, [.. Trade.Assess(new(Refused, prediction, assessment))])],
            new(Refused, "test"), default));
    }

    private static string Unpooled(string connection) => new NpgsqlConnectionStringBuilder(connection) { Pooling = false }.ConnectionString;

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
