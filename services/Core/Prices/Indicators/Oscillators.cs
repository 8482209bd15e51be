namespace Trading.Core.Indicators;

/// <summary>
/// Relative strength index, 0 to 100: 100 - 100 / (1 + mean gain / mean loss), with Wilder's averages, begun with the simple mean of the
/// first changes (J. Welles Wilder, New Concepts in Technical Trading Systems, 1978).
/// </summary>
/// <param name="length">How many changes; usually 14.</param>
public sealed class Rsi(int length = 14)
{
    private readonly WilderAverage _gain = new(length), _loss = new(length);
    private double _last = double.NaN;

    /// <summary>The index; not a number before there are enough values. 100 where nothing was lost.</summary>
    public double Value { get; private set; } = double.NaN;

    /// <summary>Takes the next value and gives the index.</summary>
    public double Add(double value)
    {
        var change = value - _last;
        _last = value;
        if (double.IsNaN(change))
            return Value;
        var (gain, loss) = (_gain.Add(Math.Max(change, 0)), _loss.Add(Math.Max(-change, 0)));
        return Value = loss > 0 ? 100 - 100 / (1 + gain / loss) : double.IsNaN(loss) ? double.NaN : 100;
    }
}

/// <summary>What directional movement says.</summary>
/// <param name="Plus">Plus directional indicator, 0 to 100.</param>
/// <param name="Minus">Minus directional indicator, 0 to 100.</param>
/// <param name="Adx">Average directional index, 0 to 100: how strong a trend is, whichever its direction.</param>
public readonly record struct AdxValue(double Plus, double Minus, double Adx);

/// <summary>
/// Average directional index (J. Welles Wilder, 1978): directional movement in relation to the true range, and the average of how one-sided
/// it is.
/// </summary>
/// <param name="length">How many bars; usually 14.</param>
public sealed class Adx(int length = 14)
{
    private readonly WilderAverage _range = new(length), _plus = new(length), _minus = new(length), _adx = new(length);
    private double _high, _low, _close = double.NaN;

    /// <summary>The newest value; its parts are not numbers before there are enough bars for them.</summary>
    public AdxValue Value { get; private set; } = new(double.NaN, double.NaN, double.NaN);

    /// <summary>Takes the next bar.</summary>
    public AdxValue Add(double high, double low, double close)
    {
        var first = double.IsNaN(_close);
        var (up, down, range) = (high - _high, _low - low, TrueRange.Of(high, low, _close));
        (_high, _low, _close) = (high, low, close);
        if (first)
            return Value;

        var trueRange = _range.Add(range);
        var plus = 100 * _plus.Add(up > down && up > 0 ? up : 0) / trueRange;
        var minus = 100 * _minus.Add(down > up && down > 0 ? down : 0) / trueRange;
        if (double.IsNaN(trueRange))
            return Value;
        if (trueRange == 0)
            plus = minus = 0; // bars without any range move nowhere
        var oneSided = plus == minus ? 0 : 100 * Math.Abs(plus - minus) / (plus + minus);
        return Value = new(plus, minus, _adx.Add(oneSided));
    }
}
