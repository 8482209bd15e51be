using System.Collections.Immutable;
using Trading.Contracts;

namespace Trading.Core;

/// <summary>The state of a trade.</summary>
/// <param name="TradeId">The trade.</param>
/// <param name="Prediction">What it was decided on; null for an exit.</param>
/// <param name="Assessment">The decision; null before there is one.</param>
/// <param name="Placed">The order as it was sent; null before that.</param>
/// <param name="Fills">The fills so far.</param>
/// <param name="Execution">How the order ended; null while it is open, or when there was none.</param>
/// <param name="ExitAt">The price that caused an exit; null for a prediction, which carries its own.</param>
public sealed record Trade(
    Guid TradeId, PredictionMade? Prediction, Assessment? Assessment, OrderPlaced? Placed, ImmutableList<OrderFilled> Fills,
    Execution? Execution, PriceObserved? ExitAt = null)
{
    /// <summary>The exchange's order id, once it is known; null before.</summary>
    public string? ExchangeOrderId { get; init; }

    /// <summary>Whether the exchange once failed to report what happened to the order.</summary>
    public bool Unknown { get; init; }

    /// <summary>The stream of a trade.</summary>
    public static string StreamId(Guid tradeId) => $"{StreamPrefix}{tradeId}";

    /// <summary>The trade whose stream this is; null when it is not the stream of a trade.</summary>
    public static Guid? IdOf(string streamId) =>
        streamId.StartsWith(StreamPrefix, StringComparison.Ordinal) && Guid.TryParse(streamId.AsSpan(StreamPrefix.Length), out var tradeId)
            ? tradeId : null;

    private const string StreamPrefix = "trade-";

    /// <summary>The price that caused it: the exit's, or the prediction's.</summary>
    public PriceObserved Cause() => ExitAt ?? Prediction!.Price;

    /// <summary>An operator's request to cancel the order; null when there is none.</summary>
    public CancelRequested? Cancel { get; init; }

    /// <summary>The message that publishes the decision.</summary>
    public RiskAssessed Assessed() => new(
        TradeId, Prediction, Assessment ?? throw new InvalidOperationException($"Trade {TradeId} has not been assessed."), ExitAt);

    /// <summary>The message that publishes the end; null while the order is open, or when there was none.</summary>
    public TradeExecuted? Executed() => Execution is null ? null : new(TradeId, Assessed(), Execution);

    /// <summary>The events of a fresh decision.</summary>
    public static IReadOnlyList<ITradeEvent> Assess(RiskAssessed assessed) => assessed switch
    {
        { Prediction: { } prediction } => [new TradeProposed(assessed.TradeId, prediction), new TradeAssessed(assessed.Assessment)],
        { Price: { } price, Assessment.Exit: { } exit } =>
            [new ExitProposed(assessed.TradeId, price, exit), new TradeAssessed(assessed.Assessment)],
        _ => throw new InvalidOperationException($"Nothing was decided in {assessed.TradeId}."),
    };

    /// <summary>The event that is recorded before the order is sent; nothing when it was recorded already.</summary>
    /// <exception cref="InvalidOperationException">The trade was not approved, or it has ended.</exception>
    public static IReadOnlyList<ITradeEvent> Place(
        Trade trade, string exchange, bool simulated, PaperCosts? costs, DateTimeOffset at, SentOrder? sent = null) => trade switch
        {
            { Placed: not null } => [],
            { Assessment.Order: { } order, Execution: null } =>
                [new OrderPlaced(DerivedId.ClientOrderId(trade.TradeId), exchange, simulated, costs, order, at, sent)],
            _ => throw new InvalidOperationException($"Trade {trade.TradeId} has no order to place."),
        };

    /// <summary>The events that end a trade; nothing when it has ended already.</summary>
    /// <param name="trade">The trade.</param>
    /// <param name="execution">How its order ended.</param>
    /// <param name="fills">
    /// All fills as the exchange reported them, recorded ones included; null where the execution is the only fill.
    /// </param>
    /// <exception cref="InvalidOperationException">
    /// The trade has no order that could end, or the fills do not add up to the execution.
    /// </exception>
    public static IReadOnlyList<ITradeEvent> Close(Trade trade, Execution execution, IReadOnlyList<OrderFilled>? fills = null)
    {
        if (trade.Execution is not null)
            return [];
        if (trade.Assessment?.Order is null)
            throw new InvalidOperationException($"Trade {trade.TradeId} has no order that could end.");
        var order = execution.ExchangeOrderId ?? execution.ClientOrderId;
        fills ??= execution.FilledQuantity == 0 ? []
            : [new OrderFilled(order, $"{order}-1", execution.FilledQuantity, execution.AveragePrice,
                execution.FeeUsd, execution.ExecutedAt)];
        if (!new FillTotals(fills).Give(execution))
            throw new InvalidOperationException(
                $"The fills of trade {trade.TradeId} are not the {execution.FilledQuantity} that its order ended with.");
        List<ITradeEvent> events = [.. NewFills(trade, fills)];
        if (execution.Outcome == TradeOutcome.Rejected)
            events.Add(new OrderRejected(execution.Reason ?? "no reason given", execution.ExecutedAt));
        else if (execution.Outcome != TradeOutcome.Filled)
            events.Add(new OrderCancelled(execution.Reason ?? "no reason given", execution.ExecutedAt));
        events.Add(new TradeClosed(execution));
        return events;
    }

    /// <summary>Those fills that are not recorded yet, by the exchange's id of each.</summary>
    public static IEnumerable<OrderFilled> NewFills(Trade trade, IEnumerable<OrderFilled> fills) =>
        fills.Where(fill => !trade.Fills.Exists(known => known.ExchangeTradeId == fill.ExchangeTradeId));

    /// <summary>The end of an order whose fills are all known.</summary>
    /// <param name="trade">The trade; its order was placed.</param>
    /// <param name="exchangeOrderId">The exchange's order id.</param>
    /// <param name="fills">All fills.</param>
    /// <param name="rejected">Whether the exchange refused the order.</param>
    /// <param name="reason">Why not all was filled.</param>
    /// <param name="at">When the order ended (UTC).</param>
    public static Execution Ended(Trade trade, string? exchangeOrderId, IReadOnlyList<OrderFilled> fills, bool rejected,
        string? reason, DateTimeOffset at)
    {
        var placed = trade.Placed ?? throw new InvalidOperationException($"The order of trade {trade.TradeId} was not placed.");
        var totals = new FillTotals(fills);
        var outcome = totals.Outcome(placed.Order.Quantity, rejected);
        var elsewhere = totals.FeeInThirdAsset;
        return new(
            outcome, placed.Exchange, placed.Simulated, placed.ClientOrderId, exchangeOrderId, totals.Quantity,
            totals.AveragePrice, totals.FeeUsd,
            outcome == TradeOutcome.Filled ? null : reason ?? (totals.Quantity == placed.Sent?.Quantity
                ? FormattableString.Invariant($"no more than {totals.Quantity} could be sent") : "the rest was cancelled"), at,
            totals.FeeBase, totals.FeeValueUsd, elsewhere?.Asset, elsewhere?.Units);
    }

    /// <summary>The state after an event.</summary>
    public static Trade Evolve(Trade? trade, ITradeEvent happened) => happened switch
    {
        TradeProposed proposed => new(proposed.TradeId, proposed.Prediction, null, null, [], null),
        ExitProposed proposed => new(proposed.TradeId, null, null, null, [], null, proposed.Price),
        _ when trade is null => throw new InvalidOperationException($"{happened.GetType().Name} comes before the trade was proposed."),
        TradeAssessed assessed => trade with { Assessment = assessed.Assessment },
        OrderPlaced placed => trade with { Placed = placed },
        OrderFilled filled => trade with { Fills = trade.Fills.Add(filled) },
        OrderReplaced replaced => trade with
        {
            ExchangeOrderId = null,
            Placed = trade.Placed! with
            {
                ClientOrderId = replaced.ClientOrderId ?? trade.Placed.ClientOrderId,
                Sent = replaced.Sent,
                At = replaced.At
            },
        },
        OrderAcknowledged acknowledged => trade with { ExchangeOrderId = acknowledged.ExchangeOrderId },
        OrderUnknown => trade with { Unknown = true },
        OrderRejected or OrderCancelled => trade,
        CancelRequested requested => trade with { Cancel = requested },
        TradeClosed closed => trade with { Execution = closed.Execution },
        _ => throw new InvalidOperationException($"Unknown trade event {happened.GetType().Name}."),
    };
}
