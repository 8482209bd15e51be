using Trading.Contracts;

namespace Trading.Core;

/// <summary>
/// Stops that wait on an exchange under a position, one for each symbol: a new one takes the place of the old one. A stop reserves no
/// units: what it would sell is free for every other sale, and is taken off the exchange before a sale that needs these units is sent. So
/// at any time at most one order on the exchange can sell a unit.
/// </summary>
public static class StopOnExchange
{
    /// <summary>Whether an exit is a stop to be set below the price at which it was proposed, and not one that is due there.</summary>
    public static bool IsSet(PositionExit exit, PriceObserved price) =>
        exit.Reason == ExitReason.StopLoss && price.Price > exit.TriggerPrice;

    /// <summary>The trade id of an exit that a price caused, or of the stop that is set at it.</summary>
    public static Guid TradeId(PositionExit exit, PriceObserved price) =>
        IsSet(exit, price) ? DerivedId.Stop(price.PriceId) : DerivedId.Exit(price.PriceId, exit.Reason);

    /// <summary>
    /// The stop that a position should have on the exchange, as of a price; null where the limits set no such stop, trading is halted, an
    /// operator removed it, the price is older than the position, or the price has already reached the stop, which is then due as an exit.
    /// </summary>
    public static PositionExit? Wanted(Portfolio account, RiskLimits limits, PriceObserved price)
    {
        var position = account.PositionIn(price.Symbol);
        if (limits.Exits is not { StopOnExchange: true } exits || position.Quantity == 0 || position.StopDeclined || account.Flattening
            || account.StateOf(price.Symbol) == TradingState.Halted)
            return null;
        if (price.ObservedAt <= position.ChangedAt || Exits.StopPrice(exits, position.AverageCost()) is not { } stop)
            return null;
        stop = limits.Orders?.TickSize is { } tick ? Math.Ceiling(stop / tick) * tick : Money.RoundUp(stop);
        return price.Price > stop
            ? new(ExitReason.StopLoss, stop, position.AverageCost(), Math.Max(position.HighestPrice, price.Price), position.EnteredAt)
            : null;
    }

    /// <summary>
    /// Whether an order for a stop must be placed: the exchange would take it, and no open order already does the same. An open stop counts
    /// as the same within a tick, and when it leaves less than the least order unprotected.
    /// </summary>
    public static bool IsMissing(Portfolio account, RiskLimits limits, string symbol, in SizedOrder order, decimal stop)
    {
        if (order.Quantity * order.WorstPrice < limits.LeastOrderValueUsd)
            return false;
        foreach (var (_, open) in account.Reservations)
        {
            if (open.RestsOnExchange() && open.Symbol == symbol && Math.Abs(open.StopPrice!.Value - stop) <= (limits.Orders?.TickSize ?? 0)
                && (order.Quantity - open.Quantity) * order.WorstPrice < limits.LeastOrderValueUsd)
                return false;
        }
        return true;
    }

    /// <summary>
    /// Units that an open sale may still sell: what is held and promised to no other sale, at most what it was approved for. Less than that
    /// only where a stop has sold meanwhile.
    /// </summary>
    public static decimal UnitsLeft(Portfolio account, Guid tradeId, Order sale)
    {
        var left = account.PositionIn(sale.Symbol).Quantity;
        foreach (var (other, order) in account.Reservations)
            left -= other != tradeId && order.Side == TradeAction.Sell && order.Symbol == sale.Symbol && !order.RestsOnExchange()
                ? order.Quantity : 0;
        return Math.Clamp(left, 0, sale.Quantity);
    }

    /// <summary>
    /// The stops that have to end before an open sale may be sent: every other one before a stop, for a sale those of its symbol when what
    /// they leave free does not suffice.
    /// </summary>
    public static IReadOnlyList<Guid> OrdersInTheWay(Portfolio account, Guid tradeId, Order sale)
    {
        List<Guid> stops = [];
        var promised = 0m;
        foreach (var (other, order) in account.Reservations)
        {
            if (other == tradeId || order.Side != TradeAction.Sell || order.Symbol != sale.Symbol)
                continue;
            promised += order.Quantity;
            if (order.RestsOnExchange())
                stops.Add(other);
        }
        return sale.RestsOnExchange() || account.PositionIn(sale.Symbol).Quantity - promised < sale.Quantity ? stops : [];
    }
}
