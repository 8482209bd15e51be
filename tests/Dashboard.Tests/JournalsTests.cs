using System.Net;
using Npgsql;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Dashboard.Tests;

/// <summary>Other journals of the server, opened in the same pages to be looked at.</summary>
[Collection(nameof(RecordedDashboard))]
public sealed class JournalsTests(RecordedDashboard run, BrowserPages pages) : IClassFixture<BrowserPages>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("trading-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task another_journal_is_read_and_not_changed()
    {
        await using var empty = await StartAsync();
        await empty.App.Services.OpenAccountAsync();
        var recorded = new NpgsqlConnectionStringBuilder(run.Database).Database!;

        var now = await empty.GetAsync($"/now?journal={recorded}");
        var trades = await empty.GetAsync($"/trades?limit=5&journal={recorded}");
        var own = await empty.GetAsync("/trades");
        var audit = await empty.GetAsync($"/audit?journal={recorded}");
        var refused = await empty.AskAsync($"/control/halt?journal={recorded}", DashboardHost.Operator, HttpMethod.Post,
            new { reason = "no" });
        var unknown = await empty.AskAsync("/now?journal=nothing_here");
        var server = await empty.AskAsync("/now?journal=postgres");

        Assert.Equal("recorded", now.GetProperty("mode").GetString());
        Assert.Equal((await run.Host.GetAsync("/now")).GetProperty("trades").GetInt32(), now.GetProperty("trades").GetInt32());
        Assert.Equal((5, 0), (trades.GetProperty("items").GetArrayLength(), own.GetProperty("items").GetArrayLength()));
        Assert.True(audit.GetProperty("sealed").GetInt64() > 1500);
        Assert.Equal((HttpStatusCode.Conflict, "urn:trading:problem:read-only"),
            (refused.Status, refused.Body.GetProperty("type").GetString()));
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (unknown.Status, server.Status));
        var listed = (await empty.GetAsync("/journals")).EnumerateArray().Single(row => row.GetProperty("shown").GetBoolean());
        Assert.Equal((2, false), (listed.GetProperty("events").GetInt64(), listed.GetProperty("trades").GetInt64() > 0));
    }

    [BrowserFact]
    public async Task another_journal_is_opened_in_place_and_every_link_stays_with_it()
    {
        await using var empty = await StartAsync();
        await empty.App.Services.OpenAccountAsync();
        var recorded = new NpgsqlConnectionStringBuilder(run.Database).Database!;
        await using var looked = await pages.OpenAsync(empty, $"/?journal={recorded}");
        var page = looked.Page;

        await page.Locator("#notice", new() { HasTextString = $"Read-only: the journal {recorded}" }).WaitForAsync();
        await looked.PictureAsync("journal-opened");
        Assert.Equal(0, await page.Locator("#line-buttons button").CountAsync());
        await page.Locator("nav a", new() { HasTextString = "Trades" }).ClickAsync();
        await page.Locator("#rows a").First.WaitForAsync();
        await page.Locator("#rows a").First.ClickAsync();
        await page.WaitForFunctionAsync("() => document.querySelector('#why') && !document.querySelector('main [aria-busy]')");
        Assert.Contains($"journal={recorded}", page.Url, StringComparison.Ordinal);
        await page.Locator("#notice a").ClickAsync();
        await page.WaitForFunctionAsync("() => !location.search.includes('journal') && document.querySelector('#band-told').textContent");
        Assert.Empty(looked.Complaints);
    }

    private async Task<DashboardHost> StartAsync() =>
        await DashboardHost.StartAsync(DashboardHost.WithTokens(_folder), await PostgresServer.CreateDatabaseAsync());
}
