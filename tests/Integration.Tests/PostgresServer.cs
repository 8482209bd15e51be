using System.Reflection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Trading.Journal;
using Xunit.Abstractions;
using Xunit.Sdk;

[assembly: Xunit.TestFramework("Trading.Integration.Tests.TestRun", "Trading.Integration.Tests")]

namespace Trading.Integration.Tests;

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
        foreach (var statement in new[] { $"DROP DATABASE IF EXISTS {database} WITH (FORCE)", $"CREATE DATABASE {database}{(template is null ? "" : $" TEMPLATE {new NpgsqlConnectionStringBuilder(template).Database} STRATEGY file_copy")}" })
        {
            // A copy waits for a checkpoint, which may take its time on a busy disk.
            await using var command = new NpgsqlCommand(statement, connection) { CommandTimeout = 300 };
            await command.ExecuteNonQueryAsync();
        }

        return new NpgsqlConnectionStringBuilder(server) { Database = database }.ConnectionString;
    }

    internal static async Task StopAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        if (_folder is not null)
            Directory.Delete(_folder, recursive: true);
    }

    private static async Task<string> StartAsync()
    {
        if (Environment.GetEnvironmentVariable("TRADING_TEST_POSTGRES") is { Length: > 0 } given)
            return given;
        _folder = Directory.CreateTempSubdirectory("trading-test-").FullName;
        _server = await LocalPostgres.StartAsync(new LocalPostgresOptions { Folder = _folder }, NullLogger.Instance);
        return _server.ConnectionString;
    }
}

/// <summary>Stops the server when the last test has ended: at the exit of the process the test host is killed after 100 ms.</summary>
public sealed class TestRun(IMessageSink messages) : XunitTestFramework(messages)
{
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
        protected override async Task BeforeTestAssemblyFinishedAsync()
        {
            await PostgresServer.StopAsync();
            await AmazonSqs.AwsEndpoint.StopAsync();
            await Stores.Servers.StopAsync();
            await base.BeforeTestAssemblyFinishedAsync();
        }
    }
}
