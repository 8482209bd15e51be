using System.Buffers.Binary;
using System.Security.Cryptography;
using Trading.Core;

namespace Trading.Research.Training;

/// <summary>Prices with their features and outcomes, for training and for tests.</summary>
public sealed class LearnedSamples
{
    private readonly double[] _features;

    /// <summary>Computes features and outcomes of prices in rising time.</summary>
    /// <param name="prices">The prices.</param>
    /// <param name="intervalSeconds">Seconds between them.</param>
    /// <param name="horizonSteps">How many prices ahead an outcome lies.</param>
    public LearnedSamples(IReadOnlyList<WindowPrice> prices, int intervalSeconds, int horizonSteps)
    {
        (Prices, IntervalSeconds, HorizonSteps) = (prices, intervalSeconds, horizonSteps);
        _features = new double[prices.Count * PriceFeatures.Count];
        (Ready, Outcomes, Volatility) = (new bool[prices.Count], new double[prices.Count], new double[prices.Count]);
        var features = new PriceFeatures(intervalSeconds);
        var then = 0;
        for (var at = 0; at < prices.Count; at++)
        {
            features.Add(prices[at].UnixSeconds, prices[at].Price);
            Ready[at] = features.Ready;
            Volatility[at] = features.Volatility;
            features.Values.CopyTo(_features.AsSpan(at * PriceFeatures.Count));
            var due = prices[at].UnixSeconds + (long)horizonSteps * intervalSeconds;
            while (then < prices.Count && prices[then].UnixSeconds < due)
                then++;
            // As live: the first price at or after the horizon, unless it comes much later.
            Outcomes[at] = then < prices.Count && prices[then].UnixSeconds - due <= TrackRecord.MostLateSeconds(intervalSeconds)
                ? prices[then].Price / prices[at].Price - 1 : double.NaN;
        }
    }

    /// <summary>The prices.</summary>
    public IReadOnlyList<WindowPrice> Prices { get; }

    /// <summary>Seconds between prices.</summary>
    public int IntervalSeconds { get; }

    /// <summary>How many prices ahead an outcome lies.</summary>
    public int HorizonSteps { get; }

    /// <summary>Whether a price has features.</summary>
    public bool[] Ready { get; }

    /// <summary>Relative change from each price to the one at its horizon; not a number where there is none.</summary>
    public double[] Outcomes { get; }

    /// <summary>Volatility at each price.</summary>
    public double[] Volatility { get; }

    /// <summary>The features of a price.</summary>
    public ReadOnlySpan<double> Features(int at) => _features.AsSpan(at * PriceFeatures.Count, PriceFeatures.Count);

    /// <summary>Mean size of the outcomes before an index, in units of volatility times the root of the steps.</summary>
    public double MeanMove(int end)
    {
        var (sum, count) = (0.0, 0);
        for (var at = 0; at < end; at++)
        {
            if (!Ready[at] || double.IsNaN(Outcomes[at]))
                continue;
            sum += Math.Min(5, Math.Abs(Outcomes[at]) / (Volatility[at] * Math.Sqrt(HorizonSteps)));
            count++;
        }
        return count == 0 ? 0 : sum / count;
    }

    /// <summary>SHA-256 (hex) over the times and prices before an index.</summary>
    public string Sha256(int end)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> entry = stackalloc byte[16];
        for (var at = 0; at < end; at++)
        {
            BinaryPrimitives.WriteInt64BigEndian(entry, Prices[at].UnixSeconds);
            BinaryPrimitives.WriteDoubleBigEndian(entry[8..], Prices[at].Price);
            hash.AppendData(entry);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
