using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Trading.ExchangeSimulator;

/// <summary>Binance Spot, as binance-spot-api-docs describes it.</summary>
/// <param name="venue">The market.</param>
/// <param name="faults">What goes wrong.</param>
/// <param name="clock">The exchange's clock.</param>
/// <param name="apiKey">The key that it knows.</param>
/// <param name="secret">The shared secret of that key, or its Ed25519 public key in 32 bytes.</param>
public sealed class BinanceSimulator(Venue venue, Faults faults, TimeProvider clock, string apiKey, byte[] secret) : SimulatedExchange(venue, faults, clock)
{
    private const int WeightPerMinute = 6000;
    private readonly Lock _gate = new();
    private readonly Dictionary<long, (long Number, int Orders)> _orders = [];
    private long _minute;
    private int _weight;

    /// <summary>Whether the secret is an Ed25519 public key.</summary>
    public bool Ed25519Keys { get; init; }

    /// <summary>Most orders in ten seconds.</summary>
    public int OrdersInTenSeconds { get; init; } = 100;

    /// <summary>Most orders in a day.</summary>
    public int OrdersInDay { get; init; } = 200_000;

    /// <summary>Whether it counts weight and orders; one that is sent thousands of orders in a minute would be full of them.</summary>
    public bool CountsWeight { get; init; } = true;

    /// <summary>Whether it tells the price of the asset that fees are taken in.</summary>
    public bool TellsFeeAsset { get; set; } = true;

    private string Symbol => Venue.Rules.Base + Venue.Rules.Quote;

    protected override object Refusal(int status) => status switch
    {
        418 => Error(-1003, "Way too much request weight used; IP banned until 1700000000000. Please use WebSocket Streams for live updates to avoid bans."),
        429 => Error(-1003, "Too much request weight used; current limit is 6000 request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API."),
        451 => Error(0, "Service unavailable from a restricted location."),
        403 => Error(0, "Forbidden"),
        _ => Error(-1001, "Internal error; unable to process your request. Please try again."),
    };

    protected override Task AnswerAsync(HttpContext context, string body)
    {
        var (method, path) = (context.Request.Method, context.Request.Path.Value ?? "");
        Weigh(context, Weight(method, path));
        var query = context.Request.QueryString.Value?.TrimStart('?') ?? "";
        return (method, path) switch
        {
            ("GET", "/api/v3/time") => TellAsync(context, body, new { serverTime = Now.ToUnixTimeMilliseconds() }),
            ("GET", "/api/v3/ticker/price") => TickerAsync(context, body),
            ("GET", "/api/v3/exchangeInfo") => TellAsync(context, body, ExchangeInfo()),
            ("POST", "/api/v3/order") => SignedAsync(context, query + body, body, fields => PlaceAsync(context, body, fields)),
            ("GET" or "DELETE", "/api/v3/order") or ("GET", "/api/v3/openOrders" or "/api/v3/account" or "/api/v3/myTrades") =>
                SignedAsync(context, query + body, body, fields => QuestionAsync(context, body, fields, method, path)),
            _ => RefuseAsync(context, body, 404, 0, "Not found"),
        };
    }

    private Task TickerAsync(HttpContext context, string body)
    {
        var symbol = context.Request.Query["symbol"].FirstOrDefault() ?? Symbol;
        return symbol == Symbol ? TellAsync(context, body, new { symbol, price = Venue.Price.Text() })
            : TellsFeeAsset && Venue.Rules.FeesIn is var (asset, worth) && symbol == asset + Venue.Rules.Quote ? TellAsync(context, body, new { symbol, price = worth.Text() })
            : RefuseAsync(context, body, 400, -1121, "Invalid symbol.");
    }

    private Task SignedAsync(HttpContext context, string sent, string body, Func<Dictionary<string, string>, Task> go)
    {
        var fields = QueryHelpers.ParseQuery(sent).ToDictionary(field => field.Key, field => field.Value.ToString());
        var cut = sent.LastIndexOf("&signature=", StringComparison.Ordinal);
        if (context.Request.Headers["X-MBX-APIKEY"] != apiKey)
            return RefuseAsync(context, body, 401, -2015, "Invalid API-key, IP, or permissions for action.");
        if (cut < 0 || !Signed(sent[..cut], fields["signature"]))
            return RefuseAsync(context, body, 400, -1022, "Signature for this request is not valid.");
        var timestamp = long.Parse(fields["timestamp"], CultureInfo.InvariantCulture);
        var window = fields.TryGetValue("recvWindow", out var given) ? (long)Wire.Number(given) : 5000;
        var now = Now.ToUnixTimeMilliseconds();
        return timestamp >= now + 1000 || now - timestamp > window
            ? RefuseAsync(context, body, 400, -1021, "Timestamp for this request is outside of the recvWindow.")
            : go(fields);
    }

