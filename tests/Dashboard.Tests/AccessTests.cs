using System.Net;
using Trading.Core;
using Trading.Dashboard.Access;
using Trading.Hosting.Control;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Dashboard.Tests;

/// <summary>Who may look and who may act: tokens, logins, names of hosts, forged requests, guessing, and how often.</summary>
public sealed class AccessTests : SerialTest
{
    [Fact]
    public async Task nobody_without_a_token_sees_anything_and_each_role_does_what_it_may()
    {
        await using var host = await StartAsync();
        await OpenAccountAsync(host);

        Assert.Equal(HttpStatusCode.Unauthorized, (await host.AskAsync("/now", token: null)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await host.AskAsync("/now", token: "guess")).Status);
        using (var page = await host.Http.GetAsync("/trades"))
            Assert.Equal("/login?next=%2Ftrades", page.Headers.Location!.ToString());
        foreach (var (token, halt, resume, check) in new[]
        {
            (DashboardHost.Viewer, 403, 403, 403), (DashboardHost.Auditor, 403, 403, 202), (DashboardHost.Halter, 200, 403, 403),
            (DashboardHost.Operator, 200, 200, 409),
        })
        {
            Assert.Equal(HttpStatusCode.OK, (await host.AskAsync("/session", token)).Status);
            Assert.Equal(halt, (int)(await ActAsync(host, "halt", token)).Status);
            Assert.Equal(resume, (int)(await ActAsync(host, "resume", token)).Status);
            var checks = (int)(await host.AskAsync("/audit/checks", token, HttpMethod.Post)).Status;
            Assert.True(checks == check || (check == 409 && checks == 202), $"{token}: {checks}");
        }
    }

    [Fact]
    public async Task a_command_is_an_event_with_the_name_of_its_token_and_given_once_for_each_key()
    {
        await using var host = await StartAsync();
        await OpenAccountAsync(host);

        var first = await ActAsync(host, "halt", DashboardHost.Operator, key: "once");
        var second = await ActAsync(host, "halt", DashboardHost.Operator, key: "once");
        var other = await ActAsync(host, "reduce", DashboardHost.Operator, key: "once");
        var refused = await host.AskAsync("/control/resume", DashboardHost.Operator, HttpMethod.Post, new { });

        Assert.Equal("account main is halted", first.Body.GetProperty("told").GetString());
        Assert.Equal(first.Body.GetRawText(), second.Body.GetRawText());
        Assert.Equal(HttpStatusCode.UnprocessableEntity, other.Status);
        Assert.Contains("the reason must be", refused.Body.GetProperty("detail").GetString(), StringComparison.Ordinal);
        var acts = (await JournalRecord.ReadAsync(host.App.Services.Database())).AccountEvents.OfType<TradingHalted>();
        Assert.Equal(("dashboard:opal", "test"), acts.Select(act => (act.By, act.Reason)).Single());
    }

