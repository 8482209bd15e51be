using System.Globalization;
using System.Text.Json;
using Trading.Contracts;

namespace Trading.Services.Exchanges;

/// <summary>Reads Binance's replies (rest-api.md, errors.md): orders, fills and errors.</summary>
internal static class BinanceAnswers
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
        catch (Exception unreadable)
            when (unreadable is FormatException or InvalidOperationException or OverflowException or ArgumentException)
        {
            return ExchangeAnswer.Unknown<T>($"an answer that cannot be read: {unreadable.Message}");
        }
    }

    /// <summary>An order as Binance reports it, in the reply to a new order with its fills.</summary>
    public static OrderReport Report(JsonElement order, string symbol)
    {
        var id = order.Needed("orderId");
        var side = order.Needed("side") == "BUY" ? TradeAction.Buy : TradeAction.Sell;
        var at = (order.Text("transactTime") ?? order.Text("updateTime") ?? order.Text("time")) is { } time
            ? DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(time, CultureInfo.InvariantCulture))
            : throw new FormatException("transactTime is missing");
        return new(
            id, order.Text("origClientOrderId") ?? order.Text("clientOrderId"), symbol, side,
            order.Needed("status") switch
            {
                "FILLED" => OrderStatus.Filled,
                "CANCELED" or "EXPIRED" or "EXPIRED_IN_MATCH" => OrderStatus.Cancelled,
                "REJECTED" => OrderStatus.Rejected,
                "NEW" or "PARTIALLY_FILLED" or "PENDING_NEW" or "PENDING_CANCEL" => OrderStatus.Open,
                var other => throw new FormatException($"status {other} is not known"),
            },
            order.Units("origQty"), order.Units("executedQty"), order.Number("price"),
            [.. order.Items("fills").Select(fill => Fill(fill, id, fill.NeededId("tradeId"), symbol, side, at))],
            order.Needed("status") is "NEW" or "FILLED" or "PARTIALLY_FILLED"
                ? null : $"{order.Needed("status")} on {BinanceSpot.ExchangeName}"
                    // Why an order expired, where the exchange tells it (rest-api.md).
                    + (order.Text("expiryReason") is { } expired ? $": {expired}" : ""), at);
    }

    /// <summary>A fill.</summary>
    public static ExchangeFill Fill(JsonElement fill, string orderId, string tradeId, string symbol,
        TradeAction side, DateTimeOffset at) => new(
        orderId, tradeId, symbol, side, fill.NeededPositive("qty"), fill.NeededPositive("price"), fill.NeededNumber("commission"),
        fill.Needed("commissionAsset"), at);

    /// <summary>What a key may do (wallet API, Get API Key Permission).</summary>
    public static KeyRights Rights(JsonElement rights)
    {
        string[] lacking = [.. new[] { ("enableReading", "Enable Reading"), ("enableSpotAndMarginTrading", "Enable Spot & Margin Trading") }
            .Where(right => !Right(right.Item1)).Select(right => right.Item2)];
        return new(lacking.Length == 0 ? null : $"it needs {string.Join(" and ", lacking)} in API Management",
            Right("enableWithdrawals") || rights.Flag("enableInternalTransfer") || rights.Flag("permitsUniversalTransfer"),
            Right("ipRestrict"));

        bool Right(string name) => rights.HasFlag(name) ? rights.Flag(name) : throw new FormatException($"{name} is missing");
    }

    private static ExchangeAnswer<T> Error<T>(ExchangeReply reply)
    {
        var code = reply.Body.Code();
        var text = reply.Body.Text("msg") ?? reply.Failure ?? "";
        var reason = reply.Status == 0 ? text : $"HTTP {reply.Status}{(code == 0 ? "" : FormattableString.Invariant($" {code}"))}: {text}";
        if (reply.Status == ExchangeReply.NotSent)
            return ExchangeAnswer.Refused<T>(ExchangeRefusal.Other, text);
        // With these the request may have been carried out, whatever the status is.
        if (reply.Status is 0 or 408 or >= 500 || code is -1000 or -1001 or -1006 or -1007 or -1008
            || (reply.Failure is not null && reply.Status is >= 200 and < 300))
            return ExchangeAnswer.Unknown<T>(reason);
        var refusal = (reply.Status, code) switch
        {
            (451, _) => ExchangeRefusal.Region,
            (418, _) => ExchangeRefusal.Banned,
            (429, _) or (_, -1003 or -1015) => ExchangeRefusal.RateLimited,
            (_, -1021) => ExchangeRefusal.ClockSkew,
            (_, -1022) => ExchangeRefusal.Signature,
            (401, _) or (_, -1002 or -2014 or -2015) => ExchangeRefusal.Key,
            // Filters that count orders say nothing about this one (filters.md).
            (_, -1013) when text.Contains("MAX_NUM_", StringComparison.Ordinal) => ExchangeRefusal.TooManyOrders,
            (_, -1013) => ExchangeRefusal.Filter,
            (_, -1111) => ExchangeRefusal.Filter,
            (_, -1121 or -1122) => ExchangeRefusal.NotTraded,
            (_, -1014 or -1016 or -1020 or -1116) => ExchangeRefusal.NotSupported,
            (_, <= -1100 and >= -1199) => ExchangeRefusal.Malformed,
            (_, -2013) => ExchangeRefusal.NotFound,
            (_, -2010 or -2011 or -1010) => Matching(text),
            (403, _) => ExchangeRefusal.Firewall,
            _ => ExchangeRefusal.Other,
        };
        return ExchangeAnswer.Refused<T>(refusal,
            refusal == ExchangeRefusal.Region ? $"{reason}: {BinanceSpot.ExchangeName} does not serve this country or region" : reason,
            reply.RetryAfter);
    }

    // What the matching engine refuses has one code and many messages (errors.md).
    private static ExchangeRefusal Matching(string text) => text switch
    {
        "Duplicate order sent." => ExchangeRefusal.DuplicateId,
        "Unknown order sent." => ExchangeRefusal.NotFound,
        "Order would immediately match and take." => ExchangeRefusal.WouldTake,
        "Order would trigger immediately." or "Stop price would trigger immediately." => ExchangeRefusal.WouldTrigger,
        "Market is closed." => ExchangeRefusal.NotTraded,
        _ when text.Contains("insufficient balance", StringComparison.Ordinal) => ExchangeRefusal.Funds,
        _ when text.Contains("not supported for this symbol", StringComparison.Ordinal) => ExchangeRefusal.NotSupported,
        _ => ExchangeRefusal.Other,
    };
}
