using Trading.Contracts;
using Trading.Core.Indicators;

namespace Trading.Core.Strategies;

/// <summary>
/// Buys when the close lies above the highest high of the bars before it, sells when it lies below the lowest low of fewer bars before it
/// (Richard Donchian).
/// </summary>
/// <param name="entry">Bars in the channel of the entry.</param>
/// <param name="exit">Bars in the channel of the exit.</param>
public sealed class Breakout(int entry = 20, int exit = 10) : ITradingStrategy
{
    /// <summary>Name in settings and records.</summary>
    public const string StrategyName = "breakout";

    private readonly Donchian _entry = new(entry), _exit = new(exit);

    /// <summary>What it is.</summary>
    public static StrategyInfo Info { get; } = new(
        StrategyName, "buys above the highest high of the bars before, sells below the lowest low of fewer bars (Donchian)",
        [
            StrategyParameter.Bars("entry", 20, "bars of the entry's channel"),
            StrategyParameter.Bars("exit", 10, "bars of the exit's channel"),
        ],
        given => new Breakout(given.Whole("entry"), given.Whole("exit")));

    /// <inheritdoc/>
    public string Name => StrategyName;

    /// <inheritdoc/>
    public int Bars { get; } = Math.Max(entry, exit) + 1;

    /// <inheritdoc/>
    public Signal OnBar(in Candle bar)
    {
        var (high, low, close) = ((double)bar.High, (double)bar.Low, (double)bar.Close);
        var (above, below) = (_entry.Value.Upper, _exit.Value.Lower);
        _entry.Add(high, low);
        _exit.Add(high, low);
        return close > above ? new(TradeAction.Buy) : close < below ? new(TradeAction.Sell) : default;
    }
}
