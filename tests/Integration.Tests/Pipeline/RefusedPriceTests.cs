using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Trading.Contracts;
using Trading.Core;
using Trading.Journal.Events;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Pipeline;

/// <summary>Prices that are not believed move nothing, and keep no stop from selling.</summary>
public sealed class RefusedPriceTests : ExitTest
{
    [Fact]
    public async Task a_price_of_2099_is_refused_and_marks_of_2099_are_set_right_so_that_the_stop_still_sells()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        var (clock, traffic) = (new ManualTime(InProcessSystem.Start), new SeenMessages());
        await using var app = await StartAsync(database, clock, traffic);
        await SayAsync(app, Rise(InProcessSystem.Price(60_000, InProcessSystem.Start)));
        await traffic.Until(seen => seen.Of<TradeExecuted>().Count == 1);

        var dated = InProcessSystem.Price(61_000, new(2099, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await SayAsync(app, dated);
        await SayAsync(app, InProcessSystem.Price(61_000, InProcessSystem.Start.AddSeconds(60), "XRP-USD"));
        // An account that had believed it, before such prices were refused.
        await using (var journal = new TradeJournal(database, new("test", "0"), clock))
        {
            var account = (await journal.AccountAsync("main", default))!;
            Assert.True(await journal.AppendAsync([new(account.State.Id, account.Version,
                [new PriceMarked(InProcessSystem.Symbol, 61_000, dated.ObservedAt)])], new(null, "test"), default));
        }
        clock.Advance(TimeSpan.FromMinutes(1));
        await SayAsync(app, InProcessSystem.Price(56_500, InProcessSystem.Start.AddMinutes(1)));
        await traffic.Until(Left);

        var record = await JournalRecord.ReadAsync(database);
        record.AddsUp(InProcessSystem.Told.StartingCashUsd);
        Assert.InRange(Assert.Single(record.AccountEvents.OfType<MarksSet>()).HighestPrice!.Value, 59_900, 60_100);
        Assert.Empty(record.Account!.Positions);
        Assert.DoesNotContain(traffic.Of<RiskAssessed>(), decision => decision.Message.Cause().PriceId == dated.PriceId);
    }

    [Fact]
    public async Task a_price_other_than_the_stored_one_and_a_jump_of_one_source_move_nothing()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        var (clock, traffic) = (new ManualTime(InProcessSystem.Start), new SeenMessages());
        await using var app = await StartAsync(database, clock, traffic);
        var history = app.Services.GetRequiredService<Trading.Hosting.Stores.IPriceHistory>();
        var first = InProcessSystem.Price(60_000, InProcessSystem.Start);
        await history.AddAsync(first, default);
        await SayAsync(app, Rise(first with { Price = 59_999 }));
        await SayAsync(app, Rise(first));
        await traffic.Until(seen => seen.Of<TradeExecuted>().Count == 1);

        clock.Advance(TimeSpan.FromMinutes(1));
        // One that buys nothing would be the decision on that interval, and keep the true one from being made.
        var second = InProcessSystem.Price(59_990, InProcessSystem.Start.AddMinutes(1));
        await history.AddAsync(second, default);
        var handled = new Handled();
        using (app.Services.GetRequiredService<IBusControl>().ConnectReceiveObserver(handled))
        {
            await SayAsync(app, InProcessSystem.Rise(second with { Price = 59_980 }, confidence: 0.1));
            await handled.Prediction.Task.WaitAsync(HangGuard.Limit);
        }
        clock.Advance(TimeSpan.FromMinutes(1));
        // 30 % down at once, by one source: neither believed nor sold at. Confirmed by a second source it is.
        var fallen = InProcessSystem.Price(42_000, InProcessSystem.Start.AddMinutes(2));
        await SayAsync(app, fallen);
        await SayAsync(app, fallen with
        {
            Quotes = [.. fallen.Quotes, new(new Quote("other", "USD", 42_000, null, null, null, fallen.ObservedAt), null)],
        });
        await traffic.Until(Left);

        var record = await JournalRecord.ReadAsync(database);
        record.AddsUp(InProcessSystem.Told.StartingCashUsd);
        var sold = Assert.Single(record.Trades, trade => trade.Assessed.Assessment.Exit is not null);
        Assert.Equal(2, sold.Assessed.Cause().Quotes.Count);
        Assert.Equal(60_000, record.Trades[0].Assessed.Cause().Price);
        Assert.DoesNotContain(record.Trades, trade => trade.Assessed.Cause().Price == 59_980);
    }

    // Completes when a prediction was decided or refused.
    private sealed class Handled : IReceiveObserver
    {
        public TaskCompletionSource Prediction { get; } = new();

        public Task PreReceive(ReceiveContext context) => Task.CompletedTask;

        public Task PostReceive(ReceiveContext context) => Task.CompletedTask;

        public Task PostConsume<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType)
            where T : class => Note<T>();

        public Task ConsumeFault<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType, Exception exception)
            where T : class => Note<T>();

        public Task ReceiveFault(ReceiveContext context, Exception exception) => Task.CompletedTask;

        private Task Note<T>()
        {
            if (typeof(T) == typeof(PredictionMade))
                Prediction.TrySetResult();
            return Task.CompletedTask;
        }
    }
}
