using Trading.Contracts;
using Trading.Core;
using Trading.Journal;

namespace Trading.Hosting;

/// <summary>How an account stands.</summary>
/// <param name="Account">Name of the account.</param>
/// <param name="MarketData">Where its prices come from.</param>
/// <param name="State">Whether it may trade.</param>
/// <param name="SymbolStates">Symbols that may trade less than the account.</param>
/// <param name="Since">Who put it into that state, when and why; null when nobody did.</param>
/// <param name="Latches">Limits that were reached and hold until an operator resumes trading, and what else keeps the account from trading.</param>
/// <param name="CashUsd">Cash, reserved funds included.</param>
/// <param name="ReservedUsd">Part of it that is reserved for open orders.</param>
/// <param name="Positions">What is held.</param>
/// <param name="OpenOrders">Orders without an end.</param>
/// <param name="LimitsVersion">Version of the limits in force.</param>
/// <param name="LimitsBy">Who set them.</param>
/// <param name="Limits">The limits in force.</param>
/// <param name="UndeliveredAlerts">The newest alerts that were not delivered, or of which nobody can say.</param>
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
    IReadOnlyList<UndeliveredAlert> UndeliveredAlerts);

/// <summary>A symbol that may trade less than the account.</summary>
public sealed record SymbolState(string Symbol, TradingState State);

/// <summary>What an operator did last.</summary>
public sealed record OperatorAct(string What, string By, string Reason, DateTimeOffset At);

/// <summary>What is held of a symbol.</summary>
public sealed record HeldPosition(string Symbol, decimal Quantity, decimal AverageCost, decimal LastPrice);

/// <summary>An order without an end; with the price that it waits for where it is a stop.</summary>
public sealed record OpenOrder(Guid TradeId, string ClientOrderId, string Symbol, TradeAction Side, decimal Quantity, decimal WorstPrice, decimal ReservedUsd, decimal? StopPrice = null);
