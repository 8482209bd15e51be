using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Trading.Core;
using Trading.TestKit.Pipeline;
using Xunit;

namespace Trading.Dashboard.Tests;

/// <summary>What is done from the pages: commands, limits, proofs and a backtest.</summary>
[Collection(nameof(RecordedDashboard))]
public sealed partial class PageActionTests(RecordedDashboard run, BrowserPages pages)
{
    private DashboardHost Host => run.Host;

    [BrowserFact]
    public async Task trading_is_halted_and_resumed_from_the_page_with_a_reason()
    {
        await using var looked = await pages.OpenAsync(Host, "/risk");
        var page = looked.Page;
        await page.GetByRole(AriaRole.Button, new() { Name = "Halt" }).ClickAsync();
        await page.GetByLabel("Why (recorded with your name)").FillAsync("a test of the page");
        await looked.PictureAsync("halt-dialog");
        await page.Locator("dialog").GetByRole(AriaRole.Button, new() { Name = "Halt" }).ClickAsync();
        await page.Locator("#line-name", new() { HasTextString = "Halted" }).WaitForAsync();
        await page.Locator("#acts tr", new() { HasTextString = "a test of the page" }).First.WaitForAsync();
        await looked.PictureAsync("halted");
        // Only what makes sense now.
        Assert.Equal(0, await page.Locator("#line-buttons").GetByRole(AriaRole.Button, new() { Name = "Halt" }).CountAsync());
        await page.Locator("#line-buttons").GetByRole(AriaRole.Button, new() { Name = "Resume" }).ClickAsync();
        await page.GetByLabel("Why (recorded with your name)").FillAsync("it was a test");
        await page.Locator("dialog").GetByRole(AriaRole.Button, new() { Name = "Resume" }).ClickAsync();
        await page.Locator("#line-name", new() { HasTextString = "Active" }).WaitForAsync();

        var halted = (await JournalRecord.ReadAsync(run.Database)).AccountEvents.OfType<TradingHalted>().Last();
        Assert.Equal(("dashboard:opal", "a test of the page"), (halted.By, halted.Reason));
        Assert.Empty(looked.Complaints);
    }

    [BrowserFact]
    public async Task limits_are_changed_after_the_difference_was_shown_and_a_word_typed()
    {
        await using var looked = await pages.OpenAsync(Host, "/risk");
        var page = looked.Page;
        await page.GetByLabel("MaxTradeAmountUsd", new() { Exact = true }).FillAsync("123");
        await page.GetByRole(AriaRole.Button, new() { Name = "Change…" }).ClickAsync();
        await page.Locator("dialog td", new() { HasTextString = "MaxTradeAmountUsd" }).WaitForAsync();
        await page.GetByLabel("Why (recorded with your name)").FillAsync("a test");
        await page.Locator("dialog").GetByRole(AriaRole.Button, new() { Name = "Change the limits" }).ClickAsync();
        Assert.DoesNotContain("\"123\"", (await Host.GetAsync("/limits")).GetRawText(), StringComparison.Ordinal);
        await page.GetByLabel("Type change to confirm").FillAsync("change");
        await page.Locator("dialog").GetByRole(AriaRole.Button, new() { Name = "Change the limits" }).ClickAsync();
        await page.Locator("#history", new() { HasTextString = "MaxTradeAmountUsd 100 → 123" }).WaitForAsync();
    }

    [BrowserFact]
    public async Task a_viewer_has_no_buttons_for_what_a_viewer_may_not_do()
    {
        await using var looked = await pages.OpenAsync(Host, "/risk", token: "vera");
        Assert.Equal(0, await looked.Page.Locator("#line-buttons button").CountAsync());
        Assert.Equal(0, await looked.Page.Locator("#limits input").CountAsync());
        Assert.False(await looked.Page.Locator("#change").IsVisibleAsync());
    }