    // Reckoned here once more, and not with the code under test.
    private bool Signed(string sent, string signature)
    {
        var bytes = Encoding.ASCII.GetBytes(sent);
        if (!Ed25519Keys)
            return signature.Equals(Convert.ToHexString(new HMACSHA256(secret).ComputeHash(bytes)), StringComparison.OrdinalIgnoreCase);
        var given = Convert.FromBase64String(signature);
        return given.Length == Ed25519.SignatureSize && Ed25519.Verify(given, 0, secret, 0, bytes, 0, bytes.Length);
    }

    private async Task PlaceAsync(HttpContext context, string body, Dictionary<string, string> fields)
    {
        var fault = Faults.OfOrder();
        switch (fault)
        {
            case SimFault.LostThenCut:
                Note(context, body, false);
                context.Abort();
                return;
            case SimFault.LostThenUnknown:
                await RefuseAsync(context, body, 500, -1000, "An unknown error occurred while processing the request.");
                return;
            case SimFault.Maintenance:
                await RefuseAsync(context, body, 503, -1001, "Internal error; unable to process your request. Please try again.");
                return;
            case SimFault.RateLimit:
                context.Response.Headers.RetryAfter = "1";
                await RefuseAsync(context, body, 429, -1003, "Too many requests queued.");
                return;
            case SimFault.Clock:
                await RefuseAsync(context, body, 400, -1021, "Timestamp for this request is outside of the recvWindow.");
                return;
            case SimFault.TakenLate:
                await RefuseAsync(context, body, 500, -1006, "An unexpected response was received from the message bus. Execution status unknown.");
                await context.Response.CompleteAsync();
                // Taken when nobody listens any more.
                Take(context, body, fields, 0, out _);
                return;
        }
        if (TooMany(context, 10, OrdersInTenSeconds, "10S") || TooMany(context, 86_400, OrdersInDay, "1D"))
        {
            context.Response.Headers.RetryAfter = "10";
            await RefuseAsync(context, body, 429, -1015, "Too many new orders; current limit is reached.");
            return;
        }
        if (Take(context, body, fields, fault == SimFault.TakenAndHidden ? 3 : 0, out var refused) is not { } order)
        {
            await RefuseAsync(context, body, 400, refused!.StartsWith("Filter", StringComparison.Ordinal) ? -1013 : -2010, refused);
            return;
        }
        if (await LosesAnswerAsync(context, fault))
            return;
        switch (fault)
        {
            case SimFault.TakenThenUnknown or SimFault.TakenAndHidden:
                await JsonAsync(context, 500, Error(-1007, "Timeout waiting for response from backend server. Send status unknown; execution status unknown."));
                break;
            default:
                await JsonAsync(context, 200, Order(order, placed: true));
                break;
        }
    }

    private SimOrder? Take(HttpContext context, string body, Dictionary<string, string> fields, int hiddenFor, out string? refused)
    {
        try
        {
            var order = Venue.Place(
                fields["newClientOrderId"], fields["side"] == "BUY",
                (fields["type"], fields.GetValueOrDefault("timeInForce")) switch
                {
                    ("MARKET", null) => SimKind.Market,
                    ("LIMIT", "IOC") => SimKind.LimitIoc,
                    ("LIMIT", "GTC") => SimKind.LimitGtc,
                    ("LIMIT_MAKER", null) => SimKind.PostOnly,
                    ("STOP_LOSS_LIMIT", "GTC") => SimKind.StopLimit,
                    ("STOP_LOSS", null) => SimKind.StopMarket,
                    _ => throw new NotTakenException("Unsupported order combination"),
                },
                Wire.Number(fields["quantity"]), fields.TryGetValue("price", out var price) ? Wire.Number(price) : null,
                fields.TryGetValue("stopPrice", out var stop) ? Wire.Number(stop) : null, hiddenFor);
            Note(context, body, true);
            refused = null;
            return order;
        }
        catch (NotTakenException rule)
        {
            refused = rule.Message;
            return null;
        }
    }

