namespace Trading.Core.Indicators;

/// <summary>
/// On-balance volume: the volume of bars that closed higher less that of bars that closed lower (Joseph Granville, 1963); 0 at the first
/// bar.
/// </summary>
public sealed class Obv
{
    private double _close = double.NaN;

    /// <summary>The balance in units of the volume.</summary>
    public double Value { get; private set; }

    /// <summary>Takes the next bar and gives the balance.</summary>
    public double Add(double close, double volume)
    {
        Value += close > _close ? volume : close < _close ? -volume : 0;
        _close = close;
        return Value;
    }
}

/// <summary>
/// Volume-weighted average price of a UTC day, of the typical prices (high + low + close) / 3: a market that never closes starts again at
/// midnight.
/// </summary>
public sealed class Vwap
{
    private const long SecondsPerDay = 86_400;
    private long _day = long.MinValue;
    private double _value, _volume;

    /// <summary>The average price; not a number while nothing was traded on the day.</summary>
    public double Value => _volume > 0 ? _value / _volume : double.NaN;

    /// <summary>Takes the next bar and gives the average.</summary>
    public double Add(long openTimeUnixSeconds, double high, double low, double close, double volume)
    {
        if (openTimeUnixSeconds / SecondsPerDay is var day && day != _day)
            (_day, _value, _volume) = (day, 0, 0);
        _value += (high + low + close) / 3 * volume;
        _volume += volume;
        return Value;
    }
}
