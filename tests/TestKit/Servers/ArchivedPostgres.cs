using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Trading.LocalServers;
using Xunit;

namespace Trading.TestKit.Servers;

/// <summary>
/// A private PostgreSQL that keeps its log of changes in a folder, as docs/deploy.md has an operator set it up: with a copy of the files
/// from before, the log brings back any moment since.
/// </summary>
internal sealed class ArchivedPostgres : IAsyncDisposable
{
    private readonly string _folder;
    private readonly LocalPostgres _server;

    private ArchivedPostgres(string folder, LocalPostgres server) => (_folder, _server) = (folder, server);

    public string ConnectionString => _server.ConnectionString;

    private string Log => Path.Combine(_folder, "log");

    private string Own => Path.Combine(_folder, "server");

    private string Copy => Path.Combine(_folder, "copy");

    /// <summary>Starts it in a folder, which the server's user must get through.</summary>
    public static async Task<ArchivedPostgres> StartAsync(string folder)
    {
        Open(folder, (UnixFileMode)0b111_101_101);
        var log = Directory.CreateDirectory(Path.Combine(folder, "log")).FullName;
        Open(log, (UnixFileMode)0b111_111_111);
        await using (var made = await StartAsync(folder, "server"))
        {
            await ExecuteAsync(made.ConnectionString, "ALTER SYSTEM SET archive_mode = on");
            await ExecuteAsync(made.ConnectionString,
                $"ALTER SYSTEM SET archive_command = 'test ! -f {log}/%f.gz && gzip < %p > {log}/part && mv {log}/part {log}/%f.gz'");
        }
        return new(folder, await StartAsync(folder, "server"));
    }

    /// <summary>Copies the files of the running server, as an operator does once a day.</summary>
    public async Task BackupAsync()
    {
        var account = Account();
        Directory.CreateDirectory(Copy);
        Open(Copy, (UnixFileMode)0b111_101_101);
        var cluster = Directory.CreateDirectory(Path.Combine(Copy, "cluster")).FullName;
        Open(cluster, (UnixFileMode)0b111_000_000);
        // What marks a folder as one of the journal, and who the server is.
        await File.WriteAllTextAsync(Path.Combine(Copy, "trading-postgres.lock"), "");
        if (account is not null)
            await File.WriteAllTextAsync(Path.Combine(Copy, "account"), account);
        await RunAsync("cp", null, "--preserve", Path.Combine(Own, "cluster", "password"), cluster);
        if (account is not null)
            await RunAsync("chown", null, account, cluster);

        var server = new NpgsqlConnectionStringBuilder(ConnectionString);
        var programs = await PostgresBinaries.FindAsync(new(), _server.DataDirectory, account: null, NullLogger.Instance, default);
        await RunAsync(Path.Combine(programs.Folder, "pg_basebackup"), account, "--pgdata", Path.Combine(cluster, "data"),
            "--host", server.Host!, "--port", $"{server.Port}", "--username", server.Username!, "--checkpoint", "fast", "--no-password");
    }

    /// <summary>The server's time, to which a restore may go.</summary>
    public async Task<DateTime> MomentAsync()
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        await using var clock = new NpgsqlCommand("select clock_timestamp()", connection);
        return (DateTime)(await clock.ExecuteScalarAsync())!;
    }

    /// <summary>Ends the server for good, with all that it has logged so far kept.</summary>
    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    /// <summary>Starts a server of the copied files, at a moment since.</summary>
    public async Task<LocalPostgres> RestoreAsync(DateTime moment)
    {
        var data = Path.Combine(Copy, "cluster", "data");
        await File.AppendAllTextAsync(Path.Combine(data, "postgresql.auto.conf"), string.Create(CultureInfo.InvariantCulture, $"""
            restore_command = 'gunzip < {Log}/%f.gz > %p'
            recovery_target_time = '{moment:yyyy-MM-dd HH:mm:ss.ffffff}+00'
            recovery_target_action = promote
            archive_mode = off

            """));
        await File.WriteAllTextAsync(Path.Combine(data, "recovery.signal"), "");
        var restored = await StartAsync(_folder, "copy");
        // It reads before it has reached the moment, and writes from then on.
        await Exchanges.ExchangeSystem.UntilAsync(async () =>
        {
            await using var connection = new NpgsqlConnection(restored.ConnectionString);
            await connection.OpenAsync();
            await using var recovers = new NpgsqlCommand("select pg_is_in_recovery()", connection);
            return await recovers.ExecuteScalarAsync() is false;
        }, "the server never reached the moment");
        return restored;
    }

    private static Task<LocalPostgres> StartAsync(string folder, string name) => LocalPostgres.StartAsync(
        new() { Folder = Path.Combine(folder, name), StartTimeoutSeconds = 600 }, NullLogger.Instance);

    // Whom the server runs as where root started it.
    private string? Account() => Path.Combine(Own, "account") is var file && File.Exists(file) ? File.ReadAllText(file) : null;

    private static void Open(string folder, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder, mode);
    }

    private async Task RunAsync(string program, string? account, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, WorkingDirectory = _folder };
        start.Environment["PGPASSWORD"] = new NpgsqlConnectionStringBuilder(ConnectionString).Password;
        if (account is not null)
            start.UserName = account;
        using var process = Process.Start(start)!;
        var said = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}: {said}");
    }

    private static async Task ExecuteAsync(string server, string statement)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(server) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync();
    }
}
