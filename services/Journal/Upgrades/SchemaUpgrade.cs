using System.Globalization;
using Npgsql;
using Trading.Journal.Events;
using Trading.Journal.Postgres;
using Trading.Journal.Schema;
using Trading.Journal.Sealing;
using Trading.Journal.Tables;

namespace Trading.Journal.Upgrades;

/// <summary>
/// Creates and changes the tables of the journal's database, with the rights of their owner. A second run changes nothing.
/// </summary>
public static class SchemaUpgrade
{
    // Tables, columns, indexes, sequences and functions, each with the table that it belongs to.
    private const string Objects = """
        with tables as (
            select c.oid, c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where c.relkind in ('r', 'p') and (n.nspname = any(current_schemas(false)) or n.nspname = 'audit'))
        select 'table ' || name, '' from tables
        union all select 'column ' || name || '.' || attname, 'table ' || name from tables join pg_attribute on attrelid = oid
            where attnum > 0 and not attisdropped
        union all select 'index ' || indexrelid::regclass::text, 'table ' || name from tables join pg_index on indrelid = oid
        union all select 'sequence ' || c.oid::regclass::text, coalesce('table ' || t.name, '')
            from pg_class c join pg_namespace n on n.oid = c.relnamespace
            left join pg_depend d on d.objid = c.oid and d.deptype in ('a', 'i') left join tables t on t.oid = d.refobjid
            where c.relkind = 'S' and n.nspname = any(current_schemas(false))
        union all select 'function ' || p.proname, '' from pg_proc p join pg_namespace n on n.oid = p.pronamespace
            where n.nspname = any(current_schemas(false)) and p.proname like 'mt\_%'
        order by 1
        """;

    /// <summary>Brings everything that services use up to date.</summary>
    /// <param name="database">The database, as the owner of its tables.</param>
    /// <param name="role">The role of the services, which gets the rights that they need; null to grant nothing.</param>
    /// <param name="now">Tables for prices are made from this month on.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>What was done, one line each; nothing where all was there.</returns>
    public static async Task<IReadOnlyList<string>> AllAsync(
        NpgsqlDataSource database, string? role, DateTimeOffset now, CancellationToken cancellation)
    {
        if (role is not null)
            await MustBeARoleAsync(database, role, cancellation);
        var (was, before) = (await JournalSchema.StateAsync(database, role, cancellation), await ObjectsAsync(database, cancellation));
        await EventStoreSchema.UpgradeAsync(database, always: true, cancellation);
        foreach (var tables in new[] { Sealer.Needed, AlertClaims.Needed, WaitingWrites.Needed, ModelSpending.Needed })
            await TableSetup.CreateAsync(database, tables, cancellation);
        var moved = await PriceMonths.PrepareAsync(database, now, cancellation);
        List<string> done = [.. Changes(before, await ObjectsAsync(database, cancellation))];
        if (moved > 0)
            done.Add(string.Create(CultureInfo.InvariantCulture, $"moved {moved:N0} prices into the tables of their months"));
        if (was.Version < JournalSchema.Version)
            done.Add(string.Create(CultureInfo.InvariantCulture, $"noted schema version {JournalSchema.Version}"));
        if (role is not null)
            done.AddRange(await GrantAsync(database, role, cancellation));
        return done;
    }

    /// <summary>Tables for the prices of this month and the next that are not there: their prices lie in the table for the rest.</summary>
    public static Task<IReadOnlyList<string>> MissingMonthsAsync(
        NpgsqlDataSource database, DateTimeOffset now, CancellationToken cancellation) =>
        PriceMonths.MissingAsync(database, now, cancellation);

    private static async Task MustBeARoleAsync(NpgsqlDataSource database, string role, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("select exists (select from pg_roles where rolname = $1)");
        command.Parameters.Add(new() { Value = role });
        if (await command.ExecuteScalarAsync(cancellation) is not true)
            throw new JournalSchemaException($"there is no role {role} to grant rights to: create role \"{role}\" login");
    }

    private static async Task<IReadOnlyList<string>> GrantAsync(NpgsqlDataSource database, string role, CancellationToken cancellation)
    {
        var quoted = $"\"{role.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var done = new List<string>();
        if (await LacksAsync("select not has_schema_privilege($1, 'audit', 'usage')"))
            await GrantAsync("usage on schema audit");
        if (await LacksAsync("select not has_schema_privilege($1, current_schema(), 'usage')"))
            await GrantAsync("usage on schema public");
        foreach (var rights in (await JournalSchema.StateAsync(database, role, cancellation)).Forbidden)
            await GrantAsync(rights.Replace(" on mt_events_sequence", " on sequence mt_events_sequence", StringComparison.Ordinal));
        return done;

        async Task<bool> LacksAsync(string question)
        {
            await using var command = new NpgsqlCommand(question, connection);
            command.Parameters.Add(new() { Value = role, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Name });
            return await command.ExecuteScalarAsync(cancellation) is true;
        }

        async Task GrantAsync(string rights)
        {
            await ExecuteAsync(connection, $"grant {rights} to {quoted}", cancellation);
            done.Add($"granted {rights} to {role}");
        }
    }

    // Parts of a new table are not listed beside it.
    private static IEnumerable<string> Changes(Dictionary<string, string> before, Dictionary<string, string> after)
    {
        var (created, dropped) = (after.Keys.Except(before.Keys).ToHashSet(), before.Keys.Except(after.Keys).ToHashSet());
        return [
            .. dropped.Where(gone => !dropped.Contains(before[gone])).Order(StringComparer.Ordinal).Select(gone => $"dropped {gone}"),
            .. created.Where(made => !created.Contains(after[made])).Order(StringComparer.Ordinal).Select(made => $"created {made}"),
        ];
    }

    private static async Task<Dictionary<string, string>> ObjectsAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(Objects);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var objects = new Dictionary<string, string>();
        while (await reader.ReadAsync(cancellation))
            objects[reader.GetString(0)] = reader.GetString(1);
        return objects;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string statement, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(statement, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
