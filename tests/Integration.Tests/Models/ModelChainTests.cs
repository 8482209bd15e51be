using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Trading.Contracts;
using Trading.Hosting.Settings;
using Trading.Journal.Tables;
using Trading.Journal.Upgrades;
using Trading.Services;
using Trading.TestKit.Data;
using Trading.TestKit.Models;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Models;

/// <summary>The ensemble of all models through services, bus and journal.</summary>
public sealed class ModelChainTests : SerialTest
{
    [SharedDataFact]
    public async Task the_ensemble_of_three_models_trades_a_recorded_day_over_the_bus()
    {
        // The first models are sure of a rise above 66,500 and of a fall below it; the third is the system's own.
        await using var bedrock = await ModelServers.BedrockAsync(price => price > 66_500 ? 2 : -2);
        await using var sageMaker = await ModelServers.SageMakerAsync(price => price > 66_500 ? 1.5 : -1.5);
        var settings = InProcessSystem.Recorded(SharedData.Path("binance_btcusdt_1m_2024.csv.gz")).With(bedrock, sageMaker) with
        {
            From = new(2024, 3, 5, 0, 0, 0, TimeSpan.Zero),
            To = new(2024, 3, 6, 0, 0, 0, TimeSpan.Zero),
            DecisionIntervalSeconds = 300,
            LeastConfidence = 0.4,
        };
        var journal = await InProcessSystem.PlayAsync(settings, await PostgresServer.CreateDatabaseAsync());

        Assert.Empty(bedrock.Refusals);
        Assert.Empty(sageMaker.Refusals);
        var predictions = ToldPredictions.Of(journal);
        Assert.Equal(288, predictions.Count);
        // Fifty prices for the language model, thirty for the endpoint, a hundred for the rule: all three from the hundredth minute on.
        var late = predictions.Where(prediction => prediction.Window.Count >= 100).ToList();
        Assert.Equal(269, late.Count);
        Assert.All(late, prediction => Assert.Equal((3, null),
            (prediction.Ensemble!.ModelsAnswered, prediction.Models.FirstOrDefault(output => output.Abstained is not null)?.Abstained)));
        Assert.All(late,
            prediction => Assert.Equal([true, true, false], prediction.Models.Select(output => output.Provenance is not null)));
        Assert.Contains(journal.Trades, trade => trade.Filled && trade.Assessed.Assessment.Signal == TradeAction.Buy);
        Assert.Contains(journal.Trades, trade => trade.Filled && trade.Assessed.Assessment.Signal == TradeAction.Sell);
        journal.AddsUp(settings.StartingCashUsd);
        journal.KeepsWithin(settings);
        journal.ReplaysWithoutDifference();
    }

    [Fact]
    public async Task a_price_that_is_delivered_again_is_paid_once_and_gets_the_same_answer()
    {
        await using var bedrock = await ModelServers.BedrockAsync(_ => 1.5);
        await using var sageMaker = await ModelServers.SageMakerAsync(_ => 1.5);
        var prices = InProcessSystem.WavePrices(minutes: 61, seed: 11);
        var traffic = new SeenMessages();
        await using var app = await InProcessSystem.BuildAsync(
            InProcessSystem.Told.With(bedrock, sageMaker) with { DecisionIntervalSeconds = 3600 },
            await PostgresServer.CreateDatabaseAsync(), trading =>
            {
                trading.Services.AddSingleton<TimeProvider>(new ManualTime(prices[^1].ObservedAt));
                trading.AddPredictor();
                traffic.On(trading);
            });
        await app.StartAsync();
        var (bus, history) = (app.Services.GetRequiredService<IBus>(), app.Services.GetRequiredService<PriceHistory>());
        foreach (var price in prices)
            await history.AddAsync(price, CancellationToken.None);

        // Twice at once, and once more when the answer is there.
        await Task.WhenAll(bus.Publish(prices[^1]), bus.Publish(prices[^1]));
        await traffic.Until(seen => seen.Of<PredictionMade>().Count == 2);
        await bus.Publish(prices[^1]);
        await traffic.Until(seen => seen.Of<PredictionMade>().Count == 3);

        Assert.Equal((1, 1), (bedrock.Requests.Count, sageMaker.Requests.Count));
        var told = Assert.Single(traffic.Of<PredictionMade>().Select(said => (JournalRecord.Text(said.Message), said.Id)).Distinct());
        Assert.Contains("It is what the test wants.", told.Item1, StringComparison.Ordinal);
        await app.StopAsync();
    }

    [Theory]
    [InlineData("dev", "bedrock")]
    [InlineData("prod", "bedrock,huggingface,technical")]
    public async Task the_profiles_start_and_decide_with_their_models(string profile, string models)
    {
        await using var bedrock = await ModelServers.BedrockAsync(price => price < 60_000 ? 3 : -3);
        await using var sageMaker = await ModelServers.SageMakerAsync(price => price < 60_000 ? 3 : -3);
        var values = TradingSettings.ForProfile(profile)!;
        // On recorded minutes, on paper and with PostgreSQL alone for stores; all else as the profile has it.
        var settings = values.With(bedrock, sageMaker) with
        {
            Models = values.Models,
            Feed = FeedKind.Recorded,
            Data = [InProcessSystem.WriteCandles(Folder, minutes: 400, seed: 10)],
            PriceIntervalSeconds = 60,
            Exchange = "paper",
            EnableRealTrading = false,
            PriceStores = ["postgres"],
            PriceHistory = PriceHistoryKind.Postgres,
            TradeStores = [],
            HttpPort = 0,
            SealIntervalSeconds = 0,
        };
        var database = await PostgresServer.CreateDatabaseAsync();
        // These profiles do not change the schema: the owner of the tables migrates first.
        await using (var owner = NpgsqlDataSource.Create(database))
            await SchemaUpgrade.AllAsync(owner, null, TimeProvider.System.GetUtcNow(), CancellationToken.None);
        var journal = await InProcessSystem.PlayAsync(settings, database);

        var predictions = ToldPredictions.Of(journal);
        Assert.Equal(80, predictions.Count);
        Assert.All(predictions, prediction => Assert.Equal(models, string.Join(',', prediction.Models.Select(output => output.Model))));
        Assert.All(predictions.Where(prediction => prediction.Window.Count >= 100),
            prediction => Assert.All(prediction.Models, output => Assert.Null(output.Abstained)));
        Assert.Contains(journal.Trades, trade => trade.Filled);
        journal.ReplaysWithoutDifference();
    }
}
