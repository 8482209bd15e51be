using Trading.TestKit.Audit;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>
/// One change in each column of each table that the system makes, in a journal of 10,000 events: the whole check finds it and names it, or
/// the document says that nothing does.
/// </summary>
public sealed class EveryColumnTests(WholeJournal journal) : IClassFixture<WholeJournal>
{
    // Rows that decide nothing about trades; docs/audit-format.md lists them.
    private static readonly HashSet<string> NotCompared =
    [
        // Whom the sealer asked last: it follows from the cosignatures.
        "audit.witnesses",
        // Backtests read them, and nothing live does.
        "price_bars",
        "alert_conditions", "alert_deliveries", "alert_progress", "model_spending", "waiting_writes",
        "mt_doc_portfolio.mt_last_modified", "mt_doc_portfolio.mt_dotnet_type", "price_history.quote_currencies", "price_history.simulated",
        "price_history.volume_24h", "price_history.market_cap", "price_history.price_change_24h", "price_history.sources",
        // What the window's digest shows, where a window is made of it.
        "price_history.symbol", "price_history.interval_seconds", "price_history.interval_start",
    ];

    // The part of the check that finds what is changed in a table, and a word of what it says.
    private static readonly Dictionary<string, (string Part, string Word)> FoundBy = new()
    {
        ["audit.leaves"] = ("verify", "lea"), ["audit.commitments"] = ("verify", "event "),
        ["audit.checkpoints"] = ("verify", "checkpoint"),
        ["audit.cosignatures"] = ("witnesses", "witness"), ["audit.timestamps"] = ("witnesses", "stamp"),
        ["mt_doc_portfolio"] = ("accounts", "main"), ["price_history"] = ("history", "BTC-USD"),
        ["mt_streams"] = ("streams", ""), ["mt_events"] = ("verify", ""),
    };

    // Also in the short form.
    private static readonly string[] OnceUnfound = ["audit.commitments.redaction", "audit.cosignatures.witness"];

    // Each row of these is named by what it is, so all their columns can be changed at once, each in another row.
    private static readonly Dictionary<string, string> NamedBy = new()
    {
        ["mt_events"] = "'event ' || seq_id || ' '", ["mt_streams"] = "id || ' '",
    };

    [Fact]
    public async Task a_long_verification_is_not_ended_by_a_server_that_ends_silent_transactions() =>
        Assert.Empty((await journal.VerifyInImpatientSessionsAsync()).First);

    [Fact]
    public async Task a_change_in_any_column_is_found_and_named_or_listed_as_one_that_decides_nothing()
    {
        Assert.True(await SealedJournal.ScalarAsync(journal.Database, "select count(*) from mt_events") > 10_000);
        await CleanAsync();
        var columns = await ColumnsAsync();
        Assert.True(columns.Count > 40, $"only {columns.Count} columns");
        var wanted = columns.Where(
            column => !NotCompared.Contains(column.Table) && !NotCompared.Contains($"{column.Table}.{column.Name}")).ToList();
        Assert.Subset(FoundBy.Keys.ToHashSet(), wanted.Select(column => column.Table).ToHashSet());
        var unfound = new List<string>();
        foreach (var table in wanted.Where(column => NamedBy.ContainsKey(column.Table)).GroupBy(column => column.Table))
            unfound.AddRange(await TogetherAsync([.. table]));
        var alone = wanted.Where(column => !NamedBy.ContainsKey(column.Table)).ToList();
        foreach (var column in LongForm.Or(wanted, [.. alone.Where((column, at) => at % 3 == 1
            || OnceUnfound.Contains($"{column.Table}.{column.Name}"))]))
            unfound.AddRange(await AloneAsync(column));
        foreach (var table in LongForm.Or<IEnumerable<string>>(FoundBy.Keys.Except(["audit.timestamps", "price_history"]), []))
            unfound.AddRange(await WithoutRowAsync(table));
        Assert.Empty(unfound);
        // Each attack was undone: what was found was its own.
        await CleanAsync();
    }

    private async Task CleanAsync()
    {
        var report = await journal.CheckAsync();
        Assert.True(report.Clean, string.Join('\n', report.Parts.SelectMany(part => part.First.Select(line => $"{part.Name}: {line}"))));
    }

