namespace Trading.Core.Indicators;

// Every indicator takes one value per bar in constant time and without allocation, and is not a number until it has seen enough bars.

/// <summary>Simple moving average: the mean of the last values.</summary>
/// <param name="length">How many values; at least 1.</param>
public sealed class Sma(int length)
{
    private readonly RollingWindow _window = new(length);

    /// <summary>The average; not a number before there are enough values.</summary>
    public double Value { get; private set; } = double.NaN;

    /// <summary>Takes the next value and gives the average.</summary>
    public double Add(double value)
    {
        _window.Add(value);
        return Value = _window.IsFull ? _window.Mean : double.NaN;
    }
}

/// <summary>
/// Exponential moving average with smoothing 2 / (length + 1), begun with the simple average of the first values (StockCharts ChartSchool,
/// "Moving Averages").
/// </summary>
/// <param name="length">Length of the simple average with the same mean age; at least 1.</param>
public sealed class Ema(int length)
{
    private readonly double _smoothing = 2.0 / (AtLeastOne(length) + 1);
    private int _count;
    private double _sum;

    /// <summary>The average; not a number before there are enough values.</summary>
    public double Value { get; private set; } = double.NaN;

    /// <summary>Takes the next value and gives the average.</summary>
    public double Add(double value)
    {
        if (_count >= length)
            return Value += _smoothing * (value - Value);
        _sum += value;
        return Value = ++_count == length ? _sum / length : double.NaN;
    }

    private static int AtLeastOne(int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        return length;
    }
}

/// <summary>Weighted moving average: the newest of n values counts n times, the oldest once.</summary>
/// <param name="length">How many values; at least 1.</param>
public sealed class Wma(int length)
{
    private readonly RollingWindow _window = new(length);
    private double _weighted;
    private int _added;

    /// <summary>The average; not a number before there are enough values.</summary>
    public double Value { get; private set; } = double.NaN;

    /// <summary>Takes the next value and gives the average.</summary>
    public double Add(double value)
    {
        // All that stay lose one weight, which is their sum; the one that leaves had one.
        var sumBefore = _window.Count == 0 ? 0 : _window.Mean * _window.Count;
        var full = _window.IsFull;
        _window.Add(value);
        _weighted += full ? length * value - sumBefore : _window.Count * value;
        if (full && ++_added % length == 0)
            Refresh();
        return Value = _window.IsFull ? _weighted / (length * (length + 1) / 2.0) : double.NaN;
    }

    private void Refresh()
    {
        _weighted = 0;
        for (var step = 0; step < length; step++)
            _weighted += (length - step) * _window[step];
    }
}

/// <summary>What the moving averages' convergence and divergence says.</summary>
/// <param name="Macd">Fast less slow average.</param>
/// <param name="Signal">Exponential average of it.</param>
/// <param name="Histogram">Macd less signal.</param>
public readonly record struct MacdValue(double Macd, double Signal, double Histogram);

/// <summary>
/// Moving average convergence divergence (Gerald Appel): the fast exponential average less the slow one, and an exponential average of
/// that.
/// </summary>
/// <param name="fast">Length of the fast average; usually 12.</param>
/// <param name="slow">Length of the slow average, above the fast one's; usually 26.</param>
/// <param name="signal">Length of the signal's average; usually 9.</param>
public sealed class Macd(int fast = 12, int slow = 26, int signal = 9)
{
    private readonly Ema _fast = new(fast);
    private readonly Ema _slow = new(slow > fast
        ? slow : throw new ArgumentOutOfRangeException(nameof(slow), slow, $"The slow average must be longer than the fast one, {fast}."));
    private readonly Ema _signal = new(signal);

    /// <summary>The newest value; its parts are not numbers before there are enough values for them.</summary>
    public MacdValue Value { get; private set; } = new(double.NaN, double.NaN, double.NaN);

    /// <summary>Takes the next value.</summary>
    public MacdValue Add(double value)
    {
        var macd = _fast.Add(value) - _slow.Add(value);
        var average = double.IsNaN(macd) ? double.NaN : _signal.Add(macd);
        return Value = new(macd, average, macd - average);
    }
}

/// <summary>Wilder's moving average: smoothing 1 / length, begun with the simple mean of the first values.</summary>
internal sealed class WilderAverage
{
    private readonly int _length;
    private int _count;
    private double _sum;

    public WilderAverage(int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        _length = length;
    }

    public double Value { get; private set; } = double.NaN;

    public double Add(double value)
    {
        if (_count >= _length)
            return Value = (Value * (_length - 1) + value) / _length;
        _sum += value;
        return Value = ++_count == _length ? _sum / _length : double.NaN;
    }
}
