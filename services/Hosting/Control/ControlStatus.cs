using Trading.Contracts;
using Trading.Core;
using Trading.Journal.Tables;

namespace Trading.Hosting.Control;

/// <summary>Status of an account.</summary>
/// <param name="Account">Name of the account.</param>
/// <param name="MarketData">Where its prices come from.</param>
/// <param name="State">Whether it may trade.</param>
/// <param name="SymbolStates">Symbols that may trade less than the account.</param>
/// <param name="Since">Who put it into that state, when and why; null at the beginning.</param>
/// <param name="Latches">
/// Reasons that keep the account from trading, for example limits that hold until an operator resumes trading.
/// </param>
/// <param name="CashUsd">Cash, reserved funds included.</param>
/// <param name="ReservedUsd">Part of it that is reserved for open orders.</param>
/// <param name="Positions">Open positions.</param>
/// <param name="OpenOrders">Orders without an end.</param>
/// <param name="LimitsVersion">Version of the limits in force.</param>
/// <param name="LimitsBy">Who set the limits.</param>
/// <param name="Limits">The limits in force.</param>
/// <param name="UndeliveredAlerts">The newest alerts that were not delivered, or perhaps not.</param>
public sealed record ControlStatus(
    string Account,
    string MarketData,
    TradingState State,
    IReadOnlyList<SymbolState> SymbolStates,
    OperatorAct? Since,
    IReadOnlyList<string> Latches,
    decimal CashUsd,
    decimal ReservedUsd,
    IReadOnlyList<HeldPosition> Positions,
    IReadOnlyList<OpenOrder> OpenOrders,
    int LimitsVersion,
    string? LimitsBy,
    IReadOnlyList<LimitValue> Limits,
    IReadOnlyList<UndeliveredAlert> UndeliveredAlerts)
{
    /// <summary>What is damaged in the account's rows, one line each; empty when they are sound.</summary>
    public IReadOnlyList<string> Damage { get; init; } = [];

    /// <summary>Conditions that were alerted and still hold by the last check, oldest first; at most ten.</summary>
    public IReadOnlyList<StandingAlert> StandingAlerts { get; init; } = [];

    /// <summary>
    /// The code of what a resumption would accept or confirm, which it must carry; null when there is nothing of that.
    /// </summary>
    public string? Seen { get; init; }
}

/// <summary>A symbol that may trade less than the account.</summary>
public sealed record SymbolState(string Symbol, TradingState State);

/// <summary>The last action of an operator.</summary>
public sealed record OperatorAct(string What, string By, string Reason, DateTimeOffset At);

/// <summary>A position.</summary>
public sealed record HeldPosition(string Symbol, decimal Quantity, decimal AverageCost, decimal LastPrice);

/// <summary>An order without an end; a stop has the price that it waits for.</summary>
public sealed record OpenOrder(Guid TradeId, string ClientOrderId, string Symbol, TradeAction Side, decimal Quantity, decimal WorstPrice,
    decimal ReservedUsd, decimal? StopPrice = null);
