using Npgsql;
using Trading.LocalServers;

namespace Trading.Hosting;

/// <summary>The journals of a server that its user may open, oldest first: each is a database of its own.</summary>
public static class JournalCatalog
{
    private const string Databases = "select datname, exists (select from pg_stat_activity a "
        + "where a.datname = d.datname and a.pid <> pg_backend_pid()) from pg_database d where datallowconn and not datistemplate "
        + "and datname not in ('postgres', 'trading') and has_database_privilege(d.oid, 'connect') order by oid";

    private const string Size = "select pg_database_size(current_database())";

    // A journal on played prices is opened before its clock has a time.
    private const string Contents = "select count(*), min(timestamp) filter (where timestamp > '1971-01-01'), "
        + "max(timestamp) filter (where timestamp > '1971-01-01'), count(*) filter (where type = 'trade_settled'), "
        + "(select data ->> 'marketData' from mt_events where type = 'account_opened' order by seq_id limit 1) from mt_events";

    /// <summary>The names of the journals, oldest first.</summary>
    public static async Task<IReadOnlyList<string>> NamesAsync(string server, CancellationToken cancellation) =>
        [.. (await DatabasesAsync(server, cancellation)).Select(entry => entry.Database)];

    /// <summary>The journals, oldest first.</summary>
    public static Task<IReadOnlyList<JournalEntry>> ListAsync(string server, CancellationToken cancellation) =>
        ListAsync(server, int.MaxValue, "", cancellation);

    /// <summary>The newest journals, oldest first.</summary>
    /// <param name="server">Connects to the server.</param>
    /// <param name="newest">At most so many.</param>
    /// <param name="besides">The name of one that is listed however old it is.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<IReadOnlyList<JournalEntry>> ListAsync(
        string server, int newest, string besides, CancellationToken cancellation)
    {
        var entries = new List<JournalEntry>();
        var all = await DatabasesAsync(server, cancellation);
        foreach (var database in all.Where((entry, at) => at >= all.Count - newest || entry.Database == besides))
        {
            if (await ReadAsync(server, database, cancellation) is { } entry) entries.Add(entry);
        }
        return entries;
    }

    /// <summary>Makes an empty database.</summary>
    /// <exception cref="PrivatePostgresException">There is one of this name.</exception>
    public static async Task CreateAsync(string server, string database, CancellationToken cancellation)
    {
        await using var connection = await OpenAsync(server, "postgres", cancellation);
        await using var create = new NpgsqlCommand($"create database {Quoted(database)}", connection);
        try
        {
            await create.ExecuteNonQueryAsync(cancellation);
        }
        catch (PostgresException there) when (there.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
        {
            throw new PrivatePostgresException($"there is a database {database} already, and nothing is overwritten: give another name");
        }
    }

    /// <summary>Deletes a journal for good.</summary>
    /// <exception cref="PostgresException">A program uses it.</exception>
    public static async Task DeleteAsync(string server, string database, CancellationToken cancellation)
    {
        await using var connection = await OpenAsync(server, "postgres", cancellation);
        await using var drop = new NpgsqlCommand($"drop database {Quoted(database)}", connection);
        await drop.ExecuteNonQueryAsync(cancellation);
    }

    private static string Quoted(string database) => $"\"{database.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>The journals, oldest first, by their names alone, and whether a program is connected to each.</summary>
    internal static async Task<IReadOnlyList<JournalEntry>> DatabasesAsync(string server, CancellationToken cancellation)
    {
        await using var connection = await OpenAsync(server, "postgres", cancellation);
        await using var command = new NpgsqlCommand(Databases, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var entries = new List<JournalEntry>();
        while (await reader.ReadAsync(cancellation))
            entries.Add(new(reader.GetString(0), 0, null, null, null, 0, 0, 0, reader.GetBoolean(1)));
        return entries;
    }

    private static async Task<JournalEntry?> ReadAsync(string server, JournalEntry entry, CancellationToken cancellation)
    {
        try
        {
            await using var connection = await OpenAsync(server, entry.Database, cancellation);
            await using (var size = new NpgsqlCommand(Size, connection))
                entry = entry with { Bytes = Convert.ToInt64(await size.ExecuteScalarAsync(cancellation), null) };
            await using (var command = new NpgsqlCommand(Contents, connection))
            {
                await using var reader = await command.ExecuteReaderAsync(cancellation);
                await reader.ReadAsync(cancellation);
                entry = entry with
                {
                    Events = reader.GetInt64(0),
                    Trades = reader.GetInt64(3),
                    Prices = reader.IsDBNull(4) ? null : reader.GetString(4),
                    From = reader.IsDBNull(1) ? null : reader.GetFieldValue<DateTimeOffset>(1),
                    To = reader.IsDBNull(2) ? null : reader.GetFieldValue<DateTimeOffset>(2),
                };
            }
            await using var seal = new NpgsqlCommand("select coalesce(max(last_seq_id), 0) from audit.checkpoints", connection);
            return entry with { SealedTo = Convert.ToInt64(await seal.ExecuteScalarAsync(cancellation), null) };
        }
        catch (PostgresException missing)
            when (missing.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName
                or PostgresErrorCodes.InsufficientPrivilege)
        {
            // Nothing was recorded, nothing sealed yet, or it is another's.
            return entry;
        }
        catch (PostgresException gone) when (gone.SqlState == PostgresErrorCodes.InvalidCatalogName)
        {
            // It was deleted meanwhile.
            return null;
        }
    }

    private static async Task<NpgsqlConnection> OpenAsync(string server, string database, CancellationToken cancellation)
    {
        var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(server) { Database = database, Pooling = false }.ConnectionString);
        try
        {
            // A server that takes the connection and then says nothing would hold an interruption up until its time limit.
            await connection.OpenAsync(cancellation).WaitAsync(cancellation);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}
