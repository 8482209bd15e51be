using Trading.Core;
using Trading.Research.Statistics;
using Trading.Research.Training;

namespace Trading.Research.Tests.Training;

/// <summary>The learned model: what it sees, how it is trained, and that it answers the same wherever it is asked.</summary>
public class LearnedModelTests
{
    private const int Hidden = 6;

    [Fact]
    public void features_do_not_know_the_future()
    {
        var prices = Walk(400, seed: 1);
        var whole = new LearnedSamples(prices, 60, 5);
        // The same prices up to here, and something else from here on.
        var other = new LearnedSamples(
            [.. prices.Take(300), .. prices.Skip(300).Select(price => price with { Price = price.Price * 3 })], 60, 5);

        for (var at = 0; at < 300; at++)
            Assert.Equal(whole.Features(at).ToArray(), other.Features(at).ToArray());
        Assert.NotEqual(whole.Features(300).ToArray(), other.Features(300).ToArray());
    }

    [Fact]
    public void training_uses_nothing_from_its_end_on()
    {
        var prices = Walk(1200, seed: 2);
        double[] Trained(IReadOnlyList<WindowPrice> of)
        {
            var training = new GruTraining(new(of, 60, 5), end: 800, Hidden, 0.01, seed: 1);
            for (var batch = 0; batch < training.Batches; batch++)
                training.Learn(batch);
            return training.Weights;
        }

        Assert.Equal(Trained(prices),
            Trained([.. prices.Take(800), .. prices.Skip(800).Select(price => price with { Price = price.Price * 2 })]));
        Assert.NotEqual(Trained(prices),
            Trained([.. prices.Take(500), .. prices.Skip(500).Select(price => price with { Price = price.Price * 2 })]));
    }

    [Fact]
    public void an_outcome_is_the_first_price_at_or_after_the_horizon_unless_it_comes_much_later()
    {
        WindowPrice[] prices = [new(0, 100), new(60, 110), new(180, 121), new(3600, 100), new(3660, 90)];
        var outcomes = new LearnedSamples(prices, 60, 2).Outcomes;

        Assert.Equal([0.21, 0.1], outcomes[..2].Select(outcome => Math.Round(outcome, 12)));
        Assert.All(outcomes[2..], outcome => Assert.True(double.IsNaN(outcome)));
    }

    [Fact]
    public void the_gradient_is_that_of_finite_differences()
    {
        var training = new GruTraining(new(Walk(400, seed: 3), 60, 5), 400, Hidden, 0.01, seed: 7);
        var gradient = new double[training.Weights.Length];
        Assert.True(training.Gradient(120, gradient).Answers > 40);

        var worst = 0.0;
        for (var i = 0; i < training.Weights.Length; i++)
        {
            var (weight, step) = (training.Weights[i], 1e-5);
            training.Weights[i] = weight + step;
            var above = training.Gradient(120, new double[gradient.Length]).Loss;
            training.Weights[i] = weight - step;
            var below = training.Gradient(120, new double[gradient.Length]).Loss;
            training.Weights[i] = weight;
            worst = Math.Max(worst, Math.Abs((above - below) / (2 * step) - gradient[i]) / (1 + Math.Abs(gradient[i])));
        }
        Assert.InRange(worst, 0, 1e-5);
        Assert.Contains(gradient, slope => Math.Abs(slope) > 0.01);
    }

    [Fact]
    public void training_finds_a_real_signal_and_finds_nothing_in_noise()
    {
        var (momentum, walk) = (LearnedFrom(Momentum(6000, seed: 4)), LearnedFrom(Walk(6000, seed: 4)));

        Assert.True(momentum.WalkForward.HitRate > 0.65, $"{momentum.WalkForward}");
        Assert.True(momentum.WalkForward.Brier < 0.23, $"{momentum.WalkForward}");
        Assert.InRange(walk.WalkForward.HitRate, 0.45, 0.55);
        Assert.InRange(walk.WalkForward.Brier, 0.245, 0.2505);

        // On what came after all training, with costs that a signal of this strength pays.
        Assert.True(LearnedEvaluation.Of(momentum, Momentum(9000, seed: 4), 0)!.HitRate.Low > 0.6);
        Assert.False(LearnedEvaluation.Of(walk, Walk(9000, seed: 4), 0.001)!.Beats);
    }

    [Fact]
    public void the_same_seed_gives_the_same_weights_and_another_one_others()
    {
        var samples = new LearnedSamples(Walk(1000, seed: 5), 60, 5);
        double[] Trained(int seed)
        {
            var training = new GruTraining(samples, 1000, Hidden, 0.01, seed);
            training.Shuffle();
            training.Learn(0);
            return training.Weights;
        }

        Assert.Equal(Trained(1), Trained(1));
        Assert.NotEqual(Trained(1), Trained(2));
    }

    [Fact]
    public void a_state_that_has_run_for_long_and_one_that_sees_the_last_prices_alone_give_the_same_to_the_last_bit()
    {
        var (model, prices) = (Some(Hidden), Walk(700, seed: 6).Where((_, at) => at is < 400 or > 420 && at != 130).ToArray());
        var running = new LearnedState(model);
        var answers = 0;
        for (var at = 0; at < prices.Length; at++)
        {
            running.Add(prices[at].UnixSeconds, prices[at].Price);
            var output = model.Output(prices.AsSpan(0, at + 1));
            Assert.Equal(running.Forecast() is { } forecast
                ? forecast.ToOutput(LearnedModel.Name) : output with { Abstained = output.Abstained ?? "nothing" }, output);
            answers += output.Abstained is null ? 1 : 0;
        }
        Assert.InRange(answers, 400, 520);
        Assert.Equal($"needs {LearnedState.LeastPrices} prices without a long pause, has 20", model.Output(prices.AsSpan(0, 20)).Abstained);
    }

