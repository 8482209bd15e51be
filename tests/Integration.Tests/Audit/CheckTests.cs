using System.Text.Json;
using Npgsql;
using Trading.Journal.Checks;
using Trading.TestKit.Audit;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>trading audit check: everything in one run, one exit code.</summary>
public sealed class CheckTests(RecordedJournal journal) : IClassFixture<RecordedJournal>
{
    [Fact]
    public async Task a_sound_journal_is_clean_in_every_part_and_the_report_can_be_signed_and_kept()
    {
        var file = Path.Combine(journal.Folder, "report.json");

        var (code, output, errors) = await CheckAsync(journal.Connection);
        Assert.True(code == 0, output + errors);
        Assert.EndsWith("everything is clean\n", output, StringComparison.Ordinal);
        var kept = await CheckAsync(journal.Connection, "--json", "--report", file);

        var report = JsonDocument.Parse(kept.Output).RootElement;
        Assert.Equal(["anchors", "witnesses", "verify", "streams", "accounts", "replay", "history", "catalog"],
            report.GetProperty("parts").EnumerateArray().Select(part => part.GetProperty("name").GetString()));
        Assert.Equal((true, "trading-audit-report/1"),
            (report.GetProperty("clean").GetBoolean(), report.GetProperty("format").GetString()));
        Assert.Equal(kept.Output.Trim(), (await File.ReadAllTextAsync(file)).Trim());
        Assert.Equal((2, $"trading: {file} exists; nothing is overwritten\n"),
            await CheckAsync(journal.Connection, "--report", file) is var again ? (again.Code, again.Errors) : default);
        Assert.Equal(2, (await CheckAsync(journal.Connection, "--sign")).Code);
    }

    [Theory]
    [InlineData("""
        create function other_name() returns trigger language plpgsql as $$ begin return new; end $$;
        create trigger other_name before insert on mt_events for each row execute function other_name()
        """, "the trigger other_name on mt_events runs other_name")]
    [InlineData("create rule no_insert as on insert to audit.leaves do instead nothing", "the rule no_insert stands on audit.leaves")]
    [InlineData("alter table mt_streams enable row level security", "mt_streams has row security")]
    [InlineData("create policy others on mt_doc_portfolio using (true)", "the policy others stands on mt_doc_portfolio")]
    [InlineData("alter table alert_deliveries rename to x; create view alert_deliveries as select * from x", "alert_deliveries is a view")]
    [InlineData("alter table mt_events alter data drop not null",
        "the column mt_events.data is jsonb (may be null) and not jsonb not null")]
    [InlineData("alter table audit.leaves alter number type integer",
        "the column audit.leaves.number is integer not null and not bigint not null")]
    [InlineData("alter table price_history drop column volume_24h", "price_history lacks the column volume_24h numeric")]
    [InlineData("alter table mt_streams add column note text", "mt_streams has the column note text, which this program does not make")]
    [InlineData("alter table mt_events drop constraint fkey_mt_events_stream_id",
        "mt_events lacks the key FOREIGN KEY (stream_id) REFERENCES mt_streams(id) ON DELETE CASCADE")]
    [InlineData("alter table audit.commitments drop constraint commitments_pkey",
        "audit.commitments lacks the key PRIMARY KEY (number, field)")]
    [InlineData("alter table mt_events disable trigger all", "the check of a key of mt_events is switched off")]
    [InlineData("create or replace function mt_archive_stream(streamid varchar) returns void language plpgsql as $$ begin end $$",
        "the function mt_archive_stream is not as this program makes it")]
    [InlineData("create function mt_mine() returns void language plpgsql as $$ begin end $$",
        "the function mt_mine is not as this program makes it")]
    [InlineData("update pg_index set indisvalid = false where indexrelid = 'pk_mt_events_stream_and_version'::regclass",
        "the index pk_mt_events_stream_and_version of mt_events is not valid")]
    public async Task what_changes_the_meaning_of_the_database_is_found(string attack, string told)
    {
        var copy = await PostgresServer.CreateDatabaseAsync(journal.Connection);
        await using var database = SealedJournal.Source(copy);
        Assert.Empty(await CatalogCheck.RunAsync(database, default));
        await using (var command = database.CreateCommand(attack))
            await command.ExecuteNonQueryAsync();

        Assert.Contains(told, await CatalogCheck.RunAsync(database, default));
    }