    [Fact]
    public async Task a_command_that_was_not_carried_out_may_be_given_again_with_its_key()
    {
        await using var host = await StartAsync();

        var early = await ActAsync(host, "halt", DashboardHost.Operator, key: "again");
        await OpenAccountAsync(host);
        var later = await ActAsync(host, "halt", DashboardHost.Operator, key: "again");

        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.OK), (early.Status, later.Status));
    }

    [Fact]
    public async Task the_printed_address_logs_in_once_and_its_cookie_is_only_for_this_site()
    {
        await using var host = await StartAsync();
        var address = new Uri(DashboardProgram.Address(host.App.Services)!);

        using var first = await host.Http.GetAsync(address);
        using var second = await host.Http.GetAsync(address);
        var cookie = first.Headers.GetValues("Set-Cookie").Single();

        Assert.Equal(("/", "/login?said=used"), (first.Headers.Location!.ToString(), second.Headers.Location!.ToString()));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.False(second.Headers.Contains("Set-Cookie"));
        using var page = await WithCookieAsync(host, HttpMethod.Get, "/", cookie);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Contains("frame-ancestors 'none'", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Equal("nosniff", page.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.DoesNotContain(host.Log.Lines, line => line.Contains(address.Query, StringComparison.Ordinal));
    }

    [Fact]
    public async Task a_change_by_a_login_needs_the_word_of_its_page_and_must_come_from_here()
    {
        await using var host = await StartAsync();
        await OpenAccountAsync(host);
        using var login = await LoginAsync(host, DashboardHost.Operator);
        var cookie = login.Headers.GetValues("Set-Cookie").Single();
        using var session = await WithCookieAsync(host, HttpMethod.Get, "/api/v1/session", cookie);
        var csrf = System.Text.Json.JsonDocument.Parse(await session.Content.ReadAsStringAsync()).RootElement
            .GetProperty("csrf").GetString()!;

        async Task<int> HaltAsync(params (string, string)[] headers)
        {
            using var answer = await WithCookieAsync(host, HttpMethod.Post, "/api/v1/control/halt", cookie, headers);
            return (int)answer.StatusCode;
        }
        Assert.Equal(403, await HaltAsync());
        Assert.Equal(403, await HaltAsync((Gate.CsrfHeader, "another")));
        Assert.Equal(403, await HaltAsync((Gate.CsrfHeader, csrf), ("Origin", "http://evil.example")));
        Assert.Equal(403, await HaltAsync((Gate.CsrfHeader, csrf), ("Sec-Fetch-Site", "cross-site")));
        Assert.Equal(200, await HaltAsync((Gate.CsrfHeader, csrf), ("Origin", host.Address.GetLeftPart(UriPartial.Authority))));
    }

    [Fact]
    public async Task a_login_ends_with_its_time_its_token_and_its_logout()
    {
        await using var host = await StartAsync();
        using var login = await LoginAsync(host, DashboardHost.Viewer);
        var cookie = login.Headers.GetValues("Set-Cookie").Single();
        async Task<int> LookAsync(string given)
        {
            using var answer = await WithCookieAsync(host, HttpMethod.Get, "/api/v1/session", given);
            return (int)answer.StatusCode;
        }
        Assert.Equal(200, await LookAsync(cookie));
        // A later end, another name: the signature no longer fits.
        Assert.Equal(401, await LookAsync(cookie.Replace("~vera~", "~opal~", StringComparison.Ordinal)));
        Assert.Equal(401, await LookAsync(cookie.Replace("~1", "~9", StringComparison.Ordinal)));
        File.WriteAllText(host.Settings.SecretsFile!, """{ "v": "a new token of the viewer", "a": "1", "h": "2", "o": "3" }""");
        Assert.Equal(401, await LookAsync(cookie));

        var clock = new ManualTime(TimeProvider.System.GetUtcNow());
        var sessions = new Sessions(new(host.Settings, new Trading.Hosting.Secrets.FileSecrets(host.Settings.SecretsFile!)),
            LocalKey.LoadOrCreate(host.Settings, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance), host.Settings, clock);
        var begun = await sessions.BeginAsync(Sessions.Local, default);
        var caller = (await sessions.FindAsync(begun, default))!;
        sessions.End(caller);
        Assert.Null(await sessions.FindAsync(begun, default));
        var another = await sessions.BeginAsync(Sessions.Local, default);
        clock.Advance(TimeSpan.FromHours(host.Settings.DashboardSessionHours) + TimeSpan.FromSeconds(1));
        Assert.Null(await sessions.FindAsync(another, default));
    }

    [Fact]
    public async Task another_name_of_the_host_is_refused_unless_the_settings_have_it()
    {
        await using var host = await StartAsync(settings => settings with { DashboardHosts = ["trading.example.com"] });
        async Task<int> AsAsync(string name)
        {
            using var question = new HttpRequestMessage(HttpMethod.Get, "/login");
            question.Headers.Host = name;
            using var answer = await host.Http.SendAsync(question);
            return (int)answer.StatusCode;
        }
        Assert.Equal(421, await AsAsync("evil.example"));
        Assert.Equal(421, await AsAsync("169.254.169.254"));
        Assert.Equal(200, await AsAsync("localhost:1234"));
        Assert.Equal(200, await AsAsync("trading.example.com"));
    }

    [Fact]
    public async Task who_guesses_waits_longer_each_time()
    {
        await using (var host = await StartAsync())
        {
            for (var guess = 0; guess < BackOff.Free; guess++)
                Assert.Equal(HttpStatusCode.Unauthorized, (await host.AskAsync("/now", $"guess {guess}")).Status);
            var (status, problem, headers) = await host.AskAsync("/now", DashboardHost.Viewer);
            Assert.Equal((HttpStatusCode.TooManyRequests, "urn:trading:problem:too-many-wrong-tokens"),
                (status, problem.GetProperty("type").GetString()));
            Assert.NotNull(headers.RetryAfter);
        }
        var clock = new ManualTime(DateTimeOffset.UnixEpoch);
        var backOff = new BackOff(clock);
        var waits = new List<double>();
        for (var failures = 1; failures <= 16; failures++)
        {
            backOff.Failed("a");
            waits.Add(backOff.Wait("a").TotalSeconds);
        }
        Assert.Equal([0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900], waits);
        Assert.Equal(TimeSpan.Zero, backOff.Wait("b"));
        backOff.Succeeded("a");
        Assert.Equal(TimeSpan.Zero, backOff.Wait("a"));
    }

    [Fact]
    public async Task who_asks_too_often_gets_an_answer_that_says_so()
    {
        await using var host = await StartAsync(settings => settings with { DashboardRequestsPerSecond = 1 });
        var answers = new List<HttpStatusCode>();
        for (var question = 0; question < 12; question++)
            answers.Add((await host.AskAsync("/session")).Status);
        Assert.Equal(HttpStatusCode.OK, answers[0]);
        Assert.Contains(HttpStatusCode.TooManyRequests, answers);
        Assert.Equal(HttpStatusCode.OK, (await host.AskAsync("/session", DashboardHost.Auditor)).Status);
    }

    [Theory]
    [InlineData("//evil.example")]
    [InlineData("/\\evil.example")]
    [InlineData("https://evil.example")]
    [InlineData("javascript:alert(1)")]
    public async Task a_login_leads_to_a_page_of_this_site_alone(string next)
    {
        await using var host = await StartAsync();
        using var answer = await LoginAsync(host, DashboardHost.Viewer, next);
        Assert.Equal("/", answer.Headers.Location!.ToString());
    }

    private async Task<DashboardHost> StartAsync(
        Func<Trading.Hosting.Settings.TradingSettings, Trading.Hosting.Settings.TradingSettings>? change = null) =>
        await DashboardHost.StartAsync((change ?? (settings => settings))(DashboardHost.WithTokens(Folder)),
            await PostgresServer.CreateDatabaseAsync());

    private static Task OpenAccountAsync(DashboardHost host) => host.App.Services.OpenAccountAsync();

    private static Task<(HttpStatusCode Status, System.Text.Json.JsonElement Body, System.Net.Http.Headers.HttpResponseHeaders Headers)>
        ActAsync(DashboardHost host, string command, string token, string? key = null) => host.AskAsync($"/control/{command}", token,
            HttpMethod.Post, new { reason = "test" }, key is null ? [] : [("Idempotency-Key", key)]);

    private static Task<HttpResponseMessage> LoginAsync(DashboardHost host, string token, string next = "/") =>
        host.Http.PostAsync("/login", new FormUrlEncodedContent(new Dictionary<string, string> { ["token"] = token, ["next"] = next }));

    private static async Task<HttpResponseMessage> WithCookieAsync(
        DashboardHost host, HttpMethod method, string path, string cookie, params (string Name, string Value)[] headers)
    {
        using var question = new HttpRequestMessage(method, path);
        question.Headers.Add("Cookie", cookie.Split(';')[0]);
        if (method == HttpMethod.Post)
            question.Content = new StringContent("""{"reason":"test"}""", System.Text.Encoding.UTF8, "application/json");
        foreach (var (name, value) in headers)
            question.Headers.TryAddWithoutValidation(name, value);
        return await host.Http.SendAsync(question);
    }
}
