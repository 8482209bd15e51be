using System.Text.Json.Serialization;

namespace Trading.Contracts;

/// <summary>The decision about one prediction. Published by RiskManager for approvals, refusals and holds alike.</summary>
/// <param name="TradeId">Derived from the prediction id; also the stream id, and the source of the client order id.</param>
/// <param name="Prediction">The prediction that was decided on.</param>
/// <param name="Assessment">The verdict and everything that it rests on.</param>
public sealed record RiskAssessed(Guid TradeId, PredictionMade Prediction, Assessment Assessment);

/// <summary>The verdict on a prediction, with every check and with the account that it was made against.</summary>
/// <param name="Account">Name of the account.</param>
/// <param name="Signal">What the prediction asks for.</param>
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
    DateTimeOffset ExpiresAt);

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

/// <summary>Why a position is left although no prediction asks for it. Where several hold at one price, the first of this list is taken.</summary>
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
public sealed record RiskCheck(RiskRule Rule, decimal Observed, decimal Limit, bool Passed);

/// <summary>The rules that an order must pass, in the order in which they are applied.</summary>
public enum RiskRule
{
    /// <summary>Trading state of the account: observed 0 active, 1 reducing, 2 halted; the highest state that allows this order (0 for a buy, 1 for a sale).</summary>
    TradingState,

    /// <summary>No two orders from one prediction: observed orders of this trade that exist already, at most 0.</summary>
    DuplicateIntent,

    /// <summary>Age of the price in seconds when it is decided on; at most the limit, and not more than ten seconds in the future.</summary>
    PriceAge,

    /// <summary>Age of the prediction in seconds when it is decided on; below the limit.</summary>
    PredictionAge,

    /// <summary>Confidence of the ensemble, 0 to 1; at least the limit.</summary>
    Confidence,

    /// <summary>
    /// Loss of the UTC day in the quote currency: what its sales lost after fees, plus what the open positions are worth below their cost; below the
    /// limit. Applies to buys.
    /// </summary>
    DailyLoss,

    /// <summary>Units of the base currency that are held and not reserved; more than 0 is needed for a sale.</summary>
    Holdings,

    /// <summary>Value of the order in the quote currency; at least the limit (the exchange's least notional).</summary>
    LeastOrderValue,

    /// <summary>Value of the order in the quote currency; at most the limit.</summary>
    LargestOrderValue,

    /// <summary>Cash needed with fee and worst price; at most the free cash beyond the cash reserve.</summary>
    FreeCash,

    /// <summary>Value of the position after the order as a share of equity, 0 to 1; at most the limit. Applies to buys.</summary>
    PositionShare,
}
