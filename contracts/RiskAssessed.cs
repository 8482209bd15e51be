using System.Text.Json.Serialization;

namespace Trading.Contracts;

/// <summary>A decision: about a prediction, or about an exit that a price caused. Published by RiskManager for approvals, refusals and holds alike.</summary>
/// <param name="TradeId">
/// Derived from the prediction id, for an exit from the price id and the reason, for a stop that is set from the price id; also the stream id, and the source of the client order id.
/// </param>
/// <param name="Prediction">The prediction that was decided on; null for an exit, which no prediction asks for.</param>
/// <param name="Assessment">The verdict and everything that it rests on.</param>
/// <param name="Price">
/// The price that caused an exit; null for a prediction, which carries its own. With neither prediction nor exit: the price was looked at for exits, and nothing is due; told
/// in recorded runs alone, for prices at which no decision is due.
/// </param>
public sealed record RiskAssessed(
    Guid TradeId,
    PredictionMade? Prediction,
    Assessment Assessment,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PriceObserved? Price = null)
{
    /// <summary>The price at the begin of it: the exit's, or the prediction's.</summary>
    public PriceObserved Cause() => Price ?? Prediction?.Price ?? throw new InvalidOperationException($"Trade {TradeId} names no price.");
}

/// <summary>The verdict on a prediction or an exit, with every check and with the account that it was made against.</summary>
/// <param name="Account">Name of the account.</param>
/// <param name="Signal">What the prediction asks for; sell for an exit.</param>
/// <param name="Verdict">Hold when the signal is hold, else approved or refused.</param>
/// <param name="Refusal">The first rule that refused; null unless refused.</param>
/// <param name="Order">The order to place; null unless approved.</param>
/// <param name="Checks">Every check in the order made, passed or not; empty for a hold.</param>
/// <param name="LimitsVersion">Version of the account's limits that were in force.</param>
/// <param name="AccountVersion">Version of the account stream that was read.</param>
/// <param name="CashUsd">Cash of the account, reserved funds included.</param>
/// <param name="ReservedUsd">Part of the cash that is reserved for open orders.</param>
/// <param name="PositionQuantity">Units of the base currency held, reserved ones included.</param>
/// <param name="EquityUsd">Cash plus all positions at their last known prices.</param>
/// <param name="RiskScore">0 to 1: the largest share of a limit in use, see Core's Risk.</param>
/// <param name="AssessedAt">When the decision was made (UTC).</param>
/// <param name="ExpiresAt">From this instant on the order may not be placed (UTC).</param>
/// <param name="Exit">Why the position is left, or the stop that is set below it, and what it was; null when a prediction was decided on.</param>
public sealed record Assessment(
    string Account,
    TradeAction Signal,
    Verdict Verdict,
    RiskRule? Refusal,
    Order? Order,
    IReadOnlyList<RiskCheck> Checks,
    int LimitsVersion,
    long AccountVersion,
    decimal CashUsd,
    decimal ReservedUsd,
    decimal PositionQuantity,
    decimal EquityUsd,
    double RiskScore,
    DateTimeOffset AssessedAt,
    DateTimeOffset ExpiresAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PositionExit? Exit = null);

/// <summary>An order to an exchange.</summary>
/// <param name="Symbol">For example BTC-USD.</param>
/// <param name="Side">Buy or sell; never hold.</param>
/// <param name="Quantity">Units of the base currency, a multiple of the lot; above 0.</param>
/// <param name="WorstPrice">The price beyond which the order may not fill: highest for a buy, lowest for a sale.</param>
/// <param name="ReservedUsd">Cash set aside for a buy, worst price and fee included; 0 for a sale.</param>
/// <param name="Type">How it waits for its price.</param>
/// <param name="TimeInForce">What becomes of what does not fill at once.</param>
/// <param name="LimitPrice">The limit of a limit order; null for the others.</param>
/// <param name="StopPrice">Price at which a stop order becomes a market order; null for the others.</param>
/// <param name="Exit">Why a position is left with this order; null when a prediction asked for it.</param>
public sealed record Order(
    string Symbol,
    TradeAction Side,
    decimal Quantity,
    decimal WorstPrice,
    decimal ReservedUsd,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] OrderType Type = OrderType.Market,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] TimeInForce TimeInForce = TimeInForce.ImmediateOrCancel,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] decimal? LimitPrice = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] decimal? StopPrice = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ExitReason? Exit = null);

