using System.Text.Json;
using Trading.Core;

namespace Trading.Services.Exchanges;

/// <summary>Reads a symbol of Binance's exchangeInfo.</summary>
internal static class BinanceProduct
{
    private static readonly string[] KindsOfRates = ["standardCommission", "specialCommission", "taxCommission"];

    /// <summary>The filters of a symbol; a missing filter sets no bound.</summary>
    /// <param name="product">The symbol.</param>
    /// <param name="symbol">As this system calls it.</param>
    /// <param name="rules">
    /// Its execution rules (executionRules); undefined where they were not told. Only within their range do orders execute, so a worst
    /// price outside of it would be filled in part at most.
    /// </param>
    public static ProductFilters Read(JsonElement product, string symbol, JsonElement rules)
    {
        var range = rules.Items("rules").FirstOrDefault(rule => rule.Text("ruleType") == "PRICE_RANGE");
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
            Lower(sided ? bySide.Number("bidMultiplierUp") : percent.Number("multiplierUp"), range.Number("bidLimitMultUp")),
            sided ? bySide.Number("bidMultiplierDown") : percent.Number("multiplierDown"),
            sided ? bySide.Number("askMultiplierUp") : percent.Number("multiplierUp"),
            Math.Max(sided ? bySide.Number("askMultiplierDown") : percent.Number("multiplierDown"), range.Number("askLimitMultDown")),
            (int)Filter(product, "MAX_NUM_ORDERS").Number("maxNumOrders"),
            // Its step is 0 where the lot's holds (filters.md).
            market.Number("stepSize"), Filter(product, "MAX_POSITION").Number("maxPosition"));
    }

    /// <summary>
    /// The most that an order costs in percent, of an answer of account/commission: each kind of rate has one for maker or taker and one
    /// for buyer or seller, which are added (commission_faq.md).
    /// </summary>
    public static decimal FeePercent(JsonElement body)
    {
        _ = body.Inner("standardCommission").NeededNumber("taker");
        return 100 * KindsOfRates.Sum(kind => body.Inner(kind) is var rates
            ? Math.Max(rates.Number("maker"), rates.Number("taker")) + Math.Max(rates.Number("buyer"), rates.Number("seller")) : 0);
    }

    /// <summary>Most of an asset in one order of this account, of an answer of myFilters; 0 for no bound.</summary>
    public static decimal MostOf(JsonElement body, string asset) => body.NeededItems("assetFilters")
        .Where(filter => filter.Text("filterType") == "MAX_ASSET" && filter.Text("asset") == asset)
        .Select(filter => filter.NeededNumber("limit")).DefaultIfEmpty(0).Min();

    private static decimal Lower(decimal one, decimal other) => one == 0 ? other : other == 0 ? one : Math.Min(one, other);

    private static JsonElement Filter(JsonElement product, string type) =>
        product.Items("filters").FirstOrDefault(filter => filter.Text("filterType") == type);

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
