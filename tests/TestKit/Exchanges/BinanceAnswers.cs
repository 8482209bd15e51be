using System.Globalization;

namespace Trading.TestKit.Exchanges;

/// <summary>Orders, fills and fees in the words of Binance.</summary>
internal static class BinanceAnswers
{
    internal static string SymbolOf(Venue market) => market.Rules.Base + market.Rules.Quote;

    internal static Dictionary<string, object> Order(SimOrder order, bool placed, bool cancelled = false)
    {
        var told = new Dictionary<string, object>
        {
            ["symbol"] = SymbolOf(order.Venue), ["orderId"] = order.Id, ["orderListId"] = -1,
            ["clientOrderId"] = cancelled ? $"cancel-{order.Id}" : order.ClientId,
            ["price"] = (order.Limit ?? 0).Text(), ["origQty"] = order.Quantity.Text(), ["executedQty"] = order.Filled.Text(),
            ["cummulativeQuoteQty"] = order.Value.Text(),
            ["status"] =
                order.Status switch { SimStatus.PartiallyFilled => "PARTIALLY_FILLED", var status => status.ToString().ToUpperInvariant() },
            ["timeInForce"] = order.Kind == SimKind.LimitIoc ? "IOC" : "GTC",
            ["type"] = order.Kind switch
            {
                SimKind.Market => "MARKET",
                SimKind.PostOnly => "LIMIT_MAKER",
                SimKind.StopLimit => "STOP_LOSS_LIMIT",
                SimKind.StopMarket => "STOP_LOSS",
                _ => "LIMIT",
            },
            ["side"] = order.Buys ? "BUY" : "SELL",
            [placed || cancelled ? "transactTime" : "updateTime"] = order.At.ToUnixTimeMilliseconds(), ["selfTradePreventionMode"] = "NONE",
        };
        if (cancelled)
            told["origClientOrderId"] = order.ClientId;
        if (placed)
            told["fills"] = order.Fills.Select(
                fill => new
                {
                    price = fill.Price.Text(),
                    qty = fill.Quantity.Text(),
                    commission = fill.Fee.Text(),
                    commissionAsset = fill.FeeAsset,
                    tradeId = fill.TradeId
                });
        return told;
    }

    internal static IEnumerable<object> Trades(Venue market, Dictionary<string, string> fields)
    {
        var hidden = market.Orders.Where(market.IsHidden).Select(order => order.Id).ToHashSet();
        // Without an end a time reaches a day far.
        var until = fields.TryGetValue("endTime", out var end) ? long.Parse(end, CultureInfo.InvariantCulture)
            : fields.TryGetValue("startTime", out var begun) ? long.Parse(begun, CultureInfo.InvariantCulture) + 86_400_000 : long.MaxValue;
        var limit = fields.TryGetValue("limit", out var most) ? int.Parse(most, CultureInfo.InvariantCulture) : 500;
        return market.Fills
            .Where(fill => !hidden.Contains(fill.OrderId) && fill.At.ToUnixTimeMilliseconds() <= until)
            .Where(fill => !fields.TryGetValue("orderId", out var order) || $"{fill.OrderId}" == order)
            .Where(fill => !fields.TryGetValue("startTime", out var start)
                || fill.At.ToUnixTimeMilliseconds() >= long.Parse(start, CultureInfo.InvariantCulture))
            .Where(fill => !fields.TryGetValue("fromId", out var from) || fill.TradeId >= long.Parse(from, CultureInfo.InvariantCulture))
            .Take(limit)
            .Select(fill => new
            {
                symbol = SymbolOf(market),
                id = fill.TradeId,
                orderId = fill.OrderId,
                orderListId = -1,
                price = fill.Price.Text(),
                qty = fill.Quantity.Text(),
                quoteQty = (fill.Price * fill.Quantity).Text(),
                commission = fill.Fee.Text(),
                commissionAsset = fill.FeeAsset,
                time = fill.At.ToUnixTimeMilliseconds(),
                isBuyer = fill.Buys,
                isMaker = fill.Maker,
                isBestMatch = true,
            });
    }

    internal static object Commission(Venue market, decimal specialFeePercent)
    {
        var none = new { maker = "0.00000000", taker = "0.00000000", buyer = "0.00000000", seller = "0.00000000" };
        var (own, special) = ((market.Rules.FeePercent / 100).Text(), (specialFeePercent / 100).Text());
        return new
        {
            symbol = SymbolOf(market),
            standardCommission = none with { maker = own, taker = own },
            specialCommission = none with { buyer = special, seller = special },
            taxCommission = none,
            discount = new { enabledForAccount = true, enabledForSymbol = true, discountAsset = "BNB", discount = "0.75000000" },
        };
    }
}
