using Trading.Contracts;

namespace Trading.Core;

/// <summary>
/// A window built from the journal's prices, and whether a price may be missing in it. At the start, and after a missing decision, one may
/// be missing until a digest proves the window, or until the prices before the gap have left it.
/// </summary>
internal sealed class ReplayedWindow(WindowRules rules)
{
    private const int QuestionsApart = 100;

    // How many prices back another replica may append a decision after newer ones.
    private const int LateBy = 500;

    private readonly List<EarlierPrice> _known = [];
    private readonly List<(long UnixSeconds, string Digest)> _waiting = [];
    private long _sinceMissing;
    private long _askAgainAt;

    public PriceWindow Prices { get; private set; } = new(rules);

    public bool MayMiss
    {
        get => _sinceMissing < rules.Capacity;
        set => _sinceMissing = value ? 0 : rules.Capacity;
    }

    /// <summary>Adds a decision's price and those before it; false when they are older than the newest price.</summary>
    public bool Add(IReadOnlyList<EarlierPrice> between, long unixSeconds, decimal price)
    {
        if (Prices.NewestUnixSeconds >= unixSeconds)
            return false;
        if (LeavesGap(between, unixSeconds))
            MayMiss = true;
        foreach (var earlier in between)
        {
            if (Prices.NewestUnixSeconds is null || earlier.UnixSeconds > Prices.NewestUnixSeconds)
                Add(earlier.UnixSeconds, earlier.Price);
        }
        Add(unixSeconds, price);
        return true;
    }

    /// <summary>
    /// The window of a decision that was appended after newer ones, from the prices until then. They are known to later windows too.
    /// </summary>
    /// <param name="between">Prices since the decision before it.</param>
    /// <param name="unixSeconds">Start of the price's interval.</param>
    /// <param name="price">The price.</param>
    public PriceWindow Late(IReadOnlyList<EarlierPrice> between, long unixSeconds, decimal price)
    {
        foreach (var late in between.Append(new(unixSeconds, price)))
        {
            var at = _known.FindLastIndex(known => known.UnixSeconds <= late.UnixSeconds);
            if (at < 0 || _known[at].UnixSeconds != late.UnixSeconds)
                _known.Insert(at + 1, late);
        }
        Prices = Of(long.MaxValue);
        return Of(unixSeconds);
    }

    /// <summary>A window that could not be computed: a price in it may still come, appended late.</summary>
    public void Await(long unixSeconds, string digest)
    {
        if (_waiting.Count == LateBy)
            _waiting.RemoveAt(0);
        _waiting.Add((unixSeconds, digest));
    }

    /// <summary>How many of those follow from the prices that are known now.</summary>
    public int Resolve() => _waiting.RemoveAll(waiting => Of(waiting.UnixSeconds).Summarize().Digest == waiting.Digest);

    /// <summary>Whether a decision's window may lack prices that should be asked for now.</summary>
    public bool Asks(IReadOnlyList<EarlierPrice> between, long unixSeconds) =>
        unixSeconds >= _askAgainAt && Prices.NewestUnixSeconds < unixSeconds && (MayMiss || LeavesGap(between, unixSeconds));

    /// <summary>The window built from the prices that were asked for; null when they do not end with the decision's price.</summary>
    public PriceWindow? Load(IReadOnlyList<EarlierPrice> earlier, long unixSeconds)
    {
        _askAgainAt = unixSeconds + (QuestionsApart * rules.IntervalSeconds);
        var loaded = new PriceWindow(rules);
        foreach (var (at, price) in earlier)
            loaded.Add(at, price);
        return loaded.NewestUnixSeconds == unixSeconds ? loaded : null;
    }

    /// <summary>
    /// Continues from a loaded window whose digest matched: no price is missing in it, late decisions follow from its prices too, and
    /// prices may be asked for again at once.
    /// </summary>
    /// <param name="loaded">The window.</param>
    /// <param name="earlier">Its prices, oldest first.</param>
    public void Found(PriceWindow loaded, IReadOnlyList<EarlierPrice> earlier)
    {
        (Prices, MayMiss, _askAgainAt) = (loaded, false, 0);
        _known.RemoveAll(known => known.UnixSeconds >= earlier[0].UnixSeconds);
        _known.AddRange(earlier);
    }

    private PriceWindow Of(long upToUnixSeconds)
    {
        var window = new PriceWindow(rules);
        foreach (var (at, price) in _known.Where(known => known.UnixSeconds <= upToUnixSeconds).TakeLast(rules.Capacity))
            window.Add(at, price);
        return window;
    }

    private bool LeavesGap(IReadOnlyList<EarlierPrice> between, long unixSeconds) =>
        Prices.NewestUnixSeconds is not { } newest
        || (between.Count > 0 ? between[0].UnixSeconds : unixSeconds) > newest + rules.IntervalSeconds;

    private void Add(long unixSeconds, decimal price)
    {
        Prices.Add(unixSeconds, price);
        _sinceMissing++;
        _known.Add(new(unixSeconds, price));
        if (_known.Count > 2 * (rules.Capacity + LateBy))
            _known.RemoveRange(0, rules.Capacity + LateBy);
    }
}
