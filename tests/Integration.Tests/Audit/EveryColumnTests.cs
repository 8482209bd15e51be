using Npgsql;
using Trading.Hosting.Audit;
using Trading.Hosting.Secrets;
using Trading.Hosting.Settings;
using Trading.Journal.Keys;
using Trading.TestKit.Audit;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>
/// One change in each column of each table that the system makes: the whole check finds it, or the document says that nothing does.
/// </summary>
public sealed class EveryColumnTests(RecordedJournal journal) : IClassFixture<RecordedJournal>
{
    // Rows that decide nothing about trades; docs/audit-format.md lists them.
    private static readonly HashSet<string> NotCompared =
    [
        // Whom the sealer asked last: it follows from the cosignatures.
        "audit.witnesses",
        // Empty in this journal: WitnessTests and TimeStampTests change them.
        "audit.cosignatures", "audit.timestamps",
        // Backtests read them, and nothing live does.
        "price_bars",
        "alert_conditions", "alert_deliveries", "alert_progress", "model_spending", "waiting_writes",
        "mt_doc_portfolio.mt_last_modified", "mt_doc_portfolio.mt_dotnet_type", "price_history.quote_currencies", "price_history.simulated",
        "price_history.volume_24h", "price_history.market_cap", "price_history.price_change_24h", "price_history.sources",
        // What the window's digest shows, where a window is made of it.
        "price_history.symbol", "price_history.interval_seconds", "price_history.interval_start",
    ];

    [Fact]
    public async Task a_change_in_any_column_is_found_or_listed_as_one_that_decides_nothing()
    {
        var columns = await ColumnsAsync();
        Assert.True(columns.Count > 40, $"only {columns.Count} columns");
        var wanted = columns.Where(
            column => !NotCompared.Contains(column.Table) && !NotCompared.Contains($"{column.Table}.{column.Name}")).ToList();
        var chosen = LongForm.Or(wanted, [.. wanted.Where((_, at) => at % 4 == 1)]);
        var unfound = new List<string>();
        foreach (var (table, name, type) in chosen)
        {
            var copy = new NpgsqlConnectionStringBuilder(await PostgresServer.CreateDatabaseAsync(journal.Connection)) { Pooling = false };
            await using var database = SealedJournal.Source(copy.ConnectionString);
            await SealedJournal.ExecuteAsync(database, $"update {table} set \"{name}\" = {Other(name, type)} where ctid = "
                + $"(select ctid from {table}{(table == "mt_events" ? " where seq_id > 100" : "")} limit 1)");
            var report = await new JournalAudit(
                database, copy.ConnectionString, Settings, SecretStores.Store(Settings, TimeProvider.System))
                .RunAsync([VerifierKey.Read(journal.PublicKey)], default);
            if (report.Clean)
                unfound.Add($"{table}.{name}");
        }
        Assert.Empty(unfound);
    }

    private static TradingSettings Settings { get; } = new() { Journal = JournalKind.Postgres, SealIntervalSeconds = 0 };

    private static string Other(string name, string type) => type switch
    {
        "bigint" or "integer" => $"coalesce(\"{name}\", 0) + 1",
        "numeric" => $"coalesce(\"{name}\", 0) + 1",
        "boolean" => $"not coalesce(\"{name}\", false)",
        "uuid" => "gen_random_uuid()",
        "jsonb" => $"coalesce(\"{name}\", '{{}}') || '{{\"cashUsd\": 77, \"by\": \"x\"}}'",
        "bytea" => "'\\x0102'",
        _ when type.StartsWith("timestamp", StringComparison.Ordinal) => $"\"{name}\" - interval '1 day'",
        _ => $"coalesce(\"{name}\", '') || 'x'",
    };

    private async Task<IReadOnlyList<(string Table, string Name, string Type)>> ColumnsAsync()
    {
        await using var database = SealedJournal.Source(journal.Connection);
        await using var command = database.CreateCommand("""
            select (case when n.nspname = 'audit' then 'audit.' else '' end) || c.relname, a.attname::text, format_type(a.atttypid, null)
            from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
            where n.nspname in ('public', 'audit') and c.relkind in ('r', 'p') and not c.relispartition and a.attnum > 0
                and not a.attisdropped and c.relname not in ('mt_doc_deadletterevent', 'mt_event_progression',
                'mt_event_projection_floors', 'mt_high_water_skips')
            order by 1, 2
            """);
        await using var reader = await command.ExecuteReaderAsync();
        var columns = new List<(string, string, string)>();
        while (await reader.ReadAsync())
            columns.Add((reader.GetString(0), reader.GetString(1), reader.GetString(2)));
        return columns;
    }
}
