using System.Net;
using System.Net.Http.Headers;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Control;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.TestKit.Control;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Control;

/// <summary>The operator's control over HTTP: who may use it, what it does, what it says.</summary>
public sealed class ControlApiTests : SerialTest
{
    private const string Ann = "1-ann-in-32-letters-or-more-than-that", Abe = "2-abe-in-32-letters-or-more-than-that",
        Hal = "3-hal-in-32-letters-or-more-than-that", Opal = "4-opal-in-32-letters-or-more-than-that";

    [Fact]
    public async Task nobody_without_the_token_sees_or_changes_anything_and_the_token_shows_nowhere()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        await using var host = await StartAsync(ControlHost.WithToken(Folder), database);

        Assert.Equal((401, """{"error":"no token: Authorization: Bearer TOKEN"}"""),
            await AskAsync(host, HttpMethod.Get, "status", token: null));
        foreach (var wrong in new[] { "", ControlHost.Token[..^1], ControlHost.Token + "x", ControlHost.Token.ToUpperInvariant() })
            Assert.Equal((401, """{"error":"wrong token"}"""),
                await AskAsync(host, HttpMethod.Post, "halt", wrong, """{"by":"kim","reason":"test"}"""));
        Assert.DoesNotContain((await JournalRecord.ReadAsync(database)).AccountEvents, happened => happened is TradingHalted);

