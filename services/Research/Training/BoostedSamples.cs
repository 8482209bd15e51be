using Trading.Core;

namespace Trading.Research.Training;

/// <summary>Candles with the boosted model's features and with outcomes, for training and for walking forward.</summary>
public sealed class BoostedSamples
{
    private readonly double[] _features;

    /// <summary>Computes features and outcomes of candles in rising time.</summary>
    /// <param name="candles">The candles.</param>
    /// <param name="intervalSeconds">Seconds of a candle.</param>
    /// <param name="horizonSteps">How many candles ahead an outcome lies.</param>
    /// <param name="inputs">What the features are made from.</param>
    /// <param name="taker">What takers bought of each candle's volume; needed for order flow alone.</param>
    public BoostedSamples(
        ReadOnlySpan<Candle> candles, int intervalSeconds, int horizonSteps, BoostedInputs inputs, IReadOnlyList<decimal>? taker = null)
    {
        (IntervalSeconds, HorizonSteps, Inputs, Width) = (intervalSeconds, horizonSteps, inputs, BoostedFeatures.Count(inputs));
        if (inputs == BoostedInputs.Flow && taker?.Count != candles.Length)
            throw new ArgumentException($"order flow of {candles.Length} candles is needed, there is that of {taker?.Count ?? 0}");
        var (prices, volumes) = (new WindowPrice[candles.Length], new double[candles.Length]);
        double[] bought = inputs == BoostedInputs.Flow ? [.. taker!.Select(one => (double)one)] : [];
        for (var i = 0; i < prices.Length; i++)
        {
            prices[i] = new(candles[i].OpenTimeUnixSeconds + intervalSeconds, PriceWindow.InUnits(candles[i].Close));
            volumes[i] = (double)candles[i].Volume;
        }
        Prices = prices;
        Outcomes = new LearnedSamples(prices, intervalSeconds, horizonSteps).Outcomes;
        _features = new double[prices.Length * Width];
        (Ready, Volatility) = (new bool[prices.Length], new double[prices.Length]);
        Parallel.For(BoostedFeatures.Prices - 1, Math.Max(BoostedFeatures.Prices - 1, prices.Length), at =>
        {
            var begin = at + 1 - BoostedFeatures.Prices;
            Ready[at] = BoostedFeatures.Compute(prices.AsSpan(begin, BoostedFeatures.Prices),
                inputs == BoostedInputs.Prices ? [] : volumes.AsSpan(begin, BoostedFeatures.Prices),
                bought.Length == 0 ? [] : bought.AsSpan(begin, BoostedFeatures.Prices), intervalSeconds,
                _features.AsSpan(at * Width, Width), out Volatility[at]);
        });
    }

    /// <summary>Seconds between prices.</summary>
    public int IntervalSeconds { get; }

    /// <summary>How many prices ahead an outcome lies.</summary>
    public int HorizonSteps { get; }

    /// <summary>What the features are made from.</summary>
    public BoostedInputs Inputs { get; }

    /// <summary>Features of a price.</summary>
    public int Width { get; }

    /// <summary>The prices.</summary>
    public WindowPrice[] Prices { get; }

    /// <summary>Whether a price has features.</summary>
    public bool[] Ready { get; }

    /// <summary>Volatility at each price.</summary>
    public double[] Volatility { get; }

    /// <summary>Relative change from each price to the one at its horizon; not a number where there is none.</summary>
    public double[] Outcomes { get; }

    /// <summary>The features of a price.</summary>
    public ReadOnlySpan<double> Features(int at) => _features.AsSpan(at * Width, Width);

    /// <summary>Whether a price can be trained on before an end: it has features, and its outcome came before the end.</summary>
    public bool IsKnown(int at, int end) =>
        Ready[at] && at + HorizonSteps < end && !double.IsNaN(Outcomes[at]) && Outcomes[at] != 0;

    /// <summary>Mean size of the outcomes before an end, in units of volatility times the root of the steps.</summary>
    public double MeanMove(int end)
    {
        var (sum, count) = (0.0, 0);
        for (var at = 0; at < end; at++)
        {
            if (!IsKnown(at, end))
                continue;
            sum += Math.Min(5, Math.Abs(Outcomes[at]) / (Volatility[at] * Math.Sqrt(HorizonSteps)));
            count++;
        }
        return count == 0 ? 0 : sum / count;
    }
}
