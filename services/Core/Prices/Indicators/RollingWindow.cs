namespace Trading.Core.Indicators;

/// <summary>
/// The last values with their sum and the sum of their squared distances from a reference. Both are updated in constant time and computed
/// again from the values each time the window has been filled once more, so rounding errors do not add up.
/// </summary>
internal sealed class RollingWindow
{
    private readonly double[] _values;
    private int _next;
    private double _reference, _sum, _sumOfSquares;

    public RollingWindow(int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        _values = new double[length];
    }

    public int Length => _values.Length;

    /// <summary>Values since the start, at most the length.</summary>
    public int Count { get; private set; }

    public bool IsFull => Count == _values.Length;

    public double Mean => _reference + _sum / Count;

    public double SquaredDeviations => Math.Max(0, _sumOfSquares - _sum * _sum / Count);

    /// <summary>Takes a value; gives the one that leaves, or 0 while the window fills.</summary>
    public double Add(double value)
    {
        var leaving = IsFull ? _values[_next] : 0;
        if (IsFull)
            Take(leaving, -1);
        else
            Count++;
        _values[_next] = value;
        if (Count == 1)
            _reference = value;
        Take(value, 1);
        if (++_next == _values.Length)
        {
            _next = 0;
            Refresh();
        }
        return leaving;
    }

    /// <summary>The value a number of steps back; 0 is the newest.</summary>
    public double this[int stepsBack] => _values[(_next - 1 - stepsBack + 2 * _values.Length) % _values.Length];

    private void Take(double value, int sign)
    {
        var distance = value - _reference;
        _sum += sign * distance;
        _sumOfSquares += sign * distance * distance;
    }

    private void Refresh()
    {
        // Near the values, so that the precision of the squares depends on their differences and not on their size.
        _reference = Mean;
        _sum = _sumOfSquares = 0;
        foreach (var value in _values)
            Take(value, 1);
    }
}