    private async Task QuestionAsync(HttpContext context, string body, Dictionary<string, string> fields, string method, string path)
    {
        switch (Faults.OfQuestion())
        {
            case SimFault.LostThenCut:
                Note(context, body, false);
                context.Abort();
                return;
            case SimFault.LostThenUnknown:
                await RefuseAsync(context, body, 500, -1000, "An unknown error occurred while processing the request.");
                return;
            case SimFault.Maintenance:
                await RefuseAsync(context, body, 503, -1001, "Internal error; unable to process your request. Please try again.");
                return;
        }
        if (fields.TryGetValue("symbol", out var symbol) && symbol != Symbol)
        {
            await RefuseAsync(context, body, 400, -1121, "Invalid symbol.");
            return;
        }
        switch (path)
        {
            case "/api/v3/account":
                await TellAsync(context, body, new
                {
                    canTrade = true,
                    accountType = "SPOT",
                    balances = Venue.Balances.Select(balance => new { asset = balance.Key, free = (balance.Value - Venue.Locked(balance.Key)).Text(), locked = Venue.Locked(balance.Key).Text() }),
                });
                return;
            case "/api/v3/openOrders":
                await TellAsync(context, body, Venue.Orders.Where(order => order.Open).Select(order => Order(order, placed: false)));
                return;
            case "/api/v3/myTrades":
                await TellAsync(context, body, Trades(fields));
                return;
        }
        if (method == "DELETE")
            BeforeCancel?.Invoke();
        var order = Venue.Find(candidate => fields.TryGetValue("orderId", out var id) ? $"{candidate.Id}" == id : candidate.ClientId == fields.GetValueOrDefault("origClientOrderId"));
        if (method == "GET")
            await (order is null ? RefuseAsync(context, body, 400, -2013, "Order does not exist.") : TellAsync(context, body, Order(order, placed: false)));
        else if (order is null || Venue.Cancel(order) is null)
            await RefuseAsync(context, body, 400, -2011, "Unknown order sent.");
        else if (LostAfterCancel)
            await LoseAsync(context);
        else
            await TellAsync(context, body, Order(order, placed: false, cancelled: true));
    }

    private IEnumerable<object> Trades(Dictionary<string, string> fields)
    {
        var limit = fields.TryGetValue("limit", out var most) ? int.Parse(most, CultureInfo.InvariantCulture) : 500;
        return Venue.Fills
            .Where(fill => !fields.TryGetValue("orderId", out var order) || $"{fill.OrderId}" == order)
            .Where(fill => !fields.TryGetValue("startTime", out var start) || fill.At.ToUnixTimeMilliseconds() >= long.Parse(start, CultureInfo.InvariantCulture))
            .Where(fill => !fields.TryGetValue("fromId", out var from) || fill.TradeId >= long.Parse(from, CultureInfo.InvariantCulture))
            .Take(limit)
            .Select(fill => new
            {
                symbol = Symbol, id = fill.TradeId, orderId = fill.OrderId, orderListId = -1, price = fill.Price.Text(), qty = fill.Quantity.Text(),
                quoteQty = (fill.Price * fill.Quantity).Text(), commission = fill.Fee.Text(), commissionAsset = fill.FeeAsset, time = fill.At.ToUnixTimeMilliseconds(),
                isBuyer = fill.Buys, isMaker = fill.Maker, isBestMatch = true,
            });
    }

    private Dictionary<string, object> Order(SimOrder order, bool placed, bool cancelled = false)
    {
        var told = new Dictionary<string, object>
        {
            ["symbol"] = Symbol, ["orderId"] = order.Id, ["orderListId"] = -1, ["clientOrderId"] = cancelled ? $"cancel-{order.Id}" : order.ClientId,
            ["price"] = (order.Limit ?? 0).Text(), ["origQty"] = order.Quantity.Text(), ["executedQty"] = order.Filled.Text(), ["cummulativeQuoteQty"] = order.Value.Text(),
            ["status"] = order.Status switch { SimStatus.PartiallyFilled => "PARTIALLY_FILLED", var status => status.ToString().ToUpperInvariant() },
            ["timeInForce"] = order.Kind == SimKind.LimitIoc ? "IOC" : "GTC",
            ["type"] = order.Kind switch
            {
                SimKind.Market => "MARKET", SimKind.PostOnly => "LIMIT_MAKER", SimKind.StopLimit => "STOP_LOSS_LIMIT", SimKind.StopMarket => "STOP_LOSS", _ => "LIMIT",
            },
            ["side"] = order.Buys ? "BUY" : "SELL", [placed || cancelled ? "transactTime" : "updateTime"] = order.At.ToUnixTimeMilliseconds(), ["selfTradePreventionMode"] = "NONE",
        };
        if (cancelled)
            told["origClientOrderId"] = order.ClientId;
        if (placed)
            told["fills"] = order.Fills.Select(fill => new { price = fill.Price.Text(), qty = fill.Quantity.Text(), commission = fill.Fee.Text(), commissionAsset = fill.FeeAsset, tradeId = fill.TradeId });
        return told;
    }

