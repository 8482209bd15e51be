using Trading.Contracts;
using Trading.Core;
using Trading.Journal.Events;
using Trading.Services.Exchanges;

namespace Trading.Services;

/// <summary>
/// Makes room for a sale: takes the stop that holds its units off the exchange, or keeps it from being placed, and books what the stop has
/// sold. <see cref="OpenOrders"/> publishes the stop's end.
/// </summary>
public sealed class StopMaking(TradeBooking booking, OrderSending sending, OrderCancellation cancellations, ILogger log)
{
    /// <summary>Ends a stop for a sale that was approved later; when the stop is newer, the sale ends instead.</summary>
    public async Task<Step> EndStopAsync(Guid stopId, Trade sale, long saleVersion, Cause cause, CancellationToken cancellation)
    {
        var (stop, version) = await booking.TradeAsync(stopId, cancellation);
        if (stop.Execution is not null)
            return Step.MovedOn;
        if (sale.Assessment!.Order!.RestsOnExchange() && stop.Assessment!.AccountVersion > sale.Assessment.AccountVersion)
            return await booking.EndNotPlacedAsync(sale, saleVersion, TradeOutcome.Cancelled,
                $"the stop of trade {stopId} takes its place", cause, cancellation);

        var reason = $"taken off for trade {sale.TradeId}";
        var stopCause = cause with { CorrelationId = stopId };
        if (stop.Placed is null)
            return await booking.EndNotPlacedAsync(stop, version, TradeOutcome.Cancelled, reason, stopCause, cancellation);

        var answer = await cancellations.CancelAsync(stop, cancellation);
        if (!answer.IsDone && answer.Refusal != ExchangeRefusal.NotFound)
        {
            log.LogWarning("The stop of trade {TradeId} could not be taken off: {Reason}", stopId, answer.Reason);
            return Step.Waits;
        }
        return await sending.BookAsync(stop, version, answer, reason, stopCause, cancellation);
    }
}
