namespace Trading.Core.Tests.Prediction;

/// <summary>How far live values are from those of training.</summary>
public class SeenInTrainingTests
{
    private static readonly double[] Values = [.. Enumerable.Range(1, 1000).Select(i => i / 1000.0)];

    [Fact]
    public void values_are_kept_as_tenths_and_the_index_is_zero_where_others_are_spread_alike()
    {
        var bins = ValueBins.Of(Values);
        Assert.Equal(ValueBins.Most, bins.Shares.Count);
        Assert.All(bins.Shares, share => Assert.InRange(share, 0.099, 0.101));
        Assert.True(bins.IsSound());
        Assert.Equal(0, bins.StabilityIndex(Counts(bins, Values)), 12);
        Assert.Equal(0, bins.StabilityIndex(new int[ValueBins.Most]));
    }

    [Fact]
    public void the_index_is_the_sum_over_the_bins_of_the_difference_times_the_logarithm_of_the_ratio()
    {
        ValueBins bins = new([0], [0.5, 0.5]);
        Assert.Equal(0.3 * Math.Log(0.8 / 0.5) - 0.3 * Math.Log(0.2 / 0.5), bins.StabilityIndex([80, 20]), 12);
        // Half of the values gone from their bins is another population; a bin that is empty is no infinity.
        Assert.InRange(ValueBins.Of(Values).StabilityIndex(Counts(ValueBins.Of(Values), Values[500..])), 0.25, 10);
    }

    [Fact]
    public void few_different_values_give_few_bins_and_one_alone_never_drifts()
    {
        var bins = ValueBins.Of([.. Enumerable.Repeat(0.4, 700), .. Enumerable.Repeat(0.6, 300)]);
        Assert.Equal([0.7, 0.3], bins.Shares);
        Assert.True(bins.IsSound());
        Assert.Equal(0, ValueBins.Of([1, 1, 1]).StabilityIndex([5]));
        Assert.False(new ValueBins([2, 1], [0.2, 0.3, 0.5]).IsSound());
        Assert.False(new ValueBins([1], [1]).IsSound());
    }

    private static int[] Counts(ValueBins bins, double[] values)
    {
        var counts = new int[bins.Shares.Count];
        foreach (var value in values)
            counts[bins.BinOf(value)]++;
        return counts;
    }
}
