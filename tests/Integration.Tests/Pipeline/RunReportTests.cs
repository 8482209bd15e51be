using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Spectre.Console;
using Trading.AllInOne;
using Trading.Core;
using Trading.Journal.Events;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Pipeline;

/// <summary>The table at the end of a run.</summary>
public sealed class RunReportTests : SerialTest
{
    [Fact]
    public async Task an_account_that_decides_rarely_is_valued_at_the_last_price_that_was_seen()
    {
        // The last decision is made at minute 200; the last price is that of minute 205.
        var settings = InProcessSystem.Recorded(InProcessSystem.WriteCandles(Folder, minutes: 205, seed: 1)) with
        { DecisionIntervalSeconds = 600 };
        using var text = new StringWriter();
        await using var app = await InProcessSystem.BuildAsync(settings, await PostgresServer.CreateDatabaseAsync(), trading =>
        {
            InProcessSystem.Everything(trading);
            trading.Services.AddSingleton(AnsiConsole.Create(new() { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(text) }));
            trading.Services.AddSingleton<RunReport>();
            trading.Services.AddHostedService(services => services.GetRequiredService<RunReport>());
        });
        await app.StartAsync();
        await app.WaitForShutdownAsync();

        Assert.Equal(0, await app.Services.GetRequiredService<RunReport>().PrintAsync());
        var account = (await app.Services.GetRequiredService<TradeJournal>().AccountAsync(settings.Account, default))!.State;
        var last = InProcessSystem.WavePrices(minutes: 205, seed: 1)[^1];
        Assert.True(account.PositionIn(InProcessSystem.Symbol).Quantity > 0, "nothing is held at the end");
        var equity = account.EquityUsd(InProcessSystem.Symbol, last.Price);
        Assert.Contains($"to {Figures.Money(equity)} USD at 03:25", text.ToString(), StringComparison.Ordinal);
        Assert.Contains($" to {Figures.Minute(InProcessSystem.Start.AddMinutes(205))} UTC", text.ToString(), StringComparison.Ordinal);
    }
}
