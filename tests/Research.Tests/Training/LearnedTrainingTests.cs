using Trading.Core;
using Trading.Research.Training;

namespace Trading.Research.Tests.Training;

/// <summary>The learned model in training: what it sees, what it learns, and what it does not.</summary>
public class LearnedTrainingTests : LearnedModelTest
{
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

    // Two thirds train and the rest shows how good it is; then all of it trains, as the command does.
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
}
