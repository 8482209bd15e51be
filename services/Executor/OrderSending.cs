using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Telemetry;
using Trading.Journal.Events;
using Trading.Services.Exchanges;

namespace Trading.Services;

/// <summary>
/// Sends an order whose intent is recorded. Only the process that recorded the intent sends. It sends again only after the exchange
/// confirmed that it has no such order.
/// </summary>
public sealed class OrderSending(TradeBooking booking, OrderReports reports, OrderObstacles permission, IExchange exchange,
    ComparisonRequests comparisons, JournalLife life, OrderAges ages, TradingMetrics metrics, TimeProvider clock, ILogger log)
{
    private static readonly TimeSpan DefaultRetry = TimeSpan.FromMilliseconds(100);

    // A timer may fire a little early.
    private static readonly TimeSpan TimerMargin = TimeSpan.FromMilliseconds(20);

    /// <summary>Sends the order of a trade that this process has just recorded as placed, and books the answer.</summary>
    public async Task<Step> SendAsync(Trade trade, long version, Cause cause, CancellationToken cancellation)
    {
        // Its age counts from here on.
        ages.Of(trade);
        if (!exchange.IsPaper && await life.MayHaveSentAsync(trade.Assessed().Cause(), cancellation))
        {
            await exchange.PrepareAsync(cancellation);
            var known = await exchange.OrderAsync(ages.Sent(trade), cancellation);
            // Sent only when it is certainly not there; while that is unknown it is asked for like an order without an answer.
            if (known is not { Kind: AnswerKind.Refused, Refusal: ExchangeRefusal.NotFound })
            {
                log.LogWarning("The order of trade {TradeId} is not sent before it is known whether an earlier life sent it: {Answer}",
                    trade.TradeId, known.IsDone ? "the exchange has it" : known.Reason);
                return await BookAsync(trade, version, known, null, cause, cancellation);
            }
        }
        while (true)
        {
            var order = ages.Sent(trade);
            await exchange.PrepareAsync(cancellation);
            if (await LastObstacleAsync(trade, order, cancellation) is { } obstacle)
                return await booking.EndNotPlacedAsync(trade, version, TradeOutcome.Cancelled, obstacle, cause, cancellation);

            if (await PlaceAsync(trade, order, cancellation) is not { } answer)
                continue;
            if (IsRefusedStop(order, answer))
            {
                // The stop was certainly not taken, so nobody else can have sent anything: the position is sold at market at once.
                if (await ReplaceStopAsync(trade, version, answer.Reason!, null, cause, cancellation) is not { } replaced)
                    return Step.MovedOn;
                (trade, version) = (replaced, version + 1);
                continue;
            }
            return answer.Kind == AnswerKind.Refused && answer.Refusal != ExchangeRefusal.DuplicateId
                ? await EndRefusedAsync(trade, version, answer, cause, cancellation)
                : await BookAsync(trade, version, answer, null, cause, cancellation);
        }
    }

    /// <summary>
    /// Books an answer about an order. A stop that the exchange rejected after taking it is replaced by a sale at market.
    /// </summary>
    public async Task<Step> BookAsync(Trade trade, long version, ExchangeAnswer<OrderReport> answer, string? endReason, Cause cause,
        CancellationToken cancellation)
    {
        // Only for a stop that is still wanted: not when an operator cancels it or a sale needs its units.
        if (endReason is null && trade is { Cancel: null, Placed.Sent.Placement: OrderPlacement.StopLoss }
            && answer is { IsDone: true, Value: { Status: OrderStatus.Rejected, Fills.Count: 0, FillsAreComplete: true } report })
        {
            var replaced = await ReplaceStopAsync(trade, version, report.Reason ?? $"{exchange.Name} gave it up",
                DerivedId.ReplacementOrderId(trade.TradeId), cause, cancellation);
            return replaced is null ? Step.MovedOn : await SendAsync(replaced, version + 1, cause, cancellation);
        }
        return await reports.BookAsync(trade, version, answer, endReason, cause, cancellation);
    }

    // The last check before the call: after a halt, or when this process was suspended, nothing is sent.
    private async Task<string?> LastObstacleAsync(Trade trade, ExchangeOrder order, CancellationToken cancellation)
    {
        if (exchange.IsPaper)
            return null;
        return permission.Obstacle((await booking.AccountAsync(trade, cancellation)).State, trade)
            ?? (IsTooLate(trade, order, TimeSpan.Zero) ? ExchangeOrder.TooLate : null);
    }

    // By both clocks: one of them may have been set back, and the other stands still while the machine sleeps.
    private bool IsTooLate(Trade trade, ExchangeOrder order, TimeSpan wait) =>
        clock.GetUtcNow() + wait >= order.SendBefore || ages.Of(trade) + wait >= ExchangeOrder.SendWithin;

    // The exchange's answer; null when it certainly has no such order and it may be sent again.
    private async Task<ExchangeAnswer<OrderReport>?> PlaceAsync(Trade trade, ExchangeOrder order, CancellationToken cancellation)
    {
        var answer = await exchange.PlaceAsync(order, cancellation);
        while (answer is { Kind: AnswerKind.Refused, Refusal: ExchangeRefusal.RateLimited or ExchangeRefusal.ClockSkew }
            && !IsTooLate(trade, order, answer.RetryAfter ?? DefaultRetry))
        {
            log.LogWarning("Order of trade {TradeId} is refused for now: {Reason}", trade.TradeId, answer.Reason);
            await Task.Delay((answer.RetryAfter ?? DefaultRetry) + TimerMargin, cancellation);
            answer = await exchange.OrderAsync(order, cancellation);
            if (answer is { Kind: AnswerKind.Refused, Refusal: ExchangeRefusal.NotFound })
                return null;
        }
        return answer;
    }

    // The exchange would never take this stop, or the market has passed it: the position must not stay. Any other refusal passes (limits,
    // maintenance, a firewall, the clock, a key, too little to sell by a journal that lags): a later price sets the stop, and each price
    // before it is checked against it.
    private static bool IsRefusedStop(ExchangeOrder order, ExchangeAnswer<OrderReport> answer) =>
        answer.Kind == AnswerKind.Refused && order.Sent.Placement == OrderPlacement.StopLoss
        && answer.Refusal is ExchangeRefusal.WouldTrigger or ExchangeRefusal.Filter or ExchangeRefusal.NotSupported
            or ExchangeRefusal.Malformed or ExchangeRefusal.WouldTake;

    // A sale at market in place of a stop; null when another process recorded it first, which then sends it.
    private async Task<Trade?> ReplaceStopAsync(Trade trade, long version, string reason, string? clientOrderId,
        Cause cause, CancellationToken cancellation)
    {
        log.LogError("The stop of trade {TradeId} is refused, the position is sold at market: {Reason}", trade.TradeId, reason);
        var replaced = new OrderReplaced(new(OrderPlacement.Market, OrderTerms.Sent(trade).Sent.Quantity, null, null), reason,
            clock.GetUtcNow(), clientOrderId);
        return await booking.AppendAsync(trade, version, [replaced], cause, cancellation) ? Trade.Evolve(trade, replaced) : null;
    }

    // The sender knows that the order was not taken. Other processes may have recorded it as unknown meanwhile, so this is repeated until
    // the trade has an end.
    private async Task<Step> EndRefusedAsync(Trade trade, long version, ExchangeAnswer<OrderReport> answer, Cause cause,
        CancellationToken cancellation)
    {
        metrics.Refused(exchange.Name, trade.Assessment!.Order!, $"{answer.Refusal}");
        // Less is there than the journal holds: what the exchange has is looked at before it is asked again.
        if (answer.Refusal == ExchangeRefusal.Funds)
            comparisons.Ask();
        while (trade is { Execution: null, ExchangeOrderId: null, Fills.Count: 0 })
        {
            await booking.EndNotPlacedAsync(trade, version, TradeOutcome.Rejected, answer.Reason!, cause, cancellation,
                $"{answer.Refusal}");
            (trade, version) = await booking.TradeAsync(trade.TradeId, cancellation);
        }
        return Step.MovedOn;
    }
}
