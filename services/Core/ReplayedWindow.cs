using Trading.Contracts;

namespace Trading.Core;

/// <summary>
/// A window as the journal's prices give it, and whether one may be missing among them. Where decision follows on decision none is; from its begin, and from a decision that is missing, on, that is
/// open until a digest proves the window, or until the prices before it have left it.
/// </summary>
internal sealed class ReplayedWindow(WindowRules rules)
{
    private const int QuestionsApart = 100;
    private long _sinceMissing;
    private long _askAgainAt;

    public PriceWindow Prices { get; private set; } = new(rules);

    public bool MayMiss
    {
        get => _sinceMissing < rules.Capacity;
        set => _sinceMissing = value ? 0 : rules.Capacity;
    }

    /// <summary>Adds a decision's price and those before it; false when they are older than what is there.</summary>
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

    /// <summary>Whether a decision's window may lack prices, and it is time to ask for them.</summary>
    public bool Asks(IReadOnlyList<EarlierPrice> between, long unixSeconds) =>
        unixSeconds >= _askAgainAt && Prices.NewestUnixSeconds < unixSeconds && (MayMiss || LeavesGap(between, unixSeconds));

    /// <summary>The window as prices that were asked for give it; null when they do not end with the decision's.</summary>
    public PriceWindow? Load(IReadOnlyList<EarlierPrice> earlier, long unixSeconds)
    {
        _askAgainAt = unixSeconds + (QuestionsApart * rules.IntervalSeconds);
        var loaded = new PriceWindow(rules);
        foreach (var (at, price) in earlier)
            loaded.Add(at, price);
        return loaded.NewestUnixSeconds == unixSeconds ? loaded : null;
    }

    /// <summary>Goes on from a window that was asked for and is right: nothing is missing in it, and the next question may follow at once.</summary>
    public void Found(PriceWindow loaded) => (Prices, MayMiss, _askAgainAt) = (loaded, false, 0);

    private bool LeavesGap(IReadOnlyList<EarlierPrice> between, long unixSeconds) =>
        Prices.NewestUnixSeconds is not { } newest || (between.Count > 0 ? between[0].UnixSeconds : unixSeconds) > newest + rules.IntervalSeconds;

    private void Add(long unixSeconds, decimal price)
    {
        Prices.Add(unixSeconds, price);
        _sinceMissing++;
    }
}
