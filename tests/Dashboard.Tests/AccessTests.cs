using System.Net;
using Trading.Core;
using Trading.Hosting.Control;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Dashboard.Tests;

/// <summary>Who may look and who may act: tokens, names of hosts, guessing, and how often.</summary>
public sealed class AccessTests : AccessTest
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

    private static Task<(HttpStatusCode Status, System.Text.Json.JsonElement Body, System.Net.Http.Headers.HttpResponseHeaders Headers)>
        ActAsync(DashboardHost host, string command, string token, string? key = null) => host.AskAsync($"/control/{command}", token,
            HttpMethod.Post, new { reason = "test" }, key is null ? [] : [("Idempotency-Key", key)]);
}
