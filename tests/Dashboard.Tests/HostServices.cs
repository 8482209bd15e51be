using Microsoft.Extensions.DependencyInjection;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.TestKit.Pipeline;

namespace Trading.Dashboard.Tests;

/// <summary>What tests do with the journal behind a dashboard.</summary>
internal static class HostServices
{
    public static string Database(this IServiceProvider services) => services.GetRequiredService<TradeJournal>().ConnectionString;

    /// <summary>Opens the account as the first decision does.</summary>
    public static async Task OpenAccountAsync(this IServiceProvider services)
    {
        var journal = services.GetRequiredService<TradeJournal>();
        await journal.DecideAsync("main", new OpenAccount("main", "simulated", 10_000, InProcessSystem.Start), "test", default);
        await journal.DecideAsync("main",
            new SetLimits(services.GetRequiredService<TradingSettings>().Limits(), "settings", "start", InProcessSystem.Start), "test",
                default);
    }
}
