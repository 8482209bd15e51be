using Trading.Contracts;
using Trading.Core;
using Trading.Journal.Events;
using Trading.Journal.Tables;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;
using static Trading.TestKit.Pipeline.JournalRecord;

namespace Trading.Integration.Tests.Models;

/// <summary>Scores and weights of several replicas on one journal, and after an outage.</summary>
public sealed class ReplicaScoresTests : SerialTest
{
    [Fact]
    public async Task two_replicas_in_any_order_give_the_same_weights_and_write_each_score_once()
    {
        var (prices, database) = (InProcessSystem.WavePrices(minutes: 240, seed: 4), await PostgresServer.CreateDatabaseAsync());
        var told = await TellAsync(database, prices, except: []);
        await using var first = await ScoringReplica.StartAsync(database);
        await using var second = await ScoringReplica.StartAsync(database);

        var random = new Random(4);
        var weights = new Dictionary<PriceObserved, List<string>>();
        for (var at = 0; at < prices.Count; at += 4)
        {
            // Four prices at a time, each replica in an order of its own and at the same time as the other.
            var some = prices.Skip(at).Take(4).ToList();
            var (left, right) = (some.OrderBy(_ => random.Next()).ToList(), some.OrderBy(_ => random.Next()).ToList());
            foreach (var answers in await Task.WhenAll(first.WeighAsync(left, prices), second.WeighAsync(right, prices)))
            {
                foreach (var (price, weight) in answers)
                    (weights.TryGetValue(price, out var known) ? known : weights[price] = []).Add(Text(weight));
            }
        }

        Assert.All(weights, entry => Assert.Single(entry.Value.Distinct()));
        Assert.Equal(Folded(prices, told).Select(Text), prices.Select(price => weights[price][0]));
        var scores = await ScoresAsync(database);
        Assert.Equal(scores.Select(scored => scored.PredictionId).Distinct(), scores.Select(scored => scored.PredictionId));
        Assert.Equal(240 - 99 - 10, scores.Count);

        // A third that starts now is asked about the past, and knows it.
        await using var third = await ScoringReplica.StartAsync(database);
        foreach (var (price, weight) in await third.WeighAsync([prices[170], prices[120], prices[239]], prices))
            Assert.Equal(weights[price][0], Text(weight));
    }

    [Fact]
    public async Task after_an_outage_the_scores_of_the_time_in_between_are_caught_up_with_and_gaps_score_nothing()
    {
        // No prices between minute 150 and 175, so none that predicts until 276; and nobody predicted on those from 290 to 329, which were
        // observed all the same.
        var prices = InProcessSystem.WavePrices(minutes: 400, seed: 5).Where((_, minute) => minute is < 150 or > 175).ToList();
        var database = await PostgresServer.CreateDatabaseAsync();
        var told = await TellAsync(database, prices, except: prices.Where(price =>
            price.IntervalStart >= InProcessSystem.Start.AddMinutes(290) && price.IntervalStart < InProcessSystem.Start.AddMinutes(330)));
        await using (var before = await ScoringReplica.StartAsync(database))
            await before.WeighAsync([.. prices.Where(price => price.IntervalStart < InProcessSystem.Start.AddMinutes(290))], prices);

        await using var after = await ScoringReplica.StartAsync(database);
        var weights = await after.WeighAsync([prices[^1]], prices);

        Assert.Equal(Text(Folded(prices, told)[^1]), Text(weights[prices[^1]]));
        var scored = (await ScoresAsync(database)).Select(score => (int)(score.PriceAt - InProcessSystem.Start).TotalMinutes).ToList();
        Assert.DoesNotContain(150 - 5, scored);
        Assert.Contains(285, scored);
        Assert.Contains(335, scored);
        Assert.DoesNotContain(scored, minute => minute is > 289 and < 330);
    }

    private static async Task<List<PredictionScored>> ScoresAsync(string database)
    {
        await using var source = Npgsql.NpgsqlDataSource.Create(database);
        var scores = new List<PredictionScored>();
        await foreach (var happened in JournalReader.ReadAsync(source))
        {
            if (happened.Event() is PredictionScored scored)
                scores.Add(scored);
        }
        return scores;
    }

    /// <summary>
    /// Writes prices to the history and the predictions on them to the journal, as the services would have; gives the predictions.
    /// </summary>
    private static async Task<List<PredictionMade>> TellAsync(
        string database, IReadOnlyList<PriceObserved> prices, IEnumerable<PriceObserved> except)
    {
        await using var history = new PriceHistory(database);
        await using var journal = new TradeJournal(database, new("test", "0"), TimeProvider.System);
        await history.PrepareAsync(CancellationToken.None);
        await journal.PrepareAsync();
        var rules = ScoringReplica.ByRecord.Pipeline() with { Weighting = EnsembleWeighting.Confidence };
        var window = new PriceWindow(rules.Window);
        var left = except.ToHashSet();
        var predictions = new List<PredictionMade>();
        foreach (var price in prices)
        {
            await history.AddAsync(price, CancellationToken.None);
            window.Add(price.IntervalStart.ToUnixTimeSeconds(), price.Price);
            if (!left.Contains(price))
                predictions.Add(Predictions.Predict(price, window, [TechnicalModel.Output(window)], rules, price.ObservedAt));
        }
        foreach (var some in predictions.Chunk(50))
        {
            var appends = some.Select(prediction => DerivedId.Trade(prediction.PredictionId) is var id
                ? new StreamAppend(Trade.StreamId(id), 0, [new TradeProposed(id, prediction)]) : null!).ToList();
            Assert.True(await journal.AppendAsync(appends, new(null, "test"), CancellationToken.None));
        }
        return predictions;
    }

    private static List<IReadOnlyList<ModelWeight>> Folded(IReadOnlyList<PriceObserved> prices, List<PredictionMade> predictions)
    {
        var records = ScoringReplica.ByRecord.Pipeline().NewTrackRecords(models: 1)!;
        var byPrice = predictions.ToDictionary(prediction => prediction.Price.PriceId);
        var weights = new List<IReadOnlyList<ModelWeight>>();
        foreach (var price in prices)
        {
            records.Observe(price.IntervalStart.ToUnixTimeSeconds(), PriceWindow.InUnits(price.Price));
            weights.Add([TrackRecord.Weigh(TechnicalModel.Name, records[0])]);
            if (byPrice.GetValueOrDefault(price.PriceId)?.Models[0] is { } output)
                records.Predict(price.IntervalStart.ToUnixTimeSeconds(), PriceWindow.InUnits(price.Price),
                    [output.Abstained is null
                        ? new(output.PredictedPrice!.Value, output.Direction!.Value, output.Confidence!.Value) : Forecast.None]);
        }
        return weights;
    }
}
