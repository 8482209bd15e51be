using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Trading.LocalServers;
using Trading.TestKit.Programs;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Trading.TestKit.Servers;

/// <summary>
/// The PostgreSQL of the whole test run: the server that the environment variable TRADING_TEST_POSTGRES names by a connection string, else
/// a private one in a temporary folder, started when the first test asks for it and gone with the run.
/// </summary>
public static class PostgresServer
{
    private static readonly Lazy<Task<string>> Started = new(StartAsync);
    private static LocalPostgres? _server;
    private static string? _folder;
    private static int _databases;

    /// <summary>Makes a database that no other call gets, and returns its connection string.</summary>
    /// <param name="template">Connection string of a database to copy, which nobody may be connected to; null for an empty one.</param>
    public static async Task<string> CreateDatabaseAsync(string? template = null)
    {
        var server = await Started.Value;
        var database = $"trading_test_{Environment.ProcessId}_{Interlocked.Increment(ref _databases)}";
        await using var connection = new NpgsqlConnection(server);
        await connection.OpenAsync();
        // A given server may still hold the database of an earlier run that had the same process id.
        var copied = template is null ? "" : $" TEMPLATE {new NpgsqlConnectionStringBuilder(template).Database} STRATEGY file_copy";
        await ExecuteAsync(connection, $"DROP DATABASE IF EXISTS {database} WITH (FORCE)");
        await ExecuteAsync(connection, $"CREATE DATABASE {database}{copied}");
        return new NpgsqlConnectionStringBuilder(server) { Database = database }.ConnectionString;
    }

    /// <summary>A copy of a database, whose connections end for it.</summary>
    public static async Task<string> CopyAsync(string database)
    {
        await using (var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(database) { Database = "postgres", Pooling = false }.ConnectionString))
        {
            await connection.OpenAsync();
            // A database is copied only while nobody is connected to it.
            await using var end = new NpgsqlCommand(
                "select count(pg_terminate_backend(pid, 30000)) from pg_stat_activity where datname = $1", connection)
            { Parameters = { new() { Value = new NpgsqlConnectionStringBuilder(database).Database } } };
            await end.ExecuteScalarAsync();
        }
        return await CreateDatabaseAsync(database);
    }

    internal static async Task StopAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        if (_folder is not null)
            Directory.Delete(_folder, recursive: true);
    }

    private static async Task<string> StartAsync() => new NpgsqlConnectionStringBuilder(await FindOrStartAsync())
    {
        // A busy machine is slow to answer; a test that waits for nothing ends by its own limit.
        Timeout = 300,
        CommandTimeout = 300,
        // Each test has a database, and so a pool, of its own: the connections of those that have ended are given back soon.
        ConnectionIdleLifetime = 30,
        ConnectionPruningInterval = 10,
    }.ConnectionString;

    private static async Task<string> FindOrStartAsync()
    {
        if (Environment.GetEnvironmentVariable("TRADING_TEST_POSTGRES") is { Length: > 0 } given)
            return given;
        _folder = Directory.CreateTempSubdirectory("trading-test-").FullName;
        var options = new LocalPostgresOptions { Folder = _folder, StartTimeoutSeconds = 600 };
        await using (var made = await LocalPostgres.StartAsync(options, NullLogger.Instance))
            await SetAsync(made.ConnectionString);
        _server = await LocalPostgres.StartAsync(options, NullLogger.Instance);
        return _server.ConnectionString;
    }

    /// <summary>
    /// Nothing on this server outlives the run, so that it need not wait for the disk; that a private server does is proved on servers of
    /// their own (LocalPostgresTests, RunningLocalPostgresTests). The settings hold from the next start on.
    /// </summary>
    private static async Task SetAsync(string server)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(server) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        // Many databases: a worker that looks after each in turn would take a good part of a processor.
        foreach (var setting in new[] { "fsync = off", "full_page_writes = off", "autovacuum = off", "max_connections = 500",
            "max_wal_size = '4GB'", "checkpoint_timeout = '1h'" })
            await ExecuteAsync(connection, $"ALTER SYSTEM SET {setting}");
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string statement)
    {
        // A copy waits for a checkpoint, which may take its time on a busy disk.
        await using var command = new NpgsqlCommand(statement, connection) { CommandTimeout = 600 };
        await command.ExecuteNonQueryAsync();
    }
}

/// <summary>Stops the server when the last test has ended: at the exit of the process the test host is killed after 100 ms.</summary>
public sealed class TestRun(IMessageSink messages) : XunitTestFramework(messages)
{
    /// <summary>What else is to be deleted when the last test has ended.</summary>
    public static ConcurrentBag<Action> AtEnd { get; } = [];

    protected override ITestFrameworkExecutor CreateExecutor(AssemblyName assemblyName) =>
        new Executor(assemblyName, SourceInformationProvider, DiagnosticMessageSink);

    private sealed class Executor(AssemblyName assembly, ISourceInformationProvider sources, IMessageSink messages)
        : XunitTestFrameworkExecutor(assembly, sources, messages)
    {
        protected override async void RunTestCases(
            IEnumerable<IXunitTestCase> testCases, IMessageSink executionMessageSink, ITestFrameworkExecutionOptions executionOptions)
        {
            using var runner = new Runner(TestAssembly, testCases, DiagnosticMessageSink, executionMessageSink, executionOptions);
            await runner.RunAsync();
        }
    }

    private sealed class Runner(
        ITestAssembly assembly,
        IEnumerable<IXunitTestCase> testCases,
        IMessageSink diagnostics,
        IMessageSink messages,
        ITestFrameworkExecutionOptions options)
        : XunitTestAssemblyRunner(assembly, testCases, diagnostics, messages, options)
    {
        protected override IMessageBus CreateMessageBus() => new TestLogs.KeepingBus(base.CreateMessageBus());

        protected override async Task BeforeTestAssemblyFinishedAsync()
        {
            await PostgresServer.StopAsync();
            await AwsEndpoint.StopAsync();
            await StoreServers.StopAsync();
            foreach (var end in AtEnd)
                end();
            await base.BeforeTestAssemblyFinishedAsync();
        }
    }
}
