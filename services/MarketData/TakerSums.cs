namespace Trading.MarketData;

/// <summary>What takers bought of longer candles: the sum over the shorter ones or trades that <see cref="Resampler"/> joins.</summary>
/// <param name="intervalSeconds">Seconds of the longer candles.</param>
internal sealed class TakerSums(int intervalSeconds)
{
    private long _begin = long.MinValue;

    /// <summary>The sums, oldest first.</summary>
    public List<decimal> Sums { get; } = [];

    /// <summary>Adds what takers bought of the next shorter candle.</summary>
    public void Add(long openTimeUnixSeconds, decimal taker)
    {
        var begin = openTimeUnixSeconds - openTimeUnixSeconds % intervalSeconds;
        if (begin == _begin)
            Sums[^1] += taker;
        else
            Sums.Add(taker);
        _begin = begin;
    }
}
