using Npgsql;
using Trading.Journal.Events;

namespace Trading.Journal.Checks;

/// <summary>
/// Compares the database's catalog with what this program makes: kinds of relations, columns, keys, indexes and functions; and looks for
/// what it never makes: triggers, rules, row security, views and settings that change what a statement does.
/// </summary>
public static class CatalogCheck
{
    // Every table and column, with its type; ! where it may not be null. A new table needs a line here, and a test says so.
    private const string Columns = """
        alert_conditions: name text!, since timestamptz!
        alert_deliveries: attempts integer!, channel text!, due_at timestamptz!, key text!, payload text!,
          raised_at timestamptz!, reason text, state text!
        alert_progress: name text!, position bigint!
        audit.checkpoints: frontier bytea!, last_seq_id bigint!, note text!, position bigint!, size bigint!
        audit.commitments: commitment bytea!, field text!, number bigint!, redaction bigint, salt bytea
        audit.cosignatures: line text!, position bigint!, witness text!
        audit.leaves: hash bytea!, number bigint!, seq_id bigint!, stream_id varchar, version bigint!
        audit.timestamps: position bigint!, token bytea!
        audit.witnesses: asked timestamptz!, failure text, name text!, size bigint!
        model_spending: calls integer!, day date!, model text!, tokens bigint!
        mt_doc_portfolio: data jsonb!, id varchar!, mt_dotnet_type varchar, mt_last_modified timestamptz, mt_version bigint!
        mt_events: bdata bytea, causation_id varchar, correlation_id varchar, data jsonb!, headers jsonb, id uuid!,
          is_archived boolean, mt_dotnet_type varchar, seq_id bigint!, stream_id varchar, tenant_id varchar,
          timestamp timestamptz!, type varchar(500)!, version bigint!
        mt_streams: compacted_version bigint!, created timestamptz!, id varchar!, is_archived boolean, tenant_id varchar,
          timestamp timestamptz!, type varchar, version bigint
        price_bars: high numeric!, interval_seconds integer!, interval_start bigint!, low numeric!, open numeric!, symbol text!,
          volume numeric!
        price_history: interval_seconds integer!, interval_start bigint!, market_cap numeric, price numeric!,
          price_change_24h numeric, quote_currencies text!, simulated boolean!, sources text[]!,
          symbol text!, volume_24h numeric
        waiting_writes: content text!, id bigint!, store text!
        """;

    // Keys without which a second row for the same thing could stand beside the first.
    private static readonly (string Table, string Key)[] Keys =
    [
        ("audit.checkpoints", "PRIMARY KEY (\"position\")"), ("audit.commitments", "PRIMARY KEY (number, field)"),
        ("audit.leaves", "PRIMARY KEY (seq_id)"), ("audit.cosignatures", "PRIMARY KEY (\"position\", witness)"),
        ("audit.timestamps", "PRIMARY KEY (\"position\")"), ("audit.witnesses", "PRIMARY KEY (name)"), ("mt_doc_portfolio",
            "PRIMARY KEY (id)"), ("mt_events", "PRIMARY KEY (seq_id)"),
        ("mt_events", "FOREIGN KEY (stream_id) REFERENCES mt_streams(id) ON DELETE CASCADE"), ("mt_streams", "PRIMARY KEY (id)"),
        ("price_history", "PRIMARY KEY (symbol, interval_seconds, interval_start)"),
        ("price_bars", "PRIMARY KEY (symbol, interval_seconds, interval_start)"), ("alert_deliveries", "PRIMARY KEY (key, channel)"),
    ];

    private const string Tables = """
        select (case when n.nspname = 'audit' then 'audit.' else '' end) || c.relname as name, c.relkind::text, c.relrowsecurity,
            coalesce((select string_agg(a.attname || ' ' || replace(replace(format_type(a.atttypid, a.atttypmod),
                'timestamp with time zone', 'timestamptz'), 'character varying', 'varchar')
                || case when a.attnotnull then '!' else '' end || case when a.attgenerated <> '' then ' generated' else '' end,
                ', ' order by a.attname) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), ''),
            coalesce((select array_agg(pg_get_constraintdef(k.oid)) from pg_constraint k
                where k.conrelid = c.oid and k.convalidated and k.contype in ('p', 'f')), '{}')
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where (n.nspname = 'audit' or n.oid = (select relnamespace from pg_class where oid = to_regclass('mt_events')))
            and c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
        """;

