using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.Journal.Postgres;
using Trading.Journal.Schema;
using Trading.LocalServers;

namespace Trading.Hosting;

/// <summary>The PostgreSQL server of the journal: a private one that is started here, or another one.</summary>
public sealed class JournalServer : IAsyncDisposable
{
    private readonly LocalPostgres? _owned;

    private JournalServer(string connectionString, string description, LocalPostgres? owned) =>
        (ConnectionString, Description, _owned) = (connectionString, description, owned);

    /// <summary>Connection string of the journal's database, which exists.</summary>
    public string ConnectionString { get; }

    /// <summary>Where the journal is, for people; no secrets.</summary>
    public string Description { get; }

    /// <summary>Refuses a start that could not succeed because another program uses the private server, before anything is said.</summary>
    /// <exception cref="PrivatePostgresException">Another program uses the private server; the message names it.</exception>
    public static Task CheckFreeAsync(TradingSettings settings, CancellationToken cancellation) =>
        settings.Journal == JournalKind.Local ? LocalPostgres.CheckFreeAsync(settings.JournalFolder, cancellation) : Task.CompletedTask;

    /// <summary>Starts or finds the server and creates the database when it is missing.</summary>
    /// <param name="settings">Which server, which database.</param>
    /// <param name="now">Names the database of a recorded run.</param>
    /// <param name="log">Logs slow steps in one line each.</param>
    /// <param name="cancellation">Ends the start.</param>
    public static async Task<JournalServer> StartAsync(
        TradingSettings settings, DateTimeOffset now, ILogger log, CancellationToken cancellation)
    {
        if (settings.Journal == JournalKind.Postgres)
        {
            var given = Given(settings, now);
            var database = given.Database!;
            if (settings.JournalMigration == JournalMigrationKind.None)
                return await OpenAsItIsAsync(given, cancellation);
            return await OpenAsync(given, $"database {database} on {given.Host}", null, cancellation);
        }

        var local = await LocalPostgres.StartAsync(
            new LocalPostgresOptions { Folder = settings.JournalFolder, BinariesFolder = settings.PostgresFolder }, log, cancellation);
        var connection = new NpgsqlConnectionStringBuilder(local.ConnectionString)
        {
            Database = settings.JournalDatabase ?? DefaultDatabase(settings, now),
        };
        var opened = await OpenAsync(connection, $"database {connection.Database} in {local.DataDirectory}", local, cancellation);
        // Each recorded run makes a journal of its own; without an end they would fill the disk.
        if (settings.JournalDatabase is null && settings.Feed.IsPlayed() && settings.KeepRuns > 0)
        {
            foreach (var deleted in await RunRetention.KeepAsync(opened.ConnectionString, settings.KeepRuns, cancellation))
                log.LogInformation("The journal {Database} was deleted: Trading:KeepRuns keeps the last {Count} of recorded runs",
                    deleted, settings.KeepRuns);
        }
        return opened;
    }

    /// <summary>
    /// Opens an existing journal and creates nothing. A private server that another program runs is shared; otherwise it is started and
    /// runs until this is disposed.
    /// </summary>
    /// <param name="settings">
    /// Which server, which database; when none is named, the chosen one, else the only one, else the only one that a program uses.
    /// </param>
    /// <param name="log">Logs slow steps in one line each.</param>
    /// <param name="cancellation">Ends the start.</param>
    /// <exception cref="PrivatePostgresException">There is no such journal, or several and none is named.</exception>
    /// <exception cref="NpgsqlException">The server does not answer.</exception>
    public static async Task<JournalServer> FindAsync(TradingSettings settings, ILogger log, CancellationToken cancellation)
    {
        var given = settings.Journal == JournalKind.Postgres ? PostgresConnection.Of(settings.JournalConnection!).ConnectionString
            : LocalPostgres.RunningConnection(settings.JournalFolder);
        if (given is null)
        {
            // The private server does not run: it is started on its own database and searched.
            var started = await StartAsync(settings with { JournalDatabase = PrivateDatabase }, default, log, cancellation);
            try
            {
                return await FindDatabaseAsync(started.ConnectionString, settings.JournalDatabase, started._owned, cancellation);
            }
            catch
            {
                await started.DisposeAsync();
                throw;
            }
        }
        var named = settings.JournalDatabase
            ?? (settings.Journal == JournalKind.Postgres ? new NpgsqlConnectionStringBuilder(given).Database : null);
        return await FindDatabaseAsync(given, named, null, cancellation);
    }

    /// <summary>The server itself, whatever journals it holds; a private one that does not run is started until this is disposed.</summary>
    /// <exception cref="PrivatePostgresException">There is no server.</exception>
    public static async Task<JournalServer> ReachAsync(TradingSettings settings, ILogger log, CancellationToken cancellation)
    {
        var given = settings.Journal == JournalKind.Postgres ? PostgresConnection.Of(settings.JournalConnection!).ConnectionString
            : LocalPostgres.RunningConnection(settings.JournalFolder);
        return given is not null ? new(given, "", null)
            : await StartAsync(settings with { JournalDatabase = PrivateDatabase }, default, log, cancellation);
    }

    /// <summary>
    /// Finds the journal whose tables are created or changed; on a server that is not private its database may be empty.
    /// </summary>
    /// <param name="settings">Which server, which database.</param>
    /// <param name="creates">Whether a database that is missing is created.</param>
    /// <param name="now">Names the database of a recorded run.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="PrivatePostgresException">There is no such database.</exception>
    public static Task<JournalServer> ForMigrationAsync(TradingSettings settings, bool creates, DateTimeOffset now,
        CancellationToken cancellation) => settings.Journal switch
        {
            JournalKind.Local => FindAsync(settings, NullLogger.Instance, cancellation),
            _ when creates =>
                StartAsync(settings with { JournalMigration = JournalMigrationKind.Auto }, now, NullLogger.Instance, cancellation),
            _ => OpenAsItIsAsync(Given(settings, now), cancellation),
        };

