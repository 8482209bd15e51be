using Microsoft.Extensions.Logging;
using Npgsql;
using Trading.Journal;

namespace Trading.Hosting;

/// <summary>The PostgreSQL that holds the journal: started here, or somewhere else.</summary>
public sealed class JournalServer : IAsyncDisposable
{
    private readonly IAsyncDisposable? _owned;

    private JournalServer(string connectionString, string description, IAsyncDisposable? owned) =>
        (ConnectionString, Description, _owned) = (connectionString, description, owned);

    /// <summary>Connection string of the journal's database, which exists.</summary>
    public string ConnectionString { get; }

    /// <summary>Where the journal is, for people; no secrets.</summary>
    public string Description { get; }

    /// <summary>Starts or finds the server and creates the database when it is missing.</summary>
    /// <param name="settings">Which server, which database.</param>
    /// <param name="now">Names the database of a recorded run.</param>
    /// <param name="log">Takes one-line notices about what takes long.</param>
    /// <param name="cancellation">Ends the start.</param>
    public static async Task<JournalServer> StartAsync(TradingSettings settings, DateTimeOffset now, ILogger log, CancellationToken cancellation)
    {
        if (settings.Journal == JournalKind.Postgres)
        {
            var given = new NpgsqlConnectionStringBuilder(settings.JournalConnection);
            var database = settings.JournalDatabase ?? given.Database ?? DefaultDatabase(settings, now);
            given.Database = database;
            return await OpenAsync(given, $"database {database} on {given.Host}", null, cancellation);
        }

        IAsyncDisposable server;
        NpgsqlConnectionStringBuilder connection;
        string place;
        if (settings.Journal == JournalKind.Container)
        {
            var container = await ContainerPostgres.StartAsync(cancel: cancellation);
            (server, connection, place) = (container, new(container.ConnectionString), "a container");
        }
        else
        {
            var local = await LocalPostgres.StartAsync(
                new LocalPostgresOptions { Folder = settings.JournalFolder, BinariesFolder = settings.PostgresFolder }, log, cancellation);
            (server, connection, place) = (local, new(local.ConnectionString), local.DataDirectory);
        }

        connection.Database = settings.JournalDatabase ?? DefaultDatabase(settings, now);
        return await OpenAsync(connection, $"database {connection.Database} in {place}", server, cancellation);
    }

    /// <summary>
    /// Opens a journal that is there and creates nothing. A private server that another program runs is shared with it; else it runs until this is disposed of.
    /// </summary>
    /// <param name="settings">Which server, which database; the only one of the server when no database is named.</param>
    /// <param name="log">Takes one-line notices about what takes long.</param>
    /// <param name="cancellation">Ends the start.</param>
    /// <exception cref="PrivatePostgresException">There is no such journal, or several and none is named.</exception>
    /// <exception cref="NpgsqlException">The server does not answer.</exception>
    public static async Task<JournalServer> FindAsync(TradingSettings settings, ILogger log, CancellationToken cancellation)
    {
        var given = settings.Journal == JournalKind.Postgres ? settings.JournalConnection
            : settings.Journal == JournalKind.Local ? LocalPostgres.RunningConnection(settings.JournalFolder)
            : null;
        if (given is null)
        {
            // Nobody runs it: start it, on its own database, and look there.
            var started = await StartAsync(settings with { JournalDatabase = PrivateDatabase }, default, log, cancellation);
            try
            {
                return await FindDatabaseAsync(started.ConnectionString, settings.JournalDatabase, started, cancellation);
            }
            catch
            {
                await started.DisposeAsync();
                throw;
            }
        }
        var named = settings.JournalDatabase ?? (settings.Journal == JournalKind.Postgres ? new NpgsqlConnectionStringBuilder(given).Database : null);
        return await FindDatabaseAsync(given, named, null, cancellation);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _owned?.DisposeAsync() ?? ValueTask.CompletedTask;

    private const string PrivateDatabase = "trading";

    private static async Task<JournalServer> FindDatabaseAsync(string server, string? database, IAsyncDisposable? owned, CancellationToken cancellation)
    {
        var connection = new NpgsqlConnectionStringBuilder(server) { Database = "postgres", Pooling = false };
        var databases = await ColumnAsync(
            connection.ConnectionString, $"select datname from pg_database where datallowconn and not datistemplate and datname not in ('postgres', '{PrivateDatabase}') order by datname", cancellation);
        if (database is null && databases.Count != 1)
        {
            throw new PrivatePostgresException(databases.Count == 0
                ? $"There is no journal on {connection.Host} yet"
                : $"There are {databases.Count} journals on {connection.Host}: name one with --database, for example {string.Join(", ", databases.TakeLast(5))}");
        }
        connection = new(server) { Database = database ?? databases[0] };
        if (!databases.Contains(connection.Database) && connection.Database is not ("postgres" or PrivateDatabase))
            throw new PrivatePostgresException($"There is no database {connection.Database} on {connection.Host}{(databases.Count == 0 ? "" : $": it has {string.Join(", ", databases.TakeLast(5))}")}");
        var tables = await ColumnAsync(new NpgsqlConnectionStringBuilder(connection.ConnectionString) { Pooling = false }.ConnectionString, "select to_regclass('mt_events')::text", cancellation);
        if (tables is [null])
            throw new PrivatePostgresException($"The database {connection.Database} on {connection.Host} holds no journal");
        return new(connection.ConnectionString, $"database {connection.Database} on {connection.Host}", owned);
    }

    private static async Task<IReadOnlyList<string?>> ColumnAsync(string connectionString, string query, CancellationToken cancellation)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(cancellation);
        await using var command = new NpgsqlCommand(query, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var values = new List<string?>();
        while (await reader.ReadAsync(cancellation))
            values.Add(reader.IsDBNull(0) ? null : reader.GetString(0));
        return values;
    }

    // An account never mixes live, simulated and recorded prices, so each kind has a database of its own.
    private static string DefaultDatabase(TradingSettings settings, DateTimeOffset now) => settings.Feed switch
    {
        FeedKind.Recorded => $"recorded_{now:yyyyMMdd_HHmmss}",
        FeedKind.Simulated => "simulated",
        _ => "live",
    };

    private static async Task<JournalServer> OpenAsync(
        NpgsqlConnectionStringBuilder connection, string description, IAsyncDisposable? owned, CancellationToken cancellation)
    {
        try
        {
            var maintenance = new NpgsqlConnectionStringBuilder(connection.ConnectionString) { Database = "postgres", Pooling = false };
            await using var server = new NpgsqlConnection(maintenance.ConnectionString);
            await server.OpenAsync(cancellation);
            await using var exists = new NpgsqlCommand("select 1 from pg_database where datname = $1", server) { Parameters = { new() { Value = connection.Database! } } };
            if (await exists.ExecuteScalarAsync(cancellation) is null)
            {
                await using var create = new NpgsqlCommand($"create database \"{connection.Database!.Replace("\"", "\"\"", StringComparison.Ordinal)}\"", server);
                try
                {
                    await create.ExecuteNonQueryAsync(cancellation);
                }
                catch (PostgresException already) when (already.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
                {
                    // Another program that starts at the same time created it.
                }
            }
            return new(connection.ConnectionString, description, owned);
        }
        catch
        {
            if (owned is not null)
                await owned.DisposeAsync();
            throw;
        }
    }
}
