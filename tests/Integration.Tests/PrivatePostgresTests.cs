using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Trading.Journal;
using Xunit;

namespace Trading.Integration.Tests;

/// <summary>A folder for each test, and what tests do with private servers.</summary>
public abstract class PrivatePostgresTests : IDisposable
{
    protected PrivatePostgresTests()
    {
        // A test that is run by root has its server run by another user, who has to reach folders within this one.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Folder, (UnixFileMode)0b111_101_101);
    }

    protected string Folder { get; } = Directory.CreateTempSubdirectory("trading-test-").FullName;

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        Directory.Delete(Folder, recursive: true);
    }

    internal static Task<LocalPostgres> Start(string folder) =>
        LocalPostgres.StartAsync(new LocalPostgresOptions { Folder = folder }, NullLogger.Instance);

    internal static Task<object?> Ask(LocalPostgres server, string sql) => Ask(server.ConnectionString, sql);

    internal static async Task<object?> Ask(string connectionString, string sql)
    {
        var unpooled = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false };
        await using var connection = new NpgsqlConnection(unpooled.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    internal static int ServerProcess(LocalPostgres server) => ServerProcess(server.DataDirectory);

    internal static string Ps(string column, int processId)
    {
        var start = new ProcessStartInfo("ps", ["-o", $"{column}=", "-p", $"{processId}"]) { RedirectStandardOutput = true };
        using var ps = Process.Start(start)!;
        return ps.StandardOutput.ReadToEnd().Trim();
    }

    protected static async Task<string> Refused(LocalPostgresOptions options) =>
        (await Assert.ThrowsAsync<PrivatePostgresException>(() => LocalPostgres.StartAsync(options, NullLogger.Instance))).Message;

    protected static int ServerProcess(string dataDirectory) =>
        int.Parse(File.ReadLines(Path.Combine(dataDirectory, "postmaster.pid")).First());

    /// <summary>Starts another program that holds the cluster in the folder until its standard input closes.</summary>
    protected static async Task<(Process Program, string ConnectionString)> HeldByAnotherProgram(string folder)
    {
        var program = Process.Start(new ProcessStartInfo("dotnet", [typeof(HoldsACluster).Assembly.Location, folder])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        return (program, (await program.StandardOutput.ReadLineAsync())!);
    }

    protected static void Kill(int processId)
    {
        using var process = Process.GetProcessById(processId);
        process.Kill();
        while (IsRunning(processId))
            Thread.Yield();
    }

    /// <summary>
    /// Whether the process runs; a dead one that its parent has not collected yet (state Z) does not, unless threads of it (l) still do.
    /// </summary>
    protected static bool IsRunning(int processId) => Ps("stat", processId) is var state && (state.Contains('l') || state is not ("" or ['Z', ..]));

    /// <summary>The lines that were logged.</summary>
    protected sealed class Lines(Action<string>? onLine = null) : ILogger
    {
        public List<string> Written { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            Written.Add(formatter(state, exception));
            onLine?.Invoke(Written[^1]);
        }
    }
}
