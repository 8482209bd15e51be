using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Trading.Core;
using Trading.Hosting.Control;
using Trading.TestKit.Control;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Control;

/// <summary>Who may use the operator's control over HTTP, from where, and who has to wait.</summary>
[Collection(nameof(ControlApiTest))]
public sealed class ControlAccessTests : ControlApiTest
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

    private static IPAddress? OtherAddress() => NetworkInterface.GetAllNetworkInterfaces()
        .Where(network => network.OperationalStatus == OperationalStatus.Up)
        .SelectMany(network => network.GetIPProperties().UnicastAddresses)
        .Select(address => address.Address)
        .FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address));
}
