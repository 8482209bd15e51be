namespace Trading.Core.Tests;

/// <summary>Predictions compared with what came, and the weights that follow from it.</summary>
public class TrackRecordTests
{
    private static readonly PipelineRules Rules = new(
        new(IntervalSeconds: 60, HorizonSteps: 10), DecisionIntervalSeconds: 60, ExpirySeconds: 120,
        Given.Costs, EnsembleWeighting.TrackRecord);

    private static readonly RiskLimits Limits = new(
        new(ThresholdPercent: 0.05, Confidence: 0.4), LeastConfidence: 0.4, MaxTradeAmountUsd: 500,
        MaxPositionShare: 0.5m, CashReserveShare: 0.1m,
        MaxDailyLossShare: 0.2m, MaxPriceAgeSeconds: 120, WorstPriceMarginPercent: 0.5m, FeePercent: 0.1m,
        LotSize: 0.00001m, LeastOrderValueUsd: 10);

    [Theory]
    [InlineData(Direction.Up, 0.6, 110, true, 0.16)]
    [InlineData(Direction.Up, 0.6, 90, false, 0.36)]
    [InlineData(Direction.Down, 0.7, 90, true, 0.09)]
    [InlineData(Direction.Down, 0.7, 110, false, 0.49)]
    [InlineData(Direction.Stable, 0.9, 110, null, 0.25)]
    [InlineData(Direction.Up, 0.6, 100, false, 0.01)]
    [InlineData(Direction.Down, 0.1, 110, false, 0.25)]
    public void an_answer_is_compared_with_what_came(Direction direction, double confidence, double then, bool? hit, double brier)
    {
        var score = Score.Of(105, direction, confidence, price: 100, then);

        Assert.Equal(hit, score.Hit);
        Assert.Equal(brier, score.Brier, 12);
        Assert.Equal((Math.Abs(105 - then), Math.Abs(100 - then)), (score.ErrorPercent, score.NoChangeErrorPercent));
        Assert.Equal(then == 100 ? 0 : 0.25, score.NoChangeBrier);
    }

    [Fact]
    public void no_change_itself_has_no_skill_and_a_calibrated_model_has_what_it_knows()
    {
        Assert.Equal(0, Score.Of(100, Direction.Stable, 0.8, 100, 110).Skill);
        Assert.Equal(-3, Score.Of(110, Direction.Up, 1, 100, 90).Skill);

        // Right in 55 of 100 and says so: (2 x 0.55 - 1)².
        var mean = 0.55 * Score.Of(101, Direction.Up, 0.55, 100, 101).Skill + 0.45 * Score.Of(101, Direction.Up, 0.55, 100, 99).Skill;
        Assert.Equal(TrackRecord.PriorSkill, mean, 12);
    }

    [Fact]
    public void a_model_without_a_record_has_weight_one_and_one_that_is_as_good_as_it_is_taken_to_be_keeps_it()
    {
        Assert.Equal(1, TrackRecord.Weight(default));
        Assert.Equal(1,
            TrackRecord.Weight(default(ModelRecord) with { RecentSignals = 300, RecentSkill = 300 * TrackRecord.PriorSkill }), 12);
        Assert.InRange(TrackRecord.Weight(default(ModelRecord) with { RecentSignals = 300, RecentSkill = 30 }), 5, 10);
    }

    [Fact]
    public void a_model_that_is_worse_than_no_change_loses_its_weight_and_says_why()
    {
        var record = default(ModelRecord);
        for (var i = 0; i < 200; i++)
            record = record.With(Score.Of(101, Direction.Up, 0.7, 100, i % 2 == 0 ? 101 : 99), share: 1);

        var weight = TrackRecord.Weigh("oracle", record);

        Assert.Equal(new("oracle", 0, 200, "worse than no change over 200 predictions: mean skill -0.1608, 49.9 % came true"), weight);
    }

    [Fact]
    public void over_enough_predictions_the_benefit_of_the_doubt_ends()
    {
        // A little worse than "no change": the prior alone would outweigh that.
        var little = default(ModelRecord) with { Scored = 90, Signals = 90, RecentSignals = 90, RecentSkill = -0.5 };

        Assert.True(TrackRecord.Weight(little) > 0);
        Assert.Equal(0, TrackRecord.Weight(little with { RecentSignals = TrackRecord.LeastSignals }));
    }

    [Fact]
    public void a_model_has_weight_exactly_where_its_weight_is_above_0()
    {
        var (random, weightless) = (new Random(5), 0);
        for (var i = 0; i < 10_000; i++)
        {
            var signals = random.Next(0, 200) * 1.0;
            var record = default(ModelRecord) with { RecentSignals = signals, RecentSkill = random.Next(-300, 300) * signals / 20_000 };

            Assert.Equal(TrackRecord.Weight(record) > 0, TrackRecord.HasWeight(record));
            weightless += TrackRecord.HasWeight(record) ? 0 : 1;
        }
        Assert.InRange(weightless, 1_000, 9_000);
    }

    [Fact]
    public void a_weight_is_never_negative_and_comes_back()
    {
        var record = default(ModelRecord);
        for (var i = 0; i < 50; i++)
            record = record.With(Score.Of(101, Direction.Up, 0.9, 100, 99), share: 1);
        Assert.Equal(0, TrackRecord.Weight(record));
        for (var i = 0; i < 2000; i++)
            record = record.With(Score.Of(101, Direction.Up, 0.9, 100, 101), share: 1);
        Assert.True(TrackRecord.Weight(record) > 1);
    }

    [Fact]
    public void predictions_that_overlap_share_what_one_would_count()
    {
        var (often, once) = (default(ModelRecord), default(ModelRecord));
        for (var i = 0; i < 600; i++)
            often = often.With(Score.Of(101, Direction.Up, 0.6, 100, 101),
                TrackRecord.Share(decisionIntervalSeconds: 60, horizonSeconds: 3600));
        for (var i = 0; i < 10; i++)
            once = once.With(Score.Of(101, Direction.Up, 0.6, 100, 101), TrackRecord.Share(3600, 3600));

        Assert.Equal(600, often.Signals);
        Assert.Equal(TrackRecord.Weight(once), TrackRecord.Weight(often), 1);
    }

    [Fact]
    public void a_prediction_is_scored_at_the_first_price_at_or_after_its_horizon_and_not_at_one_that_comes_much_later()
    {
        TrackRecords Predicted()
        {
            var records = new TrackRecords(1, intervalSeconds: 60, decisionIntervalSeconds: 60, horizonSeconds: 600);
            records.Predict(0, 100, [new(101, Direction.Up, 0.6)]);
            return records;
        }

        var records = Predicted();
        records.Observe(540, 105);
        Assert.Equal(0, records[0].Scored);
        records.Observe(660, 99);
        records.Observe(720, 105);
        Assert.Equal((1, 0), (records[0].Scored, records[0].Hits));

        records = Predicted();
        records.Observe(600 + 601, 105);
        records.Observe(600 + 660, 105);
        Assert.Equal(0, records[0].Scored);
    }

    [Fact]
    public void models_that_abstained_are_not_scored()
    {
        var records = new TrackRecords(2, 60, 60, 60);
        records.Predict(0, 100, [Forecast.None, new(101, Direction.Up, 0.6)]);
        records.Observe(60, 102);

        Assert.Equal((0, 1), (records[0].Scored, records[1].Scored));
    }

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
