using Trading.Contracts;
using Trading.Core;
using Trading.Core.Strategies;

namespace Trading.Research.Tournaments;

/// <summary>Always the same share of equity: holding, or a fixed mix with cash.</summary>
/// <param name="name">Its name.</param>
/// <param name="share">The share, 0 to 1.</param>
public sealed class FixedShare(string name, double share) : ITradingStrategy
{
    private readonly Signal _signal = Signal.For(new(share));

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public int Bars => 1;

    /// <inheritdoc/>
    public bool Targets => true;

    /// <inheritdoc/>
    public Signal OnBar(in Candle bar) => _signal;
}

/// <summary>Buys at the same time each week, for as much as the limits allow for one order.</summary>
public sealed class WeeklyPurchase : ITradingStrategy
{
    private const long SecondsPerWeek = 7 * 86_400;
    private long _week = long.MinValue;

    /// <inheritdoc/>
    public string Name => "dca";

    /// <inheritdoc/>
    public int Bars => 1;

    /// <inheritdoc/>
    public Signal OnBar(in Candle bar)
    {
        var week = bar.OpenTimeUnixSeconds / SecondsPerWeek;
        var begins = week != _week;
        _week = week;
        return begins ? new(TradeAction.Buy) : default;
    }
}

/// <summary>
/// Shares that are known beforehand, by the time at which a bar closes: those of another strategy moved in time, or what a model said about
/// prices that it had not seen.
/// </summary>
/// <param name="name">Its name.</param>
/// <param name="intervalSeconds">Seconds of a bar.</param>
/// <param name="shares">The share to hold from a close on; a close that is missing asks for nothing.</param>
public sealed class GivenExposure(string name, int intervalSeconds, IReadOnlyDictionary<long, double> shares) : ITradingStrategy
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public int Bars => 1;

    /// <inheritdoc/>
    public bool Targets => true;

    /// <inheritdoc/>
    public Signal OnBar(in Candle bar) =>
        shares.TryGetValue(bar.OpenTimeUnixSeconds + intervalSeconds, out var share) ? Signal.For(new(share)) : default;

    /// <summary>What a strategy asks for at each close.</summary>
    public static SortedDictionary<long, double> Of(ITradingStrategy strategy, ReadOnlySpan<Candle> candles, int intervalSeconds,
        int decisionSeconds)
    {
        var shares = new SortedDictionary<long, double>();
        foreach (ref readonly var candle in candles)
        {
            var at = candle.OpenTimeUnixSeconds + intervalSeconds;
            if (at % decisionSeconds != 0)
                strategy.Skip(candle);
            else if (strategy.OnBar(candle).Target is { } target)
                shares[at] = target.Share;
        }
        return shares;
    }

    /// <summary>The same shares at other times: each moved by so many places, those at the end to the begin.</summary>
    public static IReadOnlyDictionary<long, double> Moved(SortedDictionary<long, double> shares, int places)
    {
        var (times, values) = (shares.Keys.ToArray(), shares.Values.ToArray());
        return times.Select((at, i) => (at, values[(i + places) % values.Length])).ToDictionary(one => one.at, one => one.Item2);
    }
}
