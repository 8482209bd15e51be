using System.Text.RegularExpressions;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Trading.Core;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Dashboard.Tests;

/// <summary>The pages in a browser, on a recorded run.</summary>
[Collection(nameof(RecordedDashboard))]
public sealed partial class PageTests(RecordedDashboard run, BrowserPages pages) : IClassFixture<BrowserPages>
{
    private static readonly (string Name, string Path)[] All =
    [
        ("now", "/"), ("chart", "/chart"), ("decisions", "/decisions?outcome=no-hold"), ("trades", "/trades"), ("models", "/models"),
        ("risk", "/risk"), ("past", "/past"), ("audit", "/audit"),
    ];

    private DashboardHost Host => run.Host;

    [BrowserFact]
    public async Task every_page_is_whole_and_accessible_in_light_and_dark_and_on_a_phone()
    {
        var trade = (await Host.GetAsync("/trades?side=buy&limit=1")).GetProperty("items")[0].GetProperty("tradeId").GetString();
        var found = new List<string>();
        foreach (var (name, path) in All.Append(("decision", $"/decisions/{trade}")))
        {
            foreach (var (form, width, height, dark) in new[] { ("light", 1280, 800, false), ("dark", 1280, 800, true),
                ("phone", 390, 844, false) })
            {
                await using var looked = await pages.OpenAsync(Host, path, width: width, height: height, dark: dark);
                await looked.PictureAsync($"{name}-{form}");
                found.AddRange(looked.Complaints.Select(complaint => $"{name} {form}: {complaint}"));
                if (await looked.Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth > innerWidth"))
                    found.Add($"{name} {form}: wider than the screen");
                if (form == "phone")
                    continue;
                var axe = await looked.Page.RunAxe(new AxeRunOptions
                {
                    RunOnly = new()
                    {
                        Type = "tag",
                        Values = ["wcag2a", "wcag2aa", "wcag21aa"]
                    }
                });
                found.AddRange(axe.Violations.Select(violation => $"{name} {form}: {violation.Id}: "
                    + string.Join(" ", violation.Nodes.Take(3).Select(node => node.Html))));
            }
        }
        await using var login = await pages.OpenAsync(Host, "/login", token: null);
        await login.PictureAsync("login");
        found.AddRange((await login.Page.RunAxe()).Violations.Select(violation => $"login: {violation.Id}"));
        Assert.True(found.Count == 0, string.Join(Environment.NewLine, found));
    }

    [BrowserFact]
    public async Task a_new_decision_stands_on_the_pages_without_asking()
    {
        await using var list = await pages.OpenAsync(Host, "/decisions");
        await using var now = await pages.OpenAsync(Host, "/");
        await LiveAsync(list.Page);
        await LiveAsync(now.Page);

        var tradeId = await run.DecideAsync(61_234.56m);

        await list.Page.Locator($"#rows tr:first-child a[href='/decisions/{tradeId}']").WaitForAsync();
        await now.Page.Locator($"#last a[href='/decisions/{tradeId}']").WaitForAsync();
        Assert.Contains("61,234.56", await now.Page.Locator("#last").InnerTextAsync(), StringComparison.Ordinal);
    }

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
    public async Task a_page_is_used_by_keyboard_alone()
    {
        await using var looked = await pages.OpenAsync(Host, "/");
        var page = looked.Page;
        await page.Keyboard.PressAsync("Tab");
        Assert.Equal("Skip to the content", await page.EvaluateAsync<string>("() => document.activeElement.textContent"));
        await page.Keyboard.PressAsync("Enter");
        Assert.Equal("main", await page.EvaluateAsync<string>("() => document.activeElement.id"));
        await page.Keyboard.PressAsync("g");
        await page.Keyboard.PressAsync("r");
        await Assertions.Expect(page).ToHaveURLAsync(new Regex("/risk$"));
        await page.WaitForFunctionAsync("() => !document.querySelector('main [aria-busy]')");
        await page.Locator("#line-buttons button").First.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        Assert.True(await page.Locator("dialog").IsVisibleAsync());
        Assert.Equal("dialog-reason", await page.EvaluateAsync<string>("() => document.activeElement.id"));
        await page.Keyboard.PressAsync("Escape");
        Assert.False(await page.Locator("dialog").IsVisibleAsync());
    }

    [BrowserFact]
    public async Task a_login_that_is_over_says_so_and_offline_is_not_logged_out()
    {
        await using var way = new CuttableProxy(Host.Address);
        await using var looked = await pages.OpenAsync(Host, "/", at: way.Url);
        var page = looked.Page;
        await LiveAsync(page);
        way.Cut();
        await page.Locator("#notice", new() { HasTextString = "You are still logged in" }).WaitForAsync();
        await looked.PictureAsync("offline");
        way.Open();
        await LiveAsync(page);
        await page.WaitForFunctionAsync("() => document.getElementById('notice').hidden");
        await page.Context.ClearCookiesAsync();
        await page.EvaluateAsync("() => { Object.defineProperty(document, 'hidden', { value: true, configurable: true }); "
            + "document.dispatchEvent(new Event('visibilitychange')); Object.defineProperty(document, 'hidden', { value: false }); "
            + "document.dispatchEvent(new Event('visibilitychange')); }");
        await page.Locator("#notice", new() { HasTextString = "Your login is over" }).WaitForAsync();
        await looked.PictureAsync("logged-out");
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

    [BrowserFact]
    public async Task the_first_view_is_small()
    {
        await using var looked = await pages.OpenAsync(Host, "/login", token: null);
        await looked.Page.Locator("input[name=token]").FillAsync(DashboardHost.Viewer);
        await looked.Page.GetByRole(AriaRole.Button, new() { Name = "Log in" }).ClickAsync();
        await looked.Page.WaitForFunctionAsync("() => document.querySelector('#last') && !document.querySelector('main [aria-busy]')");
        var bytes = await looked.Page.EvaluateAsync<int>("() => [...performance.getEntriesByType('resource'), "
            + "...performance.getEntriesByType('navigation')].reduce((sum, entry) => sum + entry.transferSize, 0)");
        Assert.InRange(bytes, 5_000, 500_000);
        // How long it took depends on the machine: kept beside the pictures, for people.
        var milliseconds = await looked.Page.EvaluateAsync<double>("() => performance.getEntriesByType('resource')"
            + ".filter(entry => entry.name.includes('/api/v1/') && !entry.name.endsWith('/stream'))"
            + ".reduce((last, entry) => Math.max(last, entry.responseEnd), 0)");
        await File.WriteAllTextAsync(Path.Combine(BrowserPages.Pictures, "first-view.txt"),
            FormattableString.Invariant($"{bytes} bytes, {milliseconds:0} ms from the request of the page to its last figure\n"));
    }

    private static Task LiveAsync(IPage page) => page.Locator("#live[data-live=on]").WaitForAsync();

    [GeneratedRegex("\"quantity\": [0-9]")]
    private static partial Regex FirstDigit();
}
