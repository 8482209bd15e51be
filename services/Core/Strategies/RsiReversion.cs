using Trading.Contracts;
using Trading.Core.Indicators;

namespace Trading.Core.Strategies;

/// <summary>
/// Buys when the relative strength index says that the price has fallen too fast, sells when it has recovered (J. Welles Wilder, 1978).
/// </summary>
/// <param name="length">Changes in the index.</param>
/// <param name="low">Buys below this index.</param>
/// <param name="high">Sells above this index.</param>
public sealed class RsiReversion(int length = 14, double low = 30, double high = 55) : ITradingStrategy
{
    /// <summary>Name in settings and records.</summary>
    public const string StrategyName = "rsi-reversion";

    private readonly Rsi _rsi = new(length);
    private readonly double _high = high > low
        ? high : throw new ArgumentException($"the parameter high of {StrategyName} must be above low, {low}, was {high}");
    private int _seen;

    /// <summary>What it is.</summary>
    public static StrategyInfo Info { get; } = new(
        StrategyName, "buys when the RSI is low, sells when it has recovered (mean reversion)",
        [
            StrategyParameter.Bars("length", 14, "changes in the index"),
            StrategyParameter.Number("low", 30, 1, 99, "buys below this index"),
            StrategyParameter.Number("high", 55, 1, 100, "sells above this index"),
        ],
        given => new RsiReversion(given.Whole("length"), given.Number("low"), given.Number("high")));

    /// <inheritdoc/>
    public string Name => StrategyName;

    /// <inheritdoc/>
    public int Bars { get; } = Memory.OfWilder(length);

    /// <inheritdoc/>
    public Signal OnBar(in Candle bar)
    {
        var index = _rsi.Add((double)bar.Close);
        // The average remembers its first bars for long; before they have faded it says nothing.
        if (++_seen < Bars)
            return default;
        return index < low ? new(TradeAction.Buy) : index > _high ? new(TradeAction.Sell) : default;
    }
}