    private object ExchangeInfo() => new
    {
        timezone = "UTC",
        serverTime = Now.ToUnixTimeMilliseconds(),
        // Who does not count has no limits to tell.
        rateLimits = !CountsWeight ? [] : new object[] { new { rateLimitType = "REQUEST_WEIGHT", interval = "MINUTE", intervalNum = 1, limit = WeightPerMinute }, new { rateLimitType = "ORDERS", interval = "SECOND", intervalNum = 10, limit = OrdersInTenSeconds }, new { rateLimitType = "ORDERS", interval = "DAY", intervalNum = 1, limit = OrdersInDay } },
        exchangeFilters = Array.Empty<object>(),
        symbols = new[]
        {
            new
            {
                symbol = Symbol, status = "TRADING", baseAsset = Venue.Rules.Base, quoteAsset = Venue.Rules.Quote,
                orderTypes = Venue.Rules.TakesStops ? ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"] : new[] { "LIMIT", "LIMIT_MAKER", "MARKET" }, isSpotTradingAllowed = true,
                filters = new object[]
                {
                    new { filterType = "PRICE_FILTER", minPrice = "0.01000000", maxPrice = "1000000.00000000", tickSize = Venue.Rules.Tick.Text() },
                    new { filterType = "LOT_SIZE", minQty = Venue.Rules.Lot.Text(), maxQty = "9000.00000000", stepSize = Venue.Rules.Lot.Text() },
                    new { filterType = "MARKET_LOT_SIZE", minQty = "0.00000000", maxQty = "80.00000000", stepSize = "0.00000000" },
                    new { filterType = "PERCENT_PRICE_BY_SIDE", bidMultiplierUp = "5", bidMultiplierDown = "0.2", askMultiplierUp = "5", askMultiplierDown = "0.2", avgPriceMins = 5 },
                    new { filterType = "NOTIONAL", minNotional = Venue.Rules.LeastNotional.Text(), applyMinToMarket = true, maxNotional = "9000000.00000000", applyMaxToMarket = false, avgPriceMins = 5 },
                    new { filterType = "MAX_NUM_ORDERS", maxNumOrders = 200 },
                    new { filterType = "MAX_NUM_ALGO_ORDERS", maxNumAlgoOrders = Venue.Rules.MostStops },
                },
            },
        },
    };

    private Task TellAsync(HttpContext context, string body, object answer)
    {
        Note(context, body, true);
        return JsonAsync(context, 200, answer);
    }

    private Task RefuseAsync(HttpContext context, string body, int status, int code, string message)
    {
        Note(context, body, false);
        return JsonAsync(context, status, Error(code, message));
    }

    private static object Error(int code, string msg) => new { code, msg };

    private static int Weight(string method, string path) => (method, path) switch
    {
        ("GET", "/api/v3/order") => 4,
        ("GET", "/api/v3/openOrders") => 6,
        ("GET", "/api/v3/account" or "/api/v3/exchangeInfo" or "/api/v3/myTrades") => 20,
        _ => 1,
    };

    private void Weigh(HttpContext context, int weight)
    {
        if (!CountsWeight)
            return;
        lock (_gate)
        {
            var minute = Now.ToUnixTimeSeconds() / 60;
            _weight = (minute == _minute ? _weight : 0) + weight;
            _minute = minute;
            context.Response.Headers["X-MBX-USED-WEIGHT-1M"] = $"{_weight}";
        }
    }

    // Whether an order would be one too many; counts it where it is not.
    private bool TooMany(HttpContext context, int seconds, int most, string name)
    {
        if (!CountsWeight)
            return false;
        lock (_gate)
        {
            var number = Now.ToUnixTimeSeconds() / seconds;
            var orders = _orders.TryGetValue(seconds, out var counted) && counted.Number == number ? counted.Orders : 0;
            if (orders >= most)
                return true;
            _orders[seconds] = (number, orders + 1);
            context.Response.Headers[$"X-MBX-ORDER-COUNT-{name}"] = $"{orders + 1}";
            return false;
        }
    }
}
