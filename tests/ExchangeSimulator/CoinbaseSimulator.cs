using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Trading.ExchangeSimulator;

/// <summary>Coinbase Advanced Trade.</summary>
/// <param name="venue">The market.</param>
/// <param name="faults">What goes wrong.</param>
/// <param name="clock">The exchange's clock.</param>
/// <param name="apiKey">The key's name.</param>
/// <param name="publicKey">The key's public half in PEM.</param>
public sealed class CoinbaseSimulator(Venue venue, Faults faults, TimeProvider clock, string apiKey, string publicKey) : SimulatedExchange(venue, faults, clock)
{
    private const string Root = "/api/v3/brokerage";
    private static readonly JsonSerializerOptions Written = new() { PropertyNamingPolicy = null };

    private string Product => $"{Venue.Rules.Base}-{Venue.Rules.Quote}";

    /// <summary>Items on a page of a list.</summary>
    public int PageSize { get; set; } = 100;

    protected override object Refusal(int status) => new { error = $"{status}", message = status == 429 ? "Too many requests" : "refused" };

    protected override async Task AnswerAsync(HttpContext context, string body)
    {
        var (method, path) = (context.Request.Method, context.Request.Path.Value ?? "");
        if (path == $"{Root}/time")
        {
            await TellAsync(context, body, new { iso = Now, epochSeconds = $"{Now.ToUnixTimeSeconds()}", epochMillis = $"{Now.ToUnixTimeMilliseconds()}" });
            return;
        }
        if (Wrong(context) is { } wrong)
        {
            Note(context, body, false);
            await JsonAsync(context, 401, new { error = "unauthorized", message = wrong });
            return;
        }
        var query = QueryHelpers.ParseQuery(context.Request.QueryString.Value).ToDictionary(field => field.Key, field => field.Value.ToString());
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
                accounts = Venue.Balances.Select(balance => new
                {
                    uuid = balance.Key, currency = balance.Key, available_balance = Amount(balance.Value - Venue.Locked(balance.Key), balance.Key), hold = Amount(Venue.Locked(balance.Key), balance.Key),
                }),
                has_next = false, cursor = "",
            }),
            ("GET", $"{Root}/orders/historical/fills") => TellAsync(context, body, Page(query, "fills", Fills(query))),
            ("GET", $"{Root}/orders/historical/batch") => TellAsync(context, body, Page(query, "orders", Orders(query))),
            ("POST", $"{Root}/orders/batch_cancel") => CancelAsync(context, body),
            ("GET", _) when path == $"{Root}/products/{Product}" => TellAsync(context, body, new
            {
                product_id = Product, base_currency_id = Venue.Rules.Base, quote_currency_id = Venue.Rules.Quote, base_increment = Venue.Rules.Lot.Text(), quote_increment = Venue.Rules.Tick.Text(),
                price_increment = Venue.Rules.Tick.Text(), base_min_size = Venue.Rules.Lot.Text(), base_max_size = "3400", quote_min_size = Venue.Rules.LeastNotional.Text(), quote_max_size = "150000000",
                status = "online", trading_disabled = false, is_disabled = false, cancel_only = false, limit_only = false, post_only = false, auction_mode = false, view_only = false,
            }),
            ("GET", _) when path.StartsWith($"{Root}/orders/historical/", StringComparison.Ordinal) => OneAsync(context, body, path[(path.LastIndexOf('/') + 1)..]),
            _ => NotFoundAsync(context, body),
        };
        await answer;
    }

    private string? Wrong(HttpContext context)
    {
        var parts = context.Request.Headers.Authorization.ToString().Replace("Bearer ", "", StringComparison.Ordinal).Split('.');
        if (parts.Length != 3)
            return "no token";
        using var key = ECDsa.Create();
        key.ImportFromPem(publicKey);
        if (!key.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), WebEncoders.Base64UrlDecode(parts[2]), HashAlgorithmName.SHA256))
            return "the signature is not the key's";
        using var header = JsonDocument.Parse(WebEncoders.Base64UrlDecode(parts[0]));
        using var claims = JsonDocument.Parse(WebEncoders.Base64UrlDecode(parts[1]));
        var now = Now.ToUnixTimeSeconds();
        return header.RootElement.GetProperty("alg").GetString() != "ES256" || header.RootElement.GetProperty("kid").GetString() != apiKey || header.RootElement.GetProperty("nonce").GetString() is not { Length: > 8 }
            ? "the header is wrong"
            : claims.RootElement.GetProperty("sub").GetString() != apiKey || claims.RootElement.GetProperty("iss").GetString() != "cdp"
            ? "not this key's claims"
            : claims.RootElement.GetProperty("nbf").GetInt64() > now + 1 || claims.RootElement.GetProperty("exp").GetInt64() < now || claims.RootElement.GetProperty("exp").GetInt64() > now + 121
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
        decimal? Value(string name) => terms.Value.TryGetProperty(name, out var value) ? Wire.Number(value.GetString()!) : null;
        // An id that was used before brings back its order, and no new one.
        var order = Venue.Orders.LastOrDefault(known => known.ClientId == clientId);
        try
        {
            order ??= Venue.Place(
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
                var text when text.Contains("insufficient", StringComparison.Ordinal) => "INSUFFICIENT_FUND",
                var text when text.Contains("immediately match", StringComparison.Ordinal) => "INVALID_LIMIT_PRICE_POST_ONLY",
                var text when text.Contains("LOT_SIZE", StringComparison.Ordinal) => "INVALID_SIZE_PRECISION",
                _ => "UNKNOWN_FAILURE_REASON",
            };
            await JsonAsync(context, 200, new { success = false, failure_reason = error, order_id = "", error_response = new { error, message = rule.Message, error_details = "" } });
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
                await JsonAsync(context, 200, new { success = true, success_response = new { order_id = order.Uuid, product_id = Product, side = order.Buys ? "BUY" : "SELL", client_order_id = clientId } });
                break;
        }
    }

    private async Task CancelAsync(HttpContext context, string body)
    {
        using var asked = JsonDocument.Parse(body);
        var id = asked.RootElement.GetProperty("order_ids")[0].GetString();
        BeforeCancel?.Invoke();
        var order = Venue.Find(candidate => candidate.Uuid == id);
        var done = order is not null && Venue.Cancel(order) is not null;
        if (LostAfterCancel)
            await LoseAsync(context);
        else
            await TellAsync(context, body, new { results = new[] { new { success = done, failure_reason = done ? "UNKNOWN_CANCEL_FAILURE_REASON" : "UNKNOWN_CANCEL_ORDER", order_id = id } } });
    }

    private Task OneAsync(HttpContext context, string body, string id) =>
        Venue.Find(order => order.Uuid == id) is { } order ? TellAsync(context, body, new { order = Order(order) }) : NotFoundAsync(context, body);

    private Task NotFoundAsync(HttpContext context, string body)
    {
        Note(context, body, false);
        return JsonAsync(context, 404, new { error = "NOT_FOUND", message = "not found" });
    }

    private List<object> Orders(Dictionary<string, string> query)
    {
        var since = query.TryGetValue("start_date", out var start) ? DateTimeOffset.Parse(start, CultureInfo.InvariantCulture) : DateTimeOffset.MinValue;
        var found = new List<object>();
        foreach (var order in Venue.Orders.Where(order => order.At >= since && (!query.ContainsKey("order_status") || order.Open)).Reverse())
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
        var since = query.TryGetValue("start_sequence_timestamp", out var start) ? DateTimeOffset.Parse(start, CultureInfo.InvariantCulture) : DateTimeOffset.MinValue;
        var orders = Venue.Orders.ToDictionary(order => order.Id);
        return [.. Venue.Fills.Where(fill => fill.At >= since && (!query.TryGetValue("order_ids", out var id) || orders[fill.OrderId].Uuid == id)).Reverse().Select(fill => new
        {
            entry_id = $"e-{fill.TradeId}", trade_id = $"{fill.TradeId}", order_id = orders[fill.OrderId].Uuid, trade_time = Time(fill.At), trade_type = "FILL", price = fill.Price.Text(),
            size = fill.Quantity.Text(), commission = fill.Fee.Text(), product_id = Product, size_in_quote = false, side = fill.Buys ? "BUY" : "SELL", liquidity_indicator = fill.Maker ? "MAKER" : "TAKER",
        })];
    }

    private Dictionary<string, object> Page(Dictionary<string, string> query, string name, List<object> items)
    {
        var from = query.TryGetValue("cursor", out var cursor) ? int.Parse(cursor, CultureInfo.InvariantCulture) : 0;
        var more = from + PageSize < items.Count;
        return new() { [name] = items.Skip(from).Take(PageSize), ["has_next"] = more, ["cursor"] = more ? $"{from + PageSize}" : "" };
    }

    private object Order(SimOrder order)
    {
        var limit = order.Limit?.Text();
        object terms = order.Kind switch
        {
            SimKind.Market => new { market_market_ioc = new { base_size = order.Quantity.Text() } },
            SimKind.LimitIoc => new { sor_limit_ioc = new { base_size = order.Quantity.Text(), limit_price = limit } },
            SimKind.StopLimit => new { stop_limit_stop_limit_gtc = new { base_size = order.Quantity.Text(), limit_price = limit, stop_price = order.Stop?.Text() } },
            _ => new { limit_limit_gtc = new { base_size = order.Quantity.Text(), limit_price = limit, post_only = order.Kind == SimKind.PostOnly } },
        };
        return new
        {
            order_id = order.Uuid, product_id = Product, order_configuration = terms, side = order.Buys ? "BUY" : "SELL", client_order_id = order.ClientId,
            status = order.Status switch
            {
                SimStatus.Filled => "FILLED", SimStatus.Canceled => "CANCELLED", SimStatus.Expired => "CANCELLED", SimStatus.Rejected => "FAILED", _ => "OPEN",
            },
            created_time = Time(order.At), filled_size = order.Filled.Text(), average_filled_price = (order.Filled == 0 ? 0 : order.Value / order.Filled).Text(),
            number_of_fills = $"{order.Fills.Count}", total_fees = order.Fills.Sum(fill => fill.Fee).Text(), reject_message = "", cancel_message = "", last_fill_time = order.Fills.Count == 0 ? null : Time(order.Fills[^1].At),
        };
    }

    private Task TellAsync(HttpContext context, string body, object answer)
    {
        Note(context, body, true);
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(JsonSerializer.Serialize(answer, Written));
    }

    private static object Amount(decimal value, string currency) => new { value = value.Text(), currency };

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
