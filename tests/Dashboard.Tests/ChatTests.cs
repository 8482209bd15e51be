using Trading.Core;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Dashboard.Tests;

/// <summary>The chat, against a local server that speaks Telegram's Bot API.</summary>
public sealed class ChatTests : SerialTest
{
    private const long Opal = 7001, Vera = 7002, Stranger = 7003;

    [Fact]
    public async Task people_on_the_list_are_answered_and_nobody_else()
    {
        await using var telegram = await BotApiServer.StartAsync("42:bot");
        await using var host = await StartAsync(telegram);
        await host.App.Services.OpenAccountAsync();

        telegram.Say(Stranger, "/status");
        telegram.Say(Opal, "/status", kind: "group");
        telegram.Say(Vera, "/status@the_bot");

        var (_, text, _) = await telegram.NextAsync();
        Assert.Contains("<b>SIMULATED</b> equity 10,000.00 USD", text, StringComparison.Ordinal);
        Assert.Contains("Trading is <b>active</b>", text, StringComparison.Ordinal);
        Assert.False(telegram.SaysMore);
        Assert.Contains(host.Log.Lines, line => line.Contains("7003", StringComparison.Ordinal));
        foreach (var (question, answer) in new[]
        {
            ("/positions", "Nothing is held."), ("/trades", "No trade yet."), ("/why", "No decision yet."),
            ("/why <b>", "No decision is &lt;b&gt;."), ("/help", "/halt, /reduce, /resume, /flatten"), ("/dance", "There is no /dance."),
            ("/limits", "The limits are shown with the first decision."),
        })
        {
            telegram.Say(Vera, question);
            Assert.Contains(answer, (await telegram.NextAsync()).Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task a_dangerous_command_waits_for_its_button_and_is_an_event_with_the_persons_name()
    {
        await using var telegram = await BotApiServer.StartAsync("42:bot");
        await using var host = await StartAsync(telegram);
        await host.App.Services.OpenAccountAsync();

        telegram.Say(Opal, "/halt flash crash");
        var (_, question, button) = await telegram.NextAsync();
        Assert.Contains("Reason: flash crash", question, StringComparison.Ordinal);
        Assert.Empty(await HaltsAsync(host));
        telegram.Press(Vera, button!);
        Assert.Contains("was used, or is over", (await telegram.NextAsync()).Text, StringComparison.Ordinal);
        Assert.Empty(await HaltsAsync(host));
        telegram.Press(Opal, button!);
        Assert.Equal("account main is halted.", (await telegram.NextAsync()).Text);
        telegram.Press(Opal, button!);
        Assert.Contains("was used", (await telegram.NextAsync()).Text, StringComparison.Ordinal);
        var halt = Assert.Single(await HaltsAsync(host));
        Assert.Equal(("telegram:opal", "flash crash"), (halt.By, halt.Reason));

        telegram.Say(Opal, "/resume");
        var (_, _, resume) = await telegram.NextAsync();
        telegram.Press(Opal, resume!.Replace("do:", "no:", StringComparison.Ordinal));
        Assert.Equal("Nothing was done.", (await telegram.NextAsync()).Text);
        telegram.Say(Vera, "/halt");
        Assert.Equal("Your role viewer may not halt.", (await telegram.NextAsync()).Text);
        telegram.Say(Opal, "/flatten", TimeProvider.System.GetUtcNow().AddHours(-3));
        Assert.Contains("came 180 minutes late", (await telegram.NextAsync()).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_command_while_the_database_is_away_is_answered()
    {
        await using var telegram = await BotApiServer.StartAsync("42:bot");
        await using var host = await StartAsync(telegram);
        await host.App.Services.OpenAccountAsync();
        telegram.Say(Opal, "/halt now");
        var (_, _, button) = await telegram.NextAsync();
        await StateTests.DropAsync(host.App.Services.Database());

        telegram.Press(Opal, button!);
        Assert.Equal("Not done: the journal&#39;s database does not answer", (await telegram.NextAsync()).Text);
        telegram.Say(Opal, "/profit");
        Assert.Contains("database does not answer", (await telegram.NextAsync()).Text, StringComparison.Ordinal);
    }

    private async Task<DashboardHost> StartAsync(BotApiServer telegram) =>
        await DashboardHost.StartAsync(DashboardHost.WithTokens(Folder) with
        {
            TelegramTokenSecret = "telegram",
            TelegramUrl = telegram.Address,
            TelegramUsers = [$"opal=operator:{Opal}", $"vera=viewer:{Vera}"],
        }, await PostgresServer.CreateDatabaseAsync());

    private static async Task<IReadOnlyList<TradingHalted>> HaltsAsync(DashboardHost host) =>
        [.. (await JournalRecord.ReadAsync(host.App.Services.Database())).AccountEvents.OfType<TradingHalted>()];
}

/// <summary>The chat about a run: with trades to tell of.</summary>
[Collection(nameof(RecordedDashboard))]
public sealed class ChatAboutRunTests(RecordedDashboard run)
{
    [Fact]
    public async Task profit_comes_with_a_picture_and_trades_and_why_with_words()
    {
        await using var telegram = await BotApiServer.StartAsync("42:bot");
        await using var host = await DashboardHost.StartAsync(run.Settings with
        { TelegramTokenSecret = "telegram", TelegramUrl = telegram.Address, TelegramUsers = ["vera=viewer:7"] }, run.Database);

        telegram.Say(7, "/profit");
        var (method, caption, _) = await telegram.NextAsync();
        Assert.Equal("sendPhoto", method);
        Assert.Contains("<b>Buy and hold</b>", caption, StringComparison.Ordinal);
        Assert.EndsWith("|89504E470D0A1A0A", caption, StringComparison.Ordinal);
        File.WriteAllBytes(Path.Combine(BrowserPages.Pictures, "telegram-profit.png"), telegram.Picture!);
        telegram.Say(7, "/trades");
        var trades = (await telegram.NextAsync()).Text;
        telegram.Say(7, trades[trades.LastIndexOf("/why", StringComparison.Ordinal)..]);
        Assert.Contains("On paper", (await telegram.NextAsync()).Text, StringComparison.Ordinal);
        telegram.Say(7, "/limits");
        Assert.Contains("loss of the day", (await telegram.NextAsync()).Text, StringComparison.Ordinal);
    }
}
