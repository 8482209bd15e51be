using System.Runtime.CompilerServices;
using Trading.Contracts;

namespace Trading.Core;

/// <summary>
/// The last prices of a symbol with indicators that are kept up to date in constant time and without allocation per price. Sums are kept in
/// whole units of 1e-10, so they do not drift, and an average is one division, so equal averages compare as equal. The state is a function
/// of the last <see cref="WindowRules.Capacity"/> prices alone, to the last bit.
/// </summary>
public sealed partial class PriceWindow(WindowRules rules)
{
    /// <summary>Prices in the short moving average.</summary>
    public const int ShortAverage = 20;

    /// <summary>Prices in the long moving average, and returns in the volatility.</summary>
    public const int LongAverage = 50;

    /// <summary>Steps back from which momentum is measured.</summary>
    public const int MomentumSteps = 10;

    /// <summary>Largest price that the window takes; its sums stay within 64 bits up to here.</summary>
    public const decimal LargestPrice = 10_000_000;

    /// <summary>Smallest price that the window takes: one unit of the eighth decimal.</summary>
    public const decimal SmallestPrice = 0.00000001m;

    private const decimal UnitsPerPrice = 10_000_000_000m;
    private const long SmallestUnits = 100, LargestUnits = 10_000_000L * 10_000_000_000L;
    private const double UnitsPerReturn = 1e12;

    // By the number of decimals of a price: what its digits are multiplied by, and the most that they may be.
    private static readonly long[] UnitsPerDigit = [.. Enumerable.Range(0, 11).Select(decimals => (long)Math.Pow(10, 10 - decimals))];
    private static readonly ulong[] MostDigits = [.. UnitsPerDigit.Select(units => (ulong)(LargestUnits / units))];

    /// <summary>A hundredfold step is a broken price, not a return: clamped, it cannot overflow the sums.</summary>
    private const double LargestReturn = 100;

    private readonly long[] _times = new long[rules.Capacity];
    private readonly long[] _prices = new long[rules.Capacity];
    private readonly long[] _returns = new long[LongAverage];
    private readonly Direction[] _signals = new Direction[rules.HorizonSteps];
    private readonly sbyte[] _scores = new sbyte[rules.ScoredSteps];
    private readonly int _capacity = rules.Capacity;
    private long _added;

    // Places in the rings of the newest price, return, signal and score: incremented, because a division at each access would cost more
    // than all the rest.
    private int _newest = -1, _newestReturn = -1, _newestSignal = -1, _newestScore = -1;
    private long _sumShort, _sumLong, _sumReturns;
    private Int128 _sumSquaredReturns;

    /// <summary>A price as the window calculates with it.</summary>
    public static double InUnits(decimal price) => Units(price) / (double)UnitsPerPrice;

    /// <summary>A price in whole units of 1e-10, what is below them cut off.</summary>
    /// <param name="price">At least 0; <see cref="long.MaxValue"/> above <see cref="LargestPrice"/>.</param>
    public static long Units(decimal price)
    {
        // Market prices have few digits, so the general multiplication and comparison, which cost ten times as much, are rarely needed.
        var parts = Unsafe.BitCast<decimal, DecimalParts>(price);
        var decimals = parts.SignAndScale >> 16;
        if (parts.High == 0 && (uint)decimals < (uint)UnitsPerDigit.Length && parts.Low <= MostDigits[decimals])
            return (long)parts.Low * UnitsPerDigit[decimals];
        return price > LargestPrice ? long.MaxValue : price < 0 ? -1 : (long)(price * UnitsPerPrice);
    }

    /// <summary>The rules that the window was made with.</summary>
    public WindowRules Rules => rules;

    /// <summary>Prices since the last gap, at most the capacity.</summary>
    public int Count => (int)Math.Min(_added, rules.Capacity);

    /// <summary>Start of the newest price's interval in seconds since 1970; null when the window is empty.</summary>
    public long? NewestUnixSeconds => _added == 0 ? null : _times[Slot(0)];

    /// <summary>The newest price; 0 when the window is empty.</summary>
    public double NewestPrice => _added == 0 ? 0 : _prices[Slot(0)] / (double)UnitsPerPrice;

    /// <summary>Mean of the last 20 prices; not a number before there are 20.</summary>
    public double Sma20 => _added < ShortAverage ? double.NaN : _sumShort / ((double)UnitsPerPrice * ShortAverage);

    /// <summary>Mean of the last 50 prices; not a number before there are 50.</summary>
    public double Sma50 => _added < LongAverage ? double.NaN : _sumLong / ((double)UnitsPerPrice * LongAverage);

    /// <summary>Relative change against the price ten steps back; not a number before there are 11 prices.</summary>
    public double Momentum10 =>
        _added <= MomentumSteps ? double.NaN : (double)(_prices[Slot(0)] - _prices[Slot(MomentumSteps)]) / _prices[Slot(MomentumSteps)];

