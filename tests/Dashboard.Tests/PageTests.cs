using System.Text.RegularExpressions;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Dashboard.Tests;

/// <summary>The pages in a browser, on a recorded run.</summary>
[Collection(nameof(RecordedDashboard))]
public sealed class PageTests(RecordedDashboard run, BrowserPages pages)
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
                // The dark page differs in its colours alone.
                var axe = await looked.Page.RunAxe(new AxeRunOptions
                {
                    RunOnly = dark ? new() { Type = "rule", Values = ["color-contrast"] }
                        : new() { Type = "tag", Values = ["wcag2a", "wcag2aa", "wcag21aa"] }
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
}
