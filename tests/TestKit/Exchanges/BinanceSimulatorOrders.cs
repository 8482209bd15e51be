using Microsoft.AspNetCore.Http;
using static Trading.TestKit.Exchanges.BinanceAnswers;

namespace Trading.TestKit.Exchanges;

// How it takes an order.
public sealed partial class BinanceSimulator
{
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
        if (CountsWeight && (_weight.TooMany(context, Now, 10, OrdersInTenSeconds, "10S")
            || _weight.TooMany(context, Now, 86_400, OrdersInDay, "1D")))
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
}
