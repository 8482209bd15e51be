using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Hosting.Telemetry;
using Trading.Journal.Events;
using Trading.Services.Exchanges;

namespace Trading.Services;

/// <summary>Books what the exchange reports about an order that was recorded as placed.</summary>
public sealed class OrderReports(TradeBooking booking, IExchange exchange, FeeValues feeValues, OrderAbsence absence,
    EndedMarkets ends, OrderCancellation cancellations, OrderAges ages, TradingMetrics metrics, TradingSettings settings,
    TimeProvider clock, ILogger log)
{
    /// <summary>Whether the order is a stop in the exchange's book, which may wait for weeks.</summary>
    public static bool IsWaitingStop(Trade trade) =>
        trade is { ExchangeOrderId: not null, Placed.Sent.Placement: OrderPlacement.StopLoss, Cancel: null };

    /// <summary>Books an answer about an order.</summary>
    /// <param name="trade">The trade.</param>
    /// <param name="version">Version of its stream.</param>
    /// <param name="answer">The exchange's answer.</param>
    /// <param name="endReason">Why this process ended the order; null when it did not.</param>
    /// <param name="cause">What the events are recorded with.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<Step> BookAsync(Trade trade, long version, ExchangeAnswer<OrderReport> answer, string? endReason, Cause cause,
        CancellationToken cancellation)
    {
        if (answer.IsDone || answer.Refusal == ExchangeRefusal.NotFound)
            ends.Known(trade);
        if (answer.IsDone)
            return await BookReportAsync(trade, version, answer.Value, endReason, cause, cancellation);
        if (answer.Refusal == ExchangeRefusal.NotTraded && await ends.TookAsync(trade, cancellation))
            return await BookTakenOffAsync(trade, version, cause, cancellation);
        if (answer is { Kind: AnswerKind.Refused, Refusal: ExchangeRefusal.NotFound })
            return await BookMissingAsync(trade, version, cause, cancellation);
        metrics.Unanswered(exchange.Name, answer.Refusal?.ToString() ?? "unknown");
        if (trade.Unknown)
            return Step.Waits;
        log.LogWarning("The state of the order of trade {TradeId} is unknown and will be queried: {Reason}",
            trade.TradeId, answer.Reason);
        await booking.AppendAsync(trade, version, [new OrderUnknown(answer.Reason!, clock.GetUtcNow())], cause, cancellation);
        return Step.Waits;
    }

    private async Task<Step> BookReportAsync(Trade trade, long version, OrderReport report, string? endReason, Cause cause,
        CancellationToken cancellation)
    {
        if (await DoubtAsync(trade, report, cancellation) is { } doubt)
        {
            // The order may have been replaced after the trade was read: the report is then compared with what was sent in its place.
            if ((await booking.TradeAsync(trade.TradeId, cancellation)).Version != version)
                return Step.MovedOn;
            await HoldAsync(trade, report, doubt, cancellation);
            return Step.Waits;
        }
        // Exchanges may report fills a little later than the order: the end is booked when all fills are there.
        if (!report.FillsAreComplete)
            return Step.Waits;
        var fills = new List<OrderFilled>();
        foreach (var fill in report.Fills)
            fills.Add(trade.Fills.Find(known => known.ExchangeTradeId == fill.ExchangeTradeId)
                ?? await FilledAsync(fill, trade.Placed!.Order.Symbol, cancellation));
        if (report.Status != OrderStatus.Open)
        {
            var ended = Trade.Ended(trade, report.ExchangeOrderId, fills, report.Status == OrderStatus.Rejected,
                endReason ?? report.Reason, clock.GetUtcNow());
            return await booking.EndAsync(trade, version, ended, fills, cause, cancellation);
        }

        List<ITradeEvent> news = [.. trade.ExchangeOrderId is null
            ? [new OrderAcknowledged(report.ExchangeOrderId, clock.GetUtcNow())]
            : Array.Empty<ITradeEvent>(), .. Trade.NewFills(trade, fills)];
        if (news.Count > 0)
            return await booking.AppendAsync(trade, version, news, cause, cancellation) ? Step.MovedOn : Step.Waits;
        return await CancelWhenDueAsync(trade, cancellation);
    }

    // What cannot be true of the order is not booked before an operator has accepted it.
    private async Task<string?> DoubtAsync(Trade trade, OrderReport report, CancellationToken cancellation)
    {
        var parts = ExchangeSymbol.Of(trade.Placed!.Order.Symbol, settings.UsdOnExchange());
        if (exchange.IsPaper || FillPlausibility.Doubt(trade, report, parts.Base, parts.Quote, TimeSpan.Zero) is null)
            return null;
        var external = (await booking.AccountAsync(trade, cancellation)).State.External ?? ExternalState.None;
        if (external.Accepted.ContainsKey(DifferenceKey.OfDoubt(trade.TradeId)))
            return null;
        var ahead = TimeSpan.FromSeconds((double)(external.ClockAheadSeconds ?? 0));
        return FillPlausibility.Doubt(trade, report, parts.Base, parts.Quote, ahead);
    }

    private async Task HoldAsync(Trade trade, OrderReport report, string doubt, CancellationToken cancellation)
    {
        var external = (await booking.AccountAsync(trade, cancellation)).State.External ?? ExternalState.None;
        if (external.Differences.ContainsKey(DifferenceKey.OfDoubt(trade.TradeId)))
            return;
        log.LogError("{Exchange} reports what cannot be true of the order of trade {TradeId}, the account is halted: {Doubt}",
            exchange.Name, trade.TradeId, doubt);
        await booking.DecideAsync(trade, new DoubtFill(new(trade.TradeId, doubt, OrderTerms.Sent(trade).Sent.Quantity,
            report.Fills.Sum(fill => fill.Quantity), clock.GetUtcNow())), cancellation);
    }

    // An open order is cancelled on an operator's request, after a halt, or when it has waited too long.
    private async Task<Step> CancelWhenDueAsync(Trade trade, CancellationToken cancellation)
    {
        var account = (await booking.AccountAsync(trade, cancellation)).State;
        // A stop also protects a halted account. An operator may end it.
        if (IsWaitingStop(trade))
            return Step.Waits;
        if (trade.Cancel is null && account.Forbids(trade.Assessment!.Order!) is null
            && ages.Of(trade) < TimeSpan.FromSeconds(settings.OrderTimeoutSeconds))
            return Step.Waits;
        // The next status query confirms the cancellation.
        var cancelled = await cancellations.CancelAsync(trade, cancellation);
        log.LogInformation("The rest of the order of trade {TradeId} is cancelled: {Answer}", trade.TradeId, cancelled.Reason ?? "done");
        return cancelled is { IsDone: true, Value.Status: not OrderStatus.Open } ? Step.MovedOn : Step.Waits;
    }

    private Task<Step> BookTakenOffAsync(Trade trade, long version, Cause cause, CancellationToken cancellation)
    {
        var reason = $"{exchange.Name} no longer knows {trade.Placed!.Order.Symbol}, and with it the order";
        log.LogError("The order of trade {TradeId} ends: {Reason}. What it filled before shows in the balances", trade.TradeId, reason);
        var ended = Trade.Ended(trade, trade.ExchangeOrderId, trade.Fills, false, reason, clock.GetUtcNow());
        return booking.EndAsync(trade, version, ended, trade.Fills, cause, cancellation);
    }

    private async Task<Step> BookMissingAsync(Trade trade, long version, Cause cause, CancellationToken cancellation)
    {
        // An order that the exchange once knew is not missing: the exchange's query lags behind.
        if (trade.ExchangeOrderId is not null || !absence.IsDue(trade))
            return Step.Waits;
        if (!trade.Unknown)
        {
            var unknown = new OrderUnknown($"{exchange.Name} does not find the order", clock.GetUtcNow());
            return await booking.AppendAsync(trade, version, [unknown], cause, cancellation) ? Step.MovedOn : Step.Waits;
        }
        if (!await absence.IsProvedAsync(trade, cancellation))
            return Step.Waits;
        var cancelled = await exchange.CancelAsync(ages.Sent(trade), cancellation);
        if (cancelled is not { Kind: AnswerKind.Refused, Refusal: ExchangeRefusal.NotFound })
            return cancelled.IsDone ? Step.MovedOn : Step.Waits;
        return await booking.EndNotPlacedAsync(trade, version, TradeOutcome.Cancelled,
            $"{exchange.Name} has no such order, no fill of it, and the balances have not moved: it was never placed", cause, cancellation);
    }

    private async Task<OrderFilled> FilledAsync(ExchangeFill fill, string symbol, CancellationToken cancellation)
    {
        var parts = ExchangeSymbol.Of(symbol, settings.UsdOnExchange());
        var filled = new OrderFilled(fill.ExchangeOrderId, fill.ExchangeTradeId, fill.Quantity, fill.Price, 0, fill.At);
        if (fill.Fee == 0 || fill.FeeAsset == parts.Quote)
            return filled with { FeeUsd = fill.Fee };
        filled = filled with { FeeAsset = fill.FeeAsset, FeeAmount = fill.Fee };
        return fill.FeeAsset == parts.Base
            ? filled with { FeeBase = fill.Fee }
            : filled with { FeeValueUsd = await feeValues.OfAsync(fill.FeeAsset, fill.Fee, cancellation) };
    }
}
