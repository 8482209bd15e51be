using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Npgsql;

namespace Trading.LocalServers;

/// <summary>Where a server listens: a port of the loopback address, or the folder of its socket.</summary>
internal readonly record struct PostgresAddress(string Host, int Port);

/// <summary>A cluster on disk: which server runs on it, and how that server is reached. Starts and stops nothing.</summary>
/// <param name="Folder">The folder with data, password and log.</param>
internal sealed record PostgresCluster(string Folder)
{
    /// <summary>The server's role, and the name of the journal's database.</summary>
    public const string User = "trading";

    private const int SocketPort = 5432;

    public string DataDirectory => Path.Combine(Folder, "data");

    public string ProcessFile => Path.Combine(DataDirectory, "postmaster.pid");

    public string SocketLock => Path.Combine(Folder, $".s.PGSQL.{SocketPort}.lock");

    /// <summary>An address for the next start.</summary>
    public PostgresAddress NewAddress() => SocketFits() ? new(Folder, SocketPort) : new("127.0.0.1", FreePort());

    /// <summary>The address that the running server has written down; null before that.</summary>
    public PostgresAddress? RecordedAddress()
    {
        // Process id, data directory, start time, port, folder of the socket, ...
        var recorded = File.ReadAllLines(ProcessFile);
        if (recorded.Length < 5 || !int.TryParse(recorded[3], out var port))
            return null;
        return recorded[4].Length > 0 ? new(Folder, SocketPort) : new("127.0.0.1", port);
    }

    /// <summary>The process that the data directory names as its server, if a PostgreSQL process of that id is running.</summary>
    public int? RunningServer()
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

    /// <summary>Makes the database "trading" where there is none yet.</summary>
    /// <param name="address">Where the server listens.</param>
    /// <param name="timeoutSeconds">How long the first connection may take.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task MakeDatabaseAsync(PostgresAddress address, int timeoutSeconds, CancellationToken cancel)
    {
        await using var connection = new NpgsqlConnection(FirstConnection(address, timeoutSeconds));
        await connection.OpenAsync(cancel);
        await using var exists = new NpgsqlCommand($"SELECT 1 FROM pg_database WHERE datname = '{User}'", connection);
        if (await exists.ExecuteScalarAsync(cancel) is not null)
            return;
        await using var create = new NpgsqlCommand($"CREATE DATABASE {User}", connection);
        await create.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>
    /// For the first connection: on a busy machine an answer may take longer than Npgsql's 15 seconds. Npgsql accepts at most 1024.
    /// </summary>
    public string FirstConnection(PostgresAddress address, int timeoutSeconds) =>
        new NpgsqlConnectionStringBuilder(
            Connection(address, "postgres", pooling: false))
        { Timeout = Math.Min(timeoutSeconds, 1024) }.ConnectionString;

    /// <summary>How Npgsql reaches the database "trading" of the server that runs now; null when none does.</summary>
    public string? RunningConnection() =>
        RunningServer() is not null && RecordedAddress() is { } address ? Connection(address, User, pooling: true) : null;

    /// <summary>How Npgsql reaches a database of the server. Contains the password.</summary>
    public string Connection(PostgresAddress address, string database, bool pooling)
    {
        var passwordFile = Path.Combine(Folder, "password");
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
            // Nothing leaves this machine, so neither is worth its round trip.
            SslMode = SslMode.Disable,
            GssEncryptionMode = GssEncryptionMode.Disable,
        }.ConnectionString;
    }

    /// <summary>The path of a socket is limited by the system, and Npgsql reads a comma as the end of a host name.</summary>
    private bool SocketFits() =>
        !OperatingSystem.IsWindows() && !Folder.Contains(',')
        && Encoding.UTF8.GetByteCount($"{Folder}/.s.PGSQL.{SocketPort}") <= (OperatingSystem.IsMacOS() ? 103 : 107);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
