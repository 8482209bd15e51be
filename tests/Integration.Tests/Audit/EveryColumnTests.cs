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
        var columns = await JournalColumn.AllAsync(journal.Database);
        Assert.True(columns.Count > 40, $"only {columns.Count} columns");
        var wanted = columns.Where(
            column => !NotCompared.Contains(column.Table) && !NotCompared.Contains($"{column.Table}.{column.Name}")).ToList();
        Assert.Subset(FoundBy.Keys.ToHashSet(), wanted.Select(column => column.Table).ToHashSet());
        var unfound = new List<string>();
        foreach (var table in wanted.Where(column => NamedBy.ContainsKey(column.Table)).GroupBy(column => column.Table))
            unfound.AddRange(await TogetherAsync([.. table]));
        var alone = wanted.Where(column => !NamedBy.ContainsKey(column.Table)).ToList();
        foreach (var column in LongForm.Or(wanted, [.. alone.Where((column, at) => at % 5 == 1
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

    private async Task<IEnumerable<string>> TogetherAsync(IReadOnlyList<JournalColumn> columns)
    {
        var rows = new List<(JournalColumn Column, JournalRow Row)>();
        foreach (var (at, column) in columns.Index())
        {
            var row = await SaveAsync(column.Table, 300 * (at + 1));
            rows.Add((column, await column.ChangeAsync(journal.Database, row)));
        }
        var found = await FoundAsync(columns[0].Table);
        foreach (var (column, row) in rows)
            await row.RestoreAsync(journal.Database, column.Table);
        return rows.Where(changed => !found.Contains(changed.Row.Name, StringComparison.Ordinal))
            .Select(changed => $"{changed.Column.Table}.{changed.Column.Name} of {changed.Row.Name}, in {found}");
    }

    private async Task<IEnumerable<string>> AloneAsync(JournalColumn column)
    {
        var row = await SaveAsync(column.Table, column.Table == "mt_events" ? 5000 : 0);
        var changed = await column.ChangeAsync(journal.Database, row);
        var found = await FoundAsync(column.Table);
        await changed.RestoreAsync(journal.Database, column.Table);
        return found.Length > 0 && found.Contains(row.Name, StringComparison.Ordinal) ? [] : [$"{column.Table}.{column.Name}: {found}"];
    }

    private async Task<IEnumerable<string>> WithoutRowAsync(string table)
    {
        var row = await SaveAsync(table, table == "mt_events" ? 5000 : 0);
        await SealedJournal.ExecuteAsync(journal.Database, $"delete from {table} where {row.Place}");
        var found = await FoundAsync(table);
        await (row with { Place = "false" }).RestoreAsync(journal.Database, table);
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

    private Task<JournalRow> SaveAsync(string table, int offset) =>
        JournalRow.SaveAsync(journal.Database, table, offset, NamedBy.GetValueOrDefault(table, "''"));
}
