using System.Net;
using Trading.Dashboard.Access;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Dashboard.Tests;

/// <summary>Logins: the printed address, cookies, forged requests, their end, and where they lead.</summary>
public sealed class LoginTests : AccessTest
{
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
