namespace Trading.Core.Tests;

/// <summary>Predictions compared with what came, and the weights that follow from it.</summary>
public class TrackRecordTests
{
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
}