    /// <summary>Sample standard deviation of the last 50 one-step returns; not a number before there are 51 prices.</summary>
    public double Volatility
    {
        get
        {
            if (_added <= LongAverage)
                return double.NaN;
            var scaled = ((_sumSquaredReturns * LongAverage) - ((Int128)_sumReturns * _sumReturns)) / (LongAverage * (LongAverage - 1));
            return Math.Sqrt((double)scaled) / UnitsPerReturn;
        }
    }

    /// <summary>
    /// What the technical model's rule says at the newest price; <see cref="Direction.Stable"/> when the window is empty.
    /// </summary>
    public Direction Rule => _added == 0 ? Direction.Stable : _signals[_newestSignal];

    /// <summary>How many of the rule's directional signals among the scored steps came true within the horizon.</summary>
    public int RuleHits { get; private set; }

    /// <summary>How many of the rule's directional signals among the scored steps have been scored.</summary>
    public int RuleSignals { get; private set; }

    /// <summary>Adds the next price.</summary>
    /// <param name="unixSeconds">Start of the price's interval; later than that of the newest price.</param>
    /// <param name="price">From <see cref="SmallestPrice"/> to <see cref="LargestPrice"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The time does not rise, or the price is out of range.</exception>
    public void Add(long unixSeconds, decimal price)
    {
        if (!TryAdd(unixSeconds, price))
            throw new ArgumentOutOfRangeException(nameof(price), price,
                FormattableString.Invariant($"A price must be at least {SmallestPrice} and at most {LargestPrice}."));
    }

    /// <summary>Adds the next price, unless it is out of range.</summary>
    /// <returns>Whether it was added.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The time does not rise.</exception>
    public bool TryAdd(long unixSeconds, decimal price)
    {
        var units = Units(price);
        if (units is < SmallestUnits or > LargestUnits)
            return false;
        if (_added > 0)
        {
            var newest = _times[Slot(0)];
            if (unixSeconds <= newest)
                throw new ArgumentOutOfRangeException(nameof(unixSeconds), unixSeconds,
                    FormattableString.Invariant($"A price must be later than the newest one, {newest}."));
            if (unixSeconds - newest > (long)rules.MaxGapIntervals * rules.IntervalSeconds)
                Clear();
        }

        AddToSums(units);
        Advance(ref _newest, _capacity);
        Advance(ref _newestSignal, rules.HorizonSteps);
        Advance(ref _newestScore, rules.ScoredSteps);
        _times[_newest] = unixSeconds;
        _prices[_newest] = units;
        _added++;
        Score(units);
        _signals[_newestSignal] = MovingAverageRule.Of(Sma20, Sma50, Momentum10);
        return true;
    }

    /// <summary>Empties the window.</summary>
    public void Clear()
    {
        _added = 0;
        _newest = _newestReturn = _newestSignal = _newestScore = -1;
        _sumShort = _sumLong = _sumReturns = 0;
        _sumSquaredReturns = 0;
        RuleHits = RuleSignals = 0;
        Array.Clear(_scores);
    }

    // How .NET keeps a decimal: its sign and number of decimals, and 96 bits of digits.
    private readonly record struct DecimalParts(int SignAndScale, uint High, ulong Low);

    private int Slot(int stepsBack) => _newest - stepsBack is var slot && slot >= 0 ? slot : slot + _capacity;

    private static void Advance(ref int place, int length) => place = place + 1 == length ? 0 : place + 1;

    private void AddToSums(long units)
    {
        // Before this price is stored, Slot(n) is the price n + 1 steps before it.
        _sumShort += units - (_added >= ShortAverage ? _prices[Slot(ShortAverage - 1)] : 0);
        _sumLong += units - (_added >= LongAverage ? _prices[Slot(LongAverage - 1)] : 0);
        if (_added == 0)
            return;
        var relative = (double)(units - _prices[Slot(0)]) / _prices[Slot(0)];
        var change = (long)Math.Round(Math.Min(relative, LargestReturn) * UnitsPerReturn);
        Advance(ref _newestReturn, LongAverage);
        var leaving = _added > LongAverage ? _returns[_newestReturn] : 0;
        _returns[_newestReturn] = change;
        _sumReturns += change - leaving;
        // The difference of two squares, in one multiplication.
        _sumSquaredReturns += Math.BigMul(change - leaving, change + leaving);
    }

    /// <summary>Scores the signal given one horizon ago against the price that has now arrived, and forgets the oldest score.</summary>
    private void Score(long units)
    {
        if (_added <= rules.HorizonSteps)
            return;
        var then = _prices[Slot(rules.HorizonSteps)];
        sbyte score = _signals[_newestSignal] switch
        {
            Direction.Up => units > then ? (sbyte)1 : (sbyte)-1,
            Direction.Down => units < then ? (sbyte)1 : (sbyte)-1,
            _ => 0,
        };
        ref var slot = ref _scores[_newestScore];
        RuleHits += (score == 1 ? 1 : 0) - (slot == 1 ? 1 : 0);
        RuleSignals += (score != 0 ? 1 : 0) - (slot != 0 ? 1 : 0);
        slot = score;
    }
}
