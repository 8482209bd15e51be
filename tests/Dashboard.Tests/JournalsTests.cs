using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Trading.Dashboard.Reading;
using Trading.Journal.Events;
using Trading.Journal.Tables;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Dashboard.Tests;

/// <summary>Other journals of the server, opened in the same pages to be looked at.</summary>
[Collection(nameof(RecordedDashboard))]
public sealed class JournalsTests(RecordedDashboard run, BrowserPages pages) : IDisposable
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

    [Fact]
    public async Task a_journal_stays_open_for_a_slow_request_while_others_open_more_of_them_and_is_closed_when_that_has_ended()
    {
        await using var host = await StartAsync();
        var journals = host.App.Services.GetRequiredService<OpenJournals>();
        var slow = new SlowResponse();
        var context = new DefaultHttpContext { RequestServices = host.App.Services };
        context.Features.Set<IHttpResponseFeature>(slow);
        context.Request.QueryString = new($"?journal={Name(run.Database)}");
        var reading = await OpenJournals.AskedForAsync(context);
        for (var other = 0; other < 3; other++)
        {
            var database = await PostgresServer.CreateDatabaseAsync();
            await using (var journal = new TradeJournal(database, new("test", "1"), TimeProvider.System))
                await journal.PrepareAsync();
            await using (var history = new PriceHistory(database))
                await history.PrepareAsync(default);
            await using var use = await journals.UseAsync(Name(database), default);
            Assert.NotSame(reading, use.Reading);
        }

        Assert.True(await JournalReader.LastSequenceAsync(reading.Database.Journal, default) > 0);
        await slow.EndAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => JournalReader.LastSequenceAsync(reading.Database.Journal, default));
    }

    [Fact]
    public async Task the_tree_of_proofs_is_forgotten_when_nobody_asks_for_a_while_without_another_question()
    {
        await using var database = new DashboardDatabase(run.Database, run.Settings);
        var time = new ManualTime(new(2024, 3, 1, 0, 0, 0, TimeSpan.Zero));
        using var tree = new ProofTree(database, time);
        Assert.NotNull(await tree.ProofAsync(10, default));
        Assert.True(tree.InMemory > 1500);

        time.Advance(TimeSpan.FromMinutes(9));
        var proof = await tree.ProofAsync(10, default);
        time.Advance(TimeSpan.FromMinutes(9));
        Assert.True(tree.InMemory > 1500);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(0, tree.InMemory);
        Assert.Equal(proof?[..100], (await tree.ProofAsync(10, default))?[..100]);
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

    private static string Name(string database) => new NpgsqlConnectionStringBuilder(database).Database!;

    private async Task<DashboardHost> StartAsync() =>
        await DashboardHost.StartAsync(DashboardHost.WithTokens(_folder), await PostgresServer.CreateDatabaseAsync());

    /// <summary>An answer that is under way until the test ends it.</summary>
    private sealed class SlowResponse : HttpResponseFeature
    {
        private readonly List<Func<Task>> _atEnd = [];

        public override void OnCompleted(Func<object, Task> callback, object state) => _atEnd.Add(() => callback(state));

        public Task EndAsync() => Task.WhenAll(_atEnd.Select(end => end()));
    }
}
