namespace Trading.TestKit.Exchanges;

/// <summary>A symbol in the words of Binance: what may be ordered, and the filters of it.</summary>
internal static class BinanceSymbol
{
    internal static object Of(Venue market, string status, string[] preventions) => new
    {
        symbol = BinanceAnswers.SymbolOf(market),
        status,
        baseAsset = market.Rules.Base,
        quoteAsset = market.Rules.Quote,
        orderTypes = market.Rules.TakesStops
            ? ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"]
            : new[] { "LIMIT", "LIMIT_MAKER", "MARKET" },
        isSpotTradingAllowed = true,
        defaultSelfTradePreventionMode = "NONE",
        allowedSelfTradePreventionModes = preventions,
        filters = new object[]
        {
            new { filterType = "MAX_POSITION", maxPosition = market.Rules.MaxPosition.Text() },
            new { filterType = "PRICE_FILTER", minPrice = "0.01000000", maxPrice = "1000000.00000000",
                tickSize = market.Rules.Tick.Text() },
            new
            {
                filterType = "LOT_SIZE",
                minQty = market.Rules.Lot.Text(),
                maxQty = "9000.00000000",
                stepSize = market.Rules.Lot.Text()
            },
            new { filterType = "MARKET_LOT_SIZE", minQty = "0.00000000", maxQty = "80.00000000", stepSize = "0.00000000" },
            new
            {
                filterType = "PERCENT_PRICE_BY_SIDE",
                bidMultiplierUp = "5",
                bidMultiplierDown = "0.2",
                askMultiplierUp = "5",
                askMultiplierDown = "0.2",
                avgPriceMins = 5
            },
            new
            {
                filterType = "NOTIONAL",
                minNotional = market.Rules.LeastNotional.Text(),
                applyMinToMarket = true,
                maxNotional = "9000000.00000000",
                applyMaxToMarket = false,
                avgPriceMins = 5
            },
            new { filterType = "MAX_NUM_ORDERS", maxNumOrders = 200 },
            new { filterType = "MAX_NUM_ALGO_ORDERS", maxNumAlgoOrders = market.Rules.MostStops },
        },
    };
}
