using Trading.Contracts;
using Trading.Core;
using Trading.Journal.Events;
using Trading.TestKit.Audit;
using Trading.TestKit.Control;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Journal;

/// <summary>Decisions that rest on the account as a process read it last.</summary>
public sealed class KnownAccountTests
{
    private const string Account = "main";

    [Fact]
    public async Task events_that_rest_on_an_account_are_added_only_while_it_is_as_it_was_read()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        await using var journal = new TradeJournal(database, new("one", "0"), TimeProvider.System);
        await using var other = new TradeJournal(database, new("other", "0"), TimeProvider.System);
        await journal.PrepareAsync();
        await DecideAsync(journal, new OpenAccount(Account, "real", 1000, InProcessSystem.Start));
        Assert.Null(journal.LastRead(Account));

        Assert.Equal(1, (await journal.AccountAsync(Account, default))!.Version);
        Assert.True(await AppendAsync(journal));
        await DecideAsync(other, new AdjustCash(1, "kim", "paid in", InProcessSystem.Start));
        Assert.False(await AppendAsync(journal));
        Assert.Equal(1001, (await journal.AccountAsync(Account, default))!.State.CashUsd);
        Assert.True(await AppendAsync(journal));

        // What this process added itself it knows without a query, with the time at which the server wrote it.
        await DecideAsync(journal, new AdjustCash(1, "kim", "paid in", InProcessSystem.Start));
        Assert.Equal((1002, 3), (journal.LastRead(Account)!.Account.State.CashUsd, journal.LastRead(Account)!.Account.Version));
        Assert.True(await AppendAsync(journal));
        await DecideAsync(other, new AdjustCash(1, "kim", "paid in", InProcessSystem.Start));
        Assert.False(await AppendAsync(journal));
        Assert.Equal(1003, (await journal.AccountAsync(Account, default))!.State.CashUsd);
        Assert.Equal(3, await SealedJournal.ScalarAsync(journal.Database, "select count(*) from mt_events where type = 'order_filled'"));
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(true, false)]
    public async Task an_account_that_has_the_same_version_with_another_content_is_another_account(bool ownAppend, bool failover)
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        await using var journal = new TradeJournal(database, new("one", "0"), TimeProvider.System);
        await journal.PrepareAsync();
        await DecideAsync(journal, new OpenAccount(Account, "real", 1000, InProcessSystem.Start));
        var read = await journal.AccountAsync(Account, default);
        if (ownAppend)
            read = await DecideAsync(journal, new AdjustCash(1, "kim", "paid in", InProcessSystem.Start));

        // After a failover that lost the newest events another one was written; somebody who changes it by hand leaves the time.
        await SealedJournal.ExecuteAsync(journal.Database, $$"""
            update mt_doc_portfolio set mt_last_modified = mt_last_modified + interval '{{(failover ? 1 : 0)}} microsecond',
                data = jsonb_set(data, '{cashUsd}', '900')
            """);
        Assert.False(await AppendAsync(journal));
        // Nothing is added to the account either that was decided on what it was before.
        var again = new AdjustCash(1, "kim", "paid in", InProcessSystem.Start);
        Assert.Null(await journal.TryDecideAsync(Account, read, again, "test", default));
        var found = await journal.AccountAsync(Account, default);
        Assert.Equal((900, read!.Version), (found!.State.CashUsd, found.Version));
    }

    [Fact]
    public async Task a_decision_without_an_order_is_made_on_the_account_as_another_process_left_it()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        var (clock, traffic) = (new ManualTime(InProcessSystem.Start), new SeenMessages());
        await using var host = await ControlHost.StartAsync(InProcessSystem.Told, database, clock, traffic, executor: false);
        await host.OpenAccountAsync();
        await using var other = new TradeJournal(database, new("other", "0"), TimeProvider.System);
        var (cash, versions) = (InProcessSystem.Told.StartingCashUsd, new List<(decimal, long)>());
        for (var round = 0; round < 7; round++)
        {
            if (round % 2 == 0 && round > 0)
                await DecideAsync(other, new AdjustCash(1, "kim", "paid in", InProcessSystem.Start));
            var (state, version) = (await other.AccountAsync(Account, default))!;
            versions.Add((state.CashUsd, version));
            // Too little confidence for an order.
            await host.SayAsync(InProcessSystem.Rise(InProcessSystem.Price(60_000, clock.GetUtcNow()), confidence: 0.01));
            await traffic.Until(seen => seen.Of<RiskAssessed>().Count == round + 1);
            clock.Advance(TimeSpan.FromMinutes(1));
        }
        // The first price of a day is noted in the account.
        Assert.Equal(versions.Skip(1), traffic.Of<RiskAssessed>().Skip(1)
            .Select(seen => (seen.Message.Assessment.CashUsd, seen.Message.Assessment.AccountVersion)));
        Assert.All(traffic.Of<RiskAssessed>(), seen => Assert.Null(seen.Message.Assessment.Order));
        Assert.Equal(cash + 3, versions[^1].Item1);
    }

    // A trade's event that rests on the account as it was read last.
    private static Task<bool> AppendAsync(TradeJournal journal)
    {
        var tradeId = Guid.NewGuid();
        return journal.AppendAsync([new(Trade.StreamId(tradeId), 0, [new OrderFilled("order", "1", 1, 1, 0, InProcessSystem.Start)])],
            new(tradeId, "test"), default, journal.LastRead(Account)!);
    }

    private static Task<Loaded<Portfolio>> DecideAsync(TradeJournal journal, IAccountCommand command) =>
        journal.DecideAsync(Account, command, "test", default);
}
