using System.Text.Json;
using Trading.Contracts;
using Trading.Core;

namespace Trading.Services.Exchanges;

/// <summary>Reads Coinbase's replies: orders, products, fills and errors.</summary>
internal static class CoinbaseAnswers
{
    /// <summary>What a reply says; an error becomes a refusal or, when the request may have been carried out, unknown.</summary>
    public static ExchangeAnswer<T> Read<T>(ExchangeReply reply, Func<JsonElement, T> read)
    {
        if (!reply.IsGood)
            return Error<T>(reply);
        try
        {
            return ExchangeAnswer.Done(read(reply.Body));
        }
        catch (Exception unreadable) when (unreadable is FormatException or InvalidOperationException or OverflowException
            or DivideByZeroException or ArgumentException)
        {
            return ExchangeAnswer.Unknown<T>($"an answer that cannot be read: {unreadable.Message}");
        }
    }

    /// <summary>An order as Coinbase reports it; its fills need a query of their own.</summary>
    public static OrderReport Report(JsonElement order, string symbol)
    {
        var status = order.Needed("status");
        var configuration = order.Inner("order_configuration");
        var terms = configuration.ValueKind == JsonValueKind.Object ? configuration.EnumerateObject().FirstOrDefault().Value : default;
        return new(
            order.Needed("order_id"), order.Text("client_order_id"), symbol,
            order.Text("side") == "SELL" ? TradeAction.Sell : TradeAction.Buy,
            status switch
            {
                "FILLED" => OrderStatus.Filled,
                "CANCELLED" or "EXPIRED" => OrderStatus.Cancelled,
                "FAILED" => OrderStatus.Rejected,
                "OPEN" or "PENDING" or "QUEUED" or "CANCEL_QUEUED" or "EDIT_QUEUED" => OrderStatus.Open,
                _ => throw new FormatException($"status {status} is not known"),
            },
            terms.Units("base_size"), order.Units("filled_size"), terms.Number("limit_price"), [],
            order.Text("reject_message") ?? order.Text("cancel_message")
            ?? (status is "FILLED" or "OPEN" or "PENDING" or "QUEUED" ? null : $"{status} on {CoinbaseAdvanced.ExchangeName}"),
            order.Time("last_fill_time") ?? order.Time("created_time") ?? throw new FormatException("created_time is missing"));
    }

    /// <summary>A product as Coinbase reports it.</summary>
    public static ProductFilters Product(JsonElement product, string symbol)
    {
        var postOnly = product.Flag("post_only");
        var kinds = new List<OrderPlacement> { OrderPlacement.PostOnly };
        if (!postOnly)
            kinds.AddRange([OrderPlacement.LimitIoc, OrderPlacement.LimitGtc, OrderPlacement.StopLoss]);
        if (!postOnly && !product.Flag("limit_only"))
            kinds.Add(OrderPlacement.Market);
        var trading = !product.Flag("trading_disabled") && !product.Flag("is_disabled") && !product.Flag("view_only")
            && !product.Flag("cancel_only") && !product.Flag("auction_mode") && product.Text("status") is null or "online";
        return new(
            symbol, product.Needed("product_id"), product.Needed("base_currency_id"), product.Needed("quote_currency_id"), trading, kinds,
            product.Number("price_increment") is > 0 and var tick ? tick : product.Number("quote_increment"), 0, 0,
            product.Number("base_increment"), product.Number("base_min_size"), product.Number("base_max_size"), 0,
            product.Number("quote_min_size"), product.Number("quote_max_size"), 0, 0, 0, 0, 0);
    }

    /// <summary>A fill as Coinbase reports it; the commission is in the product's quote currency.</summary>
    public static ExchangeFill Fill(JsonElement fill, string symbol, string quote)
    {
        var price = fill.NeededPositive("price");
        var size = fill.NeededPositive("size");
        return new(
            fill.Needed("order_id"), fill.Needed("trade_id"), symbol, fill.Text("side") == "SELL" ? TradeAction.Sell : TradeAction.Buy,
            fill.Flag("size_in_quote") ? size / price : size, price, fill.NeededNumber("commission"), quote,
            fill.Time("trade_time") ?? throw new FormatException("trade_time is missing"));
    }