    private async Task<IEnumerable<string>> TogetherAsync(IReadOnlyList<Column> columns)
    {
        var rows = new List<(Column Column, Row Row)>();
        foreach (var (at, column) in columns.Index())
        {
            var row = await SaveAsync(column.Table, 300 * (at + 1));
            rows.Add((column, row with { Place = await ChangeAsync(column, row) }));
        }
        var found = await FoundAsync(columns[0].Table);
        foreach (var (column, row) in rows)
            await RestoreAsync(column.Table, row);
        return rows.Where(changed => !found.Contains(changed.Row.Name, StringComparison.Ordinal))
            .Select(changed => $"{changed.Column.Table}.{changed.Column.Name} of {changed.Row.Name}, in {found}");
    }

    private async Task<IEnumerable<string>> AloneAsync(Column column)
    {
        var row = await SaveAsync(column.Table, column.Table == "mt_events" ? 5000 : 0);
        var changed = row with { Place = await ChangeAsync(column, row) };
        var found = await FoundAsync(column.Table);
        await RestoreAsync(column.Table, changed);
        return found.Length > 0 && found.Contains(row.Name, StringComparison.Ordinal) ? [] : [$"{column.Table}.{column.Name}: {found}"];
    }

    private async Task<IEnumerable<string>> WithoutRowAsync(string table)
    {
        var row = await SaveAsync(table, table == "mt_events" ? 5000 : 0);
        await SealedJournal.ExecuteAsync(journal.Database, $"delete from {table} where {row.Place}");
        var found = await FoundAsync(table);
        await RestoreAsync(table, row with { Place = "false" });
        return found.Length > 0 ? [] : [$"a row of {table} that is gone"];
    }

    // What the part says that looks at the table, if it says anything of it.
    private async Task<string> FoundAsync(string table)
    {
        var (name, word) = FoundBy[table];
        var part = (await journal.CheckAsync()).Parts.Single(part => part.Name == name);
        var said = string.Join('\n', part.First);
        return !part.Clean && said.Contains(word, StringComparison.Ordinal) ? said : "";
    }

    private async Task<Row> SaveAsync(string table, int offset)
    {
        await using var command = journal.Database.CreateCommand($"""
            select format('tableoid = %s and ctid = %L', tableoid, ctid), to_json(t)::text, {NamedBy.GetValueOrDefault(table, "''")}
            from {table} t order by 1 offset {offset} limit 1
            """);
        await using var reader = await command.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync(), $"{table} has no row");
        return new(reader.GetString(0), reader.GetString(1), reader.GetString(2));
    }

    private async Task<string> ChangeAsync(Column column, Row row)
    {
        await using var command = journal.Database.CreateCommand("set session_replication_role = replica; "
            + $"update {column.Table} set \"{column.Name}\" = {Other(column.Name, column.Type)} where {row.Place} "
            + "returning format('tableoid = %s and ctid = %L', tableoid, ctid)");
        return (string)(await command.ExecuteScalarAsync())!;
    }

    private async Task RestoreAsync(string table, Row row)
    {
        await using var command = journal.Database.CreateCommand($"set session_replication_role = replica; delete from {table} where "
            + $"{row.Place}; insert into {table} overriding system value select (json_populate_record(null::{table}, "
            + $"'{row.Json.Replace("'", "''", StringComparison.Ordinal)}')).*");
        await command.ExecuteNonQueryAsync();
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

    private async Task<IReadOnlyList<Column>> ColumnsAsync()
    {
        await using var command = journal.Database.CreateCommand("""
            select (case when n.nspname = 'audit' then 'audit.' else '' end) || c.relname, a.attname::text, format_type(a.atttypid, null)
            from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
            where n.nspname in ('public', 'audit') and c.relkind in ('r', 'p') and not c.relispartition and a.attnum > 0
                and not a.attisdropped and c.relname not in ('mt_doc_deadletterevent', 'mt_event_progression',
                'mt_event_projection_floors', 'mt_high_water_skips')
            order by 1, 2
            """);
        await using var reader = await command.ExecuteReaderAsync();
        var columns = new List<Column>();
        while (await reader.ReadAsync())
            columns.Add(new(reader.GetString(0), reader.GetString(1), reader.GetString(2)));
        return columns;
    }

    private sealed record Column(string Table, string Name, string Type);

    private sealed record Row(string Place, string Json, string Name);
}
