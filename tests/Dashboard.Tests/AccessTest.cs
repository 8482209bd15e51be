using Trading.Hosting.Settings;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;

namespace Trading.Dashboard.Tests;

/// <summary>A dashboard with tokens of every role, on a journal of its own.</summary>
public abstract class AccessTest : SerialTest
{
    private protected async Task<DashboardHost> StartAsync(Func<TradingSettings, TradingSettings>? change = null) =>
        await DashboardHost.StartAsync((change ?? (settings => settings))(DashboardHost.WithTokens(Folder)),
            await PostgresServer.CreateDatabaseAsync());

    private protected static Task OpenAccountAsync(DashboardHost host) => host.App.Services.OpenAccountAsync();
}
