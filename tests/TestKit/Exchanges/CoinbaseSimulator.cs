using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Trading.TestKit.Exchanges;

/// <summary>Coinbase Advanced Trade.</summary>
/// <param name="venue">The market.</param>
/// <param name="faults">What goes wrong.</param>
/// <param name="clock">The exchange's clock.</param>
/// <param name="apiKey">The key's name.</param>
/// <param name="publicKey">The key's public half in PEM.</param>
public sealed class CoinbaseSimulator(Venue venue, Faults faults, TimeProvider clock, string apiKey, string publicKey)
    : SimulatedExchange(venue, faults, clock)
{
    private const string Root = "/api/v3/brokerage";
    private const string Portfolio = "portfolio-1";
    private static readonly JsonSerializerOptions Written = new() { PropertyNamingPolicy = null };

    /// <summary>What the list of orders holds while one that was asked for hides: null is the word for no list.</summary>
    public bool ListsNull { get; set; }

    /// <summary>How long a cancellation waits until it is carried out (CANCEL_QUEUED).</summary>
    public TimeSpan QueuesCancellations { get; set; }

    /// <summary>What the account pays for an order that takes, in percent; null for what the market takes.</summary>
    public decimal? TakerFeePercent { get; set; }

    /// <summary>Whether the key may trade.</summary>
    public bool CanTrade { get; set; } = true;

    /// <summary>Units of the quote currency in a portfolio that is not the key's.</summary>
    public decimal InOtherPortfolio { get; set; }

    /// <summary>A flag of every product that is set, for example cancel_only; null for none.</summary>
    public string? ProductFlag { get; set; }

    /// <summary>The status of every product.</summary>
    public string ProductStatus { get; set; } = "online";

    private Venue? Market(string? product) => Market(rules => $"{rules.Base}-{rules.Quote}" == product);

    private static string ProductOf(Venue market) => $"{market.Rules.Base}-{market.Rules.Quote}";

    private SimOrder? Find(string? id) =>
        Venue.Markets.Select(market => market.Find(order => order.Uuid == id)).FirstOrDefault(order => order is not null);

    /// <summary>The Ed25519 key that signs, in place of the other; null for none.</summary>
    public byte[]? Ed25519Public { get; set; }

    /// <summary>Whether the key may transfer money.</summary>
    public bool KeyTransfers { get; set; }

    /// <summary>Items on a page of a list.</summary>
    public int PageSize { get; set; } = 100;

    protected override object Refusal(int status) => new { error = $"{status}", message = status == 429 ? "Too many requests" : "refused" };

    protected override async Task AnswerAsync(HttpContext context, string body)
    {
        var (method, path) = (context.Request.Method, context.Request.Path.Value ?? "");
        if (path == $"{Root}/time")
        {
            await TellAsync(context, body,
                new { iso = Now, epochSeconds = $"{Now.ToUnixTimeSeconds()}", epochMillis = $"{Now.ToUnixTimeMilliseconds()}" });
            return;
        }
        if (Wrong(context) is { } wrong)
        {
            Note(context, body, false);
            await JsonAsync(context, 401, new { error = "unauthorized", message = wrong });
            return;
        }
        var query = QueryHelpers.ParseQuery(context.Request.QueryString.Value)
            .ToDictionary(field => field.Key, field => field.Value.ToString());
        if ((method, path) == ("POST", $"{Root}/orders"))
        {
            await PlaceAsync(context, body);
            return;
        }
        switch (Faults.OfQuestion())
        {
            case SimFault.LostThenCut:
                Note(context, body, false);
                context.Abort();
                return;
            case SimFault.LostThenUnknown or SimFault.Maintenance:
                Note(context, body, false);
                await JsonAsync(context, 503, Refusal(503));
                return;
        }
        var answer = (method, path) switch
        {
            ("GET", $"{Root}/accounts") => TellAsync(context, body, new
            {
                accounts = Venue.Balances.Select(balance => Account(balance.Key, balance.Value - Venue.Locked(balance.Key),
                    Venue.Locked(balance.Key), Portfolio)).Append(Account(Venue.Rules.Quote, InOtherPortfolio, 0, "portfolio-2")),
                has_next = false,
                cursor = "",
            }),
            ("GET", $"{Root}/key_permissions") => TellAsync(context, body, new
            {
                can_view = true,
                can_trade = CanTrade,
                can_transfer = KeyTransfers,
                portfolio_uuid = Portfolio,
                portfolio_type = "DEFAULT"
            }),
            ("GET", $"{Root}/transaction_summary") => TellAsync(context, body, new
            {
                total_fees = 0,
                fee_tier = new
                {
                    pricing_tier = "Advanced 1",
                    taker_fee_rate = ((TakerFeePercent ?? Venue.Rules.FeePercent) / 100).Text(),
                    maker_fee_rate = (Venue.Rules.FeePercent / 200).Text()
                }
            }),
            ("GET", $"{Root}/orders/historical/fills") => TellAsync(context, body, Page(query, "fills", Fills(query))),
            ("GET", $"{Root}/orders/historical/batch") => TellAsync(context, body, Page(query, "orders", Orders(query))),
            ("POST", $"{Root}/orders/batch_cancel") => CancelAsync(context, body),
            ("GET", _) when path.StartsWith($"{Root}/products/", StringComparison.Ordinal)
                && Market(path[(path.LastIndexOf('/') + 1)..]) is { } market => TellAsync(context, body, new
                {
                    product_id = ProductOf(market),
                    base_currency_id = market.Rules.Base,
                    quote_currency_id = market.Rules.Quote,
                    base_increment = market.Rules.Lot.Text(),
                    quote_increment = market.Rules.Tick.Text(),
                    price_increment = market.Rules.Tick.Text(),
                    base_min_size = market.Rules.Lot.Text(),
                    base_max_size = "3400",
                    quote_min_size = market.Rules.LeastNotional.Text(),
                    quote_max_size = "150000000",
                    price = market.Price.Text(),
                    status = HasStatus(market) ? ProductStatus : "online",
                    trading_disabled = ProductFlag == "trading_disabled",
                    is_disabled = ProductFlag == "is_disabled",
                    cancel_only = ProductFlag == "cancel_only",
                    limit_only = ProductFlag == "limit_only",
                    post_only = ProductFlag == "post_only",
                    auction_mode = ProductFlag == "auction_mode",
                    view_only = ProductFlag == "view_only",
                }),
            ("GET", _) when path.StartsWith($"{Root}/orders/historical/", StringComparison.Ordinal) =>
                OneAsync(context, body, path[(path.LastIndexOf('/') + 1)..]),
            _ => NotFoundAsync(context, body),
        };
        await answer;
    }

    private string? Wrong(HttpContext context)
    {
        var parts = context.Request.Headers.Authorization.ToString().Replace("Bearer ", "", StringComparison.Ordinal).Split('.');
        if (parts.Length != 3)
            return "no token";
        var (signed, signature) = (Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), WebEncoders.Base64UrlDecode(parts[2]));
        using var key = ECDsa.Create();
        key.ImportFromPem(publicKey);
        if (Ed25519Public is { } known ? !Ed25519.Verify(signature, 0, known, 0, signed, 0, signed.Length)
            : !key.VerifyData(signed, signature, HashAlgorithmName.SHA256))
            return "the signature is not the key's";
        using var header = JsonDocument.Parse(WebEncoders.Base64UrlDecode(parts[0]));
        using var claims = JsonDocument.Parse(WebEncoders.Base64UrlDecode(parts[1]));
        var now = Now.ToUnixTimeSeconds();
        return header.RootElement.GetProperty("alg").GetString() != (Ed25519Public is null ? "ES256" : "EdDSA")
            || header.RootElement.GetProperty("kid").GetString() != apiKey
            || header.RootElement.GetProperty("nonce").GetString() is not { Length: > 8 }
            ? "the header is wrong"
            : claims.RootElement.GetProperty("sub").GetString() != apiKey || claims.RootElement.GetProperty("iss").GetString() != "cdp"
            ? "not this key's claims"
            : claims.RootElement.GetProperty("nbf").GetInt64() > now + 1 || claims.RootElement.GetProperty("exp").GetInt64() < now
                || claims.RootElement.GetProperty("exp").GetInt64() > now + 121
            ? "too early, too late or too long"
            : claims.RootElement.GetProperty("uri").GetString() != $"{context.Request.Method} {context.Request.Host}{context.Request.Path}"
            ? "for another request"
            : null;
    }

    private async Task PlaceAsync(HttpContext context, string body)
    {
        var fault = Faults.OfOrder();
        switch (fault)
        {
            case SimFault.LostThenCut:
                Note(context, body, false);
                context.Abort();
                return;
            case SimFault.LostThenUnknown or SimFault.Maintenance:
                Note(context, body, false);
                await JsonAsync(context, 503, Refusal(503));
                return;
            case SimFault.RateLimit:
                Note(context, body, false);
                context.Response.Headers.RetryAfter = "1";
                await JsonAsync(context, 429, Refusal(429));
                return;
        }
        using var asked = JsonDocument.Parse(body);
        var clientId = asked.RootElement.GetProperty("client_order_id").GetString()!;
        var terms = asked.RootElement.GetProperty("order_configuration").EnumerateObject().Single();
        decimal? Value(string name) => terms.Value.TryGetProperty(name, out var value) ? ExchangeNumber.Parse(value.GetString()!) : null;
        // An id that was used before brings back its order, and no new one.
        var order = Venue.Markets.SelectMany(market => market.Orders).LastOrDefault(known => known.ClientId == clientId);
        try
        {
            if (order is null && ProductStatus != "online"
                && HasStatus(Market(asked.RootElement.GetProperty("product_id").GetString())))
                throw new NotTakenException("Orders are not taken now");
            order ??= (Market(asked.RootElement.GetProperty("product_id").GetString()) ?? throw new NotTakenException("Invalid product"))
                .Place(
                clientId, asked.RootElement.GetProperty("side").GetString() == "BUY",
                terms.Name switch
                {
                    "market_market_ioc" => SimKind.Market,
                    "sor_limit_ioc" => SimKind.LimitIoc,
                    "stop_limit_stop_limit_gtc" => SimKind.StopLimit,
                    _ => terms.Value.GetProperty("post_only").GetBoolean() ? SimKind.PostOnly : SimKind.LimitGtc,
                },
                Value("base_size") ?? 0, Value("limit_price"), Value("stop_price"), fault == SimFault.TakenAndHidden ? 3 : 0);
            Note(context, body, true);
        }
        catch (NotTakenException rule)
        {
            Note(context, body, false);
            var error = rule.Message switch
            {
                var text when text.Contains("not taken", StringComparison.Ordinal) => "ORDER_ENTRY_DISABLED",
                var text when text.Contains("insufficient", StringComparison.Ordinal) => "INSUFFICIENT_FUND",
                var text when text.Contains("immediately match", StringComparison.Ordinal) => "INVALID_LIMIT_PRICE_POST_ONLY",
                var text when text.Contains("LOT_SIZE", StringComparison.Ordinal) => "INVALID_SIZE_PRECISION",
                var text when text.Contains("PRICE_FILTER", StringComparison.Ordinal) => "INVALID_PRICE_PRECISION",
                // The enumeration of failure reasons names it so, with PREVIEW_ before it in a preview.
                var text when text.Contains("trigger immediately", StringComparison.Ordinal) => "STOP_PRICE_ABOVE_LAST_TRADE_PRICE",
                _ => "UNKNOWN_FAILURE_REASON",
            };
            await JsonAsync(context, 200,
                new
                {
                    success = false,
                    failure_reason = error,
                    order_id = "",
                    error_response = new { error, message = rule.Message, error_details = "" }
                });
            return;
        }
        if (await LosesAnswerAsync(context, fault))
            return;
        switch (fault)
        {
            case SimFault.TakenThenUnknown or SimFault.TakenLate or SimFault.TakenAndHidden:
                await JsonAsync(context, 500, Refusal(500));
                break;
            default:
                await JsonAsync(context, 200,
                    new
                    {
                        success = true,
                        success_response = new
                        {
                            order_id = order.Uuid,
                            product_id = ProductOf(order.Venue),
                            side = order.Buys ? "BUY" : "SELL",
                            client_order_id = clientId
                        }
                    });
                break;
        }
    }

    private async Task CancelAsync(HttpContext context, string body)
    {
        using var asked = JsonDocument.Parse(body);
        var id = asked.RootElement.GetProperty("order_ids")[0].GetString();
        BeforeCancel?.Invoke();
        var order = Find(id);
        if (QueuesCancellations > TimeSpan.Zero && order is { Open: true })
        {
            _ = Task.Delay(QueuesCancellations).ContinueWith(_ => order.Venue.Cancel(order), TaskScheduler.Default);
            await TellAsync(context, body, new { results = new[] { new { success = true, failure_reason = "", order_id = id } } });
            return;
        }
        var done = order is not null && order.Venue.Cancel(order) is not null;
        if (LostAfterCancel)
            await LoseAsync(context, body);
        else
            await TellAsync(context, body,
                new
                {
                    results = new[] { new
                    {
                        success = done,
                        failure_reason = done ? "UNKNOWN_CANCEL_FAILURE_REASON" : "UNKNOWN_CANCEL_ORDER",
                        order_id = id
                    } }
                });
    }

    private Task OneAsync(HttpContext context, string body, string id) =>
        Find(id) is { } order
            ? TellAsync(context, body, new { order = Order(order) }) : NotFoundAsync(context, body);

    private Task NotFoundAsync(HttpContext context, string body)
    {
        Note(context, body, false);
        return JsonAsync(context, 404, new { error = "NOT_FOUND", message = "not found" });
    }

    private List<object> Orders(Dictionary<string, string> query)
    {
        var since = query.TryGetValue("start_date", out var start)
            ? DateTimeOffset.Parse(start, CultureInfo.InvariantCulture) : DateTimeOffset.MinValue;
        var found = new List<object>();
        foreach (var order in Of(query).SelectMany(market => market.Orders).OrderBy(order => order.Id)
            .Where(order => !order.Venue.IsHidden(order)).Where(order => order.At >= since && (!query.ContainsKey("order_status")
                || order.Open)).Reverse())
        {
            if (order.HiddenFor > 0)
                order.HiddenFor--;
            else
                found.Add(Order(order));
        }
        return found;
    }

    private List<object> Fills(Dictionary<string, string> query)
    {
        var since = query.TryGetValue("start_sequence_timestamp", out var start)
            ? DateTimeOffset.Parse(start, CultureInfo.InvariantCulture) : DateTimeOffset.MinValue;
        var orders = Of(query).SelectMany(market => market.Orders).Where(order => !order.Venue.IsHidden(order))
            .ToDictionary(order => order.Id);
        return [.. Of(query).SelectMany(market => market.Fills).OrderBy(fill => fill.TradeId).Where(fill =>
            orders.ContainsKey(fill.OrderId))
            .Where(fill => fill.At >= since && (!query.TryGetValue("order_ids", out var id) || orders[fill.OrderId].Uuid == id))
            .Reverse().Select(fill => new
            {
                entry_id = $"e-{fill.TradeId}", trade_id = $"{fill.TradeId}", order_id = orders[fill.OrderId].Uuid,
                trade_time = Time(fill.At), trade_type = "FILL", price = fill.Price.Text(),
                size = fill.Quantity.Text(), commission = fill.Fee.Text(), product_id = ProductOf(orders[fill.OrderId].Venue),
                    size_in_quote = false,
                side = fill.Buys ? "BUY" : "SELL", liquidity_indicator = fill.Maker ? "MAKER" : "TAKER",
            })];
    }

    private IReadOnlyList<Venue> Of(Dictionary<string, string> query) =>
        query.TryGetValue("product_ids", out var product) ? [Market(product) ?? Venue] : Venue.Markets;

    private Dictionary<string, object> Page(Dictionary<string, string> query, string name, List<object> items)
    {
        var from = query.TryGetValue("cursor", out var cursor) ? int.Parse(cursor, CultureInfo.InvariantCulture) : 0;
        var more = from + PageSize < items.Count;
        if (ListsNull && Venue.Markets.SelectMany(market => market.Orders).Any(order => order.Venue.IsHidden(order)))
            return new() { [name] = null!, ["has_next"] = false, ["cursor"] = "" };
        return new() { [name] = items.Skip(from).Take(PageSize), ["has_next"] = more, ["cursor"] = more ? $"{from + PageSize}" : "" };
    }

    private static object Order(SimOrder order)
    {
        var limit = order.Limit?.Text();
        object terms = order.Kind switch
        {
            SimKind.Market => new { market_market_ioc = new { base_size = order.Quantity.Text() } },
            SimKind.LimitIoc => new { sor_limit_ioc = new { base_size = order.Quantity.Text(), limit_price = limit } },
            SimKind.StopLimit => new
            {
                stop_limit_stop_limit_gtc = new { base_size = order.Quantity.Text(), limit_price = limit, stop_price = order.Stop?.Text() }
            },
            _ => new
            {
                limit_limit_gtc = new { base_size = order.Quantity.Text(), limit_price = limit, post_only = order.Kind == SimKind.PostOnly }
            },
        };
        return new
        {
            order_id = order.Uuid,
            product_id = ProductOf(order.Venue),
            order_configuration = terms,
            side = order.Buys ? "BUY" : "SELL",
            client_order_id = order.ClientId,
            status = order.Status switch
            {
                SimStatus.Filled => "FILLED",
                SimStatus.Canceled => "CANCELLED",
                SimStatus.Expired => "CANCELLED",
                SimStatus.Rejected => "FAILED",
                _ => "OPEN",
            },
            created_time = Time(order.At),
            filled_size = order.Filled.Text(),
            average_filled_price = (order.Filled == 0 ? 0 : order.Value / order.Filled).Text(),
            number_of_fills = $"{order.Fills.Count}",
            total_fees = order.Fills.Sum(fill => fill.Fee).Text(),
            reject_message = "",
            cancel_message = "",
            last_fill_time = order.Fills.Count == 0 ? null : Time(order.Fills[^1].At),
        };
    }

    private Task TellAsync(HttpContext context, string body, object answer)
    {
        Note(context, body, true);
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(JsonSerializer.Serialize(answer, Written));
    }

    private static object Account(string currency, decimal free, decimal held, string portfolio) => new
    {
        uuid = $"{currency}-{portfolio}",
        currency,
        available_balance = Amount(free, currency),
        hold = Amount(held, currency),
        retail_portfolio_id = portfolio,
    };

    private static object Amount(decimal value, string currency) => new { value = value.Text(), currency };

    private static string Time(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
