using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Services;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Pipeline;

/// <summary>What is too old is not traded on, and no number of replicas exceeds a limit.</summary>
public sealed class LimitsTests : SerialTest
{
    [Theory]
    [InlineData(90, 0, null)]
    [InlineData(91, 0, RiskRule.PriceAge)]
    [InlineData(119, 119, null)]
    [InlineData(120, 120, RiskRule.PredictionAge)]
    public async Task a_prediction_that_is_too_old_is_refused_and_the_rule_recorded(
        int secondsLater, int observedSecondsLater, RiskRule? refusal)
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        var (traffic, clock) = (new SeenMessages(), new ManualTime(InProcessSystem.Start));
        await using var app = await StartAsync(InProcessSystem.Told, database, clock, traffic);
        clock.Advance(TimeSpan.FromSeconds(secondsLater));
        var price = InProcessSystem.Price(60_000, InProcessSystem.Start) with
        { ObservedAt = InProcessSystem.Start.AddSeconds(observedSecondsLater) };
        await SayAsync(app, InProcessSystem.Rise(price));
        await traffic.Until(seen => seen.Of<RiskAssessed>().Any(decision => decision.Message.Assessment.Verdict == Verdict.Refused)
            || seen.Of<TradeExecuted>().Count == 1);

        var journal = await JournalRecord.ReadAsync(database);
        journal.AddsUp(InProcessSystem.Told.StartingCashUsd);
        var assessment = Assert.Single(journal.Trades).Assessed.Assessment;
        Assert.Equal((refusal is null ? Verdict.Approved : Verdict.Refused, refusal), (assessment.Verdict, assessment.Refusal));
    }

    [Fact]
    public async Task an_approval_that_comes_after_its_expiry_ends_expired_and_frees_what_it_reserved()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        var (traffic, clock) = (new SeenMessages(), new ManualTime(InProcessSystem.Start));
        await using (var deciding = await StartAsync(InProcessSystem.Told, database, clock, traffic, executor: false))
        {
            await SayAsync(deciding, InProcessSystem.Rise(InProcessSystem.Price(60_000, InProcessSystem.Start)));
            await traffic.Until(seen => seen.Of<RiskAssessed>().Count == 1);
        }
        var approved = traffic.Of<RiskAssessed>().Single().Message;
        Assert.Equal(approved.Assessment.Order!.ReservedUsd, (await JournalRecord.ReadAsync(database)).Account!.ReservedUsd());

        // Whether the message or the look for open orders is first, the order ends once.
        await using var executing = await StartAsync(InProcessSystem.Told, database, clock, traffic);
        clock.Advance(TimeSpan.FromSeconds(120));
        await executing.Services.GetRequiredService<IBus>().Publish(approved);
        await traffic.Until(seen => seen.Of<TradeExecuted>().Count > 0);

        var journal = await JournalRecord.ReadAsync(database);
        journal.AddsUp(InProcessSystem.Told.StartingCashUsd);
        Assert.Equal(TradeOutcome.Expired, Assert.Single(journal.Trades).Execution!.Outcome);
        Assert.Equal(TradeOutcome.Expired, Assert.Single(journal.AccountEvents.OfType<ReservationReleased>()).Outcome);
        Assert.Equal(InProcessSystem.Told.StartingCashUsd, journal.Account!.FreeCashUsd());
    }

    [Fact]
    public async Task two_risk_managers_that_decide_at_once_exceed_no_limit_at_any_version_of_the_account()
    {
        (string Symbol, decimal Price)[] markets = [("BTC-USD", 60_000), ("ETH-USD", 3_000), ("SOL-USD", 150),
            ("ADA-USD", 0.5m), ("XRP-USD", 0.6m)];
        var settings = InProcessSystem.Told with
        {
            Symbols = [.. markets.Select(market => market.Symbol)],
            StartingCashUsd = 3_000,
            MaxOpenOrders = 0,
            MaxOrdersPerMinute = 0,
            DuplicateWindowSeconds = 0,
            MaxExposureShare = 0
        };
        var predictions = Enumerable.Range(0, 200)
            .Select(number => (Market: markets[number % markets.Length], At: InProcessSystem.Start.AddMinutes(-number / markets.Length)))
            .Select(decision => InProcessSystem.Rise(InProcessSystem.Price(decision.Market.Price, decision.At, decision.Market.Symbol) with
            {
                ObservedAt = InProcessSystem.Start
            }) with
            { ExpiresAt = InProcessSystem.Start.AddMinutes(2) })
            .ToList();

        var database = await PostgresServer.CreateDatabaseAsync();
        var clock = new ManualTime(InProcessSystem.Start);
        var (left, right) = (new SeenMessages(), new SeenMessages());
        await using var one = await StartAsync(settings, database, clock, left);
        await using var other = await StartAsync(settings, database, clock, right);
        // Half goes to one, half to the other, and every third to both.
        var toOne = predictions.Where((_, number) => number % 2 == 0 || number % 3 == 0).ToList();
        var toOther = predictions.Where((_, number) => number % 2 == 1 || number % 3 == 0).ToList();
        await Task.WhenAll(
            toOne.Select(prediction => SayAsync(one, prediction)).Concat(toOther.Select(prediction => SayAsync(other, prediction))));
        await left.Until(seen => Ended(seen, toOne.Count));
        await right.Until(seen => Ended(seen, toOther.Count));

        var journal = await JournalRecord.ReadAsync(database);
        Assert.Equal(predictions.Count, journal.Trades.Count);
        journal.AddsUp(settings.StartingCashUsd);
        journal.KeepsWithin(settings);
        // Both limits were reached, so there was something to exceed.
        Assert.Contains(journal.Trades, trade => trade.Assessed.Assessment.Refusal == RiskRule.PositionShare);
        Assert.Contains(journal.Trades, trade => trade.Assessed.Assessment.Refusal == RiskRule.FreeCash);
        Assert.Contains(journal.Trades, trade => trade.Filled);
    }

    private static bool Ended(SeenMessages seen, int predictions)
    {
        var decisions = seen.Of<RiskAssessed>();
        return decisions.Count == predictions
            && seen.Of<TradeExecuted>().Count == decisions.Count(decision => decision.Message.Assessment.Verdict == Verdict.Approved);
    }

    private static async Task<WebApplication> StartAsync(TradingSettings settings, string database, ManualTime clock,
        SeenMessages traffic, bool executor = true)
    {
        var app = await InProcessSystem.BuildAsync(settings, database, trading =>
        {
            trading.Services.AddSingleton<TimeProvider>(clock);
            trading.AddRiskManager();
            if (executor)
                trading.AddExecutor();
            traffic.On(trading);
        });
        await app.StartAsync();
        return app;
    }

    // Asynchronous, so that what the bus attaches to the flow of control stays in here and does not meet the next host's bus.
    private static async Task SayAsync(WebApplication app, PredictionMade prediction) => await app.Services.GetRequiredService<IBus>()
        .Publish(prediction, publish => publish.MessageId = DerivedId.Message(prediction.PredictionId, nameof(PredictionMade)));
}
