using System.Diagnostics;
using System.Net.Http.Headers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Trading.Services;
using Trading.TestKit.Distributed;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Dashboard.Tests;

/// <summary>Trading does not notice whether somebody looks, looks slowly, or the dashboard dies.</summary>
public sealed class UntouchedTests : SerialTest
{
    private const int Viewers = 50, Minutes = 420;

    [Fact]
    public async Task a_run_decides_the_same_beside_slow_viewers_and_a_dashboard_that_is_killed()
    {
        var settings = InProcessSystem.Recorded(InProcessSystem.WriteCandles(Folder, Minutes, seed: 5));
        var database = await PostgresServer.CreateDatabaseAsync();
        await using var app = await InProcessSystem.BuildAsync(settings, database, InProcessSystem.Everything);
        var reader = await ReadOnlyRoleAsync(database);
        var secrets = DashboardHost.WithTokens(Folder);
        using var dashboard = new RunningService("trading.dll", ["service", "dashboard"], new Dictionary<string, string>
        {
            ["Trading__Journal"] = "postgres", ["Trading__JournalConnection"] = reader, ["Trading__HttpPort"] = "0",
            ["Trading__Secrets"] = "file", ["Trading__SecretsFile"] = secrets.SecretsFile!,
            ["Trading__ControlTokens"] = string.Join(',', secrets.ControlTokens),
        });
        while (!await dashboard.IsReadyAsync())
            Assert.False(dashboard.HasExited, dashboard.Output);
        using (var process = Process.GetProcessById(dashboard.ProcessId))
            Assert.Equal(ProcessPriorityClass.BelowNormal, process.PriorityClass);
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", DashboardHost.Viewer);
        var address = dashboard.Address;
        // They connect and never read on.
        var viewers = await Task.WhenAll(Enumerable.Range(0, Viewers).Select(_ =>
            http.GetAsync(new Uri(address, "/api/v1/stream"), HttpCompletionOption.ResponseHeadersRead)));
        Assert.All(viewers, viewer => Assert.True(viewer.IsSuccessStatusCode));

        var run = app.Services.GetRequiredService<RecordedRun>();
        await app.StartAsync();
        while (run.Prices < Minutes / 3)
            await Task.Delay(5);
        dashboard.Kill();
        await app.WaitForShutdownAsync();

        Assert.True(run.Completed);
        var journal = await JournalRecord.ReadAsync(database);
        var (trades, account) = InProcessSystem.Fold(settings);
        Assert.Equal(trades.Select(trade => JournalRecord.Text(trade.Execution)),
            journal.Trades.Select(trade => JournalRecord.Text(trade.Execution)));
        Assert.Equal((account.CashUsd, account.RealisedUsd), (journal.Account!.CashUsd, journal.Account.RealisedUsd));
        foreach (var viewer in viewers)
            viewer.Dispose();
    }

    /// <summary>A role that may read and do nothing else.</summary>
    private static async Task<string> ReadOnlyRoleAsync(string database)
    {
        var role = $"reader_{Guid.NewGuid():N}"[..20];
        await using var owner = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database) { Pooling = false });
        await using var command = owner.CreateCommand($"""
            create role {role} login password 'looks';
            grant usage on schema public to {role};
            grant select on all tables in schema public to {role};
            """);
        await command.ExecuteNonQueryAsync();
        return new NpgsqlConnectionStringBuilder(database) { Username = role, Password = "looks" }.ConnectionString;
    }
}
