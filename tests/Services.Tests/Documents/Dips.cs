using Trading.Contracts;
using Trading.Core;
using Trading.Core.Strategies;

namespace Mine;

/// <summary>Buys after some falling bars in a row, sells after some rising ones. It is the example of docs/own-strategy.md.</summary>
public sealed class Dips(int down, int up) : ITradingStrategy
{
    private decimal? _before;
    private int _fell, _rose;

    /// <summary>What trading knows of it before it has seen a bar.</summary>
    public static StrategyInfo Info { get; } = new("dips", "buys after falling bars in a row, sells after rising ones",
        [StrategyParameter.Bars("down", 3, "falling bars before a purchase"), StrategyParameter.Bars("up", 2, "rising bars before a sale")],
        given => new Dips(given.Whole("down"), given.Whole("up")));

    /// <inheritdoc/>
    public string Name => Info.Name;

    /// <summary>What it decides follows from so many bars: a service that starts again shows it that many first.</summary>
    public int Bars => Math.Max(down, up) + 1;

    /// <inheritdoc/>
    public Signal OnBar(in Candle bar)
    {
        _fell = bar.Close < _before ? _fell + 1 : 0;
        _rose = bar.Close > _before ? _rose + 1 : 0;
        _before = bar.Close;
        return _fell >= down ? new(TradeAction.Buy) : _rose >= up ? new(TradeAction.Sell) : default;
    }
}
