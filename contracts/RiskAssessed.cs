using System.Text.Json.Serialization;

namespace Trading.Contracts;

/// <summary>
/// A decision: about a prediction, or about an exit that a price caused. Published by RiskManager for approvals, refusals and holds alike.
/// </summary>
/// <param name="TradeId">
/// Derived from the prediction id, for an exit from the price id and the reason, for a stop that is set from the price id; also the stream
/// id, and the source of the client order id.
/// </param>
/// <param name="Prediction">The prediction that was decided on; null for an exit, which has no prediction.</param>
/// <param name="Assessment">The verdict and everything it is based on.</param>
/// <param name="Price">
/// The price that caused an exit; null for a prediction, which carries its own. With neither prediction nor exit: the price was checked for
/// exits, and none is due; published only in recorded runs, for prices at which no decision is due.
/// </param>
public sealed record RiskAssessed(
    Guid TradeId,
    PredictionMade? Prediction,
    Assessment Assessment,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PriceObserved? Price = null)
{
    /// <summary>The price that caused it: the exit's, or the prediction's.</summary>
    public PriceObserved Cause() => Price ?? Prediction?.Price ?? throw new InvalidOperationException($"Trade {TradeId} names no price.");
}

/// <summary>The verdict on a prediction or an exit, with every check and with the account that it was made against.</summary>
/// <param name="Account">Name of the account.</param>
/// <param name="Signal">What the prediction asks for; sell for an exit.</param>
/// <param name="Verdict">Hold when the signal is hold, else approved or refused.</param>
/// <param name="Refusal">The first rule that refused; null unless refused.</param>
/// <param name="Order">The order to place; null unless approved.</param>
/// <param name="Checks">
/// Every check in the order made, passed or not; for a hold empty, or the distance to the strategy's target that was not far enough.
/// </param>
/// <param name="LimitsVersion">Version of the account's limits that were in force.</param>
/// <param name="AccountVersion">Version of the account stream that was read.</param>
/// <param name="CashUsd">Cash of the account, reserved funds included.</param>
/// <param name="ReservedUsd">Part of the cash that is reserved for open orders.</param>
/// <param name="PositionQuantity">Units of the base currency held, reserved ones included.</param>
/// <param name="EquityUsd">Cash plus all positions at their last known prices.</param>
/// <param name="RiskScore">0 to 1: the largest share of a limit in use, see Core's Risk.</param>
/// <param name="AssessedAt">When the decision was made (UTC).</param>
/// <param name="ExpiresAt">From this instant on the order may not be placed (UTC).</param>
/// <param name="Exit">
/// Why the position is left, or the stop that is set below it, and what it was; null when a prediction was decided on.
/// </param>
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

/// <summary>The outcome of a decision.</summary>
public enum Verdict
{
    /// <summary>The prediction asks for no order, or there is no prediction.</summary>
    Hold,

    /// <summary>An order is wanted and some rule forbids it.</summary>
    Refused,

    /// <summary>An order is wanted and every rule allows it.</summary>
    Approved,
}
