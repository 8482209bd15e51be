using Microsoft.AspNetCore.Http;

namespace Trading.TestKit.Exchanges;

// What it answers to everybody: prices and symbols.
public sealed partial class BinanceSimulator
{
    private Task TickerAsync(HttpContext context, string body)
    {
        var symbol = context.Request.Query["symbol"].FirstOrDefault();
        return Market(symbol) is { } market ? TellAsync(context, body, new { symbol, price = market.Price.Text() })
            : TellsFeeAsset && Venue.Rules.FeesIn is var (asset, worth) && symbol == asset + Venue.Rules.Quote ? TellAsync(context, body,
                new { symbol, price = worth.Text() })
            : RefuseAsync(context, body, 400, -1121, "Invalid symbol.");
    }

    private Task ExchangeInfoAsync(HttpContext context, string body)
    {
        var query = context.Request.Query;
        var wanted = query.TryGetValue("symbol", out var one) ? [$"{one}"]
            : query.TryGetValue("symbols", out var some) ? System.Text.Json.JsonSerializer.Deserialize<string[]>($"{some}")! : null;
        var markets = wanted is null ? [.. Venue.Markets] : wanted.Select(Market).ToList();
        return markets.Contains(null) ? RefuseAsync(context, body, 400, -1121, "Invalid symbol.") : TellAsync(context, body, new
        {
            timezone = "UTC",
            serverTime = Now.ToUnixTimeMilliseconds(),
            // Who does not count has no limits to tell.
            rateLimits = !CountsWeight
                ? [] : new object[] { new { rateLimitType = "REQUEST_WEIGHT", interval = "MINUTE", intervalNum = 1,
                    limit = BinanceWeight.PerMinute },
                    new { rateLimitType = "ORDERS", interval = "SECOND", intervalNum = 10, limit = OrdersInTenSeconds },
                    new { rateLimitType = "ORDERS", interval = "DAY", intervalNum = 1, limit = OrdersInDay } },
            exchangeFilters = Array.Empty<object>(),
            symbols = markets.Select(
                market => BinanceSymbol.Of(market!, HasStatus(market) ? SymbolStatus : "TRADING", Preventions)),
        });
    }
}
