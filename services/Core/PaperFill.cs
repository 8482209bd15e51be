using Trading.Contracts;

namespace Trading.Core;

/// <summary>What trading on paper costs.</summary>
/// <param name="FeePercent">Taker fee in percent of the value; 0 or more.</param>
/// <param name="SpreadPercent">Distance between bid and ask in percent of the price; half of it is paid on each side.</param>
/// <param name="SlippagePercent">How much further the price moves against the order, in percent; 0 or more.</param>
/// <param name="TickSize">Smallest step of a price; above 0.</param>
public sealed record PaperCosts(decimal FeePercent, decimal SpreadPercent, decimal SlippagePercent, decimal TickSize);

/// <summary>The fill of an order on paper: at once and whole, at the observed price plus what trading costs.</summary>
public static class PaperFill
{
    /// <summary>Name of the exchange in settings and records.</summary>
    public const string Exchange = "paper";

    /// <summary>
    /// Fills an order: price x (1 ± (spread / 2 + slippage)), rounded to the tick against the order; cancelled when that lies beyond the order's
    /// worst price.
    /// </summary>
    public static Execution Of(Guid tradeId, Order order, decimal observedPrice, PaperCosts costs, DateTimeOffset at)
    {
        var buys = order.Side == TradeAction.Buy;
        var move = observedPrice * (costs.SpreadPercent / 2 + costs.SlippagePercent) / 100;
        var price = buys
            ? Math.Ceiling((observedPrice + move) / costs.TickSize) * costs.TickSize
            : Math.Floor((observedPrice - move) / costs.TickSize) * costs.TickSize;
        var clientOrderId = DerivedId.ClientOrderId(tradeId);
        var exchangeOrderId = DerivedId.Create(tradeId, "paper-order").ToString("N");
        if (buys ? price > order.WorstPrice : price < order.WorstPrice)
        {
            return new(TradeOutcome.Cancelled, Exchange, true, clientOrderId, exchangeOrderId, 0, 0, 0,
                FormattableString.Invariant($"the price {price} lies beyond the worst price {order.WorstPrice}"), at);
        }

        var fee = Portfolio.RoundUp(order.Quantity * price * costs.FeePercent / 100);
        return new(TradeOutcome.Filled, Exchange, true, clientOrderId, exchangeOrderId, order.Quantity, price, fee, null, at);
    }
}