/// <summary>How an order waits for its price.</summary>
public enum OrderType
{
    /// <summary>Not at all: it fills at what the market gives, but never beyond the order's worst price.</summary>
    Market,

    /// <summary>It fills at its limit price or better.</summary>
    Limit,

    /// <summary>It becomes a market order, bounded by the worst price, when the stop price is reached.</summary>
    Stop,
}

/// <summary>What becomes of the part of an order that does not fill at once.</summary>
public enum TimeInForce
{
    /// <summary>It is cancelled.</summary>
    ImmediateOrCancel,

    /// <summary>It waits until it is filled or cancelled.</summary>
    GoodTillCancelled,

    /// <summary>It waits, and the order is refused when any of it would fill at once (post-only).</summary>
    PostOnly,
}

/// <summary>
/// Why a position is left although no prediction asks for it. Where several hold at one price, the first of these is taken: daily loss, drawdown, stop-loss, trailing stop, which sell at once,
/// flatten, which sells in slices, take-profit, time limit.
/// </summary>
public enum ExitReason
{
    /// <summary>An operator wants everything sold.</summary>
    Flatten,

    /// <summary>The account lost its limit of the day.</summary>
    DailyLoss,

    /// <summary>The account fell its limit below its highest equity.</summary>
    Drawdown,

    /// <summary>The price fell to the stop below the entry.</summary>
    StopLoss,

    /// <summary>The price fell to the stop that follows the highest price since the entry.</summary>
    TrailingStop,

    /// <summary>The price rose to the target above the entry.</summary>
    TakeProfit,

    /// <summary>The position was held as long as it may be.</summary>
    TimeLimit,
}

/// <summary>What ended a position, and what the position was.</summary>
/// <param name="Reason">Why it is left.</param>
/// <param name="TriggerPrice">The price at which the reason holds: the stop, the target; the observed price where the reason is not one of price.</param>
/// <param name="EntryPrice">Mean price paid, fees left aside.</param>
/// <param name="HighestPrice">Highest price since the entry.</param>
/// <param name="EnteredAt">When the position was begun (UTC).</param>
public sealed record PositionExit(ExitReason Reason, decimal TriggerPrice, decimal EntryPrice, decimal HighestPrice, DateTimeOffset EnteredAt);

/// <summary>What to do.</summary>
public enum TradeAction
{
    /// <summary>Nothing.</summary>
    Hold,

    /// <summary>Buy the base currency.</summary>
    Buy,

    /// <summary>Sell the base currency.</summary>
    Sell,
}

/// <summary>The outcome of a decision.</summary>
public enum Verdict
{
    /// <summary>The prediction asks for nothing, or there is none.</summary>
    Hold,

    /// <summary>An order is wanted and some rule forbids it.</summary>
    Refused,

    /// <summary>An order is wanted and every rule allows it.</summary>
    Approved,
}

/// <summary>One rule as it was applied.</summary>
/// <param name="Rule">The rule; its documentation says what is observed, in which unit, and which side of the limit passes.</param>
/// <param name="Observed">The observed value.</param>
/// <param name="Limit">The limit in force.</param>
/// <param name="Passed">Whether the rule allows the order.</param>
public readonly record struct RiskCheck(RiskRule Rule, decimal Observed, decimal Limit, bool Passed);

/// <summary>
/// The rules that an order must pass, in the order in which they are applied. A rule whose limit is not set is not applied. Exits that no prediction asks for pass through those rules
/// alone that say so.
/// </summary>
public enum RiskRule
{
    /// <summary>
    /// The stricter of the trading states of account and symbol: observed 0 active, 1 reducing, 2 halted; the highest state that allows this order (0 for a buy, 1 for a sale). Applies to
    /// exits.
    /// </summary>
    TradingState,

    /// <summary>Whether an order that may cost real money would rest on prices that are not live: observed 1 if so, at most 0. Applies to exits.</summary>
    RealTrading,

    /// <summary>
    /// No two orders for one intent: observed orders of this trade that exist already, or of the same side and size within the window of the limits; at most 0. Applies to exits, but for the window.
    /// </summary>
    DuplicateIntent,

    /// <summary>Whether the symbol is one that may be traded: observed 1 if not, at most 0.</summary>
    AllowedSymbol,

