using System.Text.Json;
using Trading.Core;
using Trading.Research.Tournaments;
using Trading.Research.Training;

namespace Trading.Research.Tests.Training;

/// <summary>The boosted model: what it sees, how it is trained, what its chances are worth.</summary>
public class BoostedModelTests : BoostedModelTest
{
    [Theory]
    [InlineData(BoostedInputs.Prices)]
    [InlineData(BoostedInputs.Volume)]
    [InlineData(BoostedInputs.Flow)]
    public void features_do_not_know_the_future_and_follow_from_as_many_prices_as_they_say(BoostedInputs inputs)
    {
        var (candles, taker) = (Candles(500, seed: 1), Taker(500, seed: 1));
        var whole = new BoostedSamples(candles, Hour, 4, inputs, taker);
        var other = new BoostedSamples([.. candles.Take(300), .. candles.Skip(300).Select(Tripled)], Hour, 4, inputs,
            [.. taker.Take(300), .. taker.Skip(300).Select(bought => bought / 3)]);
        var late = new BoostedSamples(candles.AsSpan(100, 300), Hour, 4, inputs, taker[100..400]);

        Assert.False(whole.Ready[BoostedFeatures.Prices - 2]);
        Assert.True(whole.Ready[BoostedFeatures.Prices - 1]);
        for (var at = BoostedFeatures.Prices; at < 300; at++)
            Assert.Equal(whole.Features(at).ToArray(), other.Features(at).ToArray());
        Assert.NotEqual(whole.Features(300).ToArray(), other.Features(300).ToArray());
        Assert.Equal(whole.Features(300).ToArray(), late.Features(200).ToArray());
    }

    [Fact]
    public void training_uses_nothing_from_its_end_on_and_no_outcome_that_reaches_beyond_it()
    {
        var (candles, taker) = (Candles(2500, seed: 2), Taker(2500, seed: 2));
        string Trained(Candle[] of, decimal[]? bought = null, int horizon = 24) => JsonSerializer.Serialize(
            new BoostedTraining(new(of, Hour, horizon, BoostedInputs.Flow, bought ?? taker), end: 2000, seed: 1)
                .Learn(null, CancellationToken.None));

        Assert.Equal(Trained(candles), Trained([.. candles.Take(2000), .. candles.Skip(2000).Select(Tripled)],
            [.. taker.Take(2000), .. taker.Skip(2000).Select(bought => bought / 3)]));
        Assert.NotEqual(Trained(candles), Trained([.. candles.Take(1500), .. candles.Skip(1500).Select(Tripled)]));
        Assert.NotEqual(Trained(candles), Trained(candles, [.. taker.Take(1500), .. taker.Skip(1500).Select(bought => bought / 3)]));
    }

    [Fact]
    public void what_can_be_learned_is_learned_and_its_chances_come_true_as_often_as_they_say()
    {
        // The sign of the last return is that of the next one in seven of ten hours.
        var candles = Candles(9000, seed: 3, persistence: 0.7);
        var walked = WalkForwardBoosted.Over(candles, Hour, 1, BoostedInputs.Prices,
            [candles[3000].OpenTimeUnixSeconds, candles[5000].OpenTimeUnixSeconds, candles[7000].OpenTimeUnixSeconds],
            CancellationToken.None);

        var calibrated = walked.Outcomes.Where(one => one.At >= candles[5000].OpenTimeUnixSeconds + 2 * Hour).ToList();
        Assert.InRange(calibrated.Average(one => one.Rise > 0.5 == one.Rose ? 1.0 : 0), 0.66, 0.74);
        Assert.True(calibrated.Average(one => Math.Pow(one.Rise - (one.Rose ? 1 : 0), 2)) < 0.22);
        foreach (var bin in calibrated.GroupBy(one => one.Rise > 0.5).Where(bin => bin.Count() > 300))
            Assert.InRange(bin.Average(one => one.Rose ? 1.0 : 0) - bin.Average(one => one.Rise), -0.05, 0.05);
        // The first model's scores have nothing yet that tells what they stand for.
        Assert.All(walked.Said.Where(one => one.At < candles[5000].OpenTimeUnixSeconds), one => Assert.Equal(0.5, one.ChanceUp));
    }

