namespace Trading.Core.Tests;

/// <summary>Weights of models in the ensemble, in the pipeline and in the journal.</summary>
public class WeighedPipelineTests
{
    private static readonly PipelineRules Rules = new(
        new(IntervalSeconds: 60, HorizonSteps: 10), DecisionIntervalSeconds: 60, ExpirySeconds: 120,
        Given.Costs, EnsembleWeighting.TrackRecord);

    private static readonly RiskLimits Limits = new(
        new(ThresholdPercent: 0.05, Confidence: 0.4), LeastConfidence: 0.4, MaxTradeAmountUsd: 500,
        MaxPositionShare: 0.5m, CashReserveShare: 0.1m,
        MaxDailyLossShare: 0.2m, MaxPriceAgeSeconds: 120, WorstPriceMarginPercent: 0.5m, FeePercent: 0.1m,
        LotSize: 0.00001m, LeastOrderValueUsd: 10);

    [Fact]
    public void models_without_weight_do_not_count_and_alone_they_make_no_ensemble()
    {
        ModelOutput[] outputs = [new("good", 101, Direction.Up, 0.6, null), new("bad", 90, Direction.Down, 0.9, null),
            new("silent", null, null, null, "time-out")];
        ModelWeight good = new("good", 1.5, 100, null), bad = new("bad", 0, 100, "worse"), silent = new("silent", 1, 0, null);

        var combined = Ensemble.Combine(outputs, 100, [good, bad, silent])!;

        Assert.Equal((101, Direction.Up, 0.6, 1), (combined.PredictedPrice, combined.Direction, combined.Confidence, combined.Agreement));
        Assert.Null(Ensemble.Combine(outputs, 100, [good with { Weight = 0 }, bad, silent]));
    }

    [Fact]
    public void the_pipeline_weighs_by_the_scores_that_its_predictions_and_prices_give()
    {
        var prices = Given.Prices(seed: 3, minutes: 1440);
        var predictions = Run(prices).Select(step => step.Assessed.Prediction!).ToList();

        var (record, scored) = (default(ModelRecord), 0);
        for (var i = 0; i < predictions.Count; i++)
        {
            // The prediction of ten minutes ago ends with this price.
            if (i >= 10 && predictions[i - 10].Models[0] is { Abstained: null } output)
            {
                record = TrackRecord.Score(predictions[i - 10], output, prices[i].IntervalStart, prices[i].Price,
                    TrackRecord.Share(60, 600), record).Record;
                scored++;
            }
            Assert.Equal(TrackRecord.Weigh(TechnicalModel.Name, record), Assert.Single(predictions[i].Weights!));
        }
        Assert.True(scored > 1000);
        Assert.NotEqual(1, TrackRecord.Weight(record));
    }

    [Fact]
    public void a_model_that_lost_its_weight_leads_to_recorded_holds()
    {
        // A rise in which the rule is always right, and so confident; then prices that turn every ten minutes, where it is always wrong.
        var prices = Enumerable.Range(0, 300).Select(minute => Given.Price(60_000 + (minute < 110
            ? minute * 20 : 2200 + (minute / 10 % 2 == 0 ? minute % 10 : 10 - minute % 10) * 100), Given.Noon.AddMinutes(minute))).ToList();

        var steps = Run(prices);

        var held = steps.Last();
        Assert.Null(held.Assessed.Prediction!.Ensemble);
        Assert.Null(held.Assessed.Prediction!.Models[0].Abstained);
        Assert.StartsWith("worse than no change over ", held.Assessed.Prediction!.Weights![0].Lost, StringComparison.Ordinal);
        Assert.Equal(Verdict.Hold, held.Assessed.Assessment.Verdict);
        Assert.NotNull(steps[110].Assessed.Prediction!.Ensemble);
    }

    [Fact]
    public void a_journal_with_scores_is_what_its_inputs_give_and_an_edited_score_or_weight_is_found()
    {
        var journal = Journal(Given.Prices(seed: 1, minutes: 600)).ToList();
        Assert.Null(Play(journal).First);
        Assert.InRange(Play(journal).Scores, 400, 600);

        // What is found first is the edited event.
        foreach (var edit in new Func<object, object?>[]
        {
            happened => happened is PredictionScored scored ? scored with { PriceThen = scored.PriceThen + 1 } : null,
            happened => happened is PredictionScored scored ? scored with { Record = scored.Record with { RecentSkill = 5 } } : null,
            happened => happened is PredictionScored scored ? scored with { Score = scored.Score with { Hit = true } } : null,
            happened => happened is TradeProposed { Prediction: { Weights: { } weights } prediction } proposed
                ? proposed with { Prediction = prediction with { Weights = [weights[0] with { Weight = 2 }] } } : null,
            happened => happened is TradeProposed { Prediction: { Weights: { } weights } prediction } proposed
                ? proposed with { Prediction = prediction with { Weights = [weights[0] with { Scored = 7000 }] } } : null,
        })
        {
            var at = journal.FindLastIndex(entry => edit(entry.Event) is { } changed && !changed.Equals(entry.Event));
            var edited = journal.Select((entry, index) => index == at ? (entry.Stream, entry.Version, edit(entry.Event)!) : entry).ToList();
            Assert.Equal(at + 1, Play(edited).First!.Sequence);
        }
    }

    private static List<PipelineStep> Run(IEnumerable<PriceObserved> prices)
    {
        var pipeline = new ReferencePipeline(Given.Symbol, Rules, Given.Account(Limits), accountVersion: 2);
        return prices.SelectMany(pipeline.Step).ToList();
    }

    private static Replay Play(List<(string Stream, long Version, object Event)> journal)
    {
        var replay = new Replay();
        for (var i = 0; i < journal.Count; i++)
            replay.Add(i + 1, journal[i].Stream, journal[i].Version, journal[i].Event);
        return replay;
    }

    // Predictions are recorded as holds of an account that never trades: the rest of the journal is the business of other tests.
    private static IEnumerable<(string Stream, long Version, object Event)> Journal(List<PriceObserved> prices)
    {
        var account = Given.Account(Limits with { LeastConfidence = 1 });
        yield return (account.Id, 1, Given.Opened);
        yield return (account.Id, 2, new LimitsSet(1, Limits with { LeastConfidence = 1 }, "test", "", Given.Noon));
        account = Portfolio.Evolve(Portfolio.Evolve(null, Given.Opened),
            new LimitsSet(1, Limits with { LeastConfidence = 1 }, "test", "", Given.Noon));
        var record = default(ModelRecord);
        var made = new List<PredictionMade>();
        foreach (var step in Run(prices))
        {
            var prediction = step.Assessed.Prediction!;
            if (made.Count >= 10 && made[^10] is var due && due.Models[0].Abstained is null)
            {
                var scored = TrackRecord.Score(due, due.Models[0], prediction.Price.IntervalStart, prediction.Price.Price,
                    TrackRecord.Share(60, 600), record);
                record = scored.Record;
                yield return (TrackRecord.StreamId(scored.Model, scored.Symbol), record.Scored, scored);
            }
            made.Add(prediction);
            var tradeId = step.Assessed.TradeId;
            var assessment = Risk.Assess(account, 2, prediction, prediction.MadeAt);
            yield return (Trade.StreamId(tradeId), 1, new TradeProposed(tradeId, prediction));
            yield return (Trade.StreamId(tradeId), 2, new TradeAssessed(assessment));
        }
    }
}
