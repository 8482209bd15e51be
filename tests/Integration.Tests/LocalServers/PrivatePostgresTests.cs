using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Trading.Integration.Tests.KilledPrograms;
using Trading.LocalServers;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.LocalServers;

/// <summary>A folder for each test, and what tests do with private servers.</summary>
public abstract class PrivatePostgresTests : IDisposable
{
    protected PrivatePostgresTests()
    {
        // A test that is run by root has its server run by another user, who has to reach folders within this one.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Folder, (UnixFileMode)0b111_101_101);
    }

    private static readonly Lazy<Task<string>> Made = new(MakeAsync);

    protected string Folder { get; } = Directory.CreateTempSubdirectory("trading-test-").FullName;

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        Directory.Delete(Folder, recursive: true);
    }

    internal static Task<LocalPostgres> Start(string folder) =>
        LocalPostgres.StartAsync(new LocalPostgresOptions { Folder = folder, StartTimeoutSeconds = 600 }, NullLogger.Instance);

    /// <summary>
    /// Puts a cluster that was started once and has stopped into a folder: a copy, for making one takes many times as long.
    /// </summary>
    protected static async Task MadeAsync(string folder)
    {
        var made = await Made.Value;
        Directory.CreateDirectory(folder);
        if (OperatingSystem.IsWindows())
        {
            foreach (var inside in Directory.EnumerateDirectories(made, "*", SearchOption.AllDirectories))
                Directory.CreateDirectory(Path.Combine(folder, Path.GetRelativePath(made, inside)));
            foreach (var file in Directory.EnumerateFiles(made, "*", SearchOption.AllDirectories))
                File.Copy(file, Path.Combine(folder, Path.GetRelativePath(made, file)));
            return;
        }

        // With owners and permissions, which the server insists on.
        using var copy = Process.Start("cp", ["-Rp", $"{made}/.", folder]);
        await copy.WaitForExitAsync();
        Assert.Equal(0, copy.ExitCode);
    }

    private static async Task<string> MakeAsync()
    {
        var folder = Directory.CreateTempSubdirectory("trading-test-").FullName;
        TestRun.AtEnd.Add(() => Directory.Delete(folder, recursive: true));
        await (await Start(folder)).DisposeAsync();
        return folder;
    }

    internal static Task<object?> Ask(LocalPostgres server, string sql) => Ask(server.ConnectionString, sql);

    internal static async Task<object?> Ask(string connectionString, string sql)
    {
        var unpooled = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, Timeout = 300 };
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
        var program = Process.Start(new ProcessStartInfo("dotnet", [typeof(ProgramToKill).Assembly.Location, folder])
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
    protected static bool IsRunning(int processId) =>
        Ps("stat", processId) is var state && (state.Contains('l') || state is not ("" or ['Z', ..]));

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
