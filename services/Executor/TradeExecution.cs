using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Messaging;
using Trading.Hosting.Settings;
using Trading.Hosting.Telemetry;
using Trading.Journal.Events;
using Trading.Services.Exchanges;

namespace Trading.Services;

/// <summary>
/// Takes a trade from its approval to its end. The order is recorded before the exchange is called, and only the process that recorded it
/// calls, once; a second replica or the next start queries the order's state. A trade has one order and one end, however often and by
/// however many processes this is called.
/// </summary>
public sealed class TradeExecution
{
    /// <summary>Added to the longest time an order can be on its way, before a missing order counts as never placed.</summary>
    public static readonly TimeSpan NotFoundMargin = TimeSpan.FromSeconds(2);

    /// <summary>How long a message waits for the end of its order; <see cref="OpenOrders"/> takes over after that.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan[] QueryIntervals = [TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(250),
        TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(1)];

    private readonly TradeJournal _journal;
    private readonly IExchange _exchange;
    private readonly ProductCache _products;
    private readonly OrderAges _ages;
    private readonly TimeProvider _clock;
    private readonly bool _recorded;
    private readonly OrderTerms _terms;
    private readonly OrderObstacles _permission;
    private readonly TradeBooking _booking;
    private readonly OrderSending _sending;
    private readonly StopMaking _stops;

    public TradeExecution(TradeJournal journal, IExchange exchange, ProductCache products, FeeValues feeValues,
        ComparisonRequests comparisons, JournalLife life, OrderAges ages, TradingMetrics metrics,
        TradingSettings settings, TimeProvider clock, ILogger<TradeExecution> log)
    {
        (_journal, _exchange, _products, _ages, _clock) = (journal, exchange, products, ages, clock);
        _recorded = settings.Feed == FeedKind.Recorded;
        _terms = new(settings);
        _permission = new(exchange, settings);
        _booking = new(journal, exchange, metrics, clock);
        var absence = new OrderAbsence(journal, exchange, ages, settings, clock);
        var cancellations = new OrderCancellation(exchange, ages, clock);
        var ends = new EndedMarkets(products, settings, clock);
        var reports = new OrderReports(
            _booking, exchange, feeValues, absence, ends, cancellations, ages, metrics, settings, clock, log);
        _sending = new(_booking, reports, _permission, exchange, comparisons, life, ages, metrics, clock, log);
        _stops = new(_booking, _sending, cancellations, log);
    }

    /// <summary>Executes a trade, or returns the end that it has already; null when its order is still open.</summary>
    /// <param name="tradeId">The trade.</param>
    /// <param name="causationId">The message or process that asks for it.</param>
    /// <param name="patience">How long to wait for the end.</param>
    /// <param name="cancellation">Stops waiting; an order that was sent stays sent.</param>
    /// <exception cref="ImpossibleMessageException">
    /// There is no such trade: approvals are appended to the journal before they are published.
    /// </exception>
    public async Task<TradeExecuted?> ExecuteAsync(Guid tradeId, string causationId, TimeSpan patience, CancellationToken cancellation)
    {
        var cause = new Cause(tradeId, causationId);
        var begin = TimeProvider.System.GetTimestamp();
        for (var queries = 0; ; queries++)
        {
            var (trade, version) = await _journal.TradeAsync(tradeId, cancellation)
                ?? throw new ImpossibleMessageException($"Trade {tradeId} is not in the journal.");
            if (trade.Executed() is { } executed)
                return executed;

            var step = trade.Placed is null
                ? await PlaceAsync(trade, version, cause, cancellation)
                : await _sending.BookAsync(
                    trade, version, await _exchange.OrderAsync(_ages.Sent(trade), cancellation), null, cause, cancellation);
            // A step may also have ended another trade: a stop that was in the way.
            if (step.Ended is { } ended && ended.TradeId == tradeId)
                return ended;
            if (step != Step.Waits)
                continue;
            // A stop waits for its price for any time; its message does not.
            if (OrderReports.IsWaitingStop(trade) || TimeProvider.System.GetElapsedTime(begin) >= patience)
                return null;
            await Task.Delay(QueryIntervals[Math.Min(queries, QueryIntervals.Length - 1)], cancellation);
        }
    }

    private async Task<Step> PlaceAsync(Trade trade, long version, Cause cause, CancellationToken cancellation)
    {
        var (now, assessment) = (_clock.GetUtcNow(), trade.Assessment!);
        if (now >= assessment.ExpiresAt)
            return await _booking.EndNotPlacedAsync(trade, version, TradeOutcome.Expired,
                $"the approval expired at {assessment.ExpiresAt:u} before the order was placed", cause, cancellation);
        // What was decided by a clock that was ahead may be of any age. Sales go on: at most they are refused. In a recorded run the clock
        // of each process is that of the newest price it has seen.
        if (!_recorded && assessment.Order!.Side == TradeAction.Buy && assessment.AssessedAt - now > SenderClocks.MostAhead)
            return await _booking.EndNotPlacedAsync(trade, version, TradeOutcome.Expired,
                $"it was approved at {assessment.AssessedAt:u}, ahead of this machine's clock", cause, cancellation);
        var account = (await _booking.AccountAsync(trade, cancellation)).State;
        if (_permission.Obstacle(account, trade) is { } obstacle)
            return await _booking.EndNotPlacedAsync(trade, version, TradeOutcome.Cancelled, obstacle, cause, cancellation);
        if (_exchange.IsPaper)
            return await RecordAndSendAsync(trade, version, null, cause, cancellation);

        // Without the product's rules nothing is bought: they are queried again until the approval expires. A sale goes by the last ones
        // that were known, to this process or to the journal.
        var order = assessment.Order!;
        if ((await _products.OfAsync(order.Symbol, cancellation) ?? (order.Side == TradeAction.Sell
            ? _products.LastKnown(order.Symbol) ?? account.External?.Products?.GetValueOrDefault(order.Symbol) : null)) is not { } product)
            return Step.Waits;
        var sent = _terms.Of(trade, product, order.Quantity);
        var reference = await _exchange.ReferencePriceAsync(order.Symbol, cancellation);
        if (Refusal(trade, order, sent, product, reference) is { } refusal)
            return await _booking.EndNotPlacedAsync(trade, version, TradeOutcome.Rejected, refusal, cause, cancellation,
                $"{ExchangeRefusal.Filter}");
        return order.Side == TradeAction.Sell
            ? await SellAsync(trade, version, account, sent, product, reference, cause, cancellation)
            : await RecordAndSendAsync(trade, version, sent, cause, cancellation);
    }

    // Why the exchange would refuse the order; null when it would take it.
    private string? Refusal(Trade trade, Order order, SentOrder sent, ProductFilters product, decimal? reference)
    {
        // Each price is still checked against the stop, so the position need not be sold now.
        if (order.RestsOnExchange() && !product.Kinds.Contains(OrderPlacement.StopLoss))
            return $"{_exchange.Name} takes no stops in {order.Symbol}: Trading:StopOnExchange=false does without";
        return OrderTerms.Broken(trade, sent, product, reference) is { } rule
            ? $"{_exchange.Name} would refuse it: {rule} of {sent.Quantity.Plain()} at {sent.LimitPrice?.Plain() ?? "market"}" : null;
    }

    // A stop on the exchange that holds the units to be sold is taken off first; what it has sold is not sold again.
    private async Task<Step> SellAsync(Trade trade, long version, Portfolio account, SentOrder sent, ProductFilters product,
        decimal? reference, Cause cause, CancellationToken cancellation)
    {
        var order = trade.Assessment!.Order!;
        if (StopOnExchange.OrdersInTheWay(account, trade.TradeId, order) is [var stop, ..])
            return await _stops.EndStopAsync(stop, trade, version, cause, cancellation);
        var left = StopOnExchange.UnitsLeft(account, trade.TradeId, order);
        if (left >= order.Quantity)
            return await RecordAndSendAsync(trade, version, sent, cause, cancellation);
        sent = _terms.Of(trade, product, left);
        return OrderTerms.Broken(trade, sent, product, reference) is null
            ? await RecordAndSendAsync(trade, version, sent, cause, cancellation)
            : await _booking.EndNotPlacedAsync(trade, version, TradeOutcome.Cancelled, "its stop had sold before it was "
                + $"placed: {left.Plain()} of {order.Quantity.Plain()} are left", cause, cancellation);
    }

    private async Task<Step> RecordAndSendAsync(Trade trade, long version, SentOrder? sent, Cause cause, CancellationToken cancellation)
    {
        var placed = Trade.Place(trade, _exchange.Name, _exchange.Simulated, _exchange.Costs, _clock.GetUtcNow(), sent);
        // When another process recorded it first, that process sends it.
        return await _booking.AppendAsync(trade, version, placed, cause, cancellation)
            ? await _sending.SendAsync(placed.Aggregate(trade, Trade.Evolve), version + placed.Count, cause, cancellation) : Step.MovedOn;
    }
}
