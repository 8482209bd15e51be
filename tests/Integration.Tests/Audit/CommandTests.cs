using System.Text.Json;
using Trading.Core;
using Trading.TestKit.Audit;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>
/// The commands that read the journal, over the journal of a run with an operator's acts in it: within this process, and once each kind as
/// a program.
/// </summary>
[Collection(nameof(RecordedJournal))]
public sealed class CommandTests(RecordedJournal recorded) : CommandTest(recorded)
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
    public async Task actors_shows_who_changed_what_an_account_may_do_and_why()
    {
        var (all, kims) = await TwiceAsync(["actors"], ["actors", "--json", "--by", "kim"]);
        foreach (var told in new[] { "settings", "flash crash", "calm again", "MaxTradeAmountUsd 100 to 50", "smaller trades" })
            Assert.Contains(told, all.Output.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.Equal(["halted trading", "resumed trading"], Json(kims).EnumerateArray().Select(act => act.GetProperty("what").GetString()));
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
}
