using System.Diagnostics;
using Npgsql;
using Trading.AllInOne;
using Trading.Hosting.Settings;
using Trading.TestKit.Audit;
using Trading.TestKit.Distributed;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Schema;

/// <summary>Services run as another role than the owner of the tables, and say what that role lacks.</summary>
[Collection(nameof(SerialTest))]
public sealed class MigratedRunTests : MigrationTest
{
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
}
