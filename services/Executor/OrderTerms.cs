using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Services.Exchanges;

namespace Trading.Services;

/// <summary>An approved order in the exchange's terms: how it is placed, with which quantity and prices.</summary>
public sealed class OrderTerms(TradingSettings settings)
{
    /// <summary>The order of a trade as it was sent.</summary>
    public static ExchangeOrder Sent(Trade trade)
    {
        var placed = trade.Placed!;
        return new(
            trade.TradeId, placed.ClientOrderId, placed.Order, placed.Sent
                ?? new(OrderPlacement.LimitIoc, placed.Order.Quantity, placed.Order.WorstPrice, null), ReferencePrice(trade), placed.At,
            trade.ExchangeOrderId, placed.Costs);
    }

    /// <summary>The rule of the product that an order breaks; null when it breaks none.</summary>
    /// <param name="trade">The trade.</param>
    /// <param name="sent">The order as it would be sent.</param>
    /// <param name="product">The product's rules.</param>
    /// <param name="reference">The price that the rules go by; null for the price of the decision.</param>
    public static ProductRule? Broken(Trade trade, SentOrder sent, ProductFilters product, decimal? reference) =>
        product.Broken(sent.Placement, trade.Assessment!.Order!.Side, sent.Quantity, sent.LimitPrice, reference ?? ReferencePrice(trade));

    /// <summary>What is sent for a quantity of the approved order.</summary>
    public SentOrder Of(Trade trade, ProductFilters product, decimal units)
    {
        var order = trade.Assessment!.Order!;
        var quantity = product.QuantityWithin(units);
        if (order is { Type: OrderType.Limit, LimitPrice: { } limit })
        {
            var placed = order.TimeInForce switch
            {
                TimeInForce.PostOnly => OrderPlacement.PostOnly,
                TimeInForce.GoodTillCancelled => OrderPlacement.LimitGtc,
                _ => OrderPlacement.LimitIoc,
            };
            return new(placed, quantity, product.PriceWithin(order.Side, limit), null);
        }
        // If the exchange has no stops, the position is sold: it must not stay open without one.
        if (order is { Type: OrderType.Stop, StopPrice: { } stop })
        {
            return product.Kinds.Contains(OrderPlacement.StopLoss) && order.Side == TradeAction.Sell
                ? new(OrderPlacement.StopLoss, quantity, product.PriceWithin(order.Side, order.WorstPrice),
                    product.PriceWithin(order.Side, stop))
                : new(OrderPlacement.Market, product.QuantityWithin(units, market: true), null, null);
        }
        return settings.OrderPlacement switch
        {
            // An exit does not wait in the book for a taker.
            OrderPlacement.PostOnly when order.Exit is not null =>
                new(OrderPlacement.LimitIoc, quantity, product.PriceWithin(order.Side, order.WorstPrice), null),
            OrderPlacement.Market => new(OrderPlacement.Market, product.QuantityWithin(units, market: true), null, null),
            OrderPlacement.PostOnly => new(OrderPlacement.PostOnly, quantity, product.PriceWithin(order.Side, ReferencePrice(trade)), null),
            var placement => new(placement, quantity, product.PriceWithin(order.Side, order.WorstPrice), null),
        };
    }

    private static decimal ReferencePrice(Trade trade) => trade.Cause().Price;
}
