using System.Text.Json;
using Trading.Core;

namespace Trading.Services.Exchanges;

/// <summary>Reads a symbol of Binance's exchangeInfo.</summary>
internal static class BinanceProduct
{
    /// <summary>The filters of a symbol; a filter that it does not have bounds nothing.</summary>
    public static ProductFilters Read(JsonElement product, string symbol)
    {
        var price = Filter(product, "PRICE_FILTER");
        var lot = Filter(product, "LOT_SIZE");
        var market = Filter(product, "MARKET_LOT_SIZE");
        var notional = Filter(product, "NOTIONAL");
        var leastNotional = Filter(product, "MIN_NOTIONAL");
        var percent = Filter(product, "PERCENT_PRICE");
        var bySide = Filter(product, "PERCENT_PRICE_BY_SIDE");
        var sided = bySide.ValueKind == JsonValueKind.Object;
        return new(
            symbol, product.Needed("symbol"), product.Needed("baseAsset"), product.Needed("quoteAsset"),
            product.Text("status") == "TRADING" && product.Flag("isSpotTradingAllowed"),
            Kinds([.. product.Items("orderTypes").Select(type => type.GetString() ?? "")]),
            price.Number("tickSize"), price.Number("minPrice"), price.Number("maxPrice"),
            lot.Number("stepSize"), lot.Number("minQty"), lot.Number("maxQty"), market.Number("maxQty"),
            Math.Max(notional.Number("minNotional"), leastNotional.Number("minNotional")), notional.Number("maxNotional"),
            sided ? bySide.Number("bidMultiplierUp") : percent.Number("multiplierUp"), sided ? bySide.Number("bidMultiplierDown") : percent.Number("multiplierDown"),
            sided ? bySide.Number("askMultiplierUp") : percent.Number("multiplierUp"), sided ? bySide.Number("askMultiplierDown") : percent.Number("multiplierDown"),
            (int)Filter(product, "MAX_NUM_ORDERS").Number("maxNumOrders"));
    }

    private static JsonElement Filter(JsonElement product, string type) => product.Items("filters").FirstOrDefault(filter => filter.Text("filterType") == type);

    private static List<OrderPlacement> Kinds(string[] types)
    {
        var kinds = new List<OrderPlacement>();
        if (types.Contains("LIMIT"))
            kinds.AddRange([OrderPlacement.LimitIoc, OrderPlacement.LimitGtc]);
        if (types.Contains("LIMIT_MAKER"))
            kinds.Add(OrderPlacement.PostOnly);
        if (types.Contains("MARKET"))
            kinds.Add(OrderPlacement.Market);
        if (types.Contains("STOP_LOSS_LIMIT"))
            kinds.Add(OrderPlacement.StopLoss);
        return kinds;
    }
}
