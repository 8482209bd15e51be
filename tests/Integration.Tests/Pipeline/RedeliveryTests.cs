using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Background;
using Trading.Hosting.Stores;
using Trading.Hosting.Telemetry;
using Trading.Journal.Tables;
using Trading.Services;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;
using static Trading.TestKit.Pipeline.JournalRecord;

namespace Trading.Integration.Tests.Pipeline;

/// <summary>Messages that come twice, late and in another order.</summary>
public sealed class RedeliveryTests : SerialTest
{
    private const int Times = 2;

    [Fact]
    public async Task every_message_delivered_again_late_and_out_of_order_makes_each_trade_once()
    {
        var settings = InProcessSystem.Told;
        var database = await PostgresServer.CreateDatabaseAsync();
        var (traffic, clock) = (new SeenMessages(), new ManualTime(InProcessSystem.Start));
        await using var app = await InProcessSystem.BuildAsync(settings, database, trading =>
        {
            trading.Services.AddSingleton<TimeProvider>(clock);
            trading.AddPredictor();
            trading.AddRiskManager();
            trading.AddExecutor();
            // It would tell of some trades once more, and messages are counted below.
            trading.Services.Remove(trading.Services.Single(service => service.ImplementationType == typeof(OpenOrders)));
            traffic.On(trading);
        });
        await app.StartAsync();
        var bus = app.Services.GetRequiredService<IBus>();
        using var sinks = new PriceSinks([], app.Services.GetRequiredService<IPriceHistory>(), InProcessSystem.Told, null,
            app.Services.GetRequiredService<TradingMetrics>(), app.Services.GetRequiredService<Supervision>(), TimeProvider.System,
            NullLogger<PriceSinks>.Instance);

        // Prices come twice, the second time up to four minutes late among newer ones; the clock is at the newest.
        var random = new Random(3);
        var prices = InProcessSystem.WavePrices(minutes: 300, seed: 3);
        var deliveries = prices.Select((price, at) => (Price: price, At: (double)at))
            .Concat(prices.Select((price, at) => (Price: price, At: at + 4 * random.NextDouble())))
            .OrderBy(delivery => delivery.At)
            .Select(delivery => delivery.Price)
            .ToList();
        for (var delivered = 0; delivered < deliveries.Count; delivered++)
        {
            // The clock does not run away from what is under way.
            await traffic.Until(seen => seen.Of<RiskAssessed>().Count >= delivered - 3);
            clock.Advance(Later(deliveries[delivered].ObservedAt - clock.GetUtcNow()));
            await PriceCollector.PublishAsync(bus, sinks, deliveries[delivered], CancellationToken.None);
        }
        await traffic.Until(seen => Settled(seen, prices.Count * Times));
        var journal = await JournalRecord.ReadAsync(database);
        Assert.Equal(prices.Count, journal.Trades.Count);
        Assert.Contains(journal.Trades, trade => trade.Filled);

        // Then everything that was said is said again, in any order, and later than it may be traded on.
        clock.Advance(TimeSpan.FromMinutes(1));
        var said = traffic.Of<object>().DistinctBy(message => message.Id).OrderBy(_ => random.Next()).ToList();
        foreach (var (message, id) in said)
            await bus.Publish(message, message.GetType(), publish => publish.MessageId = id);
        var approvals = journal.Trades.Count(trade => trade.Approved);
        await traffic.Until(seen => Settled(seen, prices.Count * (Times + 1), prices.Count, prices.Count, approvals));

        var after = await JournalRecord.ReadAsync(database);
        Assert.Equal(journal.Events(), after.Events());
        after.AddsUp(settings.StartingCashUsd);
        after.KeepsWithin(settings);
        SaysOneThing(traffic.Of<RiskAssessed>(), assessed => DerivedId.Message(assessed.TradeId, nameof(RiskAssessed)), prices.Count);
        SaysOneThing(traffic.Of<TradeExecuted>(), executed => DerivedId.Message(executed.TradeId, nameof(TradeExecuted)), approvals);
        Assert.Equal(prices.Count, traffic.Of<PredictionMade>().DistinctBy(seen => seen.Id).Count());
        Assert.All(traffic.Of<PredictionMade>(),
            seen => Assert.Equal(DerivedId.Message(seen.Message.PredictionId, nameof(PredictionMade)), seen.Id));
    }

    [Fact]
    public async Task a_price_that_comes_late_or_again_is_predicted_on_the_window_that_it_ended()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        var traffic = new SeenMessages();
        await using var app = await InProcessSystem.BuildAsync(InProcessSystem.Told, database, trading =>
        {
            trading.Services.AddSingleton<TimeProvider>(new ManualTime(InProcessSystem.Start.AddMinutes(150)));
            trading.AddPredictor();
            traffic.On(trading);
        });
        await app.StartAsync();
        var (bus, history) = (app.Services.GetRequiredService<IBus>(), app.Services.GetRequiredService<PriceHistory>());
        var prices = InProcessSystem.WavePrices(minutes: 150, seed: 4);
        foreach (var price in prices)
            await history.AddAsync(price, CancellationToken.None);
        foreach (var price in prices.Reverse().Concat(prices))
            await bus.Publish(price);
        await traffic.Until(seen => seen.Of<PredictionMade>().Count == 2 * prices.Count);

        var window = new PriceWindow(InProcessSystem.Told.Pipeline().Window);
        var expected = prices.ToDictionary(price => price.PriceId, price =>
        {
            window.Add(price.IntervalStart.ToUnixTimeSeconds(), price.Price);
            return Text(window.Summarize());
        });
        Assert.All(traffic.Of<PredictionMade>(), seen => Assert.Equal(expected[seen.Message.Price.PriceId], Text(seen.Message.Window)));
    }

    private static TimeSpan Later(TimeSpan span) => span > TimeSpan.Zero ? span : TimeSpan.Zero;

    // Each price is answered by a prediction, each prediction by a decision, each approval by a trade; once more for each message that the
    // test itself said.
    private static bool Settled(SeenMessages seen, int prices, int predictionsSaid = 0, int decisionsSaid = 0, int tradesSaid = 0)
    {
        var (predictions, decisions, trades) = (seen.Of<PredictionMade>().Count, seen.Of<RiskAssessed>(), seen.Of<TradeExecuted>().Count);
        return predictions == prices + predictionsSaid
            && decisions.Count == predictions + decisionsSaid
            && trades == decisions.Count(decision => decision.Message.Assessment.Verdict == Verdict.Approved) + tradesSaid;
    }

    private static void SaysOneThing<T>(IReadOnlyList<(T Message, Guid? Id)> seen, Func<T, Guid> id, int count)
    {
        Assert.All(seen, message => Assert.Equal(id(message.Message), message.Id));
        var sayings = seen.GroupBy(message => message.Id).ToList();
        Assert.Equal(count, sayings.Count);
        Assert.All(sayings, saying => Assert.Single(saying.Select(message => Text(message.Message)).Distinct()));
        Assert.All(sayings, saying => Assert.True(saying.Count() >= Times + 1, $"{saying.Key} was said {saying.Count()} times"));
    }
}
