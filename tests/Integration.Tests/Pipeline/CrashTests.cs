using System.Runtime.ExceptionServices;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
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
    private static readonly PredictionMade Prediction = InProcessSystem.Rise(InProcessSystem.Price(60_000, InProcessSystem.Start));
    private static readonly Guid TradeId = DerivedId.Trade(Prediction.PredictionId);

    /// <summary>What the process dies before doing.</summary>
    public enum Act
    {
        Deciding,
        TellingTheDecision,
        PlacingTheOrder,
        ClosingTheTrade,
        TellingTheTrade,
    }

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
        await DieAsync(database, clock, diedBefore);
        Assert.Equal(tradeEventsLeft,
            (await JournalRecord.ReadAsync(database)).Stored.Count(happened => happened.StreamId == Trade.StreamId(TradeId)));

        clock.Advance(TimeSpan.FromSeconds(10));
        var traffic = new SeenMessages();
        await using var app = await StartAsync(database, clock, traffic);
        await SayAsync(app, Prediction);
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
        await DieAsync(database, clock, diedBefore);
        Assert.Single((await JournalRecord.ReadAsync(database)).Account!.Reservations);

        clock.Advance(TimeSpan.FromSeconds(secondsLater));
        var traffic = new SeenMessages();
        await using var app = await StartAsync(database, clock, traffic);
        await traffic.Until(seen => seen.Of<TradeExecuted>().Count > 0);
        await OneTradeAsync(database, traffic, outcome);
    }

    [Fact]
    public async Task an_order_whose_message_was_lost_is_left_alone_until_its_message_had_its_time()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        var clock = new ManualTime(InProcessSystem.Start);
        await DieAsync(database, clock, Act.TellingTheDecision);

        var traffic = new SeenMessages();
        await using var app = await StartAsync(database, clock, traffic);
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
        await DieAsync(database, clock, Act.TellingTheDecision);
        clock.Advance(TimeSpan.FromSeconds(16));
        using (var death = new Death(Act.TellingTheTrade))
        {
            var dying = await StartAsync(database, clock, new SeenMessages(), death);
            await death.Died;
            await InProcessSystem.CrashAsync(dying);
        }
        Assert.NotNull(Assert.Single((await JournalRecord.ReadAsync(database)).Trades).Execution);

        clock.Advance(TimeSpan.FromHours(1));
        var traffic = new SeenMessages();
        await using var app = await StartAsync(database, clock, traffic);
        await traffic.Until(seen => seen.Of<TradeExecuted>().Count > 0);
        await OneTradeAsync(database, traffic, TradeOutcome.Filled);
    }

    // The database refuses the step's event, or the bus the step's message, as they do to a process that is no more.
    private static async Task DieAsync(string database, ManualTime clock, Act diedBefore)
    {
        using var death = new Death(diedBefore);
        var app = await StartAsync(database, clock, new SeenMessages(), death);
        var refused = diedBefore switch
        {
            Act.Deciding => "trade_assessed",
            Act.PlacingTheOrder => "order_placed",
            Act.ClosingTheTrade => "trade_settled",
            _ => "nothing",
        };
        await ExecuteAsync(database, $"""
            create function die() returns trigger language plpgsql as $$ begin raise exception '{Death.Message}'; end $$;
            create trigger die before insert on mt_events for each row when (new.type = '{refused}') execute function die();
            """);
        await SayAsync(app, Prediction);
        await death.Died;
        await InProcessSystem.CrashAsync(app);
        await ExecuteAsync(database, "drop function die cascade");
    }

    private static async Task<WebApplication> StartAsync(string database, ManualTime clock, SeenMessages traffic, Death? death = null)
    {
        var app = await InProcessSystem.BuildAsync(InProcessSystem.Told, database, trading =>
        {
            trading.Services.AddSingleton<TimeProvider>(clock);
            trading.AddRiskManager();
            trading.AddExecutor();
            traffic.On(trading);
        });
        if (death is not null)
            app.Services.GetRequiredService<IBusControl>().ConnectPublishObserver(death);
        await app.StartAsync();
        return app;
    }

    private static Task SayAsync(WebApplication app, PredictionMade prediction) => app.Services.GetRequiredService<IBus>()
        .Publish(prediction, publish => publish.MessageId = DerivedId.Message(prediction.PredictionId, nameof(PredictionMade)));

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

    private static async Task ExecuteAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Refuses to publish the message of the step, and tells when the database or the bus has refused.</summary>
    private sealed class Death : IPublishObserver, IDisposable
    {
        public const string Message = "the process is no more";

        private readonly Act _diedBefore;
        private readonly TaskCompletionSource _died = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Death(Act diedBefore)
        {
            _diedBefore = diedBefore;
            AppDomain.CurrentDomain.FirstChanceException += Note;
        }

        public Task Died => _died.Task.WaitAsync(HangGuard.Limit);

        public void Dispose() => AppDomain.CurrentDomain.FirstChanceException -= Note;

        public Task PrePublish<T>(PublishContext<T> context)
            where T : class =>
            (_diedBefore == Act.TellingTheDecision && context.Message is RiskAssessed)
            || (_diedBefore == Act.TellingTheTrade && context.Message is TradeExecuted)
                ? throw new InvalidOperationException(Message)
                : Task.CompletedTask;

        public Task PostPublish<T>(PublishContext<T> context)
            where T : class => Task.CompletedTask;

        public Task PublishFault<T>(PublishContext<T> context, Exception exception)
            where T : class => Task.CompletedTask;

        // The bus tries again before it tells of a failure, which a dead process does not.
        private void Note(object? sender, FirstChanceExceptionEventArgs thrown)
        {
            if (thrown.Exception.Message.Contains(Message, StringComparison.Ordinal))
                _died.TrySetResult();
        }
    }
}
