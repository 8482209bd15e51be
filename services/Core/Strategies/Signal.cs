using Trading.Contracts;

namespace Trading.Core;

/// <summary>What a strategy asks for. The default asks for nothing.</summary>
/// <param name="Action">Buy, sell or hold.</param>
/// <param name="Confidence">0 to 1; the limits may ask for a least one, and size orders by it.</param>
/// <param name="Type">Market, limit or stop.</param>
/// <param name="Price">The limit, or the price that sets the stop off; without meaning for a market order.</param>
/// <param name="Target">The share of equity to hold, in place of buying or selling; null for none. The action is then hold.</param>
/// <param name="Stop">
/// Where a position is sold if the market falls so far before the next bar closes; 0 for nowhere. It holds for one bar, and only where the
/// way of a bar is known: live bars are prices, at which the strategy itself says sell.
/// </param>
public readonly record struct Signal(
    TradeAction Action, double Confidence = 1, OrderType Type = OrderType.Market, decimal Price = 0, ExposureTarget? Target = null,
    decimal Stop = 0)
{
    /// <summary>Asks for a share of equity to hold.</summary>
    public static Signal For(ExposureTarget target) => new(TradeAction.Hold, Target: target);

    /// <summary>As it is recorded.</summary>
    /// <param name="strategy">Name of the strategy.</param>
    public StrategySignal Record(string strategy) =>
        new(strategy, Action, Action == TradeAction.Hold && Target is null ? 0 : Confidence, Type,
            Type == OrderType.Market ? null : Price, Target);
}
