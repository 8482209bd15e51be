using Trading.Contracts;
using Trading.Core.Indicators;

namespace Trading.Core.Strategies;

/// <summary>
/// Buys while the fast average lies above the slow one and the price above that of some bars ago; sells while the fast average lies below
/// the slow one. Averages are compared as whole numbers, so equal ones are equal. It is the rule by which the speed of backtests is
/// compared.
/// </summary>
/// <param name="fast">Bars in the fast average.</param>
/// <param name="slow">Bars in the slow average; more than in the fast one.</param>
/// <param name="momentum">Bars back from which the momentum is measured.</param>
public sealed class SmaMomentum(int fast = 20, int slow = 50, int momentum = 10) : ITradingStrategy
{
    /// <summary>Name in settings and records.</summary>
    public const string StrategyName = "sma-momentum";

    private readonly PriceSum _fast = new(fast), _slow = new(slow > fast
        ? slow : throw new ArgumentException($"the slow average of {StrategyName} must be longer than the fast one, {fast}, was {slow}"));
    private readonly PriceSum _momentum = new(momentum);

    /// <summary>What it is.</summary>
    public static StrategyInfo Info { get; } = new(
        StrategyName, "buys while the fast average lies above the slow one and the price above that of some bars ago",
        [
            StrategyParameter.Bars("fast", 20, "bars in the fast average"), StrategyParameter.Bars("slow", 50, "bars in the slow average"),
            StrategyParameter.Bars("momentum", 10, "bars back from which the momentum is measured"),
        ],
        given => new SmaMomentum(given.Whole("fast"), given.Whole("slow"), given.Whole("momentum")));

    /// <inheritdoc/>
    public string Name => StrategyName;

    /// <inheritdoc/>
    public int Bars { get; } = Math.Max(slow, momentum + 1);

    /// <inheritdoc/>
    public Signal OnBar(in Candle bar)
    {
        var price = PriceWindow.Units(bar.Close);
        var before = _momentum.Add(price);
        _fast.Add(price);
        _slow.Add(price);
        if (!_slow.IsFull || before == 0)
            return default;
        // Sums of other lengths are compared by multiplying, not by dividing: without rounding.
        var difference = ((Int128)_fast.Sum * slow).CompareTo((Int128)_slow.Sum * fast);
        return difference > 0 && price > before ? new(TradeAction.Buy) : difference < 0 ? new(TradeAction.Sell) : default;
    }
}
