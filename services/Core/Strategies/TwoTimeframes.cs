using Trading.Contracts;
using Trading.Core.Indicators;

namespace Trading.Core.Strategies;

/// <summary>
/// Trades the crossings of two averages of its bars, but buys only while the average of longer bars rises: the shorter timeframe times what
/// the longer one allows.
/// </summary>
/// <param name="fast">Bars in the fast average.</param>
/// <param name="slow">Bars in the slow average.</param>
/// <param name="factor">Bars that make a longer one.</param>
/// <param name="trend">Longer bars in their average.</param>
public sealed class TwoTimeframes(int fast = 10, int slow = 30, int factor = 24, int trend = 20) : ITradingStrategy
{
    /// <summary>Name in settings and records.</summary>
    public const string StrategyName = "two-timeframes";

    private readonly SmaCrossover _crossover = new(fast, slow);
    private readonly LongerBars _longer = new(factor);
    private readonly Sma _trend = new(trend);
    private double _before = double.NaN;

    /// <summary>What it is.</summary>
    public static StrategyInfo Info { get; } = new(
        StrategyName, "buys crossings of averages while the average of longer bars rises, sells crossings downwards",
        [
            StrategyParameter.Bars("fast", 10, "bars in the fast average"), StrategyParameter.Bars("slow", 30, "bars in the slow average"),
            StrategyParameter.Bars("factor", 24, "bars that make a longer one", least: 2),
            StrategyParameter.Bars("trend", 20, "longer bars in their average"),
        ],
        given => new TwoTimeframes(given.Whole("fast"), given.Longer("slow", than: "fast"), given.Whole("factor"), given.Whole("trend")));

    /// <inheritdoc/>
    public string Name => StrategyName;

    /// <inheritdoc/>
    public int Bars { get; } = Math.Max(slow + 1, factor * (trend + 3));

    /// <inheritdoc/>
    public Signal OnBar(in Candle bar)
    {
        var count = _longer.Add(bar, out var ended, out var newer);
        if (count > 0)
            Take(ended);
        if (count > 1)
            Take(newer);
        var signal = _crossover.OnBar(bar);
        return signal.Action == TradeAction.Buy && !(_trend.Value > _before) ? default : signal;
    }

    private void Take(in Candle longer)
    {
        _before = _trend.Value;
        _trend.Add((double)longer.Close);
    }
}
