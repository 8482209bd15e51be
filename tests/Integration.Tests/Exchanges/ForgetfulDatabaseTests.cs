using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Trading.Contracts;
using Trading.Core;
using Trading.Journal.Events;
using Trading.Journal.Postgres;
using Trading.Services;
using Trading.TestKit.Exchanges;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Exchanges;

/// <summary>A standby without the last commits takes over: nothing is sent twice.</summary>
public sealed class ForgetfulDatabaseTests : SerialTest
{
    [Theory]
    [InlineData("binance")]
    public async Task an_order_that_the_journal_forgot_is_asked_for_and_not_sent_again(string exchange)
    {
        await using var system = await ExchangeSystem.CreateAsync(exchange);
        var approving = await system.StartAsync();
        var approved = await ExchangeAccount.ApproveAsync(approving.Services.GetRequiredService<TradeJournal>(), 1, system.Market.Price,
            400, 0.001m, false, null, null, InProcessSystem.Symbol);
        await system.CrashAsync(approving);
        // The standby: it has the approval and nothing that came after it.
        await system.CloseJournalsAsync();
        var standby = await PostgresServer.CopyAsync(system.Database);
        await ExecuteAsync(system, approved);

        system.Database = standby;
        Assert.Null((await system.TradeAsync(approved.TradeId)).Placed);
        await ExecuteAsync(system, approved, passes: false);
        Assert.Single(system.Market.Orders);
        // Found by its id and booked, or not placed because the account was held first: then what it did there is an open difference.
        Assert.True((await system.TradeAsync(approved.TradeId)).Execution!.Outcome == TradeOutcome.Filled
            || (await system.StateAsync()).External is { Pending: true } or { Differences.Count: > 0 });
    }

    [Theory]
    [InlineData("binance", "before")]
    [InlineData("binance", "sent")]
    [InlineData("binance", "unknown")]
    [InlineData("binance", "resting")]
    [InlineData("binance", "ended")]
    [InlineData("coinbase", "before")]
    [InlineData("coinbase", "sent")]
    [InlineData("coinbase", "unknown")]
    [InlineData("coinbase", "resting")]
    public async Task an_older_copy_under_a_running_executor_makes_no_order_twice_and_what_it_forgot_is_booked_or_told(
        string exchange, string step)
    {
        await using var system = await ExchangeSystem.CreateAsync(exchange);
        var app = await system.StartAsync();
        var (memory, answers) = (new DatabaseMemory(system.Database), new TaskCompletionSource());
        if (step == "resting")
            await system.TradeAsync(app, 0.003m);
        if (step == "before")
            await memory.NoteAsync();
        if (step == "sent")
            system.Simulator.HoldsOrders = answers.Task;
        if (step == "unknown")
        {
            system.Market.HidesNext = TimeSpan.FromSeconds(3);
            system.Simulator.Faults = Faults.None.Then(SimFault.TakenThenCut);
        }
        var before = system.Market.Orders.Count;
        var trade = step == "resting" ? await system.RestAsync(app, 0.002m, 59_000) : await system.TellAsync(app, 0.001m);
        var approved = (await system.TradeAsync(trade)).Assessed();
        await ExchangeSystem.UntilAsync(async () => step switch
        {
            "sent" => system.Market.Orders.Count > before,
            "unknown" => (await system.TradeAsync(trade)).Unknown,
            "ended" => (await system.TradeAsync(trade)).Execution is not null,
            _ => true,
        });
        if (step != "before")
            await memory.NoteAsync();
        answers.SetResult();
        if (step == "resting")
            system.Market.SetPrice(58_900);
        await ExchangeSystem.UntilAsync(async () => (await system.TradeAsync(trade)).Execution is not null);

        await system.CloseJournalsAsync();
        await memory.ForgetAsync();
        // The queue still holds what was not answered when the connection broke.
        await app.Services.GetRequiredService<IBus>()
            .Publish(approved, publish => publish.MessageId = DerivedId.Message(trade, nameof(RiskAssessed)));

        await ExchangeSystem.UntilAsync(async () =>
        {
            var known = await system.JournalAsync(journal => journal.TradeAsync(trade, default));
            return known?.State.Execution?.Outcome == TradeOutcome.Filled
                || (await system.StateAsync()).External is { Differences.Count: > 0 };
        }, "what the database forgot is neither booked nor told");
        Assert.Equal(before + 1, system.Market.Orders.Count);
        Assert.All(system.Market.Orders.GroupBy(order => order.ClientId), same => Assert.Single(same));
    }

    [Fact]
    public async Task another_life_of_the_database_is_noted_with_the_account_once_and_the_comparison_begins_again()
    {
        await using var system = await ExchangeSystem.CreateAsync("binance");
        var app = await system.StartAsync();
        await ExchangeSystem.UntilAsync(async () => (await system.EventsAsync<OperatorCommanded>()).Count == 1);
        var first = Assert.Single(await system.EventsAsync<OperatorCommanded>());
        Assert.False(DatabaseLife.IsChange(first));
        await system.CrashAsync(app);

        // As if the account had last been traded on another timeline.
        await system.JournalAsync(async journal =>
        {
            var account = (await journal.AccountAsync(ExchangeAccount.Account, default))!;
            return await journal.AppendAsync([new(account.State.Id, account.Version,
                [DatabaseLife.Note("7000000000000000000/00000001", null, TimeProvider.System.GetUtcNow())])], new(null, "test"), default);
        });
        await system.StartAsync();
        await ExchangeSystem.UntilAsync(async () => (await system.EventsAsync<OperatorCommanded>()).Count == 3);
        var last = (await system.EventsAsync<OperatorCommanded>())[^1];
        Assert.Equal($"{first.Command} after 7000000000000000000/00000001", last.Command);
        Assert.True(DatabaseLife.IsChange(last));
    }

    [Fact]
    public async Task a_life_that_is_known_is_compared_without_a_look_at_the_events()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        await using var journal = new TradeJournal(database, new("test", "0"), TimeProvider.System);
        await journal.PrepareAsync();
        await journal.DecideAsync("main", new OpenAccount("main", "simulated", 1, DateTimeOffset.UtcNow), "test", default);
        var life = new JournalLife(journal, new(), TimeProvider.System);
        Assert.Null(await life.ChangedFromAsync(default));
        // Nothing that would search them finds them.
        await using (var away = journal.Database.CreateCommand("alter table mt_events rename to away"))
            await away.ExecuteNonQueryAsync();
        Assert.Null(await life.ChangedFromAsync(default));
    }

    private static async Task ExecuteAsync(ExchangeSystem system, RiskAssessed approved, bool passes = true)
    {
        var app = await system.StartAsync(passes);
        await app.Services.GetRequiredService<IBus>()
            .Publish(approved, publish => publish.MessageId = DerivedId.Message(approved.TradeId, nameof(RiskAssessed)));
        await ExchangeSystem.UntilAsync(async () => (await system.TradeAsync(approved.TradeId)).Execution is not null);
        await system.CrashAsync(app);
    }
}
