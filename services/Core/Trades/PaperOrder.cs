using Trading.Contracts;

namespace Trading.Core;

/// <summary>An order as a paper market sees it.</summary>
/// <param name="Side">Buy or sell; never hold.</param>
/// <param name="Quantity">Units of the base currency; above 0.</param>
/// <param name="WorstPrice">The price beyond which it may not fill: highest for a buy, lowest for a sale.</param>
/// <param name="Type">Market, limit or stop.</param>
/// <param name="Price">The limit, or the price that sets the stop off; without meaning for a market order.</param>
public readonly record struct PaperOrder(
    TradeAction Side, decimal Quantity, decimal WorstPrice, OrderType Type = OrderType.Market, decimal Price = 0)
{
    /// <summary>The order of the records.</summary>
    public static PaperOrder Of(Order order) =>
        new(order.Side, order.Quantity, order.WorstPrice, order.Type, order.LimitPrice ?? order.StopPrice ?? 0);
}

/// <summary>What the market did from the moment at which an order arrived.</summary>
/// <param name="High">Highest price from then on.</param>
/// <param name="Low">Lowest price from then on.</param>
/// <param name="Volume">Traded quantity; 0 when it is not known.</param>
public readonly record struct PaperBar(decimal High, decimal Low, decimal Volume);
