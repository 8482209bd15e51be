using Trading.Contracts;

namespace Trading.Core;

/// <summary>
/// Stops that wait on an exchange under a position, one for each symbol: a new one takes the place of the old one. A stop protects units and claims none: what it would sell is free for every other
/// sale, and is taken off the exchange before a sale that needs these units is sent. So at any time at most one order on the exchange can sell a unit.
/// </summary>
public static class RestingStops
{
    /// <summary>Whether an order is such a stop.</summary>
    public static bool Rests(Order order) => order is { Type: OrderType.Stop, Exit: not null };

    /// <summary>Whether an exit is a stop to be set below the price at which it was proposed, and not one that is due there.</summary>
    public static bool IsSet(PositionExit exit, PriceObserved price) => exit.Reason == ExitReason.StopLoss && price.Price > exit.TriggerPrice;

    /// <summary>The trade id of an exit that a price caused, or of the stop that is set at it.</summary>
    public static Guid TradeId(PositionExit exit, PriceObserved price) => IsSet(exit, price) ? DerivedId.Stop(price.PriceId) : DerivedId.Exit(price.PriceId, exit.Reason);

    /// <summary>
    /// The stop that a position should have on the exchange, as of a price; null where the limits want none there, none may be set, an operator took it away, or the price says nothing about the
    /// position or has reached the stop, which is then due and is not set any more.
    /// </summary>
    public static PositionExit? Wanted(Portfolio account, RiskLimits limits, PriceObserved price)
    {
        var position = account.PositionIn(price.Symbol);
        if (limits.Exits is not { StopOnExchange: true } exits || position.Quantity == 0 || position.StopDeclined || account.Flattening || account.StateOf(price.Symbol) == TradingState.Halted)
            return null;
        if (price.ObservedAt <= position.ChangedAt || Exits.StopPrice(exits, position.AverageCost()) is not { } stop)
            return null;
        stop = limits.Orders?.TickSize is { } tick ? Math.Ceiling(stop / tick) * tick : Portfolio.RoundUp(stop);
        return price.Price > stop ? new(ExitReason.StopLoss, stop, position.AverageCost(), Math.Max(position.HighestPrice, price.Price), position.EnteredAt) : null;
    }

    /// <summary>
    /// Whether an order for a stop is worth being placed: it is one that the exchange would take, and none that is open already does the same. One that stands a tick elsewhere, or leaves less than
    /// the least order unprotected, does.
    /// </summary>
    public static bool IsMissing(Portfolio account, RiskLimits limits, string symbol, in RiskOrder order, decimal stop)
    {
        if (order.Quantity * order.WorstPrice < limits.LeastOrderValueUsd)
            return false;
        foreach (var (_, open) in account.Reservations)
        {
            if (Rests(open) && open.Symbol == symbol && Math.Abs(open.StopPrice!.Value - stop) <= (limits.Orders?.TickSize ?? 0)
                && (order.Quantity - open.Quantity) * order.WorstPrice < limits.LeastOrderValueUsd)
                return false;
        }
        return true;
    }

    /// <summary>Units that an open sale may still sell: what is held and promised to no other sale, at most what it was approved for. Less than that only where a stop has sold meanwhile.</summary>
    public static decimal Left(Portfolio account, Guid tradeId, Order sale)
    {
        var left = account.PositionIn(sale.Symbol).Quantity;
        foreach (var (other, order) in account.Reservations)
            left -= other != tradeId && order.Side == TradeAction.Sell && order.Symbol == sale.Symbol && !Rests(order) ? order.Quantity : 0;
        return Math.Clamp(left, 0, sale.Quantity);
    }

    /// <summary>The stops that have to end before an open sale may be sent: every other one before a stop, for a sale those of its symbol when what they leave free does not suffice.</summary>
    public static IReadOnlyList<Guid> InTheWay(Portfolio account, Guid tradeId, Order sale)
    {
        List<Guid> stops = [];
        var promised = 0m;
        foreach (var (other, order) in account.Reservations)
        {
            if (other == tradeId || order.Side != TradeAction.Sell || order.Symbol != sale.Symbol)
                continue;
            promised += order.Quantity;
            if (Rests(order))
                stops.Add(other);
        }
        return Rests(sale) || account.PositionIn(sale.Symbol).Quantity - promised < sale.Quantity ? stops : [];
    }
}
