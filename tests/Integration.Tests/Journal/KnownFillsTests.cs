using Trading.Core;
using Trading.Journal.Events;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Journal;

public sealed class KnownFillsTests
{
    private const int Fills = 4000, Rounds = 20, AtOnce = 8;

    [Fact]
    public async Task orders_that_ask_at_the_same_time_know_every_fill_of_the_journal()
    {
        await using var journal = new TradeJournal(await PostgresServer.CreateDatabaseAsync(), new("test", "0"), TimeProvider.System);
        await journal.PrepareAsync();
        var tradeId = Guid.NewGuid();
        Assert.True(await journal.AppendAsync(
            [new(Trade.StreamId(tradeId), 0, [.. Enumerable.Range(0, Fills).Select(number =>
                new OrderFilled("order", $"{number}", 0.001m, 60_000, 0, InProcessSystem.Start))])],
            new(tradeId, "test"), default));

        for (var round = 0; round < Rounds; round++)
        {
            var known = new KnownFills(journal.Database);
            await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Task.Run(async () =>
            {
                await known.ReadAsync(default);
                Assert.All(Enumerable.Range(0, Fills), number => Assert.True(known.Contains("order", $"{number}")));
                Assert.Equal(Trade.StreamId(tradeId), known.StreamOf("17"));
            })));
        }
    }
}
