using System.Text.Json.Serialization;
using Trading.Contracts;

namespace Trading.Core;

// Events of an account, stream account-{name}: Portfolio evolves with them.

/// <summary>Whether an account may trade.</summary>
public enum TradingState
{
    /// <summary>Everything within the limits is allowed.</summary>
    Active,

    /// <summary>Only orders that make a position smaller are allowed.</summary>
    Reducing,

    /// <summary>No order is allowed.</summary>
    Halted,
}

/// <summary>An event of an account.</summary>
public interface IAccountEvent;

/// <summary>The account was opened with cash to trade with.</summary>
/// <param name="Account">Name of the account.</param>
/// <param name="MarketData">Where its prices come from: live, recorded or simulated. An account never mixes them.</param>
/// <param name="CashUsd">Cash at the start, not negative.</param>
/// <param name="At">When (UTC).</param>
public sealed record AccountOpened(string Account, string MarketData, decimal CashUsd, DateTimeOffset At) : IAccountEvent;

/// <summary>New limits are in force from the next decision on.</summary>
public sealed record LimitsSet(int Version, RiskLimits Limits, string By, string Reason, DateTimeOffset At) : IAccountEvent;

/// <summary>An order was approved; what it needs is set aside from this moment, long before it fills.</summary>
public sealed record FundsReserved(Guid TradeId, Order Order, DateTimeOffset At) : IAccountEvent;

/// <summary>An order ended without a fill; what was set aside is free again.</summary>
/// <param name="TradeId">The trade.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Reason">Why.</param>
/// <param name="At">When (UTC).</param>
/// <param name="ByOperator">Whether it was a stop that an operator took off the exchange.</param>
/// <param name="Refusal">The kind of the exchange's refusal of a stop or an exit; null where it refused none.</param>
/// <param name="Symbol">What it was to protect or leave; null where nothing was refused.</param>
public sealed record ReservationReleased(
    Guid TradeId, TradeOutcome Outcome, string? Reason, DateTimeOffset At,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool ByOperator = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Refusal = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Symbol = null) : IAccountEvent;

/// <summary>An order ended with a fill; what was set aside beyond it is free again.</summary>
/// <param name="TradeId">The trade.</param>
/// <param name="Symbol">What was traded.</param>
/// <param name="Side">Buy or sell.</param>
/// <param name="Quantity">Units of the base currency, before a fee that was taken from them.</param>
/// <param name="Price">Mean price of the fills.</param>
/// <param name="FeeUsd">Fee in the quote currency.</param>
/// <param name="At">When (UTC).</param>
/// <param name="FeeBase">Fee that the exchange kept in units of the base currency; null for none.</param>
/// <param name="FeeValueUsd">What a fee in a third asset was worth; null for none, or where its worth is unknown.</param>
/// <param name="FeeAsset">That third asset; the fee leaves the account's position in it, where it has one. Null for none.</param>
/// <param name="FeeUnits">The fee in units of it.</param>
public sealed record TradeSettled(
    Guid TradeId, string Symbol, TradeAction Side, decimal Quantity, decimal Price, decimal FeeUsd, DateTimeOffset At,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] decimal? FeeBase = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] decimal? FeeValueUsd = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? FeeAsset = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] decimal? FeeUnits = null) : IAccountEvent;

/// <summary>All trading is stopped.</summary>
public sealed record TradingHalted(string By, string Reason, DateTimeOffset At) : IAccountEvent;

/// <summary>Positions may only become smaller.</summary>
public sealed record TradingReduced(string By, string Reason, DateTimeOffset At) : IAccountEvent;

/// <summary>Trading is allowed, again or still: an operator has reviewed the account, and its counters start again.</summary>
public sealed record TradingResumed(string By, string Reason, DateTimeOffset At) : IAccountEvent;

/// <summary>Cash was paid in (positive) or out (negative).</summary>
public sealed record CashAdjusted(decimal AmountUsd, string By, string Reason, DateTimeOffset At) : IAccountEvent;

/// <summary>The state of one symbol; the stricter of its state and the account's applies.</summary>
public sealed record SymbolStateSet(string Symbol, TradingState State, string By, string Reason, DateTimeOffset At) : IAccountEvent;

/// <summary>
/// Everything is to be sold, in slices within the limits; nothing is bought until trading resumes. Ends when nothing is held, or when an
/// operator resumes trading.
/// </summary>
public sealed record FlattenOrdered(string By, string Reason, DateTimeOffset At) : IAccountEvent;

/// <summary>
/// A price was higher than any since the position's entry, or made equity higher than it was: what trailing stops and drawdowns are
/// measured from.
/// </summary>
public sealed record PriceMarked(string Symbol, decimal Price, DateTimeOffset At) : IAccountEvent;

/// <summary>A limit was reached that only an operator can lift: positions may only become smaller until trading is resumed.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Observed">The observed value.</param>
/// <param name="Limit">The limit in force.</param>
/// <param name="LimitsVersion">Version of the limits.</param>
/// <param name="Symbol">Symbol of the price that reached it; null when a settlement did.</param>
/// <param name="Price">That price.</param>
/// <param name="At">When (UTC).</param>
public sealed record LimitLatched(RiskRule Rule, decimal Observed, decimal Limit, int LimitsVersion, string? Symbol, decimal? Price,
    DateTimeOffset At) : IAccountEvent;

/// <summary>
/// An operator's command that changed nothing, because the account was already in that state; who gave it, and why, is recorded anyway.
/// </summary>
/// <param name="Command">The command, for example halt.</param>
/// <param name="By">Who gave it.</param>
/// <param name="Reason">Why.</param>
/// <param name="At">When (UTC).</param>
public sealed record OperatorCommanded(string Command, string By, string Reason, DateTimeOffset At) : IAccountEvent;
