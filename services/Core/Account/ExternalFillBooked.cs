using System.Text.Json.Serialization;
using Trading.Contracts;

namespace Trading.Core;

// What brings an account and its exchange together again: part of the stream account-{name}. Each names who decided it and why; an account
// that does it by itself is named as well.

/// <summary>A fill on the exchange that no trade of the account booked becomes the account's, at its own price and fee.</summary>
/// <param name="ExchangeOrderId">The exchange's order id.</param>
/// <param name="ExchangeTradeId">The exchange's id of the fill: never booked twice.</param>
/// <param name="Symbol">What was traded, as this system calls it.</param>
/// <param name="Side">Buy or sell.</param>
/// <param name="Quantity">Units of the base currency, before a fee that was taken from them.</param>
/// <param name="Price">Price of a unit in the quote currency.</param>
/// <param name="FeeUsd">Fee in the quote currency.</param>
/// <param name="FilledAt">When it was filled, by the exchange's clock (UTC).</param>
/// <param name="By">Who decided it.</param>
/// <param name="Reason">Why.</param>
/// <param name="At">When it was booked (UTC).</param>
/// <param name="TradeId">The trade whose order it filled after that had been given up; null for a fill that is not this system's.</param>
/// <param name="FeeBase">Fee that the exchange kept in units of the base currency; null for none.</param>
/// <param name="FeeAsset">A third asset that the fee was taken in; null for none.</param>
/// <param name="FeeUnits">The fee in units of it.</param>
/// <param name="FeeValueUsd">What that fee was worth; null for none, or where its worth is unknown.</param>
public sealed record ExternalFillBooked(
    string ExchangeOrderId, string ExchangeTradeId, string Symbol, TradeAction Side, decimal Quantity, decimal Price, decimal FeeUsd,
    DateTimeOffset FilledAt, string By, string Reason, DateTimeOffset At,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? TradeId = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] decimal? FeeBase = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? FeeAsset = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] decimal? FeeUnits = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] decimal? FeeValueUsd = null) : IAccountEvent
{
    /// <summary>The key of the difference that it is before it is booked.</summary>
    public string Key() => DifferenceKey.OfFill(Symbol, ExchangeTradeId);

    /// <summary>The same as a settlement, which books it.</summary>
    public TradeSettled Settlement() =>
        new(TradeId ?? Guid.Empty, Symbol, Side, Quantity, Price, FeeUsd, FilledAt, FeeBase, FeeValueUsd, FeeAsset, FeeUnits);

    /// <summary>A fill that was found, as it is booked.</summary>
    /// <param name="found">The fill.</param>
    /// <param name="baseAsset">What is traded, as the exchange calls it.</param>
    /// <param name="quoteAsset">What it is paid in.</param>
    /// <param name="feeValueUsd">What a fee in a third asset is worth; null where there is none, or it is unknown.</param>
    /// <param name="by">Who decides it.</param>
    /// <param name="reason">Why.</param>
    /// <param name="at">When (UTC).</param>
    public static ExternalFillBooked Of(ExternalFillFound found, string baseAsset, string quoteAsset, decimal? feeValueUsd, string by,
        string reason, DateTimeOffset at)
    {
        var booked = new ExternalFillBooked(found.ExchangeOrderId, found.ExchangeTradeId, found.Symbol, found.Side, found.Quantity,
            found.Price, 0, found.FilledAt, by, reason, at);
        return found.Fee == 0 ? booked
            : found.FeeAsset == quoteAsset ? booked with { FeeUsd = found.Fee }
            : found.FeeAsset == baseAsset ? booked with { FeeBase = found.Fee }
            : booked with { FeeAsset = found.FeeAsset, FeeUnits = found.Fee, FeeValueUsd = feeValueUsd };
    }
}

/// <summary>
/// Units on the exchange become the account's. They count as paid in at their price, less what the account paid for them; its exits hold
/// for them from now on.
/// </summary>
/// <param name="Symbol">The symbol.</param>
/// <param name="Quantity">Units of the base currency; above 0.</param>
/// <param name="Price">What a unit cost; above 0.</param>
/// <param name="PaidUsd">What the account's cash paid for them; 0 where they came from elsewhere.</param>
/// <param name="By">Who decided it.</param>
/// <param name="Reason">Why.</param>
/// <param name="At">When (UTC).</param>
public sealed record PositionAdopted(
    string Symbol, decimal Quantity, decimal Price, decimal PaidUsd, string By, string Reason, DateTimeOffset At) : IAccountEvent;

/// <summary>
/// Units that are no longer there leave the account, realised at a price: what they brought is cash, at 0 they are lost.
/// </summary>
/// <param name="Symbol">The symbol.</param>
/// <param name="Quantity">Units of the base currency; above 0.</param>
/// <param name="Price">What a unit brought; 0 or more.</param>
/// <param name="By">Who decided it.</param>
/// <param name="Reason">Why.</param>
/// <param name="At">When (UTC).</param>
public sealed record PositionWrittenOff(
    string Symbol, decimal Quantity, decimal Price, string By, string Reason, DateTimeOffset At) : IAccountEvent;

/// <summary>
/// The number of units was wrong in the journal. Nothing was gained or lost: cost and equity change as if they had been right from the
/// beginning, at the same cost for a unit.
/// </summary>
/// <param name="Symbol">The symbol, of which some is held.</param>
/// <param name="Quantity">Units that are held; 0 or more.</param>
/// <param name="By">Who decided it.</param>
/// <param name="Reason">Why.</param>
/// <param name="At">When (UTC).</param>
public sealed record PositionCorrected(string Symbol, decimal Quantity, string By, string Reason, DateTimeOffset At) : IAccountEvent;

/// <summary>An order that somebody else placed is the account's from now on: its fills are booked as they come.</summary>
/// <param name="ExchangeOrderId">The exchange's order id.</param>
/// <param name="By">Who decided it.</param>
/// <param name="Reason">Why.</param>
/// <param name="At">When (UTC).</param>
public sealed record ExternalOrderAdopted(string ExchangeOrderId, string By, string Reason, DateTimeOffset At) : IExternalEvent;

/// <summary>Book a fill that no trade of the account booked.</summary>
public sealed record BookExternalFill(ExternalFillBooked Fill) : IAccountCommand;

/// <summary>Take over units that are on the exchange.</summary>
public sealed record AdoptPosition(
    string Symbol, decimal Quantity, decimal Price, decimal PaidUsd, string By, string Reason, DateTimeOffset At) : IAccountCommand;

/// <summary>Let go of units that are no longer there.</summary>
public sealed record WriteOffPosition(
    string Symbol, decimal Quantity, decimal Price, string By, string Reason, DateTimeOffset At) : IAccountCommand;

/// <summary>Set right how many units are held.</summary>
public sealed record CorrectPosition(string Symbol, decimal Quantity, string By, string Reason, DateTimeOffset At) : IAccountCommand;

/// <summary>Take over an open order that was found on the exchange.</summary>
public sealed record AdoptOrder(string ExchangeOrderId, string By, string Reason, DateTimeOffset At) : IAccountCommand;
