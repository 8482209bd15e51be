namespace Trading.Core;

/// <summary>How the values of one figure were spread: bins of about equally many, and the share of the values in each.</summary>
/// <param name="Edges">Upper ends of all bins but the last, rising; a value on an edge belongs to the bin below it.</param>
/// <param name="Shares">Share of the values in each bin, 0 to 1.</param>
public sealed record ValueBins(IReadOnlyList<double> Edges, IReadOnlyList<double> Shares)
{
    /// <summary>Most bins.</summary>
    public const int Most = 10;

    // An empty bin counts as this much, so that the index stays a number.
    private const double LeastShare = 0.001;

    /// <summary>The bins of values, of which there is at least one; fewer than <see cref="Most"/> where many are the same.</summary>
    public static ValueBins Of(IReadOnlyList<double> values)
    {
        var sorted = values.Order().ToArray();
        double[] edges = [.. Enumerable.Range(1, Most - 1).Select(bin => sorted[(int)((long)sorted.Length * bin / Most)]).Distinct()
            .Where(edge => edge < sorted[^1])];
        var bins = new ValueBins(edges, []);
        var counts = new int[edges.Length + 1];
        foreach (var value in sorted)
            counts[bins.BinOf(value)]++;
        return bins with { Shares = [.. counts.Select(count => (double)count / sorted.Length)] };
    }

    /// <summary>The bin of a value.</summary>
    public int BinOf(double value)
    {
        var bin = 0;
        while (bin < Edges.Count && value > Edges[bin])
            bin++;
        return bin;
    }

    /// <summary>
    /// The population stability index of other values against these: the sum over the bins of (theirs - ours) ln(theirs / ours). 0 where
    /// they are spread alike; by custom below 0.1 nothing to speak of and above 0.25 another population.
    /// </summary>
    /// <param name="counts">How many of the others lie in each bin.</param>
    public double StabilityIndex(ReadOnlySpan<int> counts)
    {
        var all = 0;
        foreach (var count in counts)
            all += count;
        var index = 0.0;
        for (var bin = 0; bin < Shares.Count && all > 0; bin++)
        {
            var (theirs, ours) = (Math.Max(LeastShare, (double)counts[bin] / all), Math.Max(LeastShare, Shares[bin]));
            index += (theirs - ours) * Math.Log(theirs / ours);
        }
        return index;
    }

    /// <summary>Whether it can be used.</summary>
    public bool IsSound() => Edges is not null && Shares is not null && Shares.Count == Edges.Count + 1 && Shares.Count <= Most
        && Edges.All(double.IsFinite) && Edges.Zip(Edges.Skip(1)).All(pair => pair.First < pair.Second)
        && Shares.All(share => share is >= 0 and <= 1);
}

/// <summary>What a model saw and said when it was trained, which live features and chances are compared with.</summary>
/// <param name="Features">Each feature over the data of training.</param>
/// <param name="Chances">
/// The calibrated chance of a rise, as models of the walk-forward said it about prices that they had not seen; null where there are none.
/// </param>
public sealed record SeenInTraining(IReadOnlyList<ValueBins> Features, ValueBins? Chances)
{
    /// <summary>Bins of features and chances; null where there are no features.</summary>
    /// <param name="features">Values of each feature.</param>
    /// <param name="chances">Chances of a rise, 0 to 1.</param>
    public static SeenInTraining? Of(IReadOnlyList<IReadOnlyList<double>> features, IReadOnlyList<double> chances) =>
        features.Any(values => values.Count == 0) ? null
            : new([.. features.Select(ValueBins.Of)], chances.Count == 0 ? null : ValueBins.Of(chances));

    /// <summary>Whether it describes so many features.</summary>
    public bool IsSound(int features) =>
        Features?.Count == features && Features.All(bins => bins?.IsSound() == true) && Chances?.IsSound() != false;
}
