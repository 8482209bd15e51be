using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Trading.Contracts;

namespace Trading.Core;

// One decision and, when it was approved, its order: stream trade-{tradeId}. It begins with the prediction, or with the exit, that was decided on. A hold or a refusal ends with the assessment.

/// <summary>An event of a trade.</summary>
public interface ITradeEvent;

/// <summary>A prediction was put to the risk manager; it carries the price, every quote, every model's output and the window.</summary>
public sealed record TradeProposed(Guid TradeId, PredictionMade Prediction) : ITradeEvent;

/// <summary>A price made an account leave a position, or set a stop below it that waits on the exchange; no prediction asked for it.</summary>
/// <param name="TradeId">Derived from the price id and the reason.</param>
/// <param name="Price">The price; above the exit's trigger price for a stop that is to wait there.</param>
/// <param name="Exit">Why, and what the position was.</param>
public sealed record ExitProposed(Guid TradeId, PriceObserved Price, PositionExit Exit) : ITradeEvent;

/// <summary>The risk manager decided.</summary>
public sealed record TradeAssessed(Assessment Assessment) : ITradeEvent;

/// <summary>The order is about to be sent: recorded before the exchange is called, so that a crash never hides an order.</summary>
/// <param name="ClientOrderId">The order id that this system chose.</param>
/// <param name="Exchange">Name of the exchange.</param>
/// <param name="Simulated">True when no real money can move.</param>
/// <param name="Costs">What trading on paper costs, from which the fill can be computed again; null on a real exchange.</param>
/// <param name="Order">The order.</param>
/// <param name="At">When (UTC).</param>
/// <param name="Sent">The order in the exchange's terms; null on paper.</param>
public sealed record OrderPlaced(
    string ClientOrderId, string Exchange, bool Simulated, PaperCosts? Costs, Order Order, DateTimeOffset At,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] SentOrder? Sent = null) : ITradeEvent;

/// <summary>An order in the exchange's terms.</summary>
/// <param name="Placement">How it is to be filled.</param>
/// <param name="Quantity">Units of the base currency, on the exchange's lot.</param>
/// <param name="LimitPrice">Its limit, on the exchange's tick; null for a market order.</param>
/// <param name="StopPrice">The price at which it begins to count; null when it does at once.</param>
public sealed record SentOrder(OrderPlacement Placement, decimal Quantity, decimal? LimitPrice, decimal? StopPrice);

/// <summary>The exchange will certainly never fill the order, a stop that it refused or could not keep; another takes its place, recorded before it is sent.</summary>
/// <param name="Sent">The order in the exchange's terms.</param>
/// <param name="Reason">Why the first was refused, or has failed.</param>
/// <param name="At">When (UTC); from now on it may be on its way.</param>
/// <param name="ClientOrderId">Its order id, where the exchange had the first under the trade's own; null for the same.</param>
public sealed record OrderReplaced(
    SentOrder Sent, string Reason, DateTimeOffset At,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ClientOrderId = null) : ITradeEvent;

/// <summary>The exchange has the order, and it waits there.</summary>
public sealed record OrderAcknowledged(string ExchangeOrderId, DateTimeOffset At) : ITradeEvent;

/// <summary>The exchange filled the order or a part of it.</summary>
/// <param name="ExchangeOrderId">The exchange's order id.</param>
/// <param name="ExchangeTradeId">The exchange's id of this fill: never booked twice.</param>
/// <param name="Quantity">Units of the base currency.</param>
/// <param name="Price">Price of a unit in the quote currency.</param>
/// <param name="FeeUsd">Fee in the quote currency; 0 when it was taken in another.</param>
/// <param name="At">When (UTC).</param>
/// <param name="FeeAsset">What the fee was taken in, when not in the quote currency.</param>
/// <param name="FeeAmount">The fee in units of <paramref name="FeeAsset"/>.</param>
/// <param name="FeeBase">The part of the fee that was taken from the bought units.</param>
/// <param name="FeeValueUsd">What a fee in a third asset was worth in the quote currency when the fill was recorded; null where there is none, or nobody could say.</param>
public sealed record OrderFilled(
    string ExchangeOrderId, string ExchangeTradeId, decimal Quantity, decimal Price, decimal FeeUsd, DateTimeOffset At,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? FeeAsset = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] decimal? FeeAmount = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] decimal? FeeBase = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] decimal? FeeValueUsd = null) : ITradeEvent;

