using Trading.Core;
using Trading.Research.Training;

namespace Trading.Research.Tournaments;

/// <summary>
/// The boosted model, trained again at fixed times as <see cref="WalkForwardModel"/> says, purged and with an embargo of a horizon. What
/// its scores stand for is learned from what earlier models said about prices that they had not seen.
/// </summary>
public static class WalkForwardBoosted
{
    private const int Seed = 1;

    /// <summary>Walks over candles.</summary>
    /// <param name="candles">Candles, oldest first.</param>
    /// <param name="intervalSeconds">Seconds of a candle.</param>
    /// <param name="horizonSteps">How many candles ahead.</param>
    /// <param name="inputs">What it sees.</param>
    /// <param name="fits">When a model is trained again, in seconds since 1970, rising.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <param name="taker">What takers bought of each candle's volume; needed for order flow alone.</param>
    public static WalkForwardModel.Walked Over(ReadOnlyMemory<Candle> candles, int intervalSeconds, int horizonSteps, BoostedInputs inputs,
        IReadOnlyList<long> fits, CancellationToken cancellation, IReadOnlyList<decimal>? taker = null)
    {
        var samples = new BoostedSamples(candles.Span, intervalSeconds, horizonSteps, inputs, taker);
        var ends = fits.Select(fit => Candle.CountBefore(candles.Span, fit)).ToArray();
        var models = new BoostedModel?[ends.Length];
        Parallel.For(0, ends.Length, new() { CancellationToken = cancellation }, place =>
            models[ends.Length - 1 - place] = new BoostedTraining(samples, ends[ends.Length - 1 - place], Seed).Learn(null, cancellation));
        var (said, outcomes, raw) = (new List<Foretold>(), new List<(long, double, bool)>(), new List<(double, bool)>());
        for (var part = 0; part < ends.Length; part++)
        {
            if (models[part] is not { } model)
                continue;
            var calibration = IsotonicRegression.Of(raw);
            var end = part + 1 < ends.Length ? ends[part + 1] : candles.Length;
            for (var at = ends[part] + horizonSteps; at < end; at++)
            {
                if (!samples.Ready[at])
                    continue;
                var (price, score) = (samples.Prices[at], model.Score(samples.Features(at)));
                var rise = calibration.Of(score);
                said.Add(new(price.UnixSeconds, rise,
                    model.Forecast(price.Price, samples.Volatility[at], rise).PredictedPrice / price.Price - 1));
                // Only what is known before the next model is trained calibrates it.
                if (samples.IsKnown(at, end))
                {
                    raw.Add((score, samples.Outcomes[at] > 0));
                    outcomes.Add((price.UnixSeconds, rise, samples.Outcomes[at] > 0));
                }
            }
        }
        return new(said, outcomes, models.Count(model => model is not null));
    }
}