    [Fact]
    public void of_noise_nothing_is_learned_that_would_be_acted_on()
    {
        var candles = Candles(9000, seed: 4);
        var walked = WalkForwardBoosted.Over(candles, Hour, 4, BoostedInputs.Volume,
            [candles[4000].OpenTimeUnixSeconds, candles[6500].OpenTimeUnixSeconds], CancellationToken.None);

        var calibrated = walked.Outcomes.Where(one => one.At >= candles[6500].OpenTimeUnixSeconds + 5 * Hour).ToList();
        Assert.InRange(calibrated.Average(one => Math.Pow(one.Rise - (one.Rose ? 1 : 0), 2)), 0.24, 0.26);
    }

    [Fact]
    public void isotonic_chances_never_fall_and_of_few_outcomes_nothing_is_said()
    {
        var random = new Random(5);
        var outcomes = Enumerable.Range(0, 5000).Select(_ => random.NextDouble() * 2 - 1)
            .Select(score => (score, random.NextDouble() < 0.5 + 0.2 * Math.Sign(score))).ToList();

        var learned = IsotonicRegression.Of(outcomes);

        Assert.True(learned.IsSound());
        Assert.InRange(learned.Of(-0.9), 0.25, 0.35);
        Assert.InRange(learned.Of(0.9), 0.65, 0.75);
        Assert.InRange(learned.Of(-5), 0.2, 0.35);
        Assert.Equal(ScoreCalibration.Even, IsotonicRegression.Of(outcomes[..300]));
        Assert.Equal(0.5, ScoreCalibration.Even.Of(3));
    }

    [Fact]
    public void walking_forward_says_the_same_of_a_price_whatever_comes_later()
    {
        var (candles, taker) = (Candles(6000, seed: 6, persistence: 0.6), Taker(6000, seed: 6));
        long[] fits = [candles[2000].OpenTimeUnixSeconds, candles[4000].OpenTimeUnixSeconds];
        foreach (var cut in (int[])[2500, 4100, 5000])
        {
            var end = candles[cut - 1].OpenTimeUnixSeconds + Hour;
            long[] until = [.. fits.Where(fit => fit < end)];
            Same(WalkForwardBoosted.Over(candles, Hour, 24, BoostedInputs.Flow, fits, default, taker),
                WalkForwardBoosted.Over(candles.AsSpan(0, cut).ToArray(), Hour, 24, BoostedInputs.Flow, until, default, taker[..cut]));
            Same(WalkForwardModel.Over(candles, Hour, 4, fits, default),
                WalkForwardModel.Over(candles.AsSpan(0, cut).ToArray(), Hour, 4, until, default));

            void Same(WalkForwardModel.Walked whole, WalkForwardModel.Walked part)
            {
                Assert.NotEmpty(part.Said);
                Assert.Equal(whole.Said.Where(one => one.At <= end), part.Said);
            }
        }
    }

    [Fact]
    public void the_model_answers_from_as_many_prices_as_a_window_has_and_names_what_it_lacks()
    {
        var candles = Candles(3000, seed: 7);
        var samples = new BoostedSamples(candles, Hour, 4, BoostedInputs.Prices);
        var model = new BoostedTraining(samples, 2500, seed: 1).Learn(null, CancellationToken.None)!;
        Assert.Null(model.Violation());
        Assert.True(new WindowRules(Hour, 1).Capacity >= BoostedFeatures.Prices);

        var output = model.Output(samples.Prices.AsSpan(2600 - 200, 201));
        Assert.Equal(0.5, output.Confidence);
        Assert.Equal(samples.Prices[2600].Price, output.PredictedPrice!.Value, 6);
        Assert.Equal("needs 169 prices, has 100", model.Output(samples.Prices.AsSpan(0, 100)).Abstained);
        Assert.Equal("too many of the last prices are missing, or none moved",
            model.Output([.. samples.Prices.AsSpan(0, 100), .. samples.Prices.AsSpan(200, 100)]).Abstained);

        var loop = model.Trees[0] with { Left = [.. model.Trees[0].Left.Select(_ => 0)] };
        Assert.Equal("one of its trees has no end", (model with { Trees = [loop] }).Violation());
    }

    private static Candle Tripled(Candle candle) => candle with { Close = candle.Close * 3, Volume = candle.Volume * 3 + 1 };
}
