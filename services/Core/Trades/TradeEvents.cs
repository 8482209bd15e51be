using System.Text.Json.Serialization;
using Trading.Contracts;

namespace Trading.Core;

// One decision and, when it was approved, its order: stream trade-{tradeId}. It begins with the prediction, or with the exit, that was
// decided on. A hold or a refusal ends with the assessment.

/// <summary>An event of a trade.</summary>
public interface ITradeEvent;

/// <summary>A prediction was put to the risk manager; it carries the price, every quote, every model's output and the window.</summary>
public sealed record TradeProposed(Guid TradeId, PredictionMade Prediction) : ITradeEvent;

/// <summary>
/// A price made an account leave a position, or set a stop below it that waits on the exchange; no prediction asked for it.
/// </summary>
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
/// <param name="StopPrice">The price at which it becomes active; null when it is active at once.</param>
public sealed record SentOrder(OrderPlacement Placement, decimal Quantity, decimal? LimitPrice, decimal? StopPrice);

/// <summary>
/// The exchange will certainly never fill the order, a stop that it refused or could not keep; another takes its place, recorded before it
/// is sent.
/// </summary>
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
/// <param name="FeeValueUsd">
/// What a fee in a third asset was worth in the quote currency when the fill was recorded; null where there is none, or its worth is
/// unknown.
/// </param>
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

/// <summary>The exchange did not report what happened to the order. It is queried again; the order is never treated as refused.</summary>
public sealed record OrderUnknown(string Reason, DateTimeOffset At) : ITradeEvent;

/// <summary>The order has ended and the account is settled.</summary>
public sealed record TradeClosed(Execution Execution) : ITradeEvent;

/// <summary>
/// An operator wants an order to end. One that was not placed yet is not placed any more; one that waits on an exchange is cancelled there;
/// one that was filled stays filled.
/// </summary>
/// <param name="By">Who wants it.</param>
/// <param name="Reason">Why.</param>
/// <param name="At">When (UTC).</param>
public sealed record CancelRequested(string By, string Reason, DateTimeOffset At) : ITradeEvent;
