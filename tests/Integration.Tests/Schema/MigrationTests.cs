using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using Trading.AllInOne;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.Journal.Schema;
using Trading.Journal.Tables;
using Trading.TestKit.Audit;
using Trading.TestKit.Distributed;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Schema;

/// <summary>The owner of the journal's tables creates them with trading journal migrate; services run as another role.</summary>
[Collection(nameof(SerialTest))]
public sealed class MigrationTests : SerialTest
{
    private const string Password = "services-only";

    // Temporary tables, which a backfill uses, are no part of the schema.
    private const string NoDdl = """
        create function no_ddl() returns event_trigger language plpgsql as $$ begin
            if session_user = 'ROLE'
                and exists (select from pg_event_trigger_ddl_commands() where schema_name is distinct from 'pg_temp') then
                raise exception 'a service changed the schema: %', tg_tag;
            end if;
        end $$;
        create event trigger no_ddl on ddl_command_end execute function no_ddl()
        """;

    private static readonly string Key = DistributedSystem.NewKey();

    [Fact]
    public async Task services_run_as_a_role_that_may_not_change_the_schema_and_change_nothing_of_it()
    {
        var owner = await PostgresServer.CreateDatabaseAsync();
        var (role, services) = await RoleAsync(owner);
        var first = await MigrateAsync(owner, "--grant-to", role);
        Assert.Contains("created table audit.leaves", first.Output, StringComparison.Ordinal);
        Assert.Contains($"granted select, insert on mt_events to {role}", first.Output, StringComparison.Ordinal);
        await SqlAsync(owner, NoDdl.Replace("ROLE", role, StringComparison.Ordinal));

        var (code, errors) = await TradeAsync(services, "JournalMigration=none");

        Assert.True(code == 0, errors);
        Assert.DoesNotContain("a service changed the schema", errors, StringComparison.Ordinal);
        Assert.Equal(0, (await AuditProgram.RunAsync(services, PublicKey(), "verify")).Code);
        Assert.Contains("0 differences", (await AuditProgram.RunAsync(services, null, "replay")).Output, StringComparison.Ordinal);
        // The role may add to the journal and never rewrite it.
        var rewritten = await Assert.ThrowsAsync<PostgresException>(() => SqlAsync(services, "update mt_events set data = '{}'"));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, rewritten.SqlState);
    }

    [Fact]
    public async Task a_role_that_may_read_insert_and_update_and_nothing_else_is_enough()
    {
        var owner = await PostgresServer.CreateDatabaseAsync();
        var (role, services) = await RoleAsync(owner);
        Assert.Equal(0, (await MigrateAsync(owner)).Code);
        await SqlAsync(owner, $"grant usage on schema audit to {role}; grant usage on all sequences in schema public to {role}");
        await SqlAsync(owner, $"grant select, insert, update on all tables in schema public to {role}");
        await SqlAsync(owner, $"grant select, insert, update on all tables in schema audit to {role}");

        var (code, errors) = await TradeAsync(services, "JournalMigration=none");

        Assert.True(code == 0, errors);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("auto")]
    public async Task a_start_that_may_not_create_what_is_missing_names_it_and_the_command_that_does(string migration)
    {
        var (_, services) = await RoleAsync(await PostgresServer.CreateDatabaseAsync());

        var (code, errors) = await TradeAsync(services, $"JournalMigration={migration}");

        Assert.Equal(CommandLine.WrongSettings, code);
        var line = Assert.Single(errors.TrimEnd().Split('\n'));
        Assert.Contains("lacks mt_streams, mt_events, ", line, StringComparison.Ordinal);
        Assert.Contains("trading journal migrate", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_role_without_its_rights_reads_which_and_how_it_gets_them()
    {
        var owner = await PostgresServer.CreateDatabaseAsync();
        var (role, services) = await RoleAsync(owner);
        Assert.Equal(0, (await MigrateAsync(owner)).Code);
        var check = await MigrateAsync(owner, "--check", "--grant-to", role);
        Assert.Equal(1, check.Code);
        Assert.Contains($"missing: select, insert on mt_events for {role}", check.Output, StringComparison.Ordinal);

        var (code, errors) = await TradeAsync(services, "JournalMigration=none");

        Assert.Equal(CommandLine.WrongSettings, code);
        var line = Assert.Single(errors.TrimEnd().Split('\n'));
        Assert.Contains($"trading journal migrate --grant-to {role}", line, StringComparison.Ordinal);
        Assert.Equal(0, (await MigrateAsync(owner, "--grant-to", role)).Code);
        Assert.Equal(0, (await MigrateAsync(owner, "--check", "--grant-to", role)).Code);
    }

    [Fact]
    public async Task a_check_changes_nothing_and_names_what_is_missing_until_a_migration_has_made_it()
    {
        var owner = await PostgresServer.CreateDatabaseAsync();
        var empty = await MigrateAsync(owner, "--check");
        Assert.Equal(1, empty.Code);
        Assert.Contains("missing: mt_events\n", empty.Output, StringComparison.Ordinal);
        Assert.Contains("missing: schema version 2 (it has 0)\n", empty.Output, StringComparison.Ordinal);
        Assert.Equal(0L, await SqlAsync(owner, "select count(*) from pg_tables where schemaname in ('public', 'audit')"));

        Assert.Equal(0, (await MigrateAsync(owner)).Code);
        Assert.Equal(0, (await MigrateAsync(owner, "--check")).Code);
        Assert.EndsWith(": schema version 2, nothing to do", (await MigrateAsync(owner)).Output.TrimEnd(), StringComparison.Ordinal);

        await SqlAsync(owner, "drop table alert_progress; drop index pk_mt_events_stream_and_version, trading_events_taken_over");
        await SqlAsync(owner, "alter table mt_streams drop column compacted_version");
        var damaged = await MigrateAsync(owner, "--check");
        Assert.Equal(1, damaged.Code);
        Assert.Contains("missing: alert_progress\n", damaged.Output, StringComparison.Ordinal);
        Assert.Contains("missing: public.mt_events as this version makes it\n", damaged.Output, StringComparison.Ordinal);
        Assert.Contains("missing: trading_events_taken_over as this version makes it\n", damaged.Output, StringComparison.Ordinal);

        var mended = await MigrateAsync(owner);
        Assert.Contains("created table alert_progress\n", mended.Output, StringComparison.Ordinal);
        Assert.Contains("created index pk_mt_events_stream_and_version\n", mended.Output, StringComparison.Ordinal);
        Assert.Contains("created index trading_events_taken_over\n", mended.Output, StringComparison.Ordinal);
        Assert.Contains("created column mt_streams.compacted_version\n", mended.Output, StringComparison.Ordinal);
        Assert.Equal(0, (await MigrateAsync(owner, "--check")).Code);
    }

    [Fact]
    public async Task prices_of_a_month_without_a_table_are_kept_and_the_next_migration_gives_them_one()
    {
        var owner = await PostgresServer.CreateDatabaseAsync();
        var (role, services) = await RoleAsync(owner);
        Assert.Equal(0, (await MigrateAsync(owner, "--grant-to", role)).Code);
        var price = InProcessSystem.Price(60_000m, InProcessSystem.Start);
        await using (var history = new PriceHistory(services))
        {
            await history.AddAsync(price, default);
            var stored = await history.LastAsync(InProcessSystem.Symbol, 60, InProcessSystem.Start.ToUnixTimeSeconds(), 5, default);
            Assert.Equal(60_000m, Assert.Single(stored).Price);
        }

        var migrated = await MigrateAsync(owner);

        Assert.Contains("created table price_history_2024_03\n", migrated.Output, StringComparison.Ordinal);
        Assert.Contains("moved 1 prices into the tables of their months\n", migrated.Output, StringComparison.Ordinal);
        Assert.Equal(1L, await SqlAsync(owner, "select count(*) from price_history_2024_03"));
        Assert.Equal(0L, await SqlAsync(owner, "select count(*) from price_history_rest"));
    }

    [Fact]
    public async Task a_start_compares_the_schema_no_further_when_this_version_made_it()
    {
        var owner = await PostgresServer.CreateDatabaseAsync();
        await using (var journal = new TradeJournal(owner, new("test", "1"), TimeProvider.System))
            await journal.PrepareAsync();
        // A comparison would bring it back.
        await SqlAsync(owner, "drop index pk_mt_events_stream_and_version");

        await using (var journal = new TradeJournal(owner, new("test", "1"), TimeProvider.System))
            await journal.PrepareAsync();

        Assert.Equal(0L, await SqlAsync(owner, "select count(*) from pg_indexes where indexname = 'pk_mt_events_stream_and_version'"));
        await SqlAsync(owner, "comment on table mt_events is null");
        await using (var journal = new TradeJournal(owner, new("test", "1"), TimeProvider.System))
            await journal.PrepareAsync();
        Assert.Equal(1L, await SqlAsync(owner, "select count(*) from pg_indexes where indexname = 'pk_mt_events_stream_and_version'"));
    }

    [Fact]
    public async Task a_role_that_is_not_there_ends_a_migration_before_it_has_begun()
    {
        var owner = await PostgresServer.CreateDatabaseAsync();

        var refused = await MigrateAsync(owner, "--grant-to", "nobody_there");

        Assert.Equal(2, refused.Code);
        var line = Assert.Single(refused.Errors.TrimEnd().Split('\n'));
        Assert.StartsWith("trading: there is no role nobody_there", line, StringComparison.Ordinal);
        Assert.Equal(0L, await SqlAsync(owner, "select count(*) from pg_tables where schemaname in ('public', 'audit')"));
    }

    // When this fails, Marten creates something else than before: JournalSchema.Version rises by one, and the new sum stands here.
    [Fact]
    public void the_schema_has_a_new_version_when_what_marten_creates_has_changed()
    {
        var script = EventStoreSchema.Script().ReplaceLineEndings("\n");
        var sum = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(script)))[..16];
        Assert.Equal((2, "cd4b92ea4de9f9f7"), (JournalSchema.Version, sum));
    }

    /// <summary>A role that may connect, and nothing else.</summary>
    private static async Task<(string Role, string Connection)> RoleAsync(string owner)
    {
        var role = $"services_{Guid.NewGuid():N}"[..20];
        await SqlAsync(owner, $"create role {role} login password '{Password}'; grant usage on schema public to {role}");
        await SqlAsync(owner, "revoke create on schema public from public");
        return (role, new NpgsqlConnectionStringBuilder(owner) { Username = role, Password = Password }.ConnectionString);
    }

    private static Task<CliProgram.Result> MigrateAsync(string owner, params string[] arguments) =>
        CliProgram.RunAsync(
            new Dictionary<string, string> { ["Trading__Journal"] = "postgres", ["Trading__JournalConnection"] = owner },
            ["journal", "migrate", .. arguments]);

    private static Dictionary<string, string> PublicKey() => new() { ["Trading__SealKey"] = Key };

    // A recorded run of all services, with a seal and alerts.
    private async Task<(int Code, string Errors)> TradeAsync(string connection, string migration)
    {
        var candles = InProcessSystem.WriteCandles(Folder, minutes: 200, seed: 6);
        string[] arguments = [typeof(AllInOneProgram).Assembly.Location, "--data", candles, "--journal", "postgres", "--set", migration];
        using var program = Process.Start(new ProcessStartInfo("dotnet", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["Trading__JournalConnection"] = connection, ["Trading__SealKey"] = Key },
        })!;
        var output = program.StandardOutput.ReadToEndAsync();
        var errors = await program.StandardError.ReadToEndAsync();
        await Task.WhenAll(output, program.WaitForExitAsync());
        return (program.ExitCode, errors);
    }

    private static async Task<object?> SqlAsync(string connection, string sql)
    {
        await using var open = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connection) { Pooling = false }.ConnectionString);
        await open.OpenAsync();
        await using var command = new NpgsqlCommand(sql, open);
        return await command.ExecuteScalarAsync();
    }
}