    [Fact]
    public void an_answer_has_one_direction_in_price_and_word_and_a_confidence_from_one_half_on()
    {
        var (model, prices) = (Some(Hidden), Walk(600, seed: 7).ToArray());
        for (var at = 200; at < 600; at += 10)
        {
            var output = model.Output(prices.AsSpan(0, at + 1));
            Assert.InRange(output.Confidence!.Value, 0.5, 1);
            Assert.Equal(output.Direction == Direction.Up, output.PredictedPrice > prices[at].Price);
        }
    }

    [Fact]
    public void calibration_takes_back_what_a_model_claims_and_cannot_keep()
    {
        Assert.Equal(0.5, LearnedCalibration.Of([.. Enumerable.Range(0, 100).Select(i => (0.7, i < 60))]), 12);
        Assert.Equal(0, LearnedCalibration.Of([.. Enumerable.Range(0, 100).Select(i => (0.7, i < 40))]));
        Assert.Equal(1, LearnedCalibration.Of([.. Enumerable.Range(0, 100).Select(i => (0.6, i < 90))]));
    }

    [Fact]
    public void an_evaluation_takes_no_price_that_was_trained_on()
    {
        var prices = Walk(1500, seed: 8);
        var model = Some(Hidden) with { TrainedTo = DateTimeOffset.FromUnixTimeSeconds(prices[1000].UnixSeconds) };

        var found = LearnedEvaluation.Of(model, prices, 0.001)!;

        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(prices[1001].UnixSeconds), found.From);
        // One prediction for each five minutes: they do not overlap.
        Assert.InRange(found.Predictions, 95, 99);
        Assert.Null(LearnedEvaluation.Of(model, [.. prices.Take(1001)], 0.001));
    }

    [Theory]
    [InlineData(nameof(LearnedModel.Version), "it has version 3, this program reads 1 to 2")]
    [InlineData(nameof(LearnedModel.Features),
        "it was trained on version 9 of the features, this program computes version 1: train it again")]
    [InlineData(nameof(LearnedModel.Weights), "it must have 313 weights, has 312")]
    [InlineData(nameof(LearnedModel.Calibration), "its calibration is out of range")]
    public void a_model_that_cannot_be_used_says_why(string what, string why)
    {
        var model = Some(Hidden);
        Assert.Null(model.Violation());
        Assert.Equal(why, (what switch
        {
            nameof(LearnedModel.Version) => model with { Version = 3 },
            nameof(LearnedModel.Features) => model with { Features = 9 },
            nameof(LearnedModel.Weights) => model with { Weights = [.. model.Weights.Skip(1)] },
            _ => model with { Calibration = 2 },
        }).Violation());
    }

    // Two thirds train, what is left tells how good it is; then all of it, as the command does.
    private static LearnedModel LearnedFrom(List<WindowPrice> prices)
    {
        var samples = new LearnedSamples(prices, 60, 1);
        GruTraining Trained(int end)
        {
            var training = new GruTraining(samples, end, Hidden, 0.01, seed: 1);
            for (var epoch = 0; epoch < 20; epoch++)
            {
                training.Shuffle();
                for (var batch = 0; batch < training.Batches; batch++)
                    training.Learn(batch);
            }
            return training;
        }

        var fold = Some(Hidden, Trained(4000).Weights) with { HorizonSteps = 1 };
        var state = new LearnedState(fold);
        var predictions = new List<(double, bool)>();
        for (var at = 3800; at < prices.Count; at++)
        {
            state.Add(prices[at].UnixSeconds, prices[at].Price);
            if (at >= 4000 && !double.IsNaN(samples.Outcomes[at]) && state.Probability() is { } rise)
                predictions.Add((rise, samples.Outcomes[at] > 0));
        }
        var calibration = LearnedCalibration.Of(predictions);
        return fold with
        {
            Weights = Trained(prices.Count).Weights,
            Calibration = calibration,
            WalkForward = LearnedCalibration.Score(predictions, calibration),
            TrainedTo = DateTimeOffset.FromUnixTimeSeconds(prices[^1].UnixSeconds),
        };
    }

    private static LearnedModel Some(int hidden, IReadOnlyList<double>? weights = null)
    {
        var random = new SeededRandom(9);
        return new(
            LearnedModel.FormatName, LearnedModel.CurrentVersion, PriceFeatures.Definition, 60, 5, hidden, 1, 0.01, 1,
            DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, 0, "", new(0, 0, 0.25), 1, 0.8,
            weights ?? [.. Enumerable.Range(0, new Gru(PriceFeatures.Count, hidden).Weights).Select(_ => random.NextShare() - 0.5)]);
    }

    /// <summary>A random walk: nothing in it can be known before.</summary>
    private static List<WindowPrice> Walk(int count, ulong seed) => Made(count, seed, carried: 0);

    /// <summary>Steps of which each carries on a part of the one before.</summary>
    private static List<WindowPrice> Momentum(int count, ulong seed) => Made(count, seed, carried: 0.7);

    private static List<WindowPrice> Made(int count, ulong seed, double carried)
    {
        var random = new SeededRandom(seed);
        var (price, step) = (60_000.0, 0.0);
        return [.. Enumerable.Range(0, count).Select(at =>
        {
            step = carried * step + 0.001 * random.NextNormal();
            price *= 1 + step;
            return new WindowPrice(1_700_000_040 + 60L * at, price);
        })];
    }
}
