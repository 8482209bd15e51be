using System.Globalization;
using Npgsql;

namespace Trading.Journal.Schema;

/// <summary>
/// The tables of the journal's database. A start asks once which are there and which version made them; when it was this version or a newer
/// one, nothing else is compared.
/// </summary>
public static class JournalSchema
{
    /// <summary>
    /// Version of the event store's tables and functions, noted as a comment on mt_events. It must rise when what Marten creates for this
    /// journal changes: a test fails until it does.
    /// </summary>
    public const int Version = 2;

    /// <summary>Prices of months that have no table; made by trading journal migrate, so that services need not create tables.</summary>
    internal const string PriceRest = "price_history_rest";

    /// <summary>What the comment on mt_events begins with.</summary>
    internal const string Comment = "trading journal schema ";

    internal static IReadOnlyList<JournalTable> EventTables { get; } =
    [
        new("mt_streams", "select, insert, update"),
        new("mt_events", "select, insert"),
        new("mt_events_sequence", "usage"),
        new("mt_doc_portfolio", "select, insert, update"),
    ];

    internal static IReadOnlyList<JournalTable> AllTables { get; } =
    [
        .. EventTables,
        new("audit.leaves", "select, insert"),
        new("audit.commitments", "select, insert"),
        new("audit.checkpoints", "select, insert"),
        new("audit.cosignatures", "select, insert"),
        new("audit.witnesses", "select, insert, update"),
        new("audit.timestamps", "select, insert"),
        new("price_history", "select, insert"),
        new(PriceRest, ""),
        new("price_bars", "", "select, insert"),
        new("alert_deliveries", "select, insert, update", "delete"),
        new("alert_conditions", "select, insert, update", "delete"),
        new("alert_progress", "select, insert, update"),
        new("waiting_writes", "select, insert", "delete"),
        new("model_spending", "select, insert, update"),
    ];

    // Reads the catalog: to_regclass fails on a name in a schema that the role may not use.
    private const string Query = """
        select needed.name, found.oid is not null, coalesce(obj_description(to_regclass('mt_events'), 'pg_class'), ''),
            coalesce(lacking.rights, '')
        from unnest($1, $2) with ordinality as needed (name, rights, place)
        left join lateral (
            select c.oid, c.relkind, n.oid as schema from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where case when needed.name like '%.%' then n.nspname || '.' || c.relname = needed.name
                else c.relname = needed.name and pg_table_is_visible(c.oid) end
        ) as found on true
        left join lateral (
            select string_agg(one, ', ') as rights from unnest(string_to_array(needed.rights, ', ')) as one
            where not case when not has_schema_privilege($3, found.schema, 'usage') then false
                when found.relkind = 'S' then has_sequence_privilege($3, found.oid, one)
                else has_table_privilege($3, found.oid, one) end
        ) as lacking on true
        order by place
        """;

    /// <summary>What the database has of all that services use.</summary>
    /// <param name="database">The database.</param>
    /// <param name="role">
    /// The role whose rights are compared with all that a service uses; null for this connection's role and the rights that no service can
    /// do without.
    /// </param>
    /// <param name="cancellation">Ends it.</param>
    public static Task<SchemaState> StateAsync(NpgsqlDataSource database, string? role, CancellationToken cancellation) =>
        StateAsync(database, AllTables, role, cancellation);

    /// <summary>Checks that a service can run without rights to change the schema.</summary>
    /// <param name="database">The database, as the service's role.</param>
    /// <param name="service">The service, as its program is called; any other name stands for all of them.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="JournalSchemaException">Something is missing.</exception>
    public static Task DemandAsync(NpgsqlDataSource database, string service, CancellationToken cancellation) =>
        DemandAsync(database, ServiceRole.Of(service)?.Tables ?? AllTables, cancellation);

    /// <summary>Checks that events can be appended without rights to change the schema.</summary>
    /// <exception cref="JournalSchemaException">Something is missing.</exception>
    public static Task DemandEventsAsync(NpgsqlDataSource database, CancellationToken cancellation) =>
        DemandAsync(database, EventTables, cancellation);

    /// <summary>Checks that events and prices can be read by a role that may do nothing else.</summary>
    /// <exception cref="JournalSchemaException">A table is missing, or may not be read.</exception>
    public static Task DemandReadableAsync(NpgsqlDataSource database, CancellationToken cancellation) => DemandAsync(
        database, [new("mt_streams", "select"), new("mt_events", "select"), new("price_history", "select")], cancellation);

    internal static async Task<SchemaState> StateAsync(
        NpgsqlDataSource database, IReadOnlyList<JournalTable> tables, string? role, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(role is null ? Query.Replace("$3, ", "", StringComparison.Ordinal) : Query);
        command.Parameters.Add(new() { Value = tables.Select(table => table.Name).ToArray() });
        command.Parameters.Add(new() { Value = tables.Select(table => role is null ? table.Rights : table.AllRights).ToArray() });
        if (role is not null)
            command.Parameters.Add(new() { Value = role, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Name });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var (version, missing, forbidden) = (0, new List<string>(), new List<string>());
        while (await reader.ReadAsync(cancellation))
        {
            version = VersionOf(reader.GetString(2));
            if (!reader.GetBoolean(1))
                missing.Add(reader.GetString(0));
            else if (reader.GetString(3) is { Length: > 0 } rights)
                forbidden.Add($"{rights} on {reader.GetString(0)}");
        }
        return new(version, missing, forbidden);
    }

    private static async Task DemandAsync(NpgsqlDataSource database, IReadOnlyList<JournalTable> tables, CancellationToken cancellation)
    {
        var state = await StateAsync(database, tables, null, cancellation);
        if (!state.IsComplete)
            throw Lacking(database, state);
        if (state.Forbidden.Count > 0)
        {
            var role = new NpgsqlConnectionStringBuilder(database.ConnectionString).Username;
            throw new JournalSchemaException(
                $"{role} may not {string.Join("; ", state.Forbidden)} in the journal's {Where(database)}: "
                + $"trading journal migrate --grant-to {role}, run as the tables' owner, grants it");
        }
    }

    internal static JournalSchemaException Lacking(NpgsqlDataSource database, SchemaState state) =>
        new($"the journal's {Where(database)} lacks {string.Join(", ", state.Lacks())}, and this program does not create it: "
            + "trading journal migrate, run with the rights of an owner, does");

    private static string Where(NpgsqlDataSource database)
    {
        var connection = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        return $"database {connection.Database} on {connection.Host}";
    }

    private static int VersionOf(string comment) =>
        comment.StartsWith(Comment, StringComparison.Ordinal)
            && int.TryParse(comment.AsSpan(Comment.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0;
}
