namespace Trading.Core.Indicators;

/// <summary>
/// The sum of the last prices in whole units of <see cref="PriceWindow.Units"/>: it never drifts, and equal sums are equal.
/// </summary>
public sealed class PriceSum
{
    private readonly long[] _prices;
    private int _next;

    /// <summary>An empty sum.</summary>
    /// <param name="length">How many prices; from 1 to 100,000.</param>
    public PriceSum(int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        _prices = new long[length];
    }

    /// <summary>Whether there are enough prices.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Sum of the prices.</summary>
    public Int128 Sum { get; private set; }

    /// <summary>Takes the next price, above 0; gives the one that leaves, or 0 while there are not enough.</summary>
    public long Add(long price)
    {
        ref var slot = ref _prices[_next];
        var leaving = slot;
        slot = price;
        Sum += price - leaving;
        if (++_next == _prices.Length)
            (_next, IsFull) = (0, true);
        return leaving;
    }
}
