using Trading.Journal.Events;
using Trading.Journal.Tables;
using Trading.TestKit.Models;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Models;

/// <summary>Calls and tokens that a day may cost.</summary>
public sealed class ModelBudgetTests : ModelForecasterTest
{
    [Fact]
    public async Task replicas_and_restarts_share_the_budget_of_a_day()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        await using var journal = new TradeJournal(database, new("test", "1"), TimeProvider.System);
        await using var server = await ModelServers.BedrockAsync(_ => 1.5);
        var budget = new ModelBudget(CallsPerDay: 3, TokensPerDay: 1_000_000);
        for (var call = 0; call < 3; call++)
            Assert.Null((await AskAsync(server, spending: new ModelSpending(journal, TimeProvider.System), budget: budget)).Abstained);
        var spending = new ModelSpending(journal, TimeProvider.System);
        var fourth = await AskAsync(server, spending: spending, budget: budget);

        Assert.Equal("not asked: the day's budget of 3 calls and 1000000 tokens is used up", fourth.Abstained);
        Assert.Equal((3, 0), (server.Requests.Count, fourth.Provenance!.Attempts));
        Assert.Equal((3, 3 * 1280L), await spending.TodayAsync("bedrock", CancellationToken.None));
        Assert.Null((await AskAsync(server, spending: new ModelSpending(journal, new Tomorrow()), budget: budget)).Abstained);
    }

    [Fact]
    public async Task tokens_are_a_budget_too()
    {
        await using var journal = new TradeJournal(await PostgresServer.CreateDatabaseAsync(), new("test", "1"), TimeProvider.System);
        await using var server = await ModelServers.BedrockAsync(_ => 1.5);
        var (spending, budget) = (new ModelSpending(journal, TimeProvider.System), new ModelBudget(100, TokensPerDay: 2000));
        await AskAsync(server, spending: spending, budget: budget);
        await AskAsync(server, spending: spending, budget: budget);

        Assert.StartsWith("not asked", (await AskAsync(server, spending: spending, budget: budget)).Abstained, StringComparison.Ordinal);
    }

    [Fact]
    public async Task tokens_that_could_not_be_written_are_counted_with_the_next_call_whatever_becomes_of_it()
    {
        await using var journal = new TradeJournal(await PostgresServer.CreateDatabaseAsync(), new("test", "1"), TimeProvider.System);
        var (spending, budget) = (new ModelSpending(journal, TimeProvider.System), new ModelBudget(100, TokensPerDay: 2000));
        Assert.Null(await spending.CountCallAsync("bedrock", budget, default));
        await spending.CountTokensAsync("bedrock", 5000, new(canceled: true));
        Assert.Equal((1, 0L), await spending.TodayAsync("bedrock", default));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => spending.CountCallAsync("bedrock", budget, new(canceled: true)));
        for (var call = 0; call < 2; call++)
            Assert.StartsWith("not asked: the day's budget", await spending.CountCallAsync("bedrock", budget, default),
                StringComparison.Ordinal);
        // Other replicas see them, too.
        Assert.StartsWith("not asked: the day's budget",
            await new ModelSpending(journal, TimeProvider.System).CountCallAsync("bedrock", budget, default), StringComparison.Ordinal);
        Assert.Equal((1, 5000L), await spending.TodayAsync("bedrock", default));
    }

    [Fact]
    public async Task the_tokens_of_an_answer_that_comes_after_midnight_are_counted()
    {
        await using var journal = new TradeJournal(await PostgresServer.CreateDatabaseAsync(), new("test", "1"), TimeProvider.System);
        var clock = new ManualTime(new(2024, 3, 1, 23, 59, 59, TimeSpan.Zero));
        var (spending, budget) = (new ModelSpending(journal, clock), new ModelBudget(100, TokensPerDay: 2000));
        Assert.Null(await spending.CountCallAsync("bedrock", budget, default));
        clock.Advance(TimeSpan.FromSeconds(2));
        await spending.CountTokensAsync("bedrock", 2000, default);

        Assert.Equal((0, 2000L), await spending.TodayAsync("bedrock", default));
        Assert.StartsWith("not asked", await spending.CountCallAsync("bedrock", budget, default), StringComparison.Ordinal);
    }

    private sealed class Tomorrow : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddDays(1);
    }
}