    // What this program never makes, each in a line for people.
    private const string Strangers = """
        with ours as (select c.oid, c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where (n.nspname = 'audit' or n.oid = (select relnamespace from pg_class where oid = to_regclass('mt_events')))
                and c.relkind in ('r', 'p'))
        select 'the trigger ' || t.tgname || ' on ' || o.name || ' runs ' || t.tgfoid::regproc::text from pg_trigger t
            join ours o on o.oid = t.tgrelid where not t.tgisinternal
        union all select 'the check of a key of ' || o.name || ' is switched off' from pg_trigger t join ours o on o.oid = t.tgrelid
            where t.tgisinternal and t.tgenabled <> 'O'
        union all select 'the rule ' || r.rulename || ' stands on ' || o.name from pg_rewrite r join ours o on o.oid = r.ev_class
            where r.rulename <> '_RETURN'
        union all select 'the policy ' || p.polname || ' stands on ' || o.name from pg_policy p join ours o on o.oid = p.polrelid
        union all select 'the index ' || i.indexrelid::regclass || ' of ' || o.name || ' is not valid' from pg_index i
            join ours o on o.oid = i.indrelid where not i.indisvalid or not i.indisready
        union all select 'the event trigger ' || e.evtname || ' runs ' || e.evtfoid::regproc::text from pg_event_trigger e
        union all select 'the database or a role has the setting ' || setting from pg_db_role_setting s, unnest(s.setconfig) as setting
            where s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
                and split_part(setting, '=', 1) in ('search_path', 'session_replication_role', 'row_security', 'local_preload_libraries',
                    'session_preload_libraries')
        union all select 'other tables are found under the name ' || name || ' first: ' || to_regclass(name)::text
            from unnest(array['mt_events', 'mt_streams', 'mt_doc_portfolio', 'price_history']) as name
            where to_regclass(name) is not null and (select n.nspname from pg_class c join pg_namespace n on n.oid = c.relnamespace
                where c.oid = to_regclass(name)) <> (select n.nspname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
                where p.proname = 'mt_quick_append_events' limit 1)
        order by 1
        """;

    /// <summary>The tables that are compared, by name.</summary>
    public static IReadOnlyList<string> Known { get; } = [.. Expected().Keys.Order(StringComparer.Ordinal)];

    /// <summary>Everything that differs, one line each.</summary>
    public static async Task<IReadOnlyList<string>> RunAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        var wrong = new List<string>();
        var expected = Expected();
        await using (var command = database.CreateCommand(Tables))
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation))
            {
                var (table, kind) = (reader.GetString(0), reader.GetString(1));
                if (kind is "v" or "m" or "f")
                    wrong.Add($"{table} is a {(kind == "f" ? "foreign table" : "view")}");
                else if (expected.TryGetValue(table, out var columns))
                {
                    if (kind != (table == "price_history" ? "p" : "r"))
                        wrong.Add($"{table} is a relation of the kind {kind}");
                    wrong.AddRange(Differences(table, columns, reader.GetString(3)));
                    wrong.AddRange(Keys.Where(key => key.Table == table && !reader.GetFieldValue<string[]>(4).Contains(key.Key))
                        .Select(key => $"{table} lacks the key {key.Key}"));
                }
                if (reader.GetBoolean(2))
                    wrong.Add($"{table} has row security");
            }
        }
        await using (var command = database.CreateCommand(Strangers))
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation))
                wrong.Add(reader.GetString(0));
        }
        wrong.AddRange((await FunctionsAsync(database, cancellation)).Select(
            function => $"the function {function} is not as this program makes it"));
        return wrong;
    }

    // PostgreSQL keeps the text of a function as it was given.
    private static async Task<IReadOnlyList<string>> FunctionsAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        var bodies = EventStoreSchema.FunctionBodies();
        await using var command = database.CreateCommand("""
            select p.proname, p.prosrc from pg_proc p join pg_namespace n on n.oid = p.pronamespace
            where n.oid = (select relnamespace from pg_class where oid = to_regclass('mt_events')) and p.proname like 'mt\_%'
            """);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var (found, wrong) = (new HashSet<string>(), new List<string>());
        while (await reader.ReadAsync(cancellation))
        {
            found.Add(reader.GetString(0));
            if (!bodies.TryGetValue(reader.GetString(0), out var body) || Text(body) != Text(reader.GetString(1)))
                wrong.Add(reader.GetString(0));
        }
        if (!found.Contains("mt_quick_append_events"))
            wrong.Add("mt_quick_append_events");
        return wrong;

        static string Text(string body) => string.Join(' ', body.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    private static IEnumerable<string> Differences(string table, string expected, string found)
    {
        var (must, are) = (expected.Split(", "), found.Split(", "));
        foreach (var column in must.Except(are))
        {
            var name = column.Split(' ')[0];
            var now = Array.Find(are, other => other.Split(' ')[0] == name);
            yield return now is null ? $"{table} lacks the column {column.TrimEnd('!')}"
                : $"the column {table}.{name} is {Told(now)} and not {Told(column)}";
        }
        foreach (var column in are.Except(must).Where(column => !must.Any(other => other.Split(' ')[0] == column.Split(' ')[0])))
            yield return $"{table} has the column {column.TrimEnd('!')}, which this program does not make";
    }

    private static string Told(string column) => column.Split(' ', 2)[1] is var type && type.EndsWith('!')
        ? $"{type.TrimEnd('!')} not null" : column.Split(' ', 2)[1] + " (may be null)";

    private static Dictionary<string, string> Expected() => Columns.ReplaceLineEndings("\n")
        .Replace(",\n  ", ", ", StringComparison.Ordinal).Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => line.Split(": ", 2)).ToDictionary(parts => parts[0], parts => parts[1]);
}
