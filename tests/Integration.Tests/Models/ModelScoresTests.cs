using Trading.Core;
using Trading.Hosting.Settings;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;
using static Trading.TestKit.Pipeline.JournalRecord;

namespace Trading.Integration.Tests.Models;

/// <summary>Scores in the journal and the weights that follow from them, in recorded runs and after restarts.</summary>
public sealed class ModelScoresTests : SerialTest
{
    [Fact]
    public async Task a_recorded_run_weighs_as_the_fold_does_and_scores_each_prediction_once()
    {
        var settings = Recorded(LongForm.Or(500, 250), seed: 1);
        var journal = await InProcessSystem.PlayAsync(settings, await PostgresServer.CreateDatabaseAsync());

        var (trades, account) = InProcessSystem.Fold(settings);
        Assert.Equal(trades.Count, journal.Trades.Count);
        foreach (var (expected, actual) in trades.Zip(journal.Trades))
            Assert.Equal(Text(expected), Text(actual));
        Assert.Equal(Text(account), Text(journal.Account));
        // The weights moved, so there was something to get wrong.
        Assert.InRange(journal.Trades.Select(trade => trade.Assessed.Prediction!.Weights!.Single().Weight).Distinct().Count(),
            LongForm.Or(200, 80), 500);

        var due = journal.Trades.Select(trade => trade.Assessed.Prediction!)
            .Where(prediction => prediction.Models[0].Abstained is null
                && prediction.Price.IntervalStart.AddSeconds(600) <= journal.Trades[^1].Assessed.Prediction!.Price.IntervalStart);
        Assert.Equal(due.Select(prediction => prediction.PredictionId), Scores(journal).Select(scored => scored.PredictionId));
        journal.ReplaysWithoutDifference();
    }

    [Fact]
    public async Task a_run_that_is_stopped_and_begun_again_goes_on_with_the_same_scores_and_weights()
    {
        var settings = Recorded(LongForm.Or(300, 180), seed: 2);
        var whole = await InProcessSystem.PlayAsync(settings, await PostgresServer.CreateDatabaseAsync());
        var database = await PostgresServer.CreateDatabaseAsync();
        await InProcessSystem.PlayAsync(settings with { To = InProcessSystem.Start.AddMinutes(LongForm.Or(290, 170)) }, database);

        var again = await InProcessSystem.PlayAsync(settings, database);

        Assert.Equal(Text(whole.Trades), Text(again.Trades));
        Assert.Equal(Text(Scores(whole)), Text(Scores(again)));
    }

    [Fact]
    public async Task without_weights_scores_are_written_together_at_each_full_hour()
    {
        var settings = Recorded(minutes: 300, seed: 3) with { EnsembleWeights = EnsembleWeighting.Confidence };
        var journal = await InProcessSystem.PlayAsync(settings, await PostgresServer.CreateDatabaseAsync());

        Assert.All(journal.Trades, trade => Assert.Null(trade.Assessed.Prediction!.Weights));
        var written = journal.Stored.Where(happened => happened.Type == "prediction_scored")
            .Select(happened => happened.Timestamp).Distinct().ToList();
        Assert.Equal([InProcessSystem.Start.AddHours(2), InProcessSystem.Start.AddHours(3), InProcessSystem.Start.AddHours(4),
            InProcessSystem.Start.AddHours(5)], written);
        // The first answer is to the hundredth price, and the last one that is due by the end to the one of ten minutes before.
        Assert.Equal(Enumerable.Range(100, 300 - 10 - 99).Select(minute => InProcessSystem.Start.AddMinutes(minute)),
            Scores(journal).Select(scored => scored.PriceAt));
        journal.ReplaysWithoutDifference();
    }

    private TradingSettings Recorded(int minutes, int seed) =>
        InProcessSystem.Recorded(InProcessSystem.WriteCandles(Folder, minutes, seed)) with
        { EnsembleWeights = EnsembleWeighting.TrackRecord, HorizonSeconds = 600, SignalThresholdPercent = 0.1, LeastConfidence = 0.55 };

    private static List<PredictionScored> Scores(JournalRecord journal) =>
        [.. journal.Stored.Select(happened => happened.Event()).OfType<PredictionScored>()];
}
