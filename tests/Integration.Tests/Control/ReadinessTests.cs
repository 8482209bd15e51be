using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using Trading.TestKit.Control;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Control;

/// <summary>A database that takes no writes makes a program unready, and it says why.</summary>
[Collection(nameof(SerialTest))]
public sealed class ReadinessTests : SerialTest
{
    [Fact]
    public async Task a_database_that_became_read_only_is_told_and_one_that_takes_writes_again_too()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        await using var host = await ControlHost.StartAsync(InProcessSystem.Told, database);
        using var http = new HttpClient();
        Assert.Equal(200, await ReadyAsync());

        await SetAsync(database, "on");
        await UntilAsync("the journal's database takes no writes: it is read-only");
        Assert.Equal(503, await ReadyAsync());
        await SetAsync(database, "off");
        await UntilAsync(null);
        Assert.Equal(200, await ReadyAsync());

        async Task<int> ReadyAsync()
        {
            using var answer = await http.GetAsync(new Uri(host.Address, "/health/ready"));
            return (int)answer.StatusCode;
        }

        async Task UntilAsync(string? told)
        {
            using var limit = new CancellationTokenSource(HangGuard.Limit);
            var health = host.Services.GetRequiredService<HealthCheckService>();
            while ((await health.CheckHealthAsync(check => check.Name == "journal", limit.Token)).Entries["journal"].Description != told)
                await Task.Delay(20, limit.Token);
        }
    }

    // Sessions keep what they began with, so they are ended and begin anew.
    private static async Task SetAsync(string database, string readOnly)
    {
        var connection = new NpgsqlConnectionStringBuilder(database) { Pooling = false, Options = "-c default_transaction_read_only=off" };
        await using var session = new NpgsqlConnection(connection.ConnectionString);
        await session.OpenAsync();
        await using var set = new NpgsqlCommand($"""
            alter database "{connection.Database}" set default_transaction_read_only = {readOnly};
            select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
            """, session);
        await set.ExecuteNonQueryAsync();
    }
}
