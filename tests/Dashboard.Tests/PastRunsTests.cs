using Microsoft.Extensions.DependencyInjection;
using Trading.Dashboard.Reading;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Dashboard.Tests;

/// <summary>Runs over the past that a dashboard starts.</summary>
public sealed class PastRunsTests : IDisposable
{
    private const int Kept = 20;
    private readonly string _folder = Directory.CreateTempSubdirectory("trading-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task runs_go_on_after_their_folder_was_cleared_away()
    {
        await using var host = await DashboardHost.StartAsync(
            DashboardHost.WithTokens(_folder), await PostgresServer.CreateDatabaseAsync());
        var runs = host.App.Services.GetRequiredService<PastRuns>();
        // As many as are kept: the next one has the report of the first deleted.
        for (var run = 0; run < Kept; run++)
            await RunAsync(runs);
        Directory.Delete(runs.Folder, recursive: true);

        Assert.Equal(("stopped", Kept + 1), (await RunAsync(runs), runs.All[0].Id));
        Assert.Equal(("stopped", Kept + 2), (await RunAsync(runs), runs.All[0].Id));
        Assert.Equal(Kept, runs.All.Count);
        Assert.True(Directory.Exists(runs.Folder));
    }

    // Stopped at once: what it would find does not matter.
    private static async Task<string> RunAsync(PastRuns runs)
    {
        var run = runs.Start("test", new("backtest"));
        runs.Stop();
        using var limit = new CancellationTokenSource(HangGuard.Limit);
        while (runs.Find(run.Id)!.State == "running")
            await Task.Delay(TimeSpan.FromMilliseconds(5), limit.Token);
        return runs.Find(run.Id)!.State;
    }
}