/// <summary>The exchange refused the order.</summary>
public sealed record OrderRejected(string Reason, DateTimeOffset At) : ITradeEvent;

/// <summary>The order, or its rest, was cancelled, or never sent because it was too old.</summary>
public sealed record OrderCancelled(string Reason, DateTimeOffset At) : ITradeEvent;

/// <summary>The exchange did not say what became of the order. It is asked again; it is never taken for refused.</summary>
public sealed record OrderUnknown(string Reason, DateTimeOffset At) : ITradeEvent;

/// <summary>The order has ended and the account is settled.</summary>
public sealed record TradeClosed(Execution Execution) : ITradeEvent;

/// <summary>The state of a trade.</summary>
/// <param name="TradeId">The trade.</param>
/// <param name="Prediction">What it was decided on; null for an exit.</param>
/// <param name="Assessment">The decision; null before there is one.</param>
/// <param name="Placed">The order as it was sent; null before that.</param>
/// <param name="Fills">The fills so far.</param>
/// <param name="Execution">How the order ended; null while it is open, or when there was none.</param>
/// <param name="ExitAt">The price that caused an exit; null for a prediction, which carries its own.</param>
public sealed record Trade(
    Guid TradeId, PredictionMade? Prediction, Assessment? Assessment, OrderPlaced? Placed, ImmutableList<OrderFilled> Fills, Execution? Execution, PriceObserved? ExitAt = null)
{
    /// <summary>The exchange's order id, once it is known; null before.</summary>
    public string? ExchangeOrderId { get; init; }

    /// <summary>Whether the exchange once did not say what became of the order.</summary>
    public bool Unknown { get; init; }

    /// <summary>The stream of a trade.</summary>
    public static string StreamId(Guid tradeId) => $"{StreamPrefix}{tradeId}";

    /// <summary>The trade whose stream this is; null when it is no trade's.</summary>
    public static Guid? IdOf(string streamId) =>
        streamId.StartsWith(StreamPrefix, StringComparison.Ordinal) && Guid.TryParse(streamId.AsSpan(StreamPrefix.Length), out var tradeId) ? tradeId : null;

    private const string StreamPrefix = "trade-";

    /// <summary>The price at the begin of it: the exit's, or the prediction's.</summary>
    public PriceObserved Cause() => ExitAt ?? Prediction!.Price;

    /// <summary>An operator's wish that the order end; null when there is none.</summary>
    public CancelRequested? Cancel { get; init; }

    /// <summary>The message that tells the decision.</summary>
    public RiskAssessed Assessed() => new(
        TradeId, Prediction, Assessment ?? throw new InvalidOperationException($"Trade {TradeId} has not been assessed."), ExitAt);

    /// <summary>The message that tells the end; null while the order is open, or when there was none.</summary>
    public TradeExecuted? Executed() => Execution is null ? null : new(TradeId, Assessed(), Execution);

    /// <summary>The events of a fresh decision.</summary>
    public static IReadOnlyList<ITradeEvent> Assess(RiskAssessed assessed) => assessed switch
    {
        { Prediction: { } prediction } => [new TradeProposed(assessed.TradeId, prediction), new TradeAssessed(assessed.Assessment)],
        { Price: { } price, Assessment.Exit: { } exit } => [new ExitProposed(assessed.TradeId, price, exit), new TradeAssessed(assessed.Assessment)],
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
    /// <param name="fills">All fills as the exchange told them, recorded ones among them; null where the execution is the one fill there is.</param>
    /// <exception cref="InvalidOperationException">The trade has no order that could end, or the fills are not what the execution says.</exception>
    public static IReadOnlyList<ITradeEvent> Close(Trade trade, Execution execution, IReadOnlyList<OrderFilled>? fills = null)
    {
        if (trade.Execution is not null)
            return [];
        if (trade.Assessment?.Order is null)
            throw new InvalidOperationException($"Trade {trade.TradeId} has no order that could end.");
        var order = execution.ExchangeOrderId ?? execution.ClientOrderId;
        fills ??= execution.FilledQuantity == 0 ? []
            : [new OrderFilled(order, $"{order}-1", execution.FilledQuantity, execution.AveragePrice, execution.FeeUsd, execution.ExecutedAt)];
        if (fills.Sum(fill => fill.Quantity) != execution.FilledQuantity || fills.Sum(fill => fill.FeeUsd) != execution.FeeUsd
            || Some(fills, fill => fill.FeeBase) != execution.FeeBase || Some(fills, fill => fill.FeeValueUsd) != execution.FeeValueUsd)
            throw new InvalidOperationException($"The fills of trade {trade.TradeId} are not the {execution.FilledQuantity} that its order ended with.");
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

    /// <summary>The end of an order whose fills are all known. The mean price has 28 digits, so that times the quantity it is the value again.</summary>
    /// <param name="trade">The trade; its order was placed.</param>
    /// <param name="exchangeOrderId">The exchange's order id.</param>
    /// <param name="fills">All fills.</param>
    /// <param name="rejected">Whether the exchange refused the order.</param>
    /// <param name="reason">Why not all was filled.</param>
    /// <param name="at">When the order ended (UTC).</param>
    public static Execution Ended(Trade trade, string? exchangeOrderId, IReadOnlyList<OrderFilled> fills, bool rejected, string? reason, DateTimeOffset at)
    {
        var placed = trade.Placed ?? throw new InvalidOperationException($"The order of trade {trade.TradeId} was not placed.");
        var filled = fills.Sum(fill => fill.Quantity);
        var whole = filled == placed.Order.Quantity;
        var outcome = whole ? TradeOutcome.Filled : filled > 0 ? TradeOutcome.PartiallyFilled : rejected ? TradeOutcome.Rejected : TradeOutcome.Cancelled;
        var average = filled == 0 ? 0 : fills.Count == 1 ? fills[0].Price : fills.Sum(fill => fill.Quantity * fill.Price) / filled;
        return new(
            outcome, placed.Exchange, placed.Simulated, placed.ClientOrderId, exchangeOrderId, filled, average, fills.Sum(fill => fill.FeeUsd),
            whole ? null : reason ?? (filled == placed.Sent?.Quantity ? FormattableString.Invariant($"no more than {filled} could be sent") : "the rest was cancelled"), at,
            Some(fills, fill => fill.FeeBase), Some(fills, fill => fill.FeeValueUsd));
    }

    private static decimal? Some(IEnumerable<OrderFilled> fills, Func<OrderFilled, decimal?> part) => fills.Sum(fill => part(fill) ?? 0) is not 0 and var sum ? sum : null;

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
            Placed = trade.Placed! with { ClientOrderId = replaced.ClientOrderId ?? trade.Placed.ClientOrderId, Sent = replaced.Sent, At = replaced.At },
        },
        OrderAcknowledged acknowledged => trade with { ExchangeOrderId = acknowledged.ExchangeOrderId },
        OrderUnknown => trade with { Unknown = true },
        OrderRejected or OrderCancelled => trade,
        CancelRequested requested => trade with { Cancel = requested },
        TradeClosed closed => trade with { Execution = closed.Execution },
        _ => throw new InvalidOperationException($"Unknown trade event {happened.GetType().Name}."),
    };
}
