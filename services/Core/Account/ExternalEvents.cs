using System.Text.Json.Serialization;
using Trading.Contracts;

namespace Trading.Core;

// Differences between exchange and journal: part of the stream account-{name}. Until they are resolved or accepted, the account may not
// trade.

/// <summary>An event of an account about its exchange: what was found there, or what an operator decided about it.</summary>
public interface IExternalEvent : IAccountEvent;

/// <summary>
/// A program that trades this account on an exchange has started and compares exchange and journal; until the comparison has passed, the
/// account may not trade.
/// </summary>
public sealed record ReconciliationBegan(string Exchange, DateTimeOffset At) : IExternalEvent;

/// <summary>Exchange and journal agree, or an operator has accepted the difference: the account may trade.</summary>
public sealed record ReconciliationPassed(string Exchange, DateTimeOffset At) : IExternalEvent;

/// <summary>An open order on the exchange that is not one of this account's.</summary>
/// <param name="ExchangeOrderId">The exchange's order id.</param>
/// <param name="ClientOrderId">The client order id; null when there is none.</param>
/// <param name="Symbol">What it trades, as this system calls it.</param>
/// <param name="Side">Buy or sell.</param>
/// <param name="Quantity">Units of the base currency.</param>
/// <param name="Price">Its limit; 0 when it has none.</param>
/// <param name="At">When it was found (UTC).</param>
public sealed record ExternalOrderFound(
    string ExchangeOrderId, string? ClientOrderId, string Symbol, TradeAction Side, decimal Quantity, decimal Price,
    DateTimeOffset At) : IExternalFinding
{
    /// <inheritdoc/>
    public string Key() => DifferenceKey.OfOrder(ExchangeOrderId);

    /// <inheritdoc/>
    public decimal ExpectedUnits() => 0;

    /// <inheritdoc/>
    public decimal ObservedUnits() => Quantity;
}

/// <summary>A fill on the exchange that the journal does not hold.</summary>
/// <param name="ExchangeOrderId">The exchange's order id.</param>
/// <param name="ExchangeTradeId">The exchange's id of the fill.</param>
/// <param name="ClientOrderId">The client order id; null when the exchange does not report it.</param>
/// <param name="Symbol">What was traded, as this system calls it.</param>
/// <param name="Side">Buy or sell.</param>
/// <param name="Quantity">Units of the base currency.</param>
/// <param name="Price">Price of a unit in the quote currency.</param>
/// <param name="Fee">Fee in units of <paramref name="FeeAsset"/>.</param>
/// <param name="FeeAsset">What the fee was paid in.</param>
/// <param name="FilledAt">When it was filled, by the exchange's clock (UTC).</param>
/// <param name="At">When it was found (UTC).</param>
public sealed record ExternalFillFound(
    string ExchangeOrderId, string ExchangeTradeId, string? ClientOrderId, string Symbol, TradeAction Side,
    decimal Quantity, decimal Price, decimal Fee,
    string FeeAsset, DateTimeOffset FilledAt, DateTimeOffset At) : IExternalFinding
{
    /// <inheritdoc/>
    public string Key() => DifferenceKey.OfFill(Symbol, ExchangeTradeId);

    /// <inheritdoc/>
    public decimal ExpectedUnits() => 0;

    /// <inheritdoc/>
    public decimal ObservedUnits() => Quantity;
}

/// <summary>A balance on the exchange that differs from the account's plus the accepted difference.</summary>
/// <param name="Asset">The currency, as the exchange calls it.</param>
/// <param name="Expected">Units that the exchange should hold, those in open orders included.</param>
/// <param name="Observed">Units that it holds.</param>
/// <param name="At">When it was found (UTC).</param>
public sealed record ExternalBalanceFound(string Asset, decimal Expected, decimal Observed, DateTimeOffset At) : IExternalFinding
{
    /// <inheritdoc/>
    public string Key() => DifferenceKey.OfBalance(Asset);

    /// <inheritdoc/>
    public decimal ExpectedUnits() => Expected;

    /// <inheritdoc/>
    public decimal ObservedUnits() => Observed;
}

/// <summary>
/// What the exchange reported of an order cannot be true of it: nothing is booked, and the account is halted, until an operator decides.
/// </summary>
/// <param name="TradeId">The trade.</param>
/// <param name="Reason">What is wrong with it.</param>
/// <param name="Expected">Units that the order could fill.</param>
/// <param name="Observed">Units that the exchange reported.</param>
/// <param name="At">When it was reported (UTC).</param>
public sealed record ImplausibleFillFound(Guid TradeId, string Reason, decimal Expected, decimal Observed, DateTimeOffset At)
    : IExternalFinding
{
    /// <inheritdoc/>
    public string Key() => DifferenceKey.OfDoubt(TradeId);

    /// <inheritdoc/>
    public decimal ExpectedUnits() => Expected;

    /// <inheritdoc/>
    public decimal ObservedUnits() => Observed;
}

/// <summary>How far this machine's clock is ahead of the exchange's, where that is too far; 0 when it is right again.</summary>
/// <param name="Exchange">The exchange.</param>
/// <param name="AheadSeconds">Seconds; negative when it is behind.</param>
/// <param name="At">When it was measured (UTC, by this machine).</param>
public sealed record ExchangeClockOff(string Exchange, decimal AheadSeconds, DateTimeOffset At) : IExternalEvent;

/// <summary>A difference has ended: the order is gone, the balance is as expected, or the fill is booked.</summary>
/// <param name="Key">The difference.</param>
/// <param name="At">When (UTC).</param>
/// <param name="Explanation">What explains it; null where it ended by itself.</param>
public sealed record ExternalDifferenceEnded(
    string Key, DateTimeOffset At,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Explanation = null) : IExternalEvent;

/// <summary>
/// An operator accepts the open differences: foreign orders and fills stay foreign, and balances are expected to differ by the same amount.
/// </summary>
public sealed record ExternalDifferencesAccepted(string By, string Reason, DateTimeOffset At) : IExternalEvent;

/// <summary>
/// A program that may trade with real money has started: what it would trade, for the operator to read before confirming.
/// </summary>
/// <param name="Configuration">Names exchange, account, symbols and largest order: what a confirmation holds for.</param>
/// <param name="Report">Account, balances, limits and what will be traded, as lines of text.</param>
/// <param name="At">When (UTC).</param>
public sealed record RealTradingAnnounced(string Configuration, string Report, DateTimeOffset At) : IExternalEvent;

/// <summary>An operator allows the first real order of a configuration.</summary>
public sealed record RealTradingConfirmed(string Configuration, string By, string Reason, DateTimeOffset At) : IExternalEvent;

/// <summary>The exchange's order rules for a product, when first seen and after each change: later decisions follow them.</summary>
public sealed record ProductRulesSeen(string Exchange, ProductFilters Product, DateTimeOffset At) : IExternalEvent;
