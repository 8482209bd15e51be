using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Control;
using Trading.Journal.Events;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Dashboard.Tests;

/// <summary>What brings journal and exchange together, from the API, the page and the command line's way to them.</summary>
public sealed class BookingTests(BrowserPages pages) : SerialTest, IClassFixture<BrowserPages>
{
    [Fact]
    public async Task a_booking_is_looked_at_before_it_is_made()
    {
        await using var host = await StartAsync();

        var would = await PostAsync(host, "/control/deposit?dryRun=true", new { reason = "look", amountUsd = 250.5m });
        var still = (await host.GetAsync("/control")).GetProperty("cashUsd").GetDecimal();
        var done = await PostAsync(host, "/control/deposit", new { reason = "from the bank", amountUsd = 250.5m });
        var wrong = await PostAsync(host, "/control/withdraw?dryRun=true", new { reason = "look" });

        Assert.Equal(10_000m, still);
        Assert.Contains(would.Body.GetProperty("changes").EnumerateArray(), change => change.GetProperty("name").GetString() == "cash USD"
            && change.GetProperty("was").GetString() == "10000" && change.GetProperty("now").GetString() == "10250.5");
        Assert.Equal("account main has 10250.5 USD of cash", done.Body.GetProperty("told").GetString());
        Assert.Equal(10_250.5m, (await host.GetAsync("/control")).GetProperty("cashUsd").GetDecimal());
        Assert.Equal((HttpStatusCode.BadRequest, "an amount above 0 is needed, and nothing else"),
            (wrong.Status, wrong.Body.GetProperty("detail").GetString()));
        var booked = Assert.Single((await JournalRecord.ReadAsync(host.App.Services.Database())).AccountEvents.OfType<CashAdjusted>());
        Assert.Equal(("dashboard:opal", "from the bank"), (booked.By, booked.Reason));
    }

