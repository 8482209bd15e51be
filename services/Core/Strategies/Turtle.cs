using Trading.Contracts;
using Trading.Core.Indicators;

namespace Trading.Core.Strategies;

/// <summary>
/// The rule of the turtle traders: buys above the highest high of the bars before, sells below the lowest low of fewer bars, or a number of
/// average true ranges below the entry (Curtis Faith, Way of the Turtle, 2007); the average is the simple one of the last bars.
/// </summary>
/// <param name="entry">Bars in the channel of the entry.</param>
/// <param name="exit">Bars in the channel of the exit.</param>
/// <param name="range">Bars in the average true range.</param>
/// <param name="stop">Distance of the stop from the entry, in average true ranges.</param>
public sealed class Turtle(int entry = 20, int exit = 10, int range = 20, double stop = 2) : ITradingStrategy
{
    /// <summary>Name in settings and records.</summary>
    public const string StrategyName = "turtle";

    private readonly Donchian _entry = new(entry), _exit = new(exit);
    private readonly Sma _range = new(range);
    private double _close = double.NaN;
    private int _seen;

    /// <summary>What it is.</summary>
    public static StrategyInfo Info { get; } = new(
        StrategyName, "buys a breakout upwards, sells at a shorter channel's low or at a stop of average true ranges below the entry",
        [
            StrategyParameter.Bars("entry", 20, "bars of the entry's channel"),
            StrategyParameter.Bars("exit", 10, "bars of the exit's channel"),
            StrategyParameter.Bars("range", 20, "bars in the average true range"),
            StrategyParameter.Number("stop", 2, 0.1, 100, "distance of the stop, in average true ranges"),
        ],
        given => new Turtle(given.Whole("entry"), given.Whole("exit"), given.Whole("range"), given.Number("stop")));

    /// <inheritdoc/>
    public string Name => StrategyName;

    /// <inheritdoc/>
    public int Bars { get; } = Math.Max(Math.Max(entry, exit), range) + 1;

    /// <inheritdoc/>
    public bool SeesPosition => true;

    /// <inheritdoc/>
    public Signal OnBar(in Candle bar) => OnBar(bar, default);

    /// <inheritdoc/>
    public Signal OnBar(in Candle bar, in StrategyPosition held)
    {
        var (high, low, close) = ((double)bar.High, (double)bar.Low, (double)bar.Close);
        var (above, below) = (_entry.Value.Upper, _exit.Value.Lower);
        _entry.Add(high, low);
        _exit.Add(high, low);
        var average = double.IsNaN(_close) ? double.NaN : _range.Add(TrueRange.Of(high, low, _close));
        _close = close;
        if (++_seen < Bars)
            return default;
        if (!held.IsOpen)
            return close > above ? new(TradeAction.Buy) : default;
        var floor = (double)held.EntryPrice - stop * average;
        return close < below || close <= floor ? new(TradeAction.Sell)
            : floor > 0 ? new(TradeAction.Hold, Stop: (decimal)floor) : default;
    }
}
