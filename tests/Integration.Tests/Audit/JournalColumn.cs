using Npgsql;

namespace Trading.Integration.Tests.Audit;

/// <summary>A column of a table that the system makes, as an attacker sees it.</summary>
internal sealed record JournalColumn(string Table, string Name, string Type)
{
    /// <summary>Every column of every table.</summary>
    public static async Task<IReadOnlyList<JournalColumn>> AllAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("""
            select (case when n.nspname = 'audit' then 'audit.' else '' end) || c.relname, a.attname::text, format_type(a.atttypid, null)
            from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
            where n.nspname in ('public', 'audit') and c.relkind in ('r', 'p') and not c.relispartition and a.attnum > 0
                and not a.attisdropped and c.relname not in ('mt_doc_deadletterevent', 'mt_event_progression',
                'mt_event_projection_floors', 'mt_high_water_skips')
            order by 1, 2
            """);
        await using var reader = await command.ExecuteReaderAsync();
        var columns = new List<JournalColumn>();
        while (await reader.ReadAsync())
            columns.Add(new(reader.GetString(0), reader.GetString(1), reader.GetString(2)));
        return columns;
    }

    /// <summary>Changes the column in a row, and says where the row is then.</summary>
    public async Task<JournalRow> ChangeAsync(NpgsqlDataSource database, JournalRow row)
    {
        await using var command = database.CreateCommand("set session_replication_role = replica; "
            + $"update {Table} set \"{Name}\" = {Other(Name, Type)} where {row.Place} "
            + "returning format('tableoid = %s and ctid = %L', tableoid, ctid)");
        return row with { Place = (string)(await command.ExecuteScalarAsync())! };
    }

    private static string Other(string name, string type) => type switch
    {
        "bigint" or "integer" or "numeric" => $"coalesce(\"{name}\", 0) + 1000000",
        "boolean" => $"not coalesce(\"{name}\", false)",
        "uuid" => "gen_random_uuid()",
        "jsonb" => $"coalesce(\"{name}\", '{{}}') || '{{\"cashUsd\": 77, \"by\": \"x\"}}'",
        "bytea" => "'\\x0102'",
        _ when type.StartsWith("timestamp", StringComparison.Ordinal) => $"\"{name}\" - interval '1 day'",
        _ => $"coalesce(\"{name}\", '') || 'x'",
    };
}
