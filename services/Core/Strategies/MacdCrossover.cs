using Trading.Contracts;
using Trading.Core.Indicators;

namespace Trading.Core.Strategies;

/// <summary>
/// Buys where the difference of two averages crosses its own average upwards, sells where it crosses downwards (Gerald Appel).
/// </summary>
/// <param name="fast">Length of the fast average.</param>
/// <param name="slow">Length of the slow average.</param>
/// <param name="signal">Length of the average of their difference.</param>
public sealed class MacdCrossover(int fast = 12, int slow = 26, int signal = 9) : ITradingStrategy
{
    /// <summary>Name in settings and records.</summary>
    public const string StrategyName = "macd";

    private readonly Macd _macd = new(fast, slow, signal);
    private int _seen, _side;

    /// <summary>What it is.</summary>
    public static StrategyInfo Info { get; } = new(
        StrategyName, "buys where MACD crosses its signal line upwards, sells where it crosses downwards (Appel)",
        [
            StrategyParameter.Bars("fast", 12, "length of the fast average"),
            StrategyParameter.Bars("slow", 26, "length of the slow average"),
            StrategyParameter.Bars("signal", 9, "length of the signal line"),
        ],
        given => new MacdCrossover(given.Whole("fast"), given.Longer("slow", than: "fast"), given.Whole("signal")));

    /// <inheritdoc/>
    public string Name => StrategyName;

    /// <inheritdoc/>
    public int Bars { get; } = Memory.OfExponential(slow) + Memory.OfExponential(signal) + 1;

    /// <inheritdoc/>
    public Signal OnBar(in Candle bar)
    {
        var side = Math.Sign(_macd.Add((double)bar.Close).Histogram is var above && double.IsNaN(above) ? 0 : above);
        var before = _side;
        _side = side;
        if (++_seen < Bars || side == before)
            return default;
        return side > 0 ? new(TradeAction.Buy) : side < 0 ? new(TradeAction.Sell) : default;
    }
}