    [BrowserFact]
    public async Task a_proof_is_verified_in_the_browser_and_a_tampered_one_refused()
    {
        await run.SealAsync();
        var trade = (await Host.GetAsync("/trades?side=sell&limit=1")).GetProperty("items")[0].GetProperty("tradeId").GetString();
        await using var looked = await pages.OpenAsync(Host, $"/decisions/{trade}");
        var page = looked.Page;
        await page.GetByRole(AriaRole.Button, new() { Name = "Verify in this browser" }).ClickAsync();
        await page.WaitForFunctionAsync(
            "() => document.querySelectorAll('#proved li[data-proved]').length === document.querySelectorAll('#steps > li').length");
        Assert.Equal(0, await page.Locator("#proved li[data-proved=false]").CountAsync());
        Assert.True(await page.Locator("#proved li[data-proved=true]").CountAsync() >= 6);
        await page.Locator("#proved").ScrollIntoViewIfNeededAsync();
        await looked.PictureAsync("proof");

        // One digit of an amount, a path, another key: each is refused with its reason.
        await page.RouteAsync("**/proof", async route =>
        {
            var answer = await route.FetchAsync();
            await route.FulfillAsync(new()
            {
                Response = answer,
                Body = FirstDigit().Replace(await answer.TextAsync(), "\"quantity\": 9", 1)
            });
        });
        await page.GetByRole(AriaRole.Button, new() { Name = "Verify in this browser" }).ClickAsync();
        await page.Locator("#proved li[data-proved=false]", new() { HasTextString = "not as it was sealed" }).First.WaitForAsync();
        await looked.PictureAsync("proof-tampered");
        await page.UnrouteAsync("**/proof");
        await page.Locator("#key").FillAsync(Trading.Journal.Keys.SealKey.Create(Path.Combine(run.Folder,
            "other.key")).Public.ToString());
        await page.GetByRole(AriaRole.Button, new() { Name = "Verify in this browser" }).ClickAsync();
        await page.Locator("#proved li[data-proved=false]", new() { HasTextString = "not signed by this key" }).First.WaitForAsync();
    }

    [BrowserFact]
    public async Task an_operators_event_with_commitments_is_verified_too()
    {
        await Host.AskAsync("/control/reduce", DashboardHost.Operator, HttpMethod.Post, new { reason = "für den Test \"ö\"" });
        await Host.AskAsync("/control/resume", DashboardHost.Operator, HttpMethod.Post, new { reason = "goes on" });
        await run.SealAsync();
        var acts = await Host.GetAsync("/acts?limit=1");
        var sequence = acts.GetProperty("items")[0].GetProperty("sequence").GetInt64();
        await using var looked = await pages.OpenAsync(Host, "/audit");
        var assets = await looked.Page.EvaluateAsync<string>("() => document.documentElement.dataset.assets");
        var told = await looked.Page.EvaluateAsync<string>(
            "async ([assets, sequence, key]) => { const { verify } = await import(`${assets}/proof.js`); "
            + "const answer = await fetch(`/api/v1/events/${sequence - 1}/proof`); const result = await verify(await answer.text(), key); "
            + "return `${result.ok} ${result.told}`; }", new object[] { assets, sequence, run.Key.Public.ToString() });
        Assert.StartsWith("true hash", told, StringComparison.Ordinal);
    }

    [BrowserFact]
    public async Task the_trades_of_the_journal_are_held_against_a_backtest_from_the_page()
    {
        await using var looked = await pages.OpenAsync(Host, "/past", height: 1200);
        var page = looked.Page;
        await page.GetByLabel("What").SelectOptionAsync("drift");
        await page.GetByRole(AriaRole.Button, new() { Name = "Run", Exact = true }).ClickAsync();
        // The run has the least priority: on a machine with other work it takes as long as that leaves it.
        await page.Locator("#figures", new() { HasTextString = "trades of the journal" }).WaitForAsync(new() { Timeout = 600_000 });
        await looked.PictureAsync("past-drift");
        Assert.Contains("of the backtest", await page.Locator("#figures").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Empty(looked.Complaints);
    }

    [GeneratedRegex("\"quantity\": [0-9]")]
    private static partial Regex FirstDigit();
}
