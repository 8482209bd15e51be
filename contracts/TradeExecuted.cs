using System.Text.Json.Serialization;

namespace Trading.Contracts;

/// <summary>The result of an approved order. Published by Executor once for each approved assessment.</summary>
/// <param name="TradeId">The trade; the same as in <paramref name="Decision"/>.</param>
/// <param name="Decision">The approved assessment.</param>
/// <param name="Execution">What happened on the exchange.</param>
public sealed record TradeExecuted(Guid TradeId, RiskAssessed Decision, Execution Execution);

/// <summary>The end of an order.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Exchange">Name of the exchange, for example "paper".</param>
/// <param name="Simulated">True when no real money moved.</param>
/// <param name="ClientOrderId">The order id that this system chose, derived from the trade id.</param>
/// <param name="ExchangeOrderId">The exchange's order id; null when the order never reached it.</param>
/// <param name="FilledQuantity">Units of the base currency; 0 when nothing was filled.</param>
/// <param name="AveragePrice">Mean price of the fills; 0 when nothing was filled.</param>
/// <param name="FeeUsd">Fees taken in the quote currency.</param>
/// <param name="Reason">Why nothing, or not all, was filled; null when all was.</param>
/// <param name="ExecutedAt">When the order ended (UTC).</param>
/// <param name="FeeBase">Fees that the exchange kept in units of the base currency, as some do of a purchase; null for none.</param>
/// <param name="FeeValueUsd">
/// What fees in a third asset, as BNB on Binance, were worth in the quote currency; null where there were none, or their worth is unknown.
/// No cash left for them.
/// </param>
/// <param name="FeeAsset">That third asset; null where there were none, or fees in several.</param>
/// <param name="FeeUnits">The fees in units of it.</param>
/// <param name="Refusal">The kind of the exchange's refusal, by its name; null where it refused nothing.</param>
public sealed record Execution(
    TradeOutcome Outcome,
    string Exchange,
    bool Simulated,
    string ClientOrderId,
    string? ExchangeOrderId,
    decimal FilledQuantity,
    decimal AveragePrice,
    decimal FeeUsd,
    string? Reason,
    DateTimeOffset ExecutedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] decimal? FeeBase = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] decimal? FeeValueUsd = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? FeeAsset = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] decimal? FeeUnits = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Refusal = null);

/// <summary>How an order ended.</summary>
public enum TradeOutcome
{
    /// <summary>The whole quantity was filled.</summary>
    Filled,

    /// <summary>A part was filled and the rest cancelled.</summary>
    PartiallyFilled,

    /// <summary>The exchange refused the order.</summary>
    Rejected,

    /// <summary>The order was cancelled before any fill.</summary>
    Cancelled,

    /// <summary>The assessment was too old to be placed.</summary>
    Expired,
}
