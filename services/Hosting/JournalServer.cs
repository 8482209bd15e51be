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

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _owned?.DisposeAsync() ?? ValueTask.CompletedTask;

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
