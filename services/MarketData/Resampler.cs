using Trading.Core;

namespace Trading.MarketData;

/// <summary>
/// Makes longer candles from shorter ones, or from single trades. A long candle begins at a whole multiple of its interval since 1970
/// (UTC); its open is the first open in it and its close the last close. It is returned when a candle of a later interval comes, or at the
/// end. An interval without any candle gives none.
/// </summary>
/// <param name="intervalSeconds">Seconds of the long candles; above 0.</param>
public sealed class Resampler(int intervalSeconds)
{
    private Candle _running;
    private bool _has;

    /// <summary>Candles as longer ones; the same array where they are as long already.</summary>
    /// <param name="candles">The candles, oldest first.</param>
    /// <param name="intervalSeconds">Seconds of each.</param>
    /// <param name="longerSeconds">Seconds of the longer ones; a multiple.</param>
    public static Candle[] Longer(Candle[] candles, int intervalSeconds, int longerSeconds) =>
        intervalSeconds == longerSeconds ? candles : [.. Made(candles, longerSeconds)];

    /// <summary>What takers bought of the longer candles: the sum over the shorter ones of each; null where it is not known.</summary>
    /// <param name="taker">What they bought of each shorter candle; null where it is not known.</param>
    /// <param name="candles">The shorter candles or the trades, oldest first.</param>
    /// <param name="longerSeconds">Seconds of the longer ones.</param>
    public static decimal[]? Longer(IReadOnlyList<decimal>? taker, ReadOnlySpan<Candle> candles, int longerSeconds)
    {
        if (taker is null)
            return null;
        var longer = new TakerSums(longerSeconds);
        for (var i = 0; i < candles.Length; i++)
            longer.Add(candles[i].OpenTimeUnixSeconds, taker[i]);
        return [.. longer.Sums];
    }

    /// <summary>The candles that shorter ones, or single trades, make.</summary>
    /// <param name="from">The shorter candles or the trades, oldest first.</param>
    /// <param name="intervalSeconds">Seconds of a candle that is made.</param>
    public static List<Candle> Made(ReadOnlySpan<Candle> from, int intervalSeconds)
    {
        var (resampler, made) = (new Resampler(intervalSeconds), new List<Candle>());
        foreach (ref readonly var candle in from)
        {
            if (resampler.Add(candle, out var done))
                made.Add(done);
        }
        if (resampler.End(out var last))
            made.Add(last);
        return made;
    }

    /// <summary>Takes the next candle.</summary>
    /// <param name="candle">A candle that begins at the last one's begin or later.</param>
    /// <param name="done">A long candle that has ended.</param>
    /// <returns>Whether one has.</returns>
    public bool Add(in Candle candle, out Candle done)
    {
        var begin = candle.OpenTimeUnixSeconds - candle.OpenTimeUnixSeconds % intervalSeconds;
        done = _running;
        if (_has && begin == _running.OpenTimeUnixSeconds)
        {
            _running = new(begin, _running.Open, Math.Max(_running.High, candle.High), Math.Min(_running.Low, candle.Low), candle.Close,
                _running.Volume + candle.Volume);
            return false;
        }
        var ended = _has;
        (_running, _has) = (candle with { OpenTimeUnixSeconds = begin }, true);
        return ended;
    }

    /// <summary>The candle that was running at the end of the data.</summary>
    /// <returns>Whether there was one.</returns>
    public bool End(out Candle last)
    {
        (last, var had) = (_running, _has);
        _has = false;
        return had;
    }
}
