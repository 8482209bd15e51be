using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Text.RegularExpressions;
using Npgsql;
using Trading.Journal.Postgres;
using Trading.Journal.Schema;
using Weasel.Core;

namespace Trading.Journal.Events;

/// <summary>The event store's tables and functions: what Marten makes for this journal, and the indexes that are its own.</summary>
public static partial class EventStoreSchema
{
    /// <summary>Creates what the event store lacks; after one query it does nothing where this version or a newer one made it.</summary>
    /// <exception cref="JournalSchemaException">This role may not create what is missing.</exception>
    public static async Task PrepareAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        var state = await JournalSchema.StateAsync(database, JournalSchema.EventTables, null, cancellation);
        if (state.IsComplete)
            return;
        try
        {
            await UpgradeAsync(database, always: false, cancellation);
        }
        catch (PostgresException refused) when (refused.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw JournalSchema.Lacking(database, state);
        }
    }

    /// <summary>Brings the event store's tables and functions up to date and notes the version; leaves those of a newer program.</summary>
    /// <param name="database">The database.</param>
    /// <param name="always">Whether they are compared although this version made them.</param>
    /// <param name="cancellation">Ends it.</param>
    internal static async Task UpgradeAsync(NpgsqlDataSource database, bool always, CancellationToken cancellation)
    {
        // Of two programs at the same time, the second finds the work done.
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await ExecuteAsync(connection, "select pg_advisory_lock(hashtext('journal-schema'))", cancellation);
        try
        {
            var state = await JournalSchema.StateAsync(database, JournalSchema.EventTables, null, cancellation);
            if (state.Version > JournalSchema.Version || (state.IsComplete && !always))
                return;
            await using var store = EventStore.ForMigration(database);
            await store.Storage.ApplyAllConfiguredChangesToDatabaseAsync();
            foreach (var (name, definition) in EventStore.Indexes)
                await ExecuteAsync(connection, $"create index if not exists {name} on mt_events {definition}", cancellation);
            var comment = string.Create(CultureInfo.InvariantCulture, $"{JournalSchema.Comment}{JournalSchema.Version}");
            if (state.Version < JournalSchema.Version)
                await ExecuteAsync(connection, $"comment on table mt_events is '{comment}'", cancellation);
        }
        catch (Exception wrapped) when (wrapped is not NpgsqlException && wrapped.GetBaseException() is NpgsqlException)
        {
            ExceptionDispatchInfo.Throw(wrapped.GetBaseException());
        }
        finally
        {
            await ExecuteAsync(connection, "select pg_advisory_unlock(hashtext('journal-schema'))", CancellationToken.None);
        }
    }

    /// <summary>
    /// What Marten would change in its tables and functions, and the journal's own indexes that are missing, by name. Programs run without
    /// such an index, only slower.
    /// </summary>
    public static async Task<IReadOnlyList<string>> DifferencesAsync(NpgsqlDataSource database)
    {
        await using var store = EventStore.ForMigration(database);
        var changed = (await store.Storage.CreateMigrationAsync()).Deltas
            .Where(delta => delta.Difference != SchemaPatchDifference.None)
            .Select(delta => delta.SchemaObject.Identifier.QualifiedName);
        return [.. changed, .. await database.RowsAsync("select name from unnest($1) as name where to_regclass(name) is null",
            row => row.GetString(0), default, new object[] { EventStore.Indexes.Select(index => index.Name).ToArray() })];
    }

    /// <summary>The statements that create what Marten needs for this journal.</summary>
    public static string Script()
    {
        using var nowhere = NpgsqlDataSource.Create("Host=localhost");
        using var store = EventStore.ForMigration(nowhere);
        return store.Storage.ToDatabaseScript();
    }

    /// <summary>The bodies of the functions that Marten makes for this journal, by name.</summary>
    internal static IReadOnlyDictionary<string, string> FunctionBodies() => FunctionText().Matches(Script())
        .ToDictionary(found => found.Groups["name"].Value, found => found.Groups["body"].Value);

    [GeneratedRegex(@"OR\s+REPLACE\s+FUNCTION\s+public\.(?<name>\w+)\s*\((?:(?!\$(?:function)?\$).)*?"
        + @"(?<quote>\$(?:function)?\$)(?<body>.*?)\k<quote>",
        RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex FunctionText();

    private static async Task ExecuteAsync(NpgsqlConnection connection, string statement, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(statement, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
