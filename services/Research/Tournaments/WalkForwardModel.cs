using Trading.Core;
using Trading.Research.Training;

namespace Trading.Research.Tournaments;

/// <summary>
/// The learned model, trained again at fixed times on what came before them alone. Outcomes that reach beyond the end of the training data
/// are left out (purged), and the first horizon after it is not predicted (embargo; M. López de Prado, Advances in Financial Machine
/// Learning, 2018, chapter 7). The calibration comes from what earlier models said about prices that they had not seen.
/// </summary>
public static class WalkForwardModel
{
    private const int Hidden = 12;
    private const int Epochs = 6;
    private const double Rate = 0.002;
    private const int Seed = 1;

    // So few outcomes say nothing about how far a chance may be trusted.
    private const int LeastOutcomes = 100;

    /// <summary>What the models said, with how good that was.</summary>
    /// <param name="Said">Every prediction, oldest first.</param>
    /// <param name="Outcomes">Calibrated chance and what came, for each with an outcome.</param>
    /// <param name="Models">Models that were trained.</param>
    public sealed record Walked(IReadOnlyList<Foretold> Said, IReadOnlyList<(long At, double Rise, bool Rose)> Outcomes, int Models);

    /// <summary>Walks over candles.</summary>
    /// <param name="candles">Candles, oldest first.</param>
    /// <param name="intervalSeconds">Seconds of a candle.</param>
    /// <param name="horizonSteps">How many candles ahead.</param>
    /// <param name="fits">When a model is trained again, in seconds since 1970, rising; the first answers come after the first.</param>
    /// <param name="cancellation">Stops it.</param>
    public static Walked Over(ReadOnlyMemory<Candle> candles, int intervalSeconds, int horizonSteps, IReadOnlyList<long> fits,
        CancellationToken cancellation)
    {
        var prices = new WindowPrice[candles.Length];
        for (var i = 0; i < prices.Length; i++)
            prices[i] = new(candles.Span[i].OpenTimeUnixSeconds + intervalSeconds, (double)candles.Span[i].Close);
        var samples = new LearnedSamples(prices, intervalSeconds, horizonSteps);
        var ends = fits.Select(fit => Candle.CountBefore(candles.Span, fit)).ToArray();
        var models = new LearnedModel?[ends.Length];
        Parallel.For(0, ends.Length, new() { CancellationToken = cancellation },
            place => models[ends.Length - 1 - place] = Trained(samples, ends[ends.Length - 1 - place], cancellation));
        var (said, outcomes, raw) = (new List<Foretold>(), new List<(long, double, bool)>(), new List<(double Rise, bool Rose)>());
        for (var part = 0; part < ends.Length; part++)
        {
            if (models[part] is not { } model)
                continue;
            var calibration = raw.Count >= LeastOutcomes ? LearnedCalibration.Of(raw) : 0;
            var state = new LearnedState(model);
            var end = part + 1 < ends.Length ? ends[part + 1] : prices.Length;
            for (var at = Math.Max(0, ends[part] - LearnedState.Prices); at < end; at++)
            {
                state.Add(prices[at].UnixSeconds, prices[at].Price);
                if (at < ends[part] + horizonSteps || state.Probability(calibration: 1) is not { } rise
                    || state.Forecast(calibration) is not { } forecast)
                    continue;
                var chance = state.Probability(calibration)!.Value;
                said.Add(new(prices[at].UnixSeconds, chance, forecast.PredictedPrice / prices[at].Price - 1));
                // Only what is known before the next model is trained calibrates it.
                if (at + horizonSteps < end && samples.Outcomes[at] is var outcome && !double.IsNaN(outcome) && outcome != 0)
                {
                    raw.Add((rise, outcome > 0));
                    outcomes.Add((prices[at].UnixSeconds, chance, outcome > 0));
                }
            }
        }
        return new(said, outcomes, models.Count(model => model is not null));
    }

    private static LearnedModel? Trained(LearnedSamples samples, int end, CancellationToken cancellation)
    {
        var training = new GruTraining(samples, end, Hidden, Rate, Seed);
        if (training.Batches == 0)
            return null;
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            training.Shuffle();
            for (var batch = 0; batch < training.Batches; batch++)
            {
                cancellation.ThrowIfCancellationRequested();
                training.Learn(batch);
            }
        }
        return new(
            LearnedModel.FormatName, LearnedModel.CurrentVersion, PriceFeatures.Definition, samples.IntervalSeconds, samples.HorizonSteps,
            Hidden, Epochs, Rate, Seed, DateTimeOffset.FromUnixTimeSeconds(samples.Prices[0].UnixSeconds),
            DateTimeOffset.FromUnixTimeSeconds(samples.Prices[end - 1].UnixSeconds), end, "", new(0, 0, 0.25), 1,
            Math.Max(1e-6, samples.MeanMove(end - samples.HorizonSteps)), training.Weights);
    }
}