    /// <summary>Age of the price in seconds when it is decided on; at most the limit, and not more than ten seconds in the future. Applies to exits.</summary>
    PriceAge,

    /// <summary>How many sources the price was agreed from; at least the limit. Applies to buys on live prices.</summary>
    PriceSources,

    /// <summary>Distance between the highest and the lowest source that counted, in percent of the price; at most the limit. Applies to buys.</summary>
    SourceSpread,

    /// <summary>Age of the prediction in seconds when it is decided on; below the limit.</summary>
    PredictionAge,

    /// <summary>How many models answered; at least the limit. Applies to buys.</summary>
    ModelsAnswered,

    /// <summary>Share of the answering models that gave the ensemble's direction, 0 to 1; at least the limit. Applies to buys.</summary>
    Agreement,

    /// <summary>The ensemble's direction: observed 1 up, 0 stable, -1 down; at least the limit of 1. Applies to buys: nothing is bought against what the models expect together.</summary>
    Direction,

    /// <summary>Confidence of the ensemble, 0 to 1; at least the limit.</summary>
    Confidence,

    /// <summary>Distance of the order's worst price from the observed price, or from the price that it waits for, in percent; at most the limit. A market order is judged by its worst price too. Applies to exits.</summary>
    PriceCollar,

    /// <summary>What the order's worst price is beyond a whole number of ticks, those of the exchange where they are coarser; at most 0. Applies to exits.</summary>
    TickSize,

    /// <summary>What the order's quantity is beyond a whole number of lots, those of the exchange where they are coarser; at most 0. Applies to exits.</summary>
    LotSize,

    /// <summary>Whether the exchange trades the product now, as it last told: observed 1 if so, at least 1. Applies to exits, on an exchange that is not paper.</summary>
    ProductTrading,

    /// <summary>Units of the base currency; at least what the exchange takes. Applies to exits, on an exchange that is not paper.</summary>
    LeastOrderQuantity,

    /// <summary>
    /// The order's price, or its worst where it has none of its own, as a multiple of the observed one, for the exchange's percent price filter: at or above 1 at most the upper multiplier of its
    /// side, below 1 at least the lower. Applies to exits, on an exchange that is not paper and has the filter.
    /// </summary>
    PercentPrice,

    /// <summary>
    /// Loss of the UTC day in the quote currency: what its sales lost after fees, plus what the open positions are worth below their cost; below the
    /// limit. Applies to buys.
    /// </summary>
    DailyLoss,

    /// <summary>How far equity is below its highest since trading was last resumed, as a share of it, 0 to 1; below the limit. Applies to buys.</summary>
    Drawdown,

    /// <summary>Sales in a row that lost after fees; below the limit. Applies to buys.</summary>
    LosingTrades,

    /// <summary>Executions since an operator last resumed trading, open orders among them; below the limit. Applies to buys.</summary>
    UnreviewedExecutions,

    /// <summary>Seconds since the symbol's last exit was decided, 0 while its order is open; at least the limit. Applies to buys.</summary>
    Cooldown,

    /// <summary>Open orders of the account, this one included and stops that rest on an exchange left aside; at most the limit.</summary>
    OpenOrders,

    /// <summary>Orders of the account in the running UTC minute, this one included; at most the limit.</summary>
    OrdersPerMinute,

    /// <summary>Orders of the account in the UTC day, this one included; at most the limit.</summary>
    OrdersPerDay,

    /// <summary>Units of the base currency that are held and not reserved; more than 0 is needed for a sale. Applies to exits.</summary>
    Holdings,

    /// <summary>Value of the order in the quote currency; at least the limit, or the exchange's least notional where that is more. Applies to exits.</summary>
    LeastOrderValue,

    /// <summary>Value of the order in the quote currency; at most the limit. An exit has a limit of its own, or is as large as the position.</summary>
    LargestOrderValue,

    /// <summary>Units of the base currency; at most the limit. Applies to exits.</summary>
    LargestOrderQuantity,

    /// <summary>Cash needed with fee and worst price; at most the free cash beyond the cash reserve.</summary>
    FreeCash,

    /// <summary>Value of the position after the order as a share of equity, 0 to 1; at most the limit. Applies to buys.</summary>
    PositionShare,

    /// <summary>Value of all positions after the order as a share of equity, 0 to 1; at most the limit. Applies to buys.</summary>
    Exposure,
}
