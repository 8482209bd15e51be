using Trading.Contracts;
using Trading.Core.Indicators;

namespace Trading.Core.Strategies;

/// <summary>Buys below the lower Bollinger band, sells at the average (John Bollinger, 2001).</summary>
/// <param name="length">Bars in the average.</param>
/// <param name="deviations">Distance of the band from the average, in deviations.</param>
public sealed class BollingerReversion(int length = 20, double deviations = 2) : ITradingStrategy
{
    /// <summary>Name in settings and records.</summary>
    public const string StrategyName = "bollinger";

    private readonly Bollinger _bands = new(length, deviations);
    private int _seen;

    /// <summary>What it is.</summary>
    public static StrategyInfo Info { get; } = new(
        StrategyName, "buys below the lower Bollinger band, sells at the average (mean reversion)",
        [
            StrategyParameter.Bars("length", 20, "bars in the average", least: 2),
            StrategyParameter.Number("deviations", 2, 0.1, 10, "distance of the bands in deviations"),
        ],
        given => new BollingerReversion(given.Whole("length"), given.Number("deviations")));

    /// <inheritdoc/>
    public string Name => StrategyName;

    /// <inheritdoc/>
    public int Bars { get; } = length;

    /// <inheritdoc/>
    public Signal OnBar(in Candle bar)
    {
        var close = (double)bar.Close;
        var bands = _bands.Add(close);
        if (++_seen < Bars)
            return default;
        return close < bands.Lower ? new(TradeAction.Buy) : close >= bands.Middle ? new(TradeAction.Sell) : default;
    }
}
