using Trading.Contracts;
using Trading.Core.Indicators;

namespace Trading.Core.Strategies;

/// <summary>Buys at the bar at which the fast average has crossed the slow one upwards, sells where it has crossed it downwards.</summary>
/// <param name="fast">Bars in the fast average.</param>
/// <param name="slow">Bars in the slow average; more than in the fast one.</param>
public sealed class SmaCrossover(int fast = 20, int slow = 50) : ITradingStrategy
{
    /// <summary>Name in settings and records.</summary>
    public const string StrategyName = "sma-crossover";

    private readonly PriceSum _fast = new(fast), _slow = new(slow > fast
        ? slow : throw new ArgumentException($"the slow average of {StrategyName} must be longer than the fast one, {fast}, was {slow}"));
    private int? _side;

    /// <summary>What it is.</summary>
    public static StrategyInfo Info { get; } = new(
        StrategyName, "buys where the fast average crosses the slow one upwards, sells where it crosses downwards",
        [StrategyParameter.Bars("fast", 20, "bars in the fast average"), StrategyParameter.Bars("slow", 50, "bars in the slow average")],
        given => new SmaCrossover(given.Whole("fast"), given.Whole("slow")));

    /// <inheritdoc/>
    public string Name => StrategyName;

    /// <inheritdoc/>
    public int Bars { get; } = slow + 1;

    /// <inheritdoc/>
    public Signal OnBar(in Candle bar)
    {
        var price = PriceWindow.Units(bar.Close);
        _fast.Add(price);
        _slow.Add(price);
        if (!_slow.IsFull)
            return default;
        var side = Math.Sign(((Int128)_fast.Sum * slow).CompareTo((Int128)_slow.Sum * fast));
        var before = _side;
        _side = side;
        return before is null || side == before ? default : side > 0 ? new(TradeAction.Buy) : side < 0 ? new(TradeAction.Sell) : default;
    }
}