    [Fact]
    public async Task what_the_exchange_has_besides_is_listed_and_adopted()
    {
        await using var host = await StartAsync();
        await FindAsync(host);

        var rows = (await host.GetAsync("/differences")).EnumerateArray().ToDictionary(row => row.GetProperty("key").GetString()!);
        Assert.Equal(["balance/BTC", "fill/BTC-USD/4711"], rows.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("BTC-USD", rows["balance/BTC"].GetProperty("symbol").GetString());
        var would = await PostAsync(host, "/control/adopt?dryRun=true", new { reason = "look", difference = "fill/BTC-USD/4711" });
        Assert.Contains(would.Body.GetProperty("changes").EnumerateArray(), change =>
            change.GetProperty("name").GetString() == "units of BTC-USD" && change.GetProperty("now").GetString() == "0.5");
        await PostAsync(host, "/control/adopt", new { reason = "bought by hand", difference = "fill/BTC-USD/4711" });

        Assert.DoesNotContain((await host.GetAsync("/differences")).EnumerateArray(),
            row => row.GetProperty("key").GetString() == "fill/BTC-USD/4711");
        Assert.Equal(0.5m, (await host.GetAsync("/now")).GetProperty("positions")[0].GetProperty("quantity").GetDecimal());
    }

    [BrowserFact]
    public async Task a_fill_is_adopted_from_the_page_after_the_difference_was_shown_and_the_word_typed()
    {
        await using var host = await StartAsync();
        await FindAsync(host);
        await using var looked = await pages.OpenAsync(host, "/risk");
        var page = looked.Page;
        await page.Locator("#differences").ScrollIntoViewIfNeededAsync();
        await looked.PictureAsync("differences");
        await page.Locator("[data-key='fill/BTC-USD/4711']").ClickAsync();
        await page.Locator("dialog").GetByRole(AriaRole.Button, new() { Name = "Show what would change" }).ClickAsync();
        await page.Locator("#would td", new() { HasTextString = "units of BTC-USD" }).WaitForAsync();
        await page.GetByLabel("Why (recorded with your name)").FillAsync("bought by hand");
        await looked.PictureAsync("adopt-dialog");
        await page.Locator("dialog").GetByRole(AriaRole.Button, new() { Name = "Adopt" }).ClickAsync();
        await page.GetByLabel("Type adopt to confirm").FillAsync("adopt");
        await page.Locator("dialog").GetByRole(AriaRole.Button, new() { Name = "Adopt" }).ClickAsync();
        await page.Locator("#acts tr", new() { HasTextString = "bought by hand" }).First.WaitForAsync();
        await page.Locator("[data-key='fill/BTC-USD/4711']").WaitForAsync(new() { State = WaitForSelectorState.Detached });

        await page.Locator("#bookings").GetByRole(AriaRole.Button, new() { Name = "Write off…" }).ClickAsync();
        await page.GetByLabel("Units that are gone").FillAsync("0.2");
        await page.GetByLabel("What a unit brought, USD (0 for nothing)").FillAsync("0");
        await page.Locator("dialog").GetByRole(AriaRole.Button, new() { Name = "Show what would change" }).ClickAsync();
        await page.Locator("#would td", new() { HasTextString = "realised USD" }).WaitForAsync();
        await looked.PictureAsync("write-off-dialog");
        Assert.Empty(looked.Complaints);
    }

    [Fact]
    public async Task the_command_line_goes_over_the_api_and_is_reported_what_is_wrong()
    {
        await using var host = await StartAsync();
        using var control = await HttpControl.FindAsync(host.Address, DashboardHost.Operator, default);
        using var viewer = await HttpControl.FindAsync(host.Address, DashboardHost.Viewer, default);

        var done = await control.ActAsync(new(OperatorAction.Halt, "kim", "flash crash"), default);
        var limits = await control.SetLimitsAsync(
            "kim", "calm", new Dictionary<string, string> { ["MaxTradeAmountUsd"] = "55" }, null, default);
        var status = await viewer.StatusAsync(default);
        var corrected = await control.ActAsync(new(OperatorAction.Correct, "kim", "none") { AmountUsd = 0 }, default);
        var refused = await Assert.ThrowsAsync<ControlException>(() =>
            viewer.ActAsync(new(OperatorAction.Halt, "kim", "no"), default));
        var missing = await Assert.ThrowsAsync<ControlException>(() =>
            control.ActAsync(new(OperatorAction.Cancel, "kim", "no") { Order = "12345678" }, default));

        Assert.Equal((true, TradingState.Halted), (done.Changed, done.State));
        Assert.Equal("55", Assert.Single(limits.Changes).Now);
        Assert.Equal((TradingState.Halted, 10_000m), (status.State, status.CashUsd));
        Assert.Equal("account main has 0 USD of cash", corrected.Told);
        Assert.Contains("which may not halt", refused.Message, StringComparison.Ordinal);
        Assert.Equal((ControlProblem.NotFound, "no open order is 12345678: no order is open"), (missing.Kind, missing.Message));
        var halted = Assert.Single((await JournalRecord.ReadAsync(host.App.Services.Database())).AccountEvents.OfType<TradingHalted>());
        Assert.Equal(("dashboard:opal", "flash crash"), (halted.By, halted.Reason));
    }

    private async Task<DashboardHost> StartAsync()
    {
        var host = await DashboardHost.StartAsync(DashboardHost.WithTokens(Folder), await PostgresServer.CreateDatabaseAsync());
        await host.App.Services.OpenAccountAsync();
        return host;
    }

    private static async Task FindAsync(DashboardHost host)
    {
        var journal = host.App.Services.GetRequiredService<TradeJournal>();
        var (_, version) = (await journal.AccountAsync("main", default))!;
        var at = InProcessSystem.Start;
        Assert.True(await journal.AppendAsync([new(Portfolio.StreamId("main"), version,
        [
            new ExternalFillFound("77", "4711", null, "BTC-USD", TradeAction.Buy, 0.5m, 60_000, 3, "USD", at, at),
            new ExternalBalanceFound("BTC", 0, 0.5m, at),
        ])], new(null, "test"), default));
    }

    private static async Task<(HttpStatusCode Status, JsonElement Body)> PostAsync(DashboardHost host, string path, object body)
    {
        var (status, answer, _) = await host.AskAsync(path, DashboardHost.Operator, HttpMethod.Post, body);
        return (status, answer);
    }
}
