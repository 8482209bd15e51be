using System.Collections.Immutable;
using Trading.Contracts;

namespace Trading.Core;

// One decision and, when it was approved, its order: stream trade-{tradeId}. A hold or a refusal ends with the assessment.

/// <summary>An event of a trade.</summary>
public interface ITradeEvent;

/// <summary>A prediction was put to the risk manager; it carries the price, every quote, every model's output and the window.</summary>
public sealed record TradeProposed(Guid TradeId, PredictionMade Prediction) : ITradeEvent;

/// <summary>The risk manager decided.</summary>
public sealed record TradeAssessed(Assessment Assessment) : ITradeEvent;

/// <summary>The order is about to be sent: recorded before the exchange is called, so that a crash never hides an order.</summary>
/// <param name="ClientOrderId">The order id that this system chose.</param>
/// <param name="Exchange">Name of the exchange.</param>
/// <param name="Simulated">True when no real money can move.</param>
/// <param name="Costs">What trading on paper costs, from which the fill can be computed again; null on a real exchange.</param>
/// <param name="Order">The order.</param>
/// <param name="At">When (UTC).</param>
public sealed record OrderPlaced(string ClientOrderId, string Exchange, bool Simulated, PaperCosts? Costs, Order Order, DateTimeOffset At) : ITradeEvent;

/// <summary>The exchange filled the order or a part of it.</summary>
public sealed record OrderFilled(string ExchangeOrderId, string ExchangeTradeId, decimal Quantity, decimal Price, decimal FeeUsd, DateTimeOffset At) : ITradeEvent;

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
/// <param name="Prediction">What it was decided on.</param>
/// <param name="Assessment">The decision; null before there is one.</param>
/// <param name="Placed">The order as it was sent; null before that.</param>
/// <param name="Fills">The fills so far.</param>
/// <param name="Execution">How the order ended; null while it is open, or when there was none.</param>
public sealed record Trade(
    Guid TradeId, PredictionMade Prediction, Assessment? Assessment, OrderPlaced? Placed, ImmutableList<OrderFilled> Fills, Execution? Execution)
{
    /// <summary>The stream of a trade.</summary>
    public static string StreamId(Guid tradeId) => $"{StreamPrefix}{tradeId}";

    /// <summary>The trade whose stream this is; null when it is no trade's.</summary>
    public static Guid? IdOf(string streamId) =>
        streamId.StartsWith(StreamPrefix, StringComparison.Ordinal) && Guid.TryParse(streamId.AsSpan(StreamPrefix.Length), out var tradeId) ? tradeId : null;

    private const string StreamPrefix = "trade-";

    /// <summary>The message that tells the decision.</summary>
    public RiskAssessed Assessed() => new(
        TradeId, Prediction, Assessment ?? throw new InvalidOperationException($"Trade {TradeId} has not been assessed."));

    /// <summary>The message that tells the end; null while the order is open, or when there was none.</summary>
    public TradeExecuted? Executed() => Execution is null ? null : new(TradeId, Assessed(), Execution);

    /// <summary>The events of a fresh decision.</summary>
    public static IReadOnlyList<ITradeEvent> Assess(Guid tradeId, PredictionMade prediction, Assessment assessment) =>
        [new TradeProposed(tradeId, prediction), new TradeAssessed(assessment)];

    /// <summary>The event that is recorded before the order is sent; nothing when it was recorded already.</summary>
    /// <exception cref="InvalidOperationException">The trade was not approved, or it has ended.</exception>
    public static IReadOnlyList<ITradeEvent> Place(Trade trade, string exchange, bool simulated, PaperCosts? costs, DateTimeOffset at) => trade switch
    {
        { Placed: not null } => [],
        { Assessment.Order: { } order, Execution: null } =>
            [new OrderPlaced(DerivedId.ClientOrderId(trade.TradeId), exchange, simulated, costs, order, at)],
        _ => throw new InvalidOperationException($"Trade {trade.TradeId} has no order to place."),
    };

    /// <summary>The events that end a trade; nothing when it has ended already.</summary>
    /// <exception cref="InvalidOperationException">The trade has no order that could end.</exception>
    public static IReadOnlyList<ITradeEvent> Close(Trade trade, Execution execution)
    {
        if (trade.Execution is not null)
            return [];
        if (trade.Assessment?.Order is null)
            throw new InvalidOperationException($"Trade {trade.TradeId} has no order that could end.");
        var events = new List<ITradeEvent>();
        if (execution.FilledQuantity > 0)
        {
            var order = execution.ExchangeOrderId ?? execution.ClientOrderId;
            events.Add(new OrderFilled(order, $"{order}-1", execution.FilledQuantity, execution.AveragePrice, execution.FeeUsd, execution.ExecutedAt));
        }
        if (execution.Outcome == TradeOutcome.Rejected)
            events.Add(new OrderRejected(execution.Reason ?? "no reason given", execution.ExecutedAt));
        else if (execution.Outcome != TradeOutcome.Filled)
            events.Add(new OrderCancelled(execution.Reason ?? "no reason given", execution.ExecutedAt));
        events.Add(new TradeClosed(execution));
        return events;
    }

    /// <summary>The state after an event.</summary>
    public static Trade Evolve(Trade? trade, ITradeEvent happened) => happened switch
    {
        TradeProposed proposed => new(proposed.TradeId, proposed.Prediction, null, null, [], null),
        _ when trade is null => throw new InvalidOperationException($"{happened.GetType().Name} comes before the trade was proposed."),
        TradeAssessed assessed => trade with { Assessment = assessed.Assessment },
        OrderPlaced placed => trade with { Placed = placed },
        OrderFilled filled => trade with { Fills = trade.Fills.Add(filled) },
        OrderRejected or OrderCancelled or OrderUnknown => trade,
        TradeClosed closed => trade with { Execution = closed.Execution },
        _ => throw new InvalidOperationException($"Unknown trade event {happened.GetType().Name}."),
    };
}