    /// <summary>
    /// Makes sure that events can be appended: missing tables are created or, if the settings forbid that, end the command.
    /// </summary>
    /// <exception cref="JournalSchemaException">A table is missing and may not be created.</exception>
    public static Task PrepareEventsAsync(TradeJournal journal, TradingSettings settings, CancellationToken cancellation) =>
        settings.JournalMigration == JournalMigrationKind.None
            ? JournalSchema.DemandEventsAsync(journal.Database, cancellation) : journal.PrepareAsync(cancellation);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _owned?.DisposeAsync() ?? ValueTask.CompletedTask;

    private const string PrivateDatabase = "trading";

    private static async Task<JournalServer> FindDatabaseAsync(
        string server, string? database, LocalPostgres? owned, CancellationToken cancellation)
    {
        var connection = new NpgsqlConnectionStringBuilder(server) { Database = "postgres", Pooling = false };
        // The one that was made last comes last.
        var entries = await JournalCatalog.DatabasesAsync(connection.ConnectionString, cancellation);
        var databases = entries.Select(entry => entry.Database).ToList();
        if (database == JournalChoice.Latest && databases.Count > 0)
            database = databases[^1];
        if (database is null && JournalChoice.Chosen is { } chosen && databases.Contains(chosen))
            database = chosen;
        if (database is null && databases.Count > 1 && entries.Where(entry => entry.InUse).ToList() is [{ Database: var used }])
        {
            Console.Error.WriteLine($"trading: the journal is {used}, which a program uses; --database names another");
            database = used;
        }
        if (database is null && databases.Count != 1)
        {
            throw new PrivatePostgresException(databases.Count == 0
                ? $"There is no journal on {connection.Host} yet"
                : $"There are {databases.Count} journals on {connection.Host}: name one with --database, or take --latest; "
                    + $"there are {string.Join(", ", databases.TakeLast(5))}");
        }
        connection = new(server) { Database = database ?? databases[0] };
        if (!databases.Contains(connection.Database) && connection.Database is not ("postgres" or PrivateDatabase))
            throw new PrivatePostgresException($"There is no database {connection.Database} on "
                + $"{connection.Host}{(databases.Count == 0 ? "" : $": it has {string.Join(", ", databases.TakeLast(5))}")}");
        if (!await HoldsJournalAsync(connection.ConnectionString, cancellation))
            throw new PrivatePostgresException($"The database {connection.Database} on {connection.Host} holds no journal");
        return new(connection.ConnectionString, $"database {connection.Database} on {connection.Host}", owned);
    }

    private static async Task<bool> HoldsJournalAsync(string connectionString, CancellationToken cancellation)
    {
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(cancellation);
        await using var command = new NpgsqlCommand("select to_regclass('mt_events') is not null", connection);
        return (bool)(await command.ExecuteScalarAsync(cancellation))!;
    }

    // An account never mixes live, simulated and recorded prices, so each kind has a database of its own.
    private static string DefaultDatabase(TradingSettings settings, DateTimeOffset now) => settings.Feed switch
    {
        FeedKind.Recorded => $"recorded_{now:yyyyMMdd_HHmmss}",
        FeedKind.Demo => $"demo_{now:yyyyMMdd_HHmmss}",
        FeedKind.Simulated => "simulated",
        _ => "live",
    };

    private static NpgsqlConnectionStringBuilder Given(TradingSettings settings, DateTimeOffset now)
    {
        var given = PostgresConnection.Of(settings.JournalConnection!);
        given.Database = settings.JournalDatabase ?? given.Database ?? DefaultDatabase(settings, now);
        return given;
    }

    // A service's role may not create databases, and may be allowed to connect to its own only.
    private static async Task<JournalServer> OpenAsItIsAsync(NpgsqlConnectionStringBuilder connection, CancellationToken cancellation)
    {
        try
        {
            await using var database = new NpgsqlConnection(
                new NpgsqlConnectionStringBuilder(connection.ConnectionString) { Pooling = false }.ConnectionString);
            await database.OpenAsync(cancellation);
        }
        catch (PostgresException absent) when (absent.SqlState == PostgresErrorCodes.InvalidCatalogName)
        {
            throw new PrivatePostgresException(
                $"There is no database {connection.Database} on {connection.Host}: trading journal migrate creates it");
        }
        return new(connection.ConnectionString, $"database {connection.Database} on {connection.Host}", null);
    }

    private static async Task<JournalServer> OpenAsync(
        NpgsqlConnectionStringBuilder connection, string description, LocalPostgres? owned, CancellationToken cancellation)
    {
        try
        {
            var maintenance = new NpgsqlConnectionStringBuilder(connection.ConnectionString) { Database = "postgres", Pooling = false };
            await using var server = new NpgsqlConnection(maintenance.ConnectionString);
            await server.OpenAsync(cancellation);
            await using var exists = new NpgsqlCommand("select 1 from pg_database where datname = $1", server)
            { Parameters = { new() { Value = connection.Database! } } };
            if (await exists.ExecuteScalarAsync(cancellation) is null)
            {
                await using var create = new NpgsqlCommand(
                    $"create database \"{connection.Database!.Replace("\"", "\"\"", StringComparison.Ordinal)}\"", server);
                try
                {
                    await create.ExecuteNonQueryAsync(cancellation);
                }
                catch (PostgresException already)
                    when (already.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
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