        var (status, told) = await AskAsync(host, HttpMethod.Get, "status", ControlHost.Token);
        Assert.Equal(200, status);
        Assert.Contains("\"state\":\"Active\"", told, StringComparison.Ordinal);
        Assert.Contains(host.Log, line => line.Contains("refused: wrong token", StringComparison.Ordinal));
        Assert.DoesNotContain(host.Log, line => line.Contains(ControlHost.Token, StringComparison.Ordinal));
    }

    [Fact]
    public async Task callers_of_other_machines_are_refused_unless_settings_say_otherwise()
    {
        if (OtherAddress() is not { } other)
            return;
        var settings = ControlHost.WithToken(Folder) with { HttpAddress = "0.0.0.0" };
        await using (var closed = await StartAsync(settings, await PostgresServer.CreateDatabaseAsync()))
        {
            Assert.Equal((403, """{"error":"control is for callers on this machine: Trading:ControlFromAnywhere opens it to others"}"""),
                await AskAsync(closed, HttpMethod.Get, "status", ControlHost.Token, at: other));
            Assert.Equal(200, (await AskAsync(closed, HttpMethod.Get, "status", ControlHost.Token)).Status);
        }
        var opened = settings with { ControlFromAnywhere = true };
        await using (var plain = await StartAsync(opened, await PostgresServer.CreateDatabaseAsync()))
            Assert.Equal((403, """{"error":"control from other machines is for https: Trading:HttpCertificateFile opens it"}"""),
                await AskAsync(plain, HttpMethod.Get, "status", ControlHost.Token, at: other));
        await using var open = await StartAsync(opened with { ControlWithoutTls = true }, await PostgresServer.CreateDatabaseAsync());
        Assert.Equal(200, (await AskAsync(open, HttpMethod.Get, "status", ControlHost.Token, at: other)).Status);
        Assert.Equal(401, (await AskAsync(open, HttpMethod.Get, "status", "x", at: other)).Status);
    }

    [Fact]
    public async Task without_a_token_in_the_settings_it_is_off_and_without_one_in_the_store_it_says_so_without_saying_where()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        await using (var off = await StartAsync(InProcessSystem.Told, database))
            Assert.Equal((403, """{"error":"control over HTTP is off: Trading:ControlTokenSecret names no secret"}"""),
                await AskAsync(off, HttpMethod.Get, "status", ControlHost.Token));

        await using var empty = await StartAsync(ControlHost.WithToken(Folder) with { ControlTokenSecret = "another" }, database);
        Assert.Equal((503, """{"error":"the service cannot read its control token; its log says why"}"""),
            await AskAsync(empty, HttpMethod.Get, "status", ControlHost.Token));
        Assert.Contains(empty.Log, line => line.Contains("the secret another is not in the secrets file", StringComparison.Ordinal));
    }

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
    public async Task a_named_token_may_do_what_its_role_allows_and_no_more()
    {
        var settings = ControlHost.WithToken(Folder) with
        { ControlTokens = ["ann=viewer:ann", "abe=auditor:abe", "hal=halter:hal", "opal=operator:opal", "gone=operator:gone"] };
        File.WriteAllText(settings.SecretsFile!,
            $$"""{ "control-token": "{{ControlHost.Token}}", "ann": "{{Ann}}", "abe": "{{Abe}}", "hal": "{{Hal}}", """
                + $$""" "opal": "{{Opal}}", "gone": "short" }""");
        var database = await PostgresServer.CreateDatabaseAsync();
        await using var host = await StartAsync(settings, database);
        const string Why = """{"by":"kim","reason":"test"}""";

        Assert.All(await Task.WhenAll(new[] { Ann, Abe, Hal, Opal, ControlHost.Token }
            .Select(token => AskAsync(host, HttpMethod.Get, "status", token))), answer => Assert.Equal(200, answer.Status));
        foreach (var reader in new[] { Ann, Abe })
            Assert.Equal(403, (await AskAsync(host, HttpMethod.Post, "halt", reader, Why)).Status);
        Assert.Equal((403, """{"error":"the token hal has the role halter, which may not use resume"}"""),
            await AskAsync(host, HttpMethod.Post, "resume", Hal, Why));
        Assert.Equal(403, (await AskAsync(host, HttpMethod.Post, "limits", Hal, Why)).Status);
        Assert.Equal(200, (await AskAsync(host, HttpMethod.Post, "halt", Hal, Why)).Status);
        // Who may only halt takes no halt back, also not to sales alone.
        var loosened = await AskAsync(host, HttpMethod.Post, "reduce", Hal, Why);
        Assert.Equal(200, loosened.Status);
        Assert.Contains("account main is halted already", loosened.Body, StringComparison.Ordinal);
        Assert.Contains("is reducing", (await AskAsync(host, HttpMethod.Post, "reduce", Opal, Why)).Body, StringComparison.Ordinal);
        Assert.Equal(200, (await AskAsync(host, HttpMethod.Post, "resume", Opal, Why)).Status);
        // A value that no readable token has may be that of the unreadable one, which is too short to be one.
        Assert.Equal(503, (await AskAsync(host, HttpMethod.Get, "status", "5 gone")).Status);
    }

    [Fact]
    public async Task who_guesses_waits_and_the_journal_tells_it_once()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        await using var host = await StartAsync(ControlHost.WithToken(Folder), database);
        for (var guess = 0; guess < BackOff.Free; guess++)
            Assert.Equal(401, (await AskAsync(host, HttpMethod.Get, "status", $"guess {guess}")).Status);
        var (status, told) = await AskAsync(host, HttpMethod.Get, "status", ControlHost.Token);
        Assert.Equal(429, status);
        Assert.Contains("too many wrong tokens from", told, StringComparison.Ordinal);
        var note = Assert.Single((await JournalRecord.ReadAsync(database)).AccountEvents.OfType<OperatorCommanded>());
        Assert.Equal((TokenCheck.Noted, TokenCheck.By), (note.Command, note.By));
    }

    [Fact]
    public void other_machines_come_over_tls_or_not_at_all()
    {
        var (settings, other) = (InProcessSystem.Told, IPAddress.Parse("192.0.2.1"));
        Assert.NotNull(ControlApi.WrongPlace(other, encrypted: true, settings));
        Assert.Null(ControlApi.WrongPlace(other, encrypted: true, settings with { ControlFromAnywhere = true }));
        Assert.NotNull(ControlApi.WrongPlace(other, encrypted: false, settings with { ControlFromAnywhere = true }));
        Assert.Null(ControlApi.WrongPlace(IPAddress.Loopback, encrypted: false, settings));
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

    [Fact]
    public async Task what_an_operator_set_stays_through_a_restart_but_whether_money_is_real_does_not_and_the_start_names_both()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        await using (var host = await StartAsync(InProcessSystem.Told, database))
            await host.Services.GetRequiredService<IOperatorControl>()
                .SetLimitsAsync("kim", "holiday", new Dictionary<string, string> { ["MaxTradeAmountUsd"] = "50" }, null, default);

        var real = InProcessSystem.Told with { EnableRealTrading = true, MaxDailyLossShare = 0.01m };
        for (var starts = 1; starts <= 2; starts++)
        {
            await using var host = await ControlHost.StartAsync(real, database, executor: false);
            await host.OpenAccountAsync();
            var account = (await JournalRecord.ReadAsync(database)).Account!;
            Assert.Equal((true, 50m, 0.03m, 3, "program"), (account.Limits!.Orders!.RealTrading, account.Limits.MaxTradeAmountUsd,
                account.Limits.MaxDailyLossShare, account.LimitsVersion, account.LimitsBy));
            Assert.Contains(host.Log, line => line.Contains("MaxTradeAmountUsd 100 and not 50", StringComparison.Ordinal)
                && line.Contains("MaxDailyLossShare 0.01 and not 0.03", StringComparison.Ordinal));
        }
        Assert.Equal(
            "EnableRealTrading=true at the start of the program; the other limits stay as kim set them",
            (await JournalRecord.ReadAsync(database)).AccountEvents.OfType<LimitsSet>().Last().Reason);
    }

    [Fact]
    public async Task status_says_what_last_changed_the_state_a_limit_or_a_flatten_too()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        await using var host = await StartAsync(ControlHost.WithToken(Folder), database);
        using var control = new HttpControl(host.Address, ControlHost.Token);
        var journal = host.Services.GetRequiredService<TradeJournal>();
        await control.ActAsync(new(OperatorAction.Reduce, "kim", "odd"), default);
        await control.ActAsync(new(OperatorAction.Resume, "kim", "calm"), default);
        var (state, version) = (await journal.AccountAsync("main", default))!;
        Assert.True(await journal.AppendAsync(
            [new(state.Id, version, [new LimitLatched(RiskRule.LosingTrades, 4, 4, 1, null, null, InProcessSystem.Start)])],
            new(null, "test"), default));

        var latched = await control.StatusAsync(default);
        Assert.Equal((TradingState.Reducing, new OperatorAct("reduced", "the limits", "4 losing sales in a row, fewer than 4 allowed",
            InProcessSystem.Start)),
            (latched.State, latched.Since));
        Assert.Contains("LosingTrades reached its limit: nothing is bought until trading is resumed", latched.Latches);
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

    private static async Task<ControlHost> StartAsync(TradingSettings settings, string database)
    {
        var host = await ControlHost.StartAsync(settings, database);
        // The account is opened with the first decision; an operator may be earlier only where it has been opened before.
        await host.OpenAccountAsync();
        return host;
    }

    private static async Task<(int Status, string Body)> AskAsync(ControlHost host, HttpMethod method, string command, string? token,
        string body = "", IPAddress? at = null)
    {
        using var http = new HttpClient();
        var address = at is null ? new UriBuilder(host.Address) { Host = "127.0.0.1" } : new UriBuilder(host.Address) { Host = $"{at}" };
        using var question = new HttpRequestMessage(method, new Uri(address.Uri, $"/control/{command}"));
        if (method != HttpMethod.Get)
            question.Content = new StringContent(body, Encoding.UTF8, "application/json");
        if (token is not null)
            question.Headers.Authorization = AuthenticationHeaderValue.Parse($"Bearer {(token.Length == 0 ? "-" : token)}");
        using var answer = await http.SendAsync(question);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static IPAddress? OtherAddress() => NetworkInterface.GetAllNetworkInterfaces()
        .Where(network => network.OperationalStatus == OperationalStatus.Up)
        .SelectMany(network => network.GetIPProperties().UnicastAddresses)
        .Select(address => address.Address)
        .FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address));
}
