using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using static Trading.TestKit.Exchanges.BinanceAnswers;

namespace Trading.TestKit.Exchanges;

/// <summary>Binance Spot, as binance-spot-api-docs describes it.</summary>
/// <param name="venue">The market.</param>
/// <param name="faults">What goes wrong.</param>
/// <param name="clock">The exchange's clock.</param>
/// <param name="apiKey">The key that it knows.</param>
/// <param name="secret">The shared secret of that key, or its Ed25519 public key in 32 bytes.</param>
public sealed partial class BinanceSimulator(Venue venue, Faults faults, TimeProvider clock, string apiKey, byte[] secret)
    : SimulatedExchange(venue, faults, clock)
{
    private readonly BinanceWeight _weight = new();

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
    public long WeightUsed => _weight.Used;

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
        _weight.Weigh(context, Now, CountsWeight);
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
}
