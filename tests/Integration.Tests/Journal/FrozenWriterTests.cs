using Trading.Core;
using Trading.Journal.Events;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Journal;

/// <summary>A process that is frozen in the middle of an append has locked rows, and wakes much later or never.</summary>
public sealed class FrozenWriterTests
{
    [Fact]
    public async Task a_writer_that_froze_within_its_transaction_does_not_stop_the_others_for_good()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        await using var frozen = new TradeJournal(database, new("test", "1.0.0"), TimeProvider.System);
        await using var other = new TradeJournal(database, new("test", "1.0.0"), TimeProvider.System);
        await frozen.PrepareAsync();
        await frozen.DecideAsync("main", new OpenAccount("main", "simulated", 10_000, InProcessSystem.Start), "test", default);
        await using var session = await frozen.Database.OpenConnectionAsync();
        await using var transaction = await session.BeginTransactionAsync();
        await using var locks = session.CreateCommand();
        locks.CommandText = "select version from mt_streams where id = 'account-main' for update";
        Assert.NotNull(await locks.ExecuteScalarAsync());

        await other.DecideAsync("main", new HaltTrading("test", "while another sleeps", InProcessSystem.Start), "test", default);

        Assert.Equal(TradingState.Halted, (await other.AccountAsync("main", default))!.State.State);
        await Assert.ThrowsAnyAsync<Exception>(() => transaction.CommitAsync());
    }
}
