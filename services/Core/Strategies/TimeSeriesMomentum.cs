using Trading.Contracts;
using Trading.Core.Indicators;

namespace Trading.Core.Strategies;

/// <summary>
/// Holds while the price is above that of some bars ago, and nothing otherwise (Moskowitz, Ooi and Pedersen, Time Series Momentum, 2012).
/// </summary>
/// <param name="length">Bars back.</param>
/// <param name="skip">Newest bars that do not count.</param>
public sealed class TimeSeriesMomentum(int length = 720, int skip = 0) : ITradingStrategy
{
    /// <summary>Name in settings and records.</summary>
    public const string StrategyName = "time-series-momentum";

    private readonly PriceSum _from = new(length > skip ? length
        : throw new ArgumentException($"the parameter length of {StrategyName} must be above skip, {skip}, was {length}"));
    private readonly PriceSum? _to = skip > 0 ? new(skip) : null;

    /// <summary>What it is.</summary>
    public static StrategyInfo Info { get; } = new(
        StrategyName, "holds while the price is above that of some bars ago (Moskowitz, Ooi and Pedersen)",
        [
            StrategyParameter.Bars("length", 720, "bars back"),
            StrategyParameter.Bars("skip", 0, "newest bars that do not count", least: 0),
        ],
        given => new TimeSeriesMomentum(given.Whole("length"), given.Whole("skip")));

    /// <inheritdoc/>
    public string Name => StrategyName;

    /// <inheritdoc/>
    public int Bars { get; } = length + 1;

    /// <inheritdoc/>
    public Signal OnBar(in Candle bar)
    {
        var price = PriceWindow.Units(bar.Close);
        var before = _from.Add(price);
        var newest = _to is null ? price : _to.Add(price);
        if (before == 0)
            return default;
        return newest > before ? new(TradeAction.Buy) : newest < before ? new(TradeAction.Sell) : default;
    }
}
