using Trading.Core;
using Trading.Hosting.Control;
using Trading.Hosting.Settings;
using Trading.TestKit.Control;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Control;

/// <summary>The operator's control over HTTP: what it does, what it says.</summary>
[Collection(nameof(ControlApiTest))]
public sealed class ControlApiTests : ControlApiTest
{
    [Fact]
    public async Task every_command_is_an_event_with_who_and_why_also_when_it_changes_nothing()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        await using var host = await StartAsync(ControlHost.WithToken(Folder), database);
        using var control = new HttpControl(host.Address, ControlHost.Token);

        Assert.Equal(new ControlDone(true, "account main is halted", TradingState.Halted),
            await control.ActAsync(new(OperatorAction.Halt, "kim", "flash crash"), default));
        Assert.Equal(new ControlDone(false, "account main is halted already", TradingState.Halted),
            await control.ActAsync(new(OperatorAction.Halt, "lee", "me too"), default));
        var halted = await control.StatusAsync(default);
        Assert.Equal((TradingState.Halted, "halted", "kim", "flash crash"),
            (halted.State, halted.Since!.What, halted.Since.By, halted.Since.Reason));
        await control.ActAsync(new(OperatorAction.Reduce, "kim", "calmer"), default);
        await control.ActAsync(new(OperatorAction.Resume, "kim", "calm"), default);
        var changed = await control.SetLimitsAsync("kim", "holiday",
            new Dictionary<string, string> { ["maxtradeamountusd"] = "50", ["ThresholdPercent"] = "0.5" }, 1, default);
        Assert.Equal((2, "SignalThresholdPercent: 0.15 -> 0.5, MaxTradeAmountUsd: 100 -> 50"),
            (changed.Version, string.Join(", ", changed.Changes.Select(change => $"{change.Name}: {change.Was} -> {change.Now}"))));
        Assert.Empty((await control.SetLimitsAsync("kim", "again",
            new Dictionary<string, string> { ["MaxTradeAmountUsd"] = "50" }, null, default)).Changes);
        var late = await Assert.ThrowsAsync<ControlException>(() => control.SetLimitsAsync("lee", "too late",
            new Dictionary<string, string> { ["MaxTradeAmountUsd"] = "9" }, 1, default));
        Assert.Equal("limits version 1 was seen, and version 2 is in force: check it again", late.Message);

        var journal = await JournalRecord.ReadAsync(database);
        Assert.Equal(
            ["TradingHalted kim flash crash", "OperatorCommanded lee me too", "TradingReduced kim calmer", "TradingResumed kim calm",
                "LimitsSet kim holiday", "OperatorCommanded kim again",
                "OperatorCommanded lee too late"],
            journal.AccountEvents.Skip(2).Select(happened => happened switch
            {
                TradingHalted halt => $"TradingHalted {halt.By} {halt.Reason}",
                TradingReduced reduce => $"TradingReduced {reduce.By} {reduce.Reason}",
                TradingResumed resume => $"TradingResumed {resume.By} {resume.Reason}",
                LimitsSet set => $"LimitsSet {set.By} {set.Reason}",
                OperatorCommanded commanded => $"OperatorCommanded {commanded.By} {commanded.Reason}",
                _ => $"{happened}",
            }));
        Assert.Equal(50, journal.Account!.Limits!.MaxTradeAmountUsd);
    }

    [Fact]
    public async Task an_account_can_be_halted_before_its_first_decision()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        await using var host = await ControlHost.StartAsync(ControlHost.WithToken(Folder) with { Feed = FeedKind.Simulated }, database);
        using var control = new HttpControl(host.Address, ControlHost.Token);
        Assert.Equal(new ControlDone(true, "account main is halted", TradingState.Halted),
            await control.ActAsync(new(OperatorAction.Halt, "kim", "not yet"), default));
    }

    [Theory]
    [InlineData("POST", "halt", """{"by":"kim"}""", 400, "the reason must be 1 to 500 characters in one line, was empty")]
    [InlineData("POST", "halt", """{"reason":"x"}""", 400, "who wants it (by) must be 1 to 64 characters in one line, was empty")]
    [InlineData("POST", "halt", """{"by":"kim","reason":"two\nlines"}""", 400,
        "the reason must be 1 to 500 characters in one line, was 9 characters")]
    [InlineData("POST", "halt", """{"by":"kim","reason":"x","symbl":"BTC-USD"}""", 400,
        "the body is not a JSON object with by and reason (at symbl): send ")]
    [InlineData("POST", "halt", "halt!", 400, "the body is not a JSON object with by and reason (at line 1, byte 1): send ")]
    [InlineData("GET", "halt", "", 405, "/control/halt takes POST")]
    [InlineData("POST", "status", "", 405, "/control/status takes GET")]
    [InlineData("POST", "explode", "{}", 404, "there is no explode")]
    [InlineData("POST", "halt", """{"by":"kim","reason":"x","symbol":"BTC-USDT"}""", 404,
        "account main trades BTC-USD and does not hold BTC-USDT")]
    [InlineData("POST", "cancel", """{"by":"kim","reason":"x","order":"t-12"}""", 400, "an order is named by its trade id")]
    [InlineData("POST", "cancel", """{"by":"kim","reason":"x","order":"12345678"}""", 404, "no open order is 12345678: no order is open")]
    [InlineData("POST", "limits", """{"by":"kim","reason":"x","set":{}}""", 400, "no limit is named")]
    [InlineData("POST", "limits", """{"by":"kim","reason":"x","set":{"MaxTrade":"1"}}""", 400,
        "there is no limit MaxTrade; the nearest names are MaxTradeAmountUsd, ")]
    [InlineData("POST", "limits", """{"by":"kim","reason":"x","set":{"MaxTradeAmountUsd":"a lot"}}""", 400,
        "MaxTradeAmountUsd must be a number, was a lot")]
    [InlineData("POST", "limits", """{"by":"kim","reason":"x","set":{"MaxTradeAmountUsd":"-1"}}""", 400,
        "MaxTradeAmountUsd must be above 0 and at most 1000000000, was -1")]
    public async Task what_is_wrong_is_said_in_one_line_and_changes_nothing(
        string method, string command, string body, int status, string said)
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        await using var host = await StartAsync(ControlHost.WithToken(Folder), database);
        var before = (await JournalRecord.ReadAsync(database)).Account;

        var answer = await AskAsync(host, new(method), command, ControlHost.Token, body);

        Assert.Equal(status, answer.Status);
        Assert.Contains(said.Replace("'", "\\u0027", StringComparison.Ordinal), answer.Body, StringComparison.Ordinal);
        var after = await JournalRecord.ReadAsync(database);
        Assert.Equal(JournalRecord.Text(before!), JournalRecord.Text(after.Account!));
        // Somebody with a name and a reason was refused: that is an event.
        var named = body.Contains("kim", StringComparison.Ordinal) && body.Contains("\"reason\":\"x\"", StringComparison.Ordinal)
            && !said.StartsWith("the body", StringComparison.Ordinal);
        Assert.Equal(named ? 1 : 0, after.AccountEvents.OfType<OperatorCommanded>()
            .Count(commanded => commanded.Command.StartsWith($"{command}", StringComparison.Ordinal)
                && commanded.Command.Contains("(refused: ", StringComparison.Ordinal)));
    }
}
