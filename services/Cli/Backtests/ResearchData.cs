using Trading.Core;
using Trading.Research.Backtests;

namespace Trading.Cli.Backtests;

/// <summary>Data in memory and the backtest that is run over them again and again.</summary>
/// <param name="Plan">Settings, strategy and timing.</param>
/// <param name="Candles">The candles, oldest first.</param>
/// <param name="Earlier">How many of the first ones are only looked at, because they are from before --from.</param>
/// <param name="Taker">What takers bought of each candle's volume; null where the data do not say it.</param>
public sealed record ResearchData(BacktestPlan Plan, Candle[] Candles, int Earlier = 0, IReadOnlyList<decimal>? Taker = null)
{
    /// <summary>First open time of the candles that count, in seconds since 1970.</summary>
    public long From => Candles[Earlier].OpenTimeUnixSeconds;

    /// <summary>The instant at which the last candle closes.</summary>
    public long To => Candles[^1].OpenTimeUnixSeconds + Plan.IntervalSeconds;

    /// <summary>The candles that open from one instant on and before another.</summary>
    public ReadOnlySpan<Candle> Between(long from, long to)
    {
        var (begin, end) = (Place(from), Place(to));
        return Candles.AsSpan(begin, end - begin);
    }

    /// <summary>The candles that open before an instant.</summary>
    public ReadOnlySpan<Candle> Before(long at) => Candles.AsSpan(0, Place(at));

    /// <summary>Lets a trader see candles on which it does not trade yet: it is not asked for a decision, and no order counts.</summary>
    public static void Show(IBacktestTrader trader, ReadOnlySpan<Candle> candles, int intervalSeconds)
    {
        foreach (ref readonly var candle in candles)
            trader.Observe(candle.OpenTimeUnixSeconds + intervalSeconds, candle);
    }

    /// <summary>How many candles open before an instant.</summary>
    public int Place(long at) => Candle.CountBefore(Candles, at);
}
