using System.Net;
using System.Text.Json;
using Xunit;

namespace Trading.Dashboard.Tests;

/// <summary>How the API takes what it is asked: pages, filters, what is unchanged, what is wrong and what is only tried.</summary>
[Collection(nameof(RecordedDashboard))]
public sealed class ApiRequestTests(RecordedDashboard run)
{
    private DashboardHost Host => run.Host;

    [Fact]
    public async Task decisions_are_paged_and_filtered_without_loss()
    {
        var all = new List<long>();
        long? before = null;
        do
        {
            var page = await Host.GetAsync($"/decisions?limit=400{(before is null ? "" : $"&before={before}")}");
            all.AddRange(page.GetProperty("items").EnumerateArray().Select(row => row.GetProperty("sequence").GetInt64()));
            before = page.GetProperty("next").ValueKind == JsonValueKind.Null ? null : page.GetProperty("next").GetInt64();
        }
        while (before is not null);
        Assert.Equal(all.OrderDescending(), all);
        Assert.Equal(all.Count, all.Distinct().Count());

        async Task<int> CountAsync(string query) => (await Host.GetAsync($"/decisions?{query}")).GetProperty("total").GetInt32();
        Assert.True(all.Count <= await CountAsync(""));
        Assert.Equal(await CountAsync(""), await CountAsync("outcome=hold") + await CountAsync("outcome=no-hold"));
        Assert.Equal(await CountAsync("outcome=no-hold"), await CountAsync("outcome=refused") + await CountAsync("outcome=approved"));
        Assert.Equal(0, await CountAsync("symbol=ETH-USD"));
        Assert.True(await CountAsync("refusedBy=confidence") + await CountAsync("refusedBy=position-share")
            + await CountAsync("refusedBy=holdings") > 0);
    }

    [Fact]
    public async Task the_words_of_filters_are_reported_and_taken()
    {
        var words = await Host.GetAsync("/decisions/words");

        Assert.Equal(Enum.GetValues<Trading.Contracts.RiskRule>().Length, words.GetProperty("rules").GetArrayLength());
        foreach (var (parameter, list) in new[] { ("action", "actions"), ("outcome", "outcomes"), ("refusedBy", "rules") })
        {
            foreach (var word in words.GetProperty(list).EnumerateArray())
                await Host.GetAsync($"/decisions?limit=1&{parameter}={word.GetString()}");
        }
    }

    [Fact]
    public async Task what_is_unchanged_is_not_sent_again()
    {
        var (_, _, headers) = await Host.AskAsync("/trades?limit=5");
        var tag = headers.ETag!.Tag;

        var again = await Host.AskAsync("/trades?limit=5", headers: ("If-None-Match", tag));
        var other = await Host.AskAsync("/trades?limit=6", headers: ("If-None-Match", tag));

        Assert.Equal((HttpStatusCode.NotModified, HttpStatusCode.OK), (again.Status, other.Status));
    }

    [Theory]
    [InlineData("/decisions?limit=0", 400, "wrong-input", "limit must be 1 to 500, was 0")]
    [InlineData("/decisions?action=dance", 400, "wrong-input", "action must be hold or buy or sell, was dance")]
    [InlineData("/decisions/00000000-0000-0000-0000-000000000001", 404, "not-found",
        "no decision is 00000000-0000-0000-0000-000000000001")]
    [InlineData("/prices?symbol=bitcoin", 400, "wrong-input", "symbol must be a symbol like BTC-USD, was bitcoin")]
    [InlineData("/prices?symbol=BTC-USD&interval=0", 400, "wrong-input", "interval must be 1 to 31536000 seconds, was 0")]
    [InlineData("/tax?year=1999", 400, "wrong-input", "year must be 2009 to 9999, was 1999")]
    [InlineData("/tax?limit=0", 400, "wrong-input", "limit must be 1 to 500, was 0")]
    [InlineData("/models/oracle/BTC-USD/predictions", 404, "not-found", "no model oracle has been asked about BTC-USD")]
    [InlineData("/events/999999999/proof", 404, "not-found", "event 999999999 is not sealed")]
    [InlineData("/past/runs/7", 404, "not-found", "there is no run 7")]
    [InlineData("/nothing", 404, "not-found", "the API has no nothing")]
    public async Task what_is_wrong_is_a_problem_that_says_what_is_allowed(string path, int status, string kind, string detail)
    {
        var (answered, problem, _) = await Host.AskAsync(path);

        Assert.Equal(status, (int)answered);
        Assert.Equal($"urn:trading:problem:{kind}", problem.GetProperty("type").GetString());
        Assert.Contains(detail, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task what_would_change_in_the_limits_is_reported_before_it_is_set()
    {
        var (status, would, _) = await Host.AskAsync("/limits?dryRun=true", DashboardHost.Operator, HttpMethod.Post,
            new { reason = "look", set = new { MaxTradeAmountUsd = "77" } });

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("77", would.GetProperty("changes")[0].GetProperty("now").GetString());
        Assert.DoesNotContain("\"77\"", (await Host.GetAsync("/limits")).GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_check_of_the_journal_says_that_it_is_as_it_was_sealed()
    {
        await run.SealAsync();
        var (status, check, _) = await Host.AskAsync("/audit/checks", DashboardHost.Auditor, HttpMethod.Post);
        Assert.Equal(HttpStatusCode.Accepted, status);
        JsonElement found;
        do
        {
            found = (await Host.GetAsync("/audit")).GetProperty("checks").EnumerateArray()
                .Single(known => known.GetProperty("id").GetInt32() == check.GetProperty("id").GetInt32());
            await Task.Delay(20);
        }
        while (found.GetProperty("state").GetString() == "running");

        Assert.Equal("clean", found.GetProperty("state").GetString());
        Assert.Equal("abe", found.GetProperty("by").GetString());
    }
}
