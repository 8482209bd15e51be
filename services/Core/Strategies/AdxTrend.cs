using Trading.Contracts;
using Trading.Core.Indicators;

namespace Trading.Core.Strategies;

/// <summary>
/// Buys while directional movement points upwards and the average directional index says that there is a trend; sells when it points
/// downwards (J. Welles Wilder, 1978).
/// </summary>
/// <param name="length">Bars in the averages.</param>
/// <param name="strength">Least average directional index of a trend.</param>
public sealed class AdxTrend(int length = 14, double strength = 25) : ITradingStrategy
{
    /// <summary>Name in settings and records.</summary>
    public const string StrategyName = "adx-trend";

    private readonly Adx _adx = new(length);
    private int _seen;

    /// <summary>What it is.</summary>
    public static StrategyInfo Info { get; } = new(
        StrategyName, "buys while directional movement points upwards and ADX shows a trend, sells when it points downwards",
        [
            StrategyParameter.Bars("length", 14, "bars in the averages"),
            StrategyParameter.Number("strength", 25, 0, 100, "least ADX of a trend"),
        ],
        given => new AdxTrend(given.Whole("length"), given.Number("strength")));

    /// <inheritdoc/>
    public string Name => StrategyName;

    /// <inheritdoc/>
    public int Bars { get; } = 2 * Memory.OfWilder(length);

    /// <inheritdoc/>
    public Signal OnBar(in Candle bar)
    {
        var value = _adx.Add((double)bar.High, (double)bar.Low, (double)bar.Close);
        if (++_seen < Bars)
            return default;
        return value.Minus > value.Plus ? new(TradeAction.Sell)
            : value.Plus > value.Minus && value.Adx >= strength ? new(TradeAction.Buy) : default;
    }
}
