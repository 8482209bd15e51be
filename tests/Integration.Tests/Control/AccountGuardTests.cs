using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Trading.Core;
using Trading.Hosting.Audit;
using Trading.Journal.Events;
using Trading.TestKit.Audit;
using Trading.TestKit.Control;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Control;

/// <summary>The account that decisions read is compared with its events by the running system.</summary>
public sealed class AccountGuardTests(OpenedAccount opened) : IClassFixture<OpenedAccount>
{
    [Theory]
    [InlineData("jsonb_set(data, '{cashUsd}', '15000')", "cashUsd is stored as 15000, its events make it 10000 ")]
    [InlineData("jsonb_set(data, '{limits,maxTradeAmountUsd}', '9999')",
        "limits.maxTradeAmountUsd is stored as 9999, its events make it 100 ")]
    [InlineData("jsonb_set(data, '{positions,BTC-USD}', '{\"quantity\": 1, \"costUsd\": 1, \"lastPrice\": 1}')",
        "positions.BTC-USD.costUsd is stored as 1, its events make it nothing ")]
    public async Task a_changed_account_is_halted_before_the_first_decision(string change, string told)
    {
        var database = await PostgresServer.CreateDatabaseAsync(opened.Connection);
        await using (var source = SealedJournal.Source(database))
            await SealedJournal.ExecuteAsync(source, $"update mt_doc_portfolio set data = {change}");

        await using (await ControlHost.StartAsync(InProcessSystem.Told, database))
        {
        }

        var (state, halted) = await HaltedAsync(database);
        Assert.Equal((TradingState.Halted, AccountGuard.By), (state, halted.By));
        Assert.StartsWith($"the stored account is not what its events make: {told.TrimEnd()}", halted.Reason, StringComparison.Ordinal);
        Assert.NotNull(Trading.Hosting.Alerts.EventAlerts.Types.SingleOrDefault(type => type == "trading_halted"));
    }

    [Fact]
    public async Task an_account_that_is_changed_while_the_system_runs_is_halted_and_not_resumed_before_it_is_put_right()
    {
        var database = await PostgresServer.CreateDatabaseAsync(opened.Connection);
        await using (var host = await ControlHost.StartAsync(InProcessSystem.Told with { AccountCheckSeconds = 1 }, database))
        {
            await using var source = SealedJournal.Source(database);
            await SealedJournal.ExecuteAsync(source, "update mt_doc_portfolio set data = jsonb_set(data, '{cashUsd}', '15000')");
            while (await SealedJournal.ScalarAsync(source, "select count(*) from mt_events where type = 'trading_halted'") == 0)
                await Task.Delay(20);
        }

        string[] account = ["--by", "kim", "--reason", "x", "--journal-connection", database];
        var resumed = await TestKit.Programs.CliProgram.RunHereAsync(["control", "resume", .. account]);
        Assert.Equal(1, resumed.Code);
        Assert.Contains("cashUsd is stored as 15000, its events make it 10000; trading audit rebuild --write", resumed.Errors,
            StringComparison.Ordinal);
        Assert.Equal((0, "written again from its events: account-main\n"),
            await WithoutErrorsAsync(AuditProgram.RunHereAsync(database, "rebuild", "--write")));
        Assert.Equal((0, "account main is active\n"),
            await WithoutErrorsAsync(TestKit.Programs.CliProgram.RunHereAsync(["control", "resume", .. account])));
        Assert.Equal(0, (await AuditProgram.RunHereAsync(database, "rebuild", "--compare")).Code);
    }

    [Fact]
    public async Task a_halt_that_could_not_be_written_is_tried_again()
    {
        var database = await PostgresServer.CreateDatabaseAsync(opened.Connection);
        await using var source = SealedJournal.Source(database);
        await using var host = await ControlHost.StartAsync(InProcessSystem.Told with { AccountCheckSeconds = 3600 }, database);
        var guard = host.Services.GetServices<IHostedService>().OfType<AccountGuard>().Single();
        await SealedJournal.ExecuteAsync(source, """
            update mt_doc_portfolio set data = jsonb_set(data, '{cashUsd}', '15000');
            create function refuse() returns trigger language plpgsql as $$ begin raise exception 'disk full'; end $$;
            create trigger refuse before insert on mt_events for each row execute function refuse()
            """);
        await Assert.ThrowsAnyAsync<Exception>(() => guard.CheckAsync(default));
        Assert.Equal(0, await SealedJournal.ScalarAsync(source, "select count(*) from mt_events where type = 'trading_halted'"));
        await SealedJournal.ExecuteAsync(source, "drop trigger refuse on mt_events");

        await guard.CheckAsync(default);

        Assert.Equal(1, await SealedJournal.ScalarAsync(source, "select count(*) from mt_events where type = 'trading_halted'"));
    }

    [Fact]
    public async Task values_that_an_earlier_version_did_not_keep_are_written_and_halt_nothing()
    {
        var database = await PostgresServer.CreateDatabaseAsync(opened.Connection);
        await using var source = SealedJournal.Source(database);
        await using (var journal = new TradeJournal(database, new("test", "0"), TimeProvider.System))
            await journal.DecideAsync("main", new WatchPrice("BTC-USD", 60_000, InProcessSystem.Start), "test", default);
        await SealedJournal.ExecuteAsync(source, "update mt_doc_portfolio set data = data - 'peakEquityUsd' - 'peakAt'");

        await using (await ControlHost.StartAsync(InProcessSystem.Told, database))
        {
        }

        Assert.Equal(0, await SealedJournal.ScalarAsync(source, "select count(*) from mt_events where type = 'trading_halted'"));
        Assert.Equal(1, await SealedJournal.ScalarAsync(source, "select count(*) from mt_doc_portfolio where data ? 'peakEquityUsd'"));
    }

    private static async Task<(int, string)> WithoutErrorsAsync(Task<TestKit.Programs.CliProgram.Result> running)
    {
        var (code, output, errors) = await running;
        Assert.Equal("", errors);
        return (code, output);
    }

    private static async Task<(TradingState State, TradingHalted Halted)> HaltedAsync(string database)
    {
        await using var journal = new TradeJournal(database, new("test", "0"), TimeProvider.System);
        var last = await JournalReader.LastOfAsync(journal.Database, "account-main", ["trading_halted"], default);
        return ((await journal.AccountAsync("main", default))!.State.State, (TradingHalted)last!.Value.Event());
    }
}
