using Npgsql;
using Trading.Journal.Sealing;
using Trading.LocalServers;

namespace Trading.Hosting;

/// <summary>The journals of a server that its user may open, oldest first: each is a database of its own.</summary>
public static class JournalCatalog
{
    private const string Databases = "select datname, exists (select from pg_stat_activity a "
        + "where a.datname = d.datname and a.pid <> pg_backend_pid() and a.backend_type is distinct from 'autovacuum worker') "
        + "from pg_database d where datallowconn and not datistemplate and datname not in ('postgres', 'trading') "
        + "and has_database_privilege(d.oid, 'connect') order by oid";

    // Another program may have just begun to start the server.
    private static readonly TimeSpan StartsWithin = TimeSpan.FromSeconds(30);

    // The server still lists a connection for a moment that its program has closed.
    private static readonly TimeSpan LeavesWithin = TimeSpan.FromSeconds(3), LooksEach = TimeSpan.FromMilliseconds(100);

    private const string Size = "select pg_database_size(current_database())";

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

    /// <summary>The journal with a name; null when there is none.</summary>
    public static async Task<JournalEntry?> FindAsync(string server, string database, CancellationToken cancellation) =>
        (await DatabasesAsync(server, cancellation)).FirstOrDefault(entry => entry.Database == database) is { } found
            ? await ReadAsync(server, found, cancellation) : null;

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

    /// <summary>Whether the programs that were connected to a journal have left it; waits for those that are just leaving.</summary>
    public static async Task<bool> IsLeftAsync(string server, string database, CancellationToken cancellation)
    {
        var begin = TimeProvider.System.GetTimestamp();
        while ((await DatabasesAsync(server, cancellation)).Any(entry => entry.Database == database && entry.InUse))
        {
            if (TimeProvider.System.GetElapsedTime(begin) > LeavesWithin)
                return false;
            await Task.Delay(LooksEach, TimeProvider.System, cancellation);
        }
        return true;
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
        await using var connection = await OpenStartedAsync(server, cancellation);
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
            var contents = await JournalContents.ReadAsync(connection, cancellation);
            return entry with
            {
                Prices = contents.Prices,
                From = contents.From,
                To = contents.To,
                Events = contents.Events,
                Trades = contents.Trades,
                SealedTo = contents.SealedTo,
            };
        }
        catch (PostgresException missing) when (JournalContents.IsMissing(missing))
        {
            // Nothing was recorded, or it is another's.
            return entry;
        }
        catch (PostgresException gone) when (gone.SqlState == PostgresErrorCodes.InvalidCatalogName)
        {
            // It was deleted meanwhile.
            return null;
        }
    }

    private static async Task<NpgsqlConnection> OpenStartedAsync(string server, CancellationToken cancellation)
    {
        for (var begin = TimeProvider.System.GetTimestamp(); ;)
        {
            try
            {
                return await OpenAsync(server, "postgres", cancellation);
            }
            catch (PostgresException starting) when (starting.SqlState == PostgresErrorCodes.CannotConnectNow
                && TimeProvider.System.GetElapsedTime(begin) < StartsWithin)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
            }
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
