namespace Trading.Core.Strategies;

/// <summary>
/// Makes longer bars of the bars of a strategy, for a second timeframe. A longer bar begins at a whole multiple of its length since 1970
/// (UTC) and is given as soon as its last bar has closed, or, where that one is missing, at the next. The first one may have begun before
/// the first bar and is left out.
/// </summary>
/// <param name="factor">Bars that make a longer one; at least 1.</param>
/// <param name="intervalSeconds">Seconds of a bar; 0 for the least distance of two bars so far.</param>
public sealed class LongerBars(int factor, int intervalSeconds = 0)
{
    private long _interval = intervalSeconds, _last = long.MinValue, _slot = long.MinValue;
    private Candle _running;
    private bool _whole, _has;

    /// <summary>Takes the next bar.</summary>
    /// <param name="bar">The bar.</param>
    /// <param name="ended">A longer bar that has closed; the older of two.</param>
    /// <param name="newer">A second one, where the bar shows that one before it is over and is the last of its own.</param>
    /// <returns>How many have closed, 0 to 2.</returns>
    public int Add(in Candle bar, out Candle ended, out Candle newer)
    {
        ended = newer = default;
        var (at, distance) = (bar.OpenTimeUnixSeconds, bar.OpenTimeUnixSeconds - _last);
        if (intervalSeconds == 0 && _last != long.MinValue && (_interval == 0 || distance < _interval))
            (_interval, _slot, _whole, _has) = (distance, long.MinValue, false, false);
        var first = _last == long.MinValue;
        _last = at;
        if (_interval == 0)
            return 0;
        var slot = Math.DivRem(at / _interval, factor, out var place);
        var late = slot != _slot && _has && _whole;
        if (late)
            ended = _running;
        if (slot != _slot || !_has)
        {
            _whole = place == 0 || (!first && _slot != long.MinValue);
            (_running, _slot, _has) = (bar, slot, true);
        }
        else
        {
            _running = new(_running.OpenTimeUnixSeconds, _running.Open, Math.Max(_running.High, bar.High), Math.Min(_running.Low, bar.Low),
                bar.Close, _running.Volume + bar.Volume);
        }
        if (place != factor - 1)
            return late ? 1 : 0;
        _has = false;
        if (!_whole)
            return late ? 1 : 0;
        if (!late)
        {
            ended = _running;
            return 1;
        }
        newer = _running;
        return 2;
    }
}