    [Fact]
    public async Task a_search_path_of_the_database_that_leads_elsewhere_is_found()
    {
        var copy = await PostgresServer.CreateDatabaseAsync(journal.Connection);
        await using var database = SealedJournal.Source(copy);
        await using (var command = database.CreateCommand(
            $"alter database {new NpgsqlConnectionStringBuilder(copy).Database} set session_replication_role = replica"))
            await command.ExecuteNonQueryAsync();
        Assert.Contains("the database or a role has the setting session_replication_role=replica", await CatalogCheck.RunAsync(database,
            default));
    }

    [Fact]
    public async Task every_table_that_the_system_makes_is_compared()
    {
        var copy = await PostgresServer.CreateDatabaseAsync();
        await using var database = SealedJournal.Source(copy);
        await Trading.Journal.Upgrades.SchemaUpgrade.AllAsync(database, null, TimeProvider.System.GetUtcNow(), default);
        await using var command = database.CreateCommand("""
            select array_agg((case when n.nspname = 'audit' then 'audit.' else '' end) || c.relname order by 1)
            from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where n.nspname in ('public', 'audit') and c.relkind in ('r', 'p') and not c.relispartition
            """);
        // What Marten makes for projections that run beside it, which this journal has none of.
        string[] unused = ["mt_doc_deadletterevent", "mt_event_progression", "mt_event_projection_floors", "mt_high_water_skips"];
        Assert.Equal(((string[])(await command.ExecuteScalarAsync())!).Except(unused).Order(StringComparer.Ordinal), CatalogCheck.Known);
        Assert.Empty(await CatalogCheck.RunAsync(database, default));
    }

    [Fact]
    public async Task a_price_of_the_history_that_was_changed_is_found_by_check_and_by_replay()
    {
        var copy = await PostgresServer.CreateDatabaseAsync(journal.Connection);
        await using (var database = SealedJournal.Source(copy))
            await SealedJournal.ExecuteAsync(database, "update price_history set price = price + 1 where interval_start = (select "
                + "interval_start from price_history order by interval_start offset 300 limit 1)");

        var (checkd, replayed) = (await CheckAsync(copy), await AuditProgram.RunHereAsync(copy, "replay"));

        Assert.Equal((1, 1), (checkd.Code, replayed.Code));
        Assert.Contains("WRONG: history: the history has ", checkd.Output, StringComparison.Ordinal);
        Assert.EndsWith("WRONG in history\n", checkd.Output, StringComparison.Ordinal);
        Assert.Contains("1 price of ", replayed.Output, StringComparison.Ordinal);
        Assert.Contains("WRONG: the history has ", replayed.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task each_part_names_what_is_wrong_in_it_and_one_that_fails_stops_no_other()
    {
        var copy = await PostgresServer.CreateDatabaseAsync(journal.Connection);
        await using (var database = SealedJournal.Source(copy))
            await SealedJournal.ExecuteAsync(database, """
                update mt_events set causation_id = 'x' where seq_id = 5;
                update mt_streams set is_archived = true where id = 'account-main';
                update mt_doc_portfolio set data = '7';
                drop table price_history cascade;
                drop table audit.commitments;
                """);

        var (code, output, errors) = await CheckAsync(copy);

        Assert.True(code == 1, output + errors);
        foreach (var told in new[] { "WRONG: verify: ", "WRONG: streams: account-main is marked as archived (True)",
            "WRONG: accounts: account-main: the stored one cannot be read" })
            Assert.Contains(told, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task without_the_sealers_key_everything_else_is_checked_and_every_part_stands_in_the_report()
    {
        var (code, output, errors) = await AuditProgram.RunHereAsync(journal.Connection, "check", "--json");

        Assert.True(code == 1, output + errors);
        var parts = JsonDocument.Parse(output).RootElement.GetProperty("parts").EnumerateArray().ToList();
        Assert.Equal(["anchors", "witnesses", "verify", "streams", "accounts", "replay", "history", "catalog"],
            parts.Select(part => part.GetProperty("name").GetString()));
        Assert.Equal(["verify"], parts.Where(part => !part.GetProperty("clean").GetBoolean())
            .Select(part => part.GetProperty("name").GetString()));
    }

    private Task<CliProgram.Result> CheckAsync(string connection, params string[] more) =>
        AuditProgram.RunHereAsync(connection, ["check", "--public-key", journal.PublicKey, .. more]);
}
