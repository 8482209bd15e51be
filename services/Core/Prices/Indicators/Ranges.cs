namespace Trading.Core.Indicators;

/// <summary>
/// The range of a bar with the gap before it: the largest of high - low, |high - last close| and |low - last close| (Wilder, 1978).
/// </summary>
internal static class TrueRange
{
    public static double Of(double high, double low, double lastClose) =>
        double.IsNaN(lastClose) ? high - low : Math.Max(high - low, Math.Max(Math.Abs(high - lastClose), Math.Abs(low - lastClose)));
}

/// <summary>Average true range with Wilder's average; the first bar, which has no close before it, is left out (Wilder, 1978).</summary>
/// <param name="length">How many bars; usually 14.</param>
public sealed class Atr(int length = 14)
{
    private readonly WilderAverage _average = new(length);
    private double _close = double.NaN;

    /// <summary>The average range in units of the price; not a number before there are enough bars.</summary>
    public double Value => _average.Value;

    /// <summary>Takes the next bar and gives the average.</summary>
    public double Add(double high, double low, double close)
    {
        if (!double.IsNaN(_close))
            _average.Add(TrueRange.Of(high, low, _close));
        _close = close;
        return Value;
    }
}

/// <summary>Standard deviation of the last values.</summary>
/// <param name="length">How many values; at least 2.</param>
/// <param name="sample">
/// Whether the squares are divided by n - 1 (an estimate from a sample) and not by n (the values are all there is).
/// </param>
public sealed class RollingDeviation(int length, bool sample)
{
    private readonly RollingWindow _window = new(
        length >= 2 ? length : throw new ArgumentOutOfRangeException(nameof(length), length, "A deviation needs at least 2 values."));

    /// <summary>Mean of the values; not a number before there are enough.</summary>
    public double Mean => _window.IsFull ? _window.Mean : double.NaN;

    /// <summary>Their deviation; not a number before there are enough.</summary>
    public double Value => _window.IsFull ? Math.Sqrt(_window.SquaredDeviations / (sample ? length - 1 : length)) : double.NaN;

    /// <summary>
    /// Distance of the newest value from the mean, in deviations; 0 where all values are equal, not a number before there are enough.
    /// </summary>
    public double ZScore => !_window.IsFull ? double.NaN : _window.SquaredDeviations == 0 ? 0 : (_window[0] - Mean) / Value;

    /// <summary>Takes the next value and gives the deviation.</summary>
    public double Add(double value)
    {
        _window.Add(value);
        return Value;
    }
}

/// <summary>Bands around an average.</summary>
/// <param name="Upper">Upper band.</param>
/// <param name="Middle">The average.</param>
/// <param name="Lower">Lower band.</param>
public readonly record struct Band(double Upper, double Middle, double Lower);

/// <summary>
/// Bollinger bands: the simple average and a number of population deviations above and below it (John Bollinger, Bollinger on Bollinger
/// Bands, 2001).
/// </summary>
/// <param name="length">How many values; usually 20.</param>
/// <param name="deviations">Width in deviations; usually 2.</param>
public sealed class Bollinger(int length = 20, double deviations = 2)
{
    private readonly RollingDeviation _deviation = new(length, sample: false);

    /// <summary>The bands; not numbers before there are enough values.</summary>
    public Band Value { get; private set; } = new(double.NaN, double.NaN, double.NaN);

    /// <summary>Takes the next value and gives the bands.</summary>
    public Band Add(double value)
    {
        var width = deviations * _deviation.Add(value);
        return Value = new(_deviation.Mean + width, _deviation.Mean, _deviation.Mean - width);
    }
}

/// <summary>
/// Donchian channel: highest high and lowest low of the last bars, the newest included (Richard Donchian). Who trades on a breakout
/// compares with the channel of the bar before.
/// </summary>
/// <param name="length">How many bars; usually 20.</param>
public sealed class Donchian(int length = 20)
{
    private readonly Extreme _highest = new(length, 1), _lowest = new(length, -1);
    private long _bars;

    /// <summary>The channel; not numbers before there are enough bars.</summary>
    public Band Value { get; private set; } = new(double.NaN, double.NaN, double.NaN);

    /// <summary>Takes the next bar and gives the channel.</summary>
    public Band Add(double high, double low)
    {
        var (upper, lower) = (_highest.Add(_bars, high), _lowest.Add(_bars, low));
        return ++_bars < length ? Value : Value = new(upper, (upper + lower) / 2, lower);
    }

    /// <summary>
    /// The largest of the last values times a sign. Only values that no later one exceeds are kept, largest first: constant time on
    /// average.
    /// </summary>
    private sealed class Extreme
    {
        private readonly (long At, double Value)[] _kept;
        private readonly int _sign;
        private long _first, _end;

        public Extreme(int length, int sign)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
            (_kept, _sign) = (new (long, double)[length], sign);
        }

        public double Add(long at, double value)
        {
            if (_first < _end && _kept[_first % _kept.Length].At <= at - _kept.Length)
                _first++;
            while (_first < _end && _sign * _kept[(_end - 1) % _kept.Length].Value <= _sign * value)
                _end--;
            _kept[_end++ % _kept.Length] = (at, value);
            return _kept[_first % _kept.Length].Value;
        }
    }
}