    /// <summary>Why an order was not placed, by the name of the error.</summary>
    public static ExchangeAnswer<OrderReport> NotPlaced(JsonElement body)
    {
        var error = body.Inner("error_response");
        var name = error.Text("error") ?? body.Text("failure_reason") ?? "";
        if (name is "" or "UNKNOWN_FAILURE_REASON")
            name = error.Text("new_order_failure_reason") ?? error.Text("preview_failure_reason") ?? name;
        // A failure of the preview, which each order passes, has the same name with this before it.
        var refusal = (name.StartsWith("PREVIEW_", StringComparison.Ordinal) ? name["PREVIEW_".Length..] : name) switch
        {
            "STOP_PRICE_ABOVE_LAST_TRADE_PRICE" or "INVALID_STOP_PRICE" => ExchangeRefusal.WouldTrigger,
            "INVALID_BASE_SIZE_TOO_SMALL" or "INVALID_BASE_SIZE_TOO_LARGE" or "INVALID_QUOTE_SIZE_TOO_SMALL"
                or "INVALID_QUOTE_SIZE_TOO_LARGE" or "INVALID_PRICE_TOO_LARGE" or "INVALID_QUOTE_SIZE_PRECISION"
                or "BREACHED_PRICE_LIMIT" => ExchangeRefusal.Filter,
            "INSUFFICIENT_LEDGER_BALANCE" => ExchangeRefusal.Funds,
            "INVALID_NO_LIQUIDITY" or "MISSING_PRODUCT_PRICE_BOOK" => ExchangeRefusal.NotTraded,
            "INSUFFICIENT_FUND" or "INVALID_LEDGER_BALANCE" => ExchangeRefusal.Funds,
            "INVALID_LIMIT_PRICE_POST_ONLY" => ExchangeRefusal.WouldTake,
            "INVALID_PRICE_PRECISION" or "INVALID_SIZE_PRECISION" or "INVALID_LIMIT_PRICE" => ExchangeRefusal.Filter,
            "INVALID_PRODUCT_ID" or "ORDER_ENTRY_DISABLED" or "INELIGIBLE_PAIR" => ExchangeRefusal.NotTraded,
            "UNSUPPORTED_ORDER_CONFIGURATION" => ExchangeRefusal.NotSupported,
            "INVALID_REQUEST" or "INVALID_SIDE" => ExchangeRefusal.Malformed,
            _ => ExchangeRefusal.Other,
        };
        var said = string.Join(": ",
            new[] { name, error.Text("message"), error.Text("error_details") }.Where(part => !string.IsNullOrWhiteSpace(part)));
        return ExchangeAnswer.Refused<OrderReport>(refusal, said.Length > 0 ? said : "no reason given");
    }

    /// <summary>What an HTTP error says, by its status.</summary>
    public static ExchangeAnswer<T> Error<T>(ExchangeReply reply)
    {
        var text = reply.Body.Text("message") ?? reply.Body.Text("error") ?? reply.Failure ?? "";
        var reason = reply.Status == 0 ? text : $"HTTP {reply.Status}: {text}";
        return reply.Status switch
        {
            ExchangeReply.NotSent => ExchangeAnswer.Refused<T>(ExchangeRefusal.Other, text),
            // An order that was on its way when the time was up may have been taken.
            408 => ExchangeAnswer.Unknown<T>(reason),
            451 => ExchangeAnswer.Refused<T>(ExchangeRefusal.Region,
                $"{reason}: {CoinbaseAdvanced.ExchangeName} does not serve this country or region"),
            429 => ExchangeAnswer.Refused<T>(ExchangeRefusal.RateLimited, reason, reply.RetryAfter),
            418 => ExchangeAnswer.Refused<T>(ExchangeRefusal.Banned, reason, reply.RetryAfter),
            // A page of a firewall is no word of the exchange about the key.
            403 when reply.Failure is not null => ExchangeAnswer.Refused<T>(ExchangeRefusal.Firewall, reason),
            401 or 403 => ExchangeAnswer.Refused<T>(ExchangeRefusal.Key, reason),
            404 => ExchangeAnswer.Refused<T>(ExchangeRefusal.NotFound, reason),
            >= 400 and < 500 => ExchangeAnswer.Refused<T>(ExchangeRefusal.Malformed, reason),
            _ => ExchangeAnswer.Unknown<T>(reason),
        };
    }
}
