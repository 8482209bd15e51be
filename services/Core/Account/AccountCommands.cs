using Trading.Contracts;

namespace Trading.Core;

// Commands to an account: Portfolio decides which events follow.

/// <summary>A command to an account.</summary>
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
/// <param name="By">Who.</param>
/// <param name="Reason">Why.</param>
/// <param name="At">When (UTC).</param>
/// <param name="OnlyTighten">Whether an account that is halted stays so: an operator alone takes a halt back.</param>
public sealed record ReduceTrading(string By, string Reason, DateTimeOffset At, bool OnlyTighten = false) : IAccountCommand;

/// <summary>Allow trading again.</summary>
public sealed record ResumeTrading(string By, string Reason, DateTimeOffset At) : IAccountCommand;

/// <summary>Set the state of one symbol.</summary>
public sealed record SetSymbolState(string Symbol, TradingState State, string By, string Reason, DateTimeOffset At) : IAccountCommand;

/// <summary>Sell everything.</summary>
public sealed record FlattenPositions(string By, string Reason, DateTimeOffset At) : IAccountCommand;

/// <summary>Check a price for a new high and for a limit that it reaches.</summary>
public sealed record WatchPrice(string Symbol, decimal Price, DateTimeOffset At) : IAccountCommand;

/// <summary>Book cash paid in or out.</summary>
public sealed record AdjustCash(decimal AmountUsd, string By, string Reason, DateTimeOffset At) : IAccountCommand;
