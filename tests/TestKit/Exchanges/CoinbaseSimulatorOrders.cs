using System.Text.Json;
using Microsoft.AspNetCore.Http;
using static Trading.TestKit.Exchanges.CoinbaseAnswers;

namespace Trading.TestKit.Exchanges;

// How it takes an order and cancels one.
public sealed partial class CoinbaseSimulator
{
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
}
