using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Trading.TestKit.Exchanges;

/// <summary>Binance Spot, as binance-spot-api-docs describes it.</summary>
/// <param name="venue">The market.</param>
/// <param name="faults">What goes wrong.</param>
/// <param name="clock">The exchange's clock.</param>
/// <param name="apiKey">The key that it knows.</param>
/// <param name="secret">The shared secret of that key, or its Ed25519 public key in 32 bytes.</param>
public sealed class BinanceSimulator(Venue venue, Faults faults, TimeProvider clock, string apiKey, byte[] secret)
    : SimulatedExchange(venue, faults, clock)
{
    private const int WeightPerMinute = 6000;
    private readonly Lock _gate = new();
    private readonly Dictionary<long, (long Number, int Orders)> _orders = [];
    private long _minute;
    private int _weight;

    /// <summary>Whether the secret is an Ed25519 public key.</summary>
    public bool Ed25519Keys { get; init; }

    /// <summary>The RSA key that signs, in place of the secret; null for none.</summary>
    public RSA? RsaPublic { get; set; }

    /// <summary>Most orders in ten seconds.</summary>
    public int OrdersInTenSeconds { get; init; } = 100;

    /// <summary>Most orders in a day.</summary>
    public int OrdersInDay { get; init; } = 200_000;

    /// <summary>Whether it counts weight and orders; one that is sent thousands of orders in a minute would be full of them.</summary>
    public bool CountsWeight { get; set; } = true;

    /// <summary>Weight of all requests so far.</summary>
    public long WeightUsed { get; private set; }

    /// <summary>Whether it tells the price of the asset that fees are taken in.</summary>
    public bool TellsFeeAsset { get; set; } = true;

    /// <summary>The status of each symbol, TRADING unless a test says otherwise.</summary>
    public string SymbolStatus { get; set; } = "TRADING";

    /// <summary>The range around the reference price that executions stay in; null for none (price_range_execution_rules.md).</summary>
    public (decimal Down, decimal Up)? PriceRange { get; set; }

    /// <summary>The price that filters go by; null for none.</summary>
    public decimal? ReferencePrice { get; set; }

    /// <summary>Most of an asset in one order of the account; null for no bound (MAX_ASSET, told by myFilters alone).</summary>
    public (string Asset, decimal Limit)? MaxAsset { get; set; }

    /// <summary>What the account pays beside the market's own fee, in percent (specialCommission).</summary>
    public decimal SpecialFeePercent { get; set; }

    /// <summary>Modes of self-trade prevention that symbols allow.</summary>
    public string[] Preventions { get; set; } = ["EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT"];

    private Venue? Market(string? symbol) => Market(rules => rules.Base + rules.Quote == symbol);

    private static string SymbolOf(Venue market) => market.Rules.Base + market.Rules.Quote;

    protected override object Refusal(int status) => status switch
    {
        418 => Error(-1003, "Way too much request weight used; IP banned until 1700000000000. Please use WebSocket Streams "
            + "for live updates to avoid bans."),
        429 => Error(-1003, "Too much request weight used; current limit is 6000 request weight per 1 MINUTE. Please use WebSocket Streams "
            + "for live updates to avoid polling the API."),
        451 => Error(0, "Service unavailable from a restricted location."),
        403 => Error(0, "Forbidden"),
        _ => Error(-1001, "Internal error; unable to process your request. Please try again."),
    };

    protected override Task AnswerAsync(HttpContext context, string body)
    {
        var (method, path) = (context.Request.Method, context.Request.Path.Value ?? "");
        Weigh(context, Weight(method, path, context.Request.Query.ContainsKey("symbol")));
        var query = context.Request.QueryString.Value?.TrimStart('?') ?? "";
        return (method, path) switch
        {
            ("GET", "/api/v3/time") => TellAsync(context, body, new { serverTime = Now.ToUnixTimeMilliseconds() }),
            ("GET", "/api/v3/ticker/price") => TickerAsync(context, body),
            ("GET", "/api/v3/exchangeInfo") => ExchangeInfoAsync(context, body),
            ("GET", "/api/v3/executionRules") => TellAsync(context, body, new
            {
                symbolRules = PriceRange is var (down, up)
                ? Venue.Markets.Select(market => new
                {
                    symbol = SymbolOf(market),
                    rules = new[] { new { ruleType = "PRICE_RANGE",
                    bidLimitMultUp = up.Text(), bidLimitMultDown = down.Text(), askLimitMultUp = up.Text(),
                    askLimitMultDown = down.Text() } }
                }) : []
            }),
            ("GET", "/api/v3/referencePrice") => ReferencePrice is { } reference
                ? TellAsync(context, body, new
                {
                    symbol = context.Request.Query["symbol"].FirstOrDefault(),
                    referencePrice = reference.Text(),
                    timestamp = Now.ToUnixTimeMilliseconds()
                })
                : RefuseAsync(context, body, 400, -2043, "This symbol doesn't have a reference price."),
            ("POST", "/api/v3/order") => SignedAsync(context, query + body, body, fields => PlaceAsync(context, body, fields)),
            ("GET", "/sapi/v1/account/apiRestrictions") => SignedAsync(context, query + body, body, _ => TellAsync(context, body, new
            {
                ipRestrict = KeyIsBound,
                enableReading = true,
                enableSpotAndMarginTrading = KeyTrades,
                enableWithdrawals = KeyWithdraws,
                enableInternalTransfer = false,
                permitsUniversalTransfer = false,
            })),
            ("GET" or "DELETE", "/api/v3/order") or ("GET", "/api/v3/openOrders" or "/api/v3/account" or "/api/v3/myTrades"
                or "/api/v3/account/commission" or "/api/v3/myFilters") =>
                SignedAsync(context, query + body, body, fields => QuestionAsync(context, body, fields, method, path)),
            _ => RefuseAsync(context, body, 404, 0, "Not found"),
        };
    }

    /// <summary>Whether the key may trade, may withdraw, and works from listed addresses alone.</summary>
    public bool KeyTrades { get; set; } = true;

    /// <inheritdoc cref="KeyTrades"/>
    public bool KeyWithdraws { get; set; }

    /// <inheritdoc cref="KeyTrades"/>
    public bool KeyIsBound { get; set; } = true;

    private Task TickerAsync(HttpContext context, string body)
    {
        var symbol = context.Request.Query["symbol"].FirstOrDefault();
        return Market(symbol) is { } market ? TellAsync(context, body, new { symbol, price = market.Price.Text() })
            : TellsFeeAsset && Venue.Rules.FeesIn is var (asset, worth) && symbol == asset + Venue.Rules.Quote ? TellAsync(context, body,
                new { symbol, price = worth.Text() })
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
        var window = fields.TryGetValue("recvWindow", out var given) ? (long)ExchangeNumber.Parse(given) : 5000;
        var now = Now.ToUnixTimeMilliseconds();
        return timestamp >= now + 1000 || now - timestamp > window
            ? RefuseAsync(context, body, 400, -1021, "Timestamp for this request is outside of the recvWindow.")
            : go(fields);
    }

    // Reckoned here once more, and not with the code under test.
    private bool Signed(string sent, string signature)
    {
        var bytes = Encoding.ASCII.GetBytes(sent);
        if (RsaPublic is not null)
            return RsaPublic.VerifyData(bytes, Convert.FromBase64String(signature), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
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
                await RefuseAsync(context, body, 500, -1006,
                    "An unexpected response was received from the message bus. Execution status unknown.");
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
                await JsonAsync(context, 500,
                    Error(-1007, "Timeout waiting for response from backend server. Send status unknown; execution status unknown."));
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
            if (SymbolStatus != "TRADING" && HasStatus(Market(fields["symbol"])))
                throw new NotTakenException("Market is closed.");
            var order = (Market(fields["symbol"]) ?? throw new NotTakenException("Invalid symbol.")).Place(
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
                ExchangeNumber.Parse(fields["quantity"]), fields.TryGetValue("price", out var price) ? ExchangeNumber.Parse(price) : null,
                fields.TryGetValue("stopPrice", out var stop) ? ExchangeNumber.Parse(stop) : null, hiddenFor);
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
        var market = fields.TryGetValue("symbol", out var symbol) ? Market(symbol) : null;
        if (symbol is not null && market is null)
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
                    balances = Venue.Balances.Select(balance => new
                    {
                        asset = balance.Key,
                        free = (balance.Value - Venue.Locked(balance.Key)).Text(),
                        locked = Venue.Locked(balance.Key).Text()
                    }),
                });
                return;
            case "/api/v3/openOrders":
                await TellAsync(context, body, (market is null ? Venue.Markets : [market]).SelectMany(one => one.Orders)
                    .Where(order => order.Open && !order.Venue.IsHidden(order)).Select(order => Order(order, placed: false)));
                return;
            case "/api/v3/account/commission":
                await TellAsync(context, body, Commission(market!));
                return;
            case "/api/v3/myFilters":
                await TellAsync(context, body, new
                {
                    exchangeFilters = Array.Empty<object>(),
                    symbolFilters = Array.Empty<object>(),
                    assetFilters = MaxAsset is var (asset, most)
                        ? new[] { new { filterType = "MAX_ASSET", asset, limit = most.Text() } } : [],
                });
                return;
            case "/api/v3/myTrades":
                // General information: more than a day between both times is refused (-1127).
                if (fields.TryGetValue("startTime", out var begin) && fields.TryGetValue("endTime", out var end)
                    && ExchangeNumber.Parse(end) - ExchangeNumber.Parse(begin) > 86_400_000)
                    await RefuseAsync(context, body, 400, -1127, "More than 24 hours between startTime and endTime.");
                else
                    await TellAsync(context, body, Trades(market!, fields));
                return;
        }
        if (method == "DELETE")
            BeforeCancel?.Invoke();
        var order = market!.Find(candidate => fields.TryGetValue("orderId", out var id)
            ? $"{candidate.Id}" == id : candidate.ClientId == fields.GetValueOrDefault("origClientOrderId"));
        if (method == "GET")
            await (order is null
                ? RefuseAsync(context, body, 400, -2013, "Order does not exist.") : TellAsync(context, body, Order(order, placed: false)));
        else if (order is null || market.Cancel(order) is null)
            await RefuseAsync(context, body, 400, -2011, "Unknown order sent.");
        else if (LostAfterCancel)
            await LoseAsync(context, body);
        else
            await TellAsync(context, body, Order(order, placed: false, cancelled: true));
    }

    private object Commission(Venue market)
    {
        var none = new { maker = "0.00000000", taker = "0.00000000", buyer = "0.00000000", seller = "0.00000000" };
        var (own, special) = ((market.Rules.FeePercent / 100).Text(), (SpecialFeePercent / 100).Text());
        return new
        {
            symbol = SymbolOf(market),
            standardCommission = none with { maker = own, taker = own },
            specialCommission = none with { buyer = special, seller = special },
            taxCommission = none,
            discount = new { enabledForAccount = true, enabledForSymbol = true, discountAsset = "BNB", discount = "0.75000000" },
        };
    }

    private static IEnumerable<object> Trades(Venue market, Dictionary<string, string> fields)
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

    private static Dictionary<string, object> Order(SimOrder order, bool placed, bool cancelled = false)
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
                    limit = WeightPerMinute },
                    new { rateLimitType = "ORDERS", interval = "SECOND", intervalNum = 10, limit = OrdersInTenSeconds },
                    new { rateLimitType = "ORDERS", interval = "DAY", intervalNum = 1, limit = OrdersInDay } },
            exchangeFilters = Array.Empty<object>(),
            symbols = markets.Select(market => Information(market!)),
        });
    }

    private object Information(Venue market) => new
    {
        symbol = SymbolOf(market),
        status = HasStatus(market) ? SymbolStatus : "TRADING",
        baseAsset = market.Rules.Base,
        quoteAsset = market.Rules.Quote,
        orderTypes = market.Rules.TakesStops
            ? ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"]
            : new[] { "LIMIT", "LIMIT_MAKER", "MARKET" },
        isSpotTradingAllowed = true,
        defaultSelfTradePreventionMode = "NONE",
        allowedSelfTradePreventionModes = Preventions,
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

    private static int Weight(string method, string path, bool oneSymbol) => (method, path) switch
    {
        ("GET", "/api/v3/order") => 4,
        ("GET", "/api/v3/openOrders") => oneSymbol ? 6 : 80,
        ("GET", "/api/v3/account" or "/api/v3/exchangeInfo" or "/api/v3/myTrades" or "/api/v3/account/commission") => 20,
        ("GET", "/api/v3/myFilters") => 40,
        ("GET", "/api/v3/executionRules") => oneSymbol ? 2 : 40,
        ("GET", "/api/v3/referencePrice") => 2,
        _ => 1,
    };

    private void Weigh(HttpContext context, int weight)
    {
        lock (_gate)
            WeightUsed += weight;
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
