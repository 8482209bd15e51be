using System.Text.Json;

namespace Trading.Services.Exchanges;

/// <summary>Takes over the limits that Binance's exchangeInfo tells: weight in a minute, orders in an interval.</summary>
internal static class BinanceLimits
{
    /// <summary>Sets the limits of a body of exchangeInfo.</summary>
    public static void Limit(this ExchangeHttp http, JsonElement body)
    {
        // A limit of 0 is ignored: with it no request would be sent any more, not even the one that would correct it.
        foreach (var limit in body.Items("rateLimits").Where(limit => limit.Number("limit") >= 1))
        {
            if (limit.Text("rateLimitType") == "REQUEST_WEIGHT" && limit.Text("interval") == "MINUTE" && limit.Number("intervalNum") == 1)
                http.WeightPerMinute = (int)limit.Number("limit");
            else if (limit.Text("rateLimitType") == "ORDERS" && Interval(limit.Text("interval")) is var (letter, interval))
                http.Orders.Limit($"X-MBX-ORDER-COUNT-{limit.Needed("intervalNum")}{letter}",
                    interval * (double)limit.Number("intervalNum"), (int)limit.Number("limit"));
        }
    }

    private static (char Letter, TimeSpan Interval)? Interval(string? name) => name switch
    {
        "SECOND" => ('S', TimeSpan.FromSeconds(1)),
        "MINUTE" => ('M', TimeSpan.FromMinutes(1)),
        "HOUR" => ('H', TimeSpan.FromHours(1)),
        "DAY" => ('D', TimeSpan.FromDays(1)),
        _ => null,
    };
}
