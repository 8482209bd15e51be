using Trading.Core;
using Trading.Research.Statistics;

namespace Trading.Research.Tests.Training;

/// <summary>Learned models with random weights, and prices to ask them about.</summary>
public abstract class LearnedModelTest
{
    private protected const int Hidden = 6;

    private protected static LearnedModel Some(int hidden, IReadOnlyList<double>? weights = null)
    {
        var random = new SeededRandom(9);
        return new(
            LearnedModel.FormatName, LearnedModel.CurrentVersion, PriceFeatures.Definition, 60, 5, hidden, 1, 0.01, 1,
            DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, 0, "", new(0, 0, 0.25), 1, 0.8,
            weights ?? [.. Enumerable.Range(0, new Gru(PriceFeatures.Count, hidden).Weights).Select(_ => random.NextShare() - 0.5)]);
    }

    /// <summary>A random walk: nothing in it can be known before.</summary>
    private protected static List<WindowPrice> Walk(int count, ulong seed) => Made(count, seed, carried: 0);

    /// <summary>Steps of which each carries on a part of the one before.</summary>
    private protected static List<WindowPrice> Momentum(int count, ulong seed) => Made(count, seed, carried: 0.7);

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
