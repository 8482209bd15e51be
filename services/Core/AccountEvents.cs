using System.Text.Json.Serialization;
using Trading.Contracts;

namespace Trading.Core;

// What happens to an account, stream account-{name}, and what is asked of it. Portfolio decides and folds.

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
public sealed record ReservationReleased(
    Guid TradeId, TradeOutcome Outcome, string? Reason, DateTimeOffset At,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool ByOperator = false) : IAccountEvent;

/// <summary>An order ended with a fill; what was set aside beyond it is free again.</summary>
/// <param name="TradeId">The trade.</param>
/// <param name="Symbol">What was traded.</param>
/// <param name="Side">Buy or sell.</param>
/// <param name="Quantity">Units of the base currency, before a fee that was taken from them.</param>
/// <param name="Price">Mean price of the fills.</param>
/// <param name="FeeUsd">Fee in the quote currency.</param>
/// <param name="At">When (UTC).</param>
/// <param name="FeeBase">Fee that the exchange kept in units of the base currency; null for none.</param>
/// <param name="FeeValueUsd">What a fee in a third asset was worth; null for none, or where nobody could say.</param>
public sealed record TradeSettled(
    Guid TradeId, string Symbol, TradeAction Side, decimal Quantity, decimal Price, decimal FeeUsd, DateTimeOffset At,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] decimal? FeeBase = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] decimal? FeeValueUsd = null) : IAccountEvent;

/// <summary>Nothing may be traded any more.</summary>
public sealed record TradingHalted(string By, string Reason, DateTimeOffset At) : IAccountEvent;

/// <summary>Positions may only become smaller.</summary>
public sealed record TradingReduced(string By, string Reason, DateTimeOffset At) : IAccountEvent;

/// <summary>Trading is allowed again, or still: an operator has looked at it, and what is counted until then begins anew.</summary>
public sealed record TradingResumed(string By, string Reason, DateTimeOffset At) : IAccountEvent;

/// <summary>Cash was paid in (positive) or out (negative).</summary>
public sealed record CashAdjusted(decimal AmountUsd, string By, string Reason, DateTimeOffset At) : IAccountEvent;

/// <summary>One symbol may be traded less, or again as the account may; the stricter of both holds.</summary>
public sealed record SymbolStateSet(string Symbol, TradingState State, string By, string Reason, DateTimeOffset At) : IAccountEvent;

/// <summary>Everything is to be sold, in slices within the limits; nothing is bought from here on. Ends when nothing is held, or when an operator resumes trading.</summary>
public sealed record FlattenOrdered(string By, string Reason, DateTimeOffset At) : IAccountEvent;

/// <summary>A price was higher than any since the position's entry, or made equity higher than it was: what trailing stops and drawdowns are measured from.</summary>
public sealed record PriceMarked(string Symbol, decimal Price, DateTimeOffset At) : IAccountEvent;

/// <summary>A limit was reached that only an operator lifts: positions may only become smaller until trading is resumed.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Observed">The observed value.</param>
/// <param name="Limit">The limit in force.</param>
/// <param name="LimitsVersion">Version of the limits.</param>
/// <param name="Symbol">Symbol of the price at which it was seen; null when a settlement showed it.</param>
/// <param name="Price">That price.</param>
/// <param name="At">When (UTC).</param>
public sealed record LimitLatched(RiskRule Rule, decimal Observed, decimal Limit, int LimitsVersion, string? Symbol, decimal? Price, DateTimeOffset At) : IAccountEvent;

/// <summary>Something that is asked of an account.</summary>
public interface IAccountCommand;

/// <summary>Open the account.</summary>
public sealed record OpenAccount(string Account, string MarketData, decimal CashUsd, DateTimeOffset At) : IAccountCommand;

/// <summary>Put other limits in force.</summary>
public sealed record SetLimits(RiskLimits Limits, string By, string Reason, DateTimeOffset At) : IAccountCommand;

/// <summary>Set aside what an approved order needs.</summary>
public sealed record ReserveFunds(Guid TradeId, Order Order, DateTimeOffset At) : IAccountCommand;

/// <summary>Book the end of an order.</summary>
/// <param name="TradeId">The trade.</param>
/// <param name="Execution">How its order ended.</param>
/// <param name="ByOperator">Whether an operator had asked for its end.</param>
public sealed record SettleTrade(Guid TradeId, Execution Execution, bool ByOperator = false) : IAccountCommand;

/// <summary>Stop all trading.</summary>
public sealed record HaltTrading(string By, string Reason, DateTimeOffset At) : IAccountCommand;

/// <summary>Allow only orders that make positions smaller.</summary>
public sealed record ReduceTrading(string By, string Reason, DateTimeOffset At) : IAccountCommand;

/// <summary>Allow trading again.</summary>
public sealed record ResumeTrading(string By, string Reason, DateTimeOffset At) : IAccountCommand;

/// <summary>Allow one symbol less than the account, or as much again.</summary>
public sealed record SetSymbolState(string Symbol, TradingState State, string By, string Reason, DateTimeOffset At) : IAccountCommand;

/// <summary>Sell everything.</summary>
public sealed record FlattenPositions(string By, string Reason, DateTimeOffset At) : IAccountCommand;

/// <summary>Take note of a price: of a new high, and of a limit that it shows to be reached.</summary>
public sealed record WatchPrice(string Symbol, decimal Price, DateTimeOffset At) : IAccountCommand;

/// <summary>Book cash paid in or out.</summary>
public sealed record AdjustCash(decimal AmountUsd, string By, string Reason, DateTimeOffset At) : IAccountCommand;
