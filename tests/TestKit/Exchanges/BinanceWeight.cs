using Microsoft.AspNetCore.Http;

namespace Trading.TestKit.Exchanges;

/// <summary>What requests weigh, and how many orders came.</summary>
internal sealed class BinanceWeight
{
    public const int PerMinute = 6000;

    private readonly Lock _gate = new();
    private readonly Dictionary<long, (long Number, int Orders)> _orders = [];
    private long _minute;
    private int _weight;

    /// <summary>Weight of all requests so far.</summary>
    public long Used { get; private set; }

    /// <summary>Adds what a request weighs, and tells the sum of the minute where it counts.</summary>
    public void Weigh(HttpContext context, DateTimeOffset now, bool counts)
    {
        var weight = Of(context.Request.Method, context.Request.Path.Value ?? "", context.Request.Query.ContainsKey("symbol"));
        lock (_gate)
            Used += weight;
        if (!counts)
            return;
        lock (_gate)
        {
            var minute = now.ToUnixTimeSeconds() / 60;
            _weight = (minute == _minute ? _weight : 0) + weight;
            _minute = minute;
            context.Response.Headers["X-MBX-USED-WEIGHT-1M"] = $"{_weight}";
        }
    }

    /// <summary>Whether an order would be one too many; counts it where it is not.</summary>
    public bool TooMany(HttpContext context, DateTimeOffset now, int seconds, int most, string name)
    {
        lock (_gate)
        {
            var number = now.ToUnixTimeSeconds() / seconds;
            var orders = _orders.TryGetValue(seconds, out var counted) && counted.Number == number ? counted.Orders : 0;
            if (orders >= most)
                return true;
            _orders[seconds] = (number, orders + 1);
            context.Response.Headers[$"X-MBX-ORDER-COUNT-{name}"] = $"{orders + 1}";
            return false;
        }
    }

    private static int Of(string method, string path, bool oneSymbol) => (method, path) switch
    {
        ("GET", "/api/v3/order") => 4,
        ("GET", "/api/v3/openOrders") => oneSymbol ? 6 : 80,
        ("GET", "/api/v3/account" or "/api/v3/exchangeInfo" or "/api/v3/myTrades" or "/api/v3/account/commission") => 20,
        ("GET", "/api/v3/myFilters") => 40,
        ("GET", "/api/v3/executionRules") => oneSymbol ? 2 : 40,
        ("GET", "/api/v3/referencePrice") => 2,
        _ => 1,
    };
}
