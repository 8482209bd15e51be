using Trading.Contracts;
using Trading.Core.Indicators;

namespace Trading.Core.Strategies;

/// <summary>
/// Buys a step below the average, and again at each step below what was paid, as long as the price is within a band around the average;
/// sells a step above what was paid. Below the band it only waits.
/// </summary>
/// <param name="length">Bars in the average that the band lies around.</param>
/// <param name="step">Distance from line to line, in percent.</param>
/// <param name="band">Half the width of the band, in percent.</param>
public sealed class GridTrading(int length = 200, double step = 1, double band = 10) : ITradingStrategy
{
    /// <summary>Name in settings and records.</summary>
    public const string StrategyName = "grid";

    private readonly Sma _average = new(length);
    private readonly double _band = band > step
        ? band : throw new ArgumentException($"the parameter band of {StrategyName} must be above step, {step}, was {band}");
    private int _seen;

    /// <summary>What it is.</summary>
    public static StrategyInfo Info { get; } = new(
        StrategyName, "buys at each step down within a band around an average, sells a step above what was paid",
        [
            StrategyParameter.Bars("length", 200, "bars in the average"),
            StrategyParameter.Number("step", 1, 0.01, 50, "distance from line to line, percent"),
            StrategyParameter.Number("band", 10, 0.1, 90, "half the width of the band, percent"),
        ],
        given => new GridTrading(given.Whole("length"), given.Number("step"), given.Number("band")));

    /// <inheritdoc/>
    public string Name => StrategyName;

    /// <inheritdoc/>
    public int Bars { get; } = length;

    /// <inheritdoc/>
    public bool SeesPosition => true;

    /// <inheritdoc/>
    public bool AddsToPosition => true;

    /// <inheritdoc/>
    public Signal OnBar(in Candle bar) => OnBar(bar, default);

    /// <inheritdoc/>
    public Signal OnBar(in Candle bar, in StrategyPosition held)
    {
        var close = (double)bar.Close;
        var average = _average.Add(close);
        if (++_seen < Bars)
            return default;
        var paid = (double)held.EntryPrice;
        if (held.IsOpen && close >= paid * (1 + step / 100))
            return new(TradeAction.Sell);
        if (close < average * (1 - _band / 100))
            return default;
        return close <= (held.IsOpen ? Math.Min(paid, average) : average) * (1 - step / 100) ? new(TradeAction.Buy) : default;
    }
}
