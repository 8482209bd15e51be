using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Trading.LocalServers;

/// <summary>Starts and stops the server of a cluster.</summary>
internal sealed class PostgresProcess(PostgresCluster cluster, PostgresBinaries binaries)
{
    /// <summary>Starts the server.</summary>
    /// <returns>Where it listens.</returns>
    public async Task<PostgresAddress> LaunchAsync(int timeoutSeconds, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            var address = cluster.NewAddress();
            await PostgresConfiguration.WriteAsync(cluster, address, binaries.Account, cancel);
            var serverLog = Path.Combine(cluster.Folder, "server.log");
            if (File.Exists(serverLog))
                File.Move(serverLog, Path.Combine(cluster.Folder, "server.previous.log"), overwrite: true);

            // pg_ctl gives the server its own session, so that a Ctrl-C in the terminal reaches this program and not its server. Every path
            // is relative to the working folder, because pg_ctl passes them to a shell.
            string[] arguments =
            [
                "start", "--silent", "--wait", $"--timeout={timeoutSeconds}",
                "--pgdata=data", "--log=server.log", "--options=-c config_file=../postgresql.conf",
            ];
            var (exitCode, output) = await binaries.RunAsync("pg_ctl", arguments, cluster.Folder, cancel);
            if (exitCode == 0)
                return address;

            var said = (File.Exists(serverLog) ? await File.ReadAllTextAsync(serverLog, cancel) : "") + output;
            // The last processes of a killed server may hold its memory for a moment, and another program may have taken the chosen port.
            var passing = said.Contains("pre-existing shared memory block") || said.Contains("could not bind");
            if (!passing || attempt == 20)
            {
                throw new PrivatePostgresException(
                    $"The private PostgreSQL server in {cluster.Folder} did not start{PostgresFolder.As(binaries.Account)}: "
                    + PostgresTool.Reason(said));
            }

            await Task.Delay(TimeSpan.FromMilliseconds(250), cancel);
        }
    }

    /// <summary>
    /// Stops the server that a killed program left running. A program that was killed with its server leaves a postmaster.pid, whose
    /// process id may now belong to another program: only a process that proves to be the server of this folder is stopped.
    /// </summary>
    public async Task StopLeftAsync(int timeoutSeconds, ILogger log, CancellationToken cancel)
    {
        if (cluster.RunningServer() is { } processId)
        {
            log.LogWarning(
                "A killed program left its PostgreSQL server (process {Id}) in {Cluster}: stopping it", processId, cluster.Folder);
            if (!await AnswersForThisFolderAsync(timeoutSeconds, cancel) && cluster.RunningServer() is not null)
            {
                throw new PrivatePostgresException(
                    $"{cluster.ProcessFile} names process {processId}, a PostgreSQL server that does not answer for this folder: "
                    + "stop it, or delete that file if it serves another one");
            }

            await StopAsync();
            if (cluster.RunningServer() is not null)
                throw new PrivatePostgresException(
                    $"The PostgreSQL server left in {cluster.Folder} does not stop: end process {processId}");
        }

        // PostgreSQL takes either file for a running server if its process id has gone to another process of the same user.
        File.Delete(cluster.ProcessFile);
        File.Delete(cluster.SocketLock);
    }

    /// <summary>Ends every connection and stops the server. One that is too slow is killed and recovers at its next start.</summary>
    public async Task StopAsync()
    {
        var server = cluster.RunningServer();
        foreach (var (mode, seconds) in new[] { ("fast", 4), ("immediate", 1) })
        {
            if (cluster.RunningServer() is null)
                break;
            string[] arguments = ["stop", "--silent", "--wait", $"--mode={mode}", $"--timeout={seconds}", "--pgdata=data"];
            await binaries.RunAsync("pg_ctl", arguments, cluster.Folder, CancellationToken.None);
        }
        if (server is { } processId)
            await EndOfAsync(processId);
    }

    // pg_ctl waits until the server has deleted its file; the process ends a moment later.
    private static async Task EndOfAsync(int processId)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        try
        {
            using var process = Process.GetProcessById(processId);
            await process.WaitForExitAsync(limit.Token);
        }
        catch (ArgumentException)
        {
            // It has ended already.
        }
        catch (OperationCanceledException)
        {
            // A dead process that its parent has not collected looks like a running one, but holds nothing.
        }
    }

    /// <summary>
    /// Whether the server at the recorded address belongs to this folder and not, for example, to the folder that this one was copied from:
    /// it must read the file into which this program has just written its process id.
    /// </summary>
    private async Task<bool> AnswersForThisFolderAsync(int timeoutSeconds, CancellationToken cancel)
    {
        if (cluster.RecordedAddress() is not { } address)
            return false;
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timeout.CancelAfter(TimeSpan.FromSeconds(timeoutSeconds));
        try
        {
            while (true)
            {
                try
                {
                    await using var connection = new NpgsqlConnection(cluster.FirstConnection(address, timeoutSeconds));
                    await connection.OpenAsync(timeout.Token);
                    await using var read = new NpgsqlCommand("SELECT pg_read_file('../../in-use-by')", connection);
                    return await read.ExecuteScalarAsync(timeout.Token) is string holder && holder == PostgresFolder.Holder;
                }
                catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.CannotConnectNow)
                {
                    // It is still recovering, or already stopping.
                    await Task.Delay(TimeSpan.FromMilliseconds(100), timeout.Token);
                }
            }
        }
        catch (Exception e) when (e is NpgsqlException || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return false;
        }
    }
}
