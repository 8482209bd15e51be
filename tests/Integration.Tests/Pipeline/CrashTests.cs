using Trading.Contracts;
using Trading.Core;
using Trading.Services;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Pipeline;

/// <summary>A crash between any two steps of a trade, and the next start on the same journal.</summary>
public sealed class CrashTests : SerialTest
{
    private static readonly Guid TradeId = DerivedId.Trade(DyingSystem.Prediction.PredictionId);

    [Theory]
    [InlineData(Act.Deciding, 0)]
    [InlineData(Act.TellingTheDecision, 2)]
    [InlineData(Act.PlacingTheOrder, 2)]
    [InlineData(Act.ClosingTheTrade, 3)]
    [InlineData(Act.TellingTheTrade, 5)]
    public async Task a_redelivered_prediction_finishes_what_a_crash_left(Act diedBefore, int tradeEventsLeft)
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        var clock = new ManualTime(InProcessSystem.Start);
        await DyingSystem.DieAsync(database, clock, diedBefore);
        Assert.Equal(tradeEventsLeft,
            (await JournalRecord.ReadAsync(database)).Stored.Count(happened => happened.StreamId == Trade.StreamId(TradeId)));

        clock.Advance(TimeSpan.FromSeconds(10));
        var traffic = new SeenMessages();
        await using var app = await DyingSystem.StartAsync(database, clock, traffic);
        await DyingSystem.SayAsync(app, DyingSystem.Prediction);
        await traffic.Until(seen => seen.Of<TradeExecuted>().Count > 0);
        await OneTradeAsync(database, traffic, TradeOutcome.Filled);
    }

    [Theory]
    [InlineData(Act.TellingTheDecision, 16, TradeOutcome.Filled)]
    [InlineData(Act.PlacingTheOrder, 16, TradeOutcome.Filled)]
    [InlineData(Act.ClosingTheTrade, 16, TradeOutcome.Filled)]
    [InlineData(Act.TellingTheDecision, 120, TradeOutcome.Expired)]
    [InlineData(Act.PlacingTheOrder, 120, TradeOutcome.Expired)]
    [InlineData(Act.ClosingTheTrade, 120, TradeOutcome.Filled)]
    public async Task an_order_whose_message_was_lost_is_taken_up_at_the_next_start(Act diedBefore, int secondsLater, TradeOutcome outcome)
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        var clock = new ManualTime(InProcessSystem.Start);
        await DyingSystem.DieAsync(database, clock, diedBefore);
        Assert.Single((await JournalRecord.ReadAsync(database)).Account!.Reservations);

        clock.Advance(TimeSpan.FromSeconds(secondsLater));
        var traffic = new SeenMessages();
        await using var app = await DyingSystem.StartAsync(database, clock, traffic);
        await traffic.Until(seen => seen.Of<TradeExecuted>().Count > 0);
        await OneTradeAsync(database, traffic, outcome);
    }

    [Fact]
    public async Task an_order_whose_message_was_lost_is_left_alone_until_its_message_had_its_time()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        var clock = new ManualTime(InProcessSystem.Start);
        await DyingSystem.DieAsync(database, clock, Act.TellingTheDecision);

        var traffic = new SeenMessages();
        await using var app = await DyingSystem.StartAsync(database, clock, traffic);
        // Each look begins to wait for the next one when it is done.
        await clock.WaitedFor(period => period == OpenOrders.Every);
        clock.Advance(OpenOrders.LeastAge - TimeSpan.FromSeconds(1));
        Assert.Single((await JournalRecord.ReadAsync(database)).Account!.Reservations);
        clock.Advance(OpenOrders.Every);
        await traffic.Until(seen => seen.Of<TradeExecuted>().Count > 0);
        await OneTradeAsync(database, traffic, TradeOutcome.Filled);
    }

    [Fact]
    public async Task an_end_that_no_message_waited_for_and_that_was_not_reported_is_reported_at_the_next_start()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        var clock = new ManualTime(InProcessSystem.Start);
        await DyingSystem.DieAsync(database, clock, Act.TellingTheDecision);
        clock.Advance(TimeSpan.FromSeconds(16));
        using (var death = new Death(Act.TellingTheTrade))
        {
            var dying = await DyingSystem.StartAsync(database, clock, new SeenMessages(), death);
            await death.Died;
            await InProcessSystem.CrashAsync(dying);
        }
        Assert.NotNull(Assert.Single((await JournalRecord.ReadAsync(database)).Trades).Execution);

        clock.Advance(TimeSpan.FromHours(1));
        var traffic = new SeenMessages();
        await using var app = await DyingSystem.StartAsync(database, clock, traffic);
        await traffic.Until(seen => seen.Of<TradeExecuted>().Count > 0);
        await OneTradeAsync(database, traffic, TradeOutcome.Filled);
    }

    private static async Task OneTradeAsync(string database, SeenMessages traffic, TradeOutcome outcome)
    {
        var journal = await JournalRecord.ReadAsync(database);
        journal.AddsUp(InProcessSystem.Told.StartingCashUsd);
        var trade = Assert.Single(journal.Trades);
        Assert.Equal((TradeId, outcome), (trade.Assessed.TradeId, trade.Execution!.Outcome));
        var told = Assert.Single(traffic.Of<TradeExecuted>());
        Assert.Equal(DerivedId.Message(TradeId, nameof(TradeExecuted)), told.Id);
        Assert.Equal(JournalRecord.Text(trade.Execution), JournalRecord.Text(told.Message.Execution));
    }
}
