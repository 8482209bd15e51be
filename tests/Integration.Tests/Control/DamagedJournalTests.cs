using Npgsql;
using Trading.Core;
using Trading.Journal.Events;
using Trading.TestKit.Audit;
using Trading.TestKit.Control;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Control;

/// <summary>Anyone who has rights on the database can leave anything in it; an operator can stop trading all the same.</summary>
public sealed class DamagedJournalTests(OpenedAccount opened) : IClassFixture<OpenedAccount>
{
    [Theory]
    [InlineData("update mt_streams set is_archived = true where id = 'account-main'", "mt_streams.is_archived of account-main is True")]
    [InlineData("update mt_streams set version = version - 1 where id = 'account-main'",
        "mt_streams.version of account-main is 1 and not 2")]
    [InlineData("update mt_streams set version = version + 5 where id = 'account-main'",
        "mt_streams.version of account-main is 7 and not 2")]
    [InlineData("update mt_streams set version = null where id = 'account-main'", "mt_streams.version of account-main is empty and not 2")]
    [InlineData("update mt_streams set tenant_id = 'x' where id = 'account-main'", "mt_streams.tenant_id of account-main is x")]
    [InlineData("delete from mt_streams where id = 'account-main'", "mt_streams has no row for account-main")]
    [InlineData("delete from mt_doc_portfolio", "mt_doc_portfolio has no row for account-main")]
    [InlineData("update mt_doc_portfolio set data = '{}'", "the stored account cannot be read")]
    [InlineData("update mt_doc_portfolio set data = '[]'", "the stored account cannot be read")]
    [InlineData("update mt_doc_portfolio set data = 'null'", "the stored account cannot be read")]
    [InlineData("update mt_doc_portfolio set data = jsonb_set(data, '{cashUsd}', '\"much\"')", "the stored account cannot be read")]
    [InlineData("update mt_events set data = '{}' where version = 1; update mt_doc_portfolio set data = jsonb_set(data, '{limits}', '7')",
        "the stored account cannot be read")]
    [InlineData("delete from mt_doc_portfolio; delete from mt_events where version = 1", "mt_doc_portfolio has no row")]
    [InlineData("drop function mt_quick_append_events", "mt_quick_append_events")]
    [InlineData("comment on table mt_events is null; drop table alert_deliveries cascade", null)]
    [InlineData("alter table mt_streams add constraint never check (id <> 'account-main' or version < 3) not valid", null)]
    public async Task a_damaged_account_is_halted_and_what_is_damaged_is_reported(string damage, string? told)
    {
        var database = await PostgresServer.CreateDatabaseAsync(opened.Connection);
        await using var source = SealedJournal.Source(database);
        await SealedJournal.ExecuteAsync(source, damage);

        var (code, output, errors) = await ControlAsync(database, "halt", "--by", "kim", "--reason", "something is wrong");

        if (damage.Contains("constraint never", StringComparison.Ordinal))
        {
            // PostgreSQL itself refuses: that is told in a line.
            Assert.Equal(2, code);
            Assert.Equal("trading: the journal's database says: new row for relation \"mt_streams\" violates check constraint \"never\"\n",
                errors);
            return;
        }
        Assert.True(code == 0, output + errors);
        Assert.StartsWith("account main is halted", output, StringComparison.Ordinal);
        Assert.Contains(told ?? "account main is halted", output, StringComparison.Ordinal);
        Assert.Equal(1, await SealedJournal.ScalarAsync(source, "select count(*) from mt_events where type = 'trading_halted' and data ->> "
            + "'by' = 'kim' and data ->> 'reason' = 'something is wrong' and version = (select max(version) from mt_events)"));
        await using var journal = new TradeJournal(database, new("test", "0"), TimeProvider.System);
        Assert.NotEqual(TradingState.Active, await StateAsync(journal));
        var status = await ControlAsync(database, "status");
        Assert.True(status.Code is 0 or 1, status.Output + status.Errors);
        Assert.DoesNotContain("   at ", status.Errors + errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("reduce", "account main is reducing")]
    [InlineData("flatten", "account main holds nothing, and nothing is bought until trading is resumed")]
    public async Task a_damaged_account_can_be_reduced_and_flattened_but_not_resumed(string command, string told)
    {
        var database = await PostgresServer.CreateDatabaseAsync(opened.Connection);
        await using (var source = SealedJournal.Source(database))
            await SealedJournal.ExecuteAsync(source, "update mt_streams set is_archived = true where id = 'account-main'");

        var (code, output, _) = await ControlAsync(database, command, "--by", "kim", "--reason", "x");
        var resumed = await ControlAsync(database, "resume", "--by", "kim", "--reason", "x");
        var status = await ControlAsync(database, "status");

        Assert.Equal((0, 1), (code, resumed.Code));
        Assert.StartsWith($"{told}; the journal is damaged: mt_streams.is_archived of account-main is True and not False; ", output,
            StringComparison.Ordinal);
        Assert.StartsWith("trading: the journal is damaged: mt_streams.is_archived of account-main is True and not False; until "
            + "that is put right the account can only be halted, reduced or flattened", resumed.Errors, StringComparison.Ordinal);
        Assert.Contains("DAMAGED: mt_streams.is_archived", status.Output, StringComparison.Ordinal);
        Assert.Contains("REDUCING", status.Output, StringComparison.Ordinal);
    }

    private static async Task<TradingState?> StateAsync(TradeJournal journal)
    {
        try
        {
            return (await journal.AccountAsync("main", default))?.State.State;
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }

    private static Task<CliProgram.Result> ControlAsync(string database, params string[] arguments) =>
        CliProgram.RunHereAsync(["control", .. arguments, "--journal-connection",
            new NpgsqlConnectionStringBuilder(database) { Pooling = false }.ConnectionString,
            "--database", new NpgsqlConnectionStringBuilder(database).Database!]);
}

/// <summary>A journal in which the services opened an account; each test gets a copy.</summary>
public sealed class OpenedAccount : IAsyncLifetime
{
    public string Connection { get; private set; } = "";

    public async Task InitializeAsync()
    {
        Connection = new NpgsqlConnectionStringBuilder(await PostgresServer.CreateDatabaseAsync()) { Pooling = false }.ConnectionString;
        await using (var host = await ControlHost.StartAsync(InProcessSystem.Told, Connection))
            await host.OpenAccountAsync();
        // A database that somebody is connected to cannot be copied.
        await using var server = SealedJournal.Source(
            new NpgsqlConnectionStringBuilder(Connection) { Database = "postgres" }.ConnectionString);
        await SealedJournal.ScalarAsync(server, "select count(pg_terminate_backend(pid, 60000)) from pg_stat_activity where datname = "
            + $"'{new NpgsqlConnectionStringBuilder(Connection).Database}'");
    }

    public Task DisposeAsync() => Task.CompletedTask;
}
