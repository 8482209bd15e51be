using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Trading.Contracts;

namespace Trading.Core;

// The account, stream account-{name}: what it owns, what is promised to open orders, under which limits it trades, and whether it may.

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
public sealed record ReservationReleased(Guid TradeId, TradeOutcome Outcome, string? Reason, DateTimeOffset At) : IAccountEvent;

/// <summary>An order ended with a fill; what was set aside beyond it is free again.</summary>
/// <param name="TradeId">The trade.</param>
/// <param name="Symbol">What was traded.</param>
/// <param name="Side">Buy or sell.</param>
/// <param name="Quantity">Units of the base currency, before a fee that was taken from them.</param>
/// <param name="Price">Mean price of the fills.</param>
/// <param name="FeeUsd">Fee in the quote currency.</param>
/// <param name="At">When (UTC).</param>
/// <param name="FeeBase">Fee that the exchange kept in units of the base currency; null for none.</param>
public sealed record TradeSettled(
    Guid TradeId, string Symbol, TradeAction Side, decimal Quantity, decimal Price, decimal FeeUsd, DateTimeOffset At,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] decimal? FeeBase = null) : IAccountEvent;

/// <summary>Nothing may be traded any more.</summary>
public sealed record TradingHalted(string By, string Reason, DateTimeOffset At) : IAccountEvent;

/// <summary>Positions may only become smaller.</summary>
public sealed record TradingReduced(string By, string Reason, DateTimeOffset At) : IAccountEvent;

/// <summary>Trading is allowed again.</summary>
public sealed record TradingResumed(string By, string Reason, DateTimeOffset At) : IAccountEvent;

/// <summary>Cash was paid in (positive) or out (negative).</summary>
public sealed record CashAdjusted(decimal AmountUsd, string By, string Reason, DateTimeOffset At) : IAccountEvent;

/// <summary>Something that is asked of an account.</summary>
public interface IAccountCommand;

/// <summary>Open the account.</summary>
public sealed record OpenAccount(string Account, string MarketData, decimal CashUsd, DateTimeOffset At) : IAccountCommand;

/// <summary>Put other limits in force.</summary>
public sealed record SetLimits(RiskLimits Limits, string By, string Reason, DateTimeOffset At) : IAccountCommand;

/// <summary>Set aside what an approved order needs.</summary>
public sealed record ReserveFunds(Guid TradeId, Order Order, DateTimeOffset At) : IAccountCommand;

/// <summary>Book the end of an order.</summary>
public sealed record SettleTrade(Guid TradeId, Execution Execution) : IAccountCommand;

/// <summary>Stop all trading.</summary>
public sealed record HaltTrading(string By, string Reason, DateTimeOffset At) : IAccountCommand;

/// <summary>Allow only orders that make positions smaller.</summary>
public sealed record ReduceTrading(string By, string Reason, DateTimeOffset At) : IAccountCommand;

/// <summary>Allow trading again.</summary>
public sealed record ResumeTrading(string By, string Reason, DateTimeOffset At) : IAccountCommand;

/// <summary>Book cash paid in or out.</summary>
public sealed record AdjustCash(decimal AmountUsd, string By, string Reason, DateTimeOffset At) : IAccountCommand;

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

/// <summary>What is held of one symbol.</summary>
/// <param name="Quantity">Units of the base currency, not negative.</param>
/// <param name="CostUsd">What they cost without fees; their average cost times their quantity.</param>
/// <param name="LastPrice">Price of the last settlement, to value the position when no newer price is at hand.</param>
public sealed record Position(decimal Quantity, decimal CostUsd, decimal LastPrice)
{
    /// <summary>Nothing held.</summary>
    public static readonly Position None = new(0, 0, 0);

    /// <summary>Mean price paid for a unit, without fees; 0 when nothing is held.</summary>
    public decimal AverageCost() => Quantity == 0 ? 0 : CostUsd / Quantity;

    /// <summary>Profit (positive) or loss if sold at a price, fees left aside.</summary>
    public decimal UnrealisedUsd(decimal price) => checked(Quantity * price - CostUsd);
}

/// <summary>The state of an account.</summary>
/// <param name="Id">Stream id, account-{name}.</param>
/// <param name="Account">Name of the account.</param>
/// <param name="MarketData">Where its prices come from.</param>
/// <param name="CashUsd">Cash, reserved funds included.</param>
/// <param name="Positions">What is held, by symbol.</param>
/// <param name="Reservations">Open orders by trade.</param>
/// <param name="LimitsVersion">Version of the limits in force; 0 before any were set.</param>
/// <param name="Limits">The limits in force.</param>
/// <param name="LimitsBy">Who set them; null before any were set.</param>
/// <param name="State">Whether the account may trade.</param>
/// <param name="FeesUsd">All fees paid so far.</param>
/// <param name="RealisedUsd">Profit of all sales so far against average cost, fees left aside.</param>
/// <param name="AdjustedUsd">Cash paid in and out since the account was opened.</param>
/// <param name="Day">Latest UTC day of a settlement.</param>
/// <param name="RealisedOnDayUsd">Profit of that day's sales less that day's fees.</param>
/// <param name="TradesSettled">Trades with a fill so far.</param>
/// <param name="External">What is known of the exchange; null before one was compared with.</param>
public sealed record Portfolio(
    string Id,
    string Account,
    string MarketData,
    decimal CashUsd,
    ImmutableSortedDictionary<string, Position> Positions,
    ImmutableSortedDictionary<Guid, Order> Reservations,
    int LimitsVersion,
    RiskLimits? Limits,
    string? LimitsBy,
    TradingState State,
    decimal FeesUsd,
    decimal RealisedUsd,
    decimal AdjustedUsd,
    DateOnly Day,
    decimal RealisedOnDayUsd,
    int TradesSettled,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ExternalState? External = null)
{
    /// <summary>Decimals to which cost and money derived by division are rounded; eight, as exchanges do.</summary>
    public const int MoneyDecimals = 8;

    /// <summary>An amount rounded up to <see cref="MoneyDecimals"/>: the direction in which fees and reservations are rounded.</summary>
    public static decimal RoundUp(decimal amount) => decimal.Round(amount, MoneyDecimals, MidpointRounding.ToPositiveInfinity);

    /// <summary>Whether the account may trade now: not before it was compared with its exchange, whatever its operators allow.</summary>
    public TradingState TradableState() => External is { Pending: true } ? TradingState.Halted : State;

    /// <summary>The stream of an account.</summary>
    public static string StreamId(string account) => $"account-{account}";

    /// <summary>Cash set aside for open buys.</summary>
    public decimal ReservedUsd() => Reservations.Values.Sum(order => order.ReservedUsd);

    /// <summary>Cash that no order has a claim on.</summary>
    public decimal FreeCashUsd() => CashUsd - ReservedUsd();

    /// <summary>What is held of a symbol.</summary>
    public Position PositionIn(string symbol) => Positions.GetValueOrDefault(symbol, Position.None);

    /// <summary>Units of a symbol that no open sale has a claim on.</summary>
    public decimal FreeQuantity(string symbol) => PositionIn(symbol).Quantity - Reservations.Values
        .Where(order => order.Side == TradeAction.Sell && order.Symbol == symbol)
        .Sum(order => order.Quantity);

    /// <summary>Cash plus positions: one symbol at a given price, the others at their last settlement's.</summary>
    public decimal EquityUsd(string symbol, decimal price) =>
        CashUsd + Positions.Sum(entry => entry.Value.Quantity * (entry.Key == symbol ? price : entry.Value.LastPrice));

    /// <summary>What a command does to an account; nothing when it has been done already.</summary>
    /// <exception cref="InvalidOperationException">The command breaks an invariant: the caller did not check what it had to.</exception>
    public static IReadOnlyList<IAccountEvent> Decide(IAccountCommand command, Portfolio? account) => (command, account) switch
    {
        (OpenAccount { CashUsd: < 0 } open, _) => throw new InvalidOperationException($"An account cannot be opened with {open.CashUsd} USD."),
        (OpenAccount open, null) => [new AccountOpened(open.Account, open.MarketData, open.CashUsd, open.At)],
        (OpenAccount open, _) when account.MarketData == open.MarketData => [],
        (OpenAccount open, _) => throw new InvalidOperationException(
            $"Account {account.Account} trades on {account.MarketData} prices and cannot go on with {open.MarketData} ones."),
        (_, null) => throw new InvalidOperationException($"{command.GetType().Name} needs an account that was opened."),
        (SetLimits set, _) when set.Limits.Violations() is { Count: > 0 } violations => throw new InvalidOperationException(
            $"The limits cannot be put in force: {string.Join("; ", violations)}."),
        (SetLimits set, _) => set.Limits == account.Limits ? [] : [new LimitsSet(account.LimitsVersion + 1, set.Limits, set.By, set.Reason, set.At)],
        (ReserveFunds reserve, _) => Reserve(reserve, account),
        (SettleTrade settle, _) => Settle(settle, account),
        (HaltTrading halt, _) => account.State == TradingState.Halted ? [] : [new TradingHalted(halt.By, halt.Reason, halt.At)],
        (ReduceTrading reduce, _) => account.State == TradingState.Reducing ? [] : [new TradingReduced(reduce.By, reduce.Reason, reduce.At)],
        (ResumeTrading resume, _) => account.State == TradingState.Active ? [] : [new TradingResumed(resume.By, resume.Reason, resume.At)],
        (AdjustCash adjust, _) => account.FreeCashUsd() + adjust.AmountUsd < 0
            ? throw new InvalidOperationException($"{-adjust.AmountUsd} USD cannot be paid out: only {account.FreeCashUsd()} USD are free.")
            : [new CashAdjusted(adjust.AmountUsd, adjust.By, adjust.Reason, adjust.At)],
        _ => (account.External ?? ExternalState.None).Decide(command) ?? throw new InvalidOperationException($"Unknown command {command.GetType().Name}."),
    };

    /// <summary>The state after an event.</summary>
    public static Portfolio Evolve(Portfolio? account, IAccountEvent happened) => happened switch
    {
        AccountOpened opened => new(
            StreamId(opened.Account), opened.Account, opened.MarketData, opened.CashUsd, ImmutableSortedDictionary<string, Position>.Empty,
            ImmutableSortedDictionary<Guid, Order>.Empty, 0, null, null, TradingState.Active, 0, 0, 0, default, 0, 0),
        _ when account is null => throw new InvalidOperationException($"{happened.GetType().Name} comes before the account was opened."),
        LimitsSet set => account with { LimitsVersion = set.Version, Limits = set.Limits, LimitsBy = set.By },
        FundsReserved reserved => account with { Reservations = account.Reservations.Add(reserved.TradeId, reserved.Order) },
        ReservationReleased released => account with { Reservations = account.Reservations.Remove(released.TradeId) },
        TradeSettled settled => Book(settled, account),
        TradingHalted => account with { State = TradingState.Halted },
        TradingReduced => account with { State = TradingState.Reducing },
        TradingResumed => account with { State = TradingState.Active },
        CashAdjusted adjusted => account with { CashUsd = account.CashUsd + adjusted.AmountUsd, AdjustedUsd = account.AdjustedUsd + adjusted.AmountUsd },
        IExternalEvent external => account with { External = (account.External ?? ExternalState.None).Evolve(external) },
        _ => throw new InvalidOperationException($"Unknown account event {happened.GetType().Name}."),
    };

    private static IReadOnlyList<IAccountEvent> Reserve(ReserveFunds reserve, Portfolio account)
    {
        if (account.Reservations.ContainsKey(reserve.TradeId))
            return [];
        var order = reserve.Order;
        if (order.Side == TradeAction.Buy && order.ReservedUsd > account.FreeCashUsd())
            throw new InvalidOperationException($"{order.ReservedUsd} USD cannot be reserved: only {account.FreeCashUsd()} USD are free.");
        if (order.Side == TradeAction.Sell && order.Quantity > account.FreeQuantity(order.Symbol))
            throw new InvalidOperationException($"{order.Quantity} {order.Symbol} cannot be sold: only {account.FreeQuantity(order.Symbol)} are free.");
        return [new FundsReserved(reserve.TradeId, order, reserve.At)];
    }

    private static IReadOnlyList<IAccountEvent> Settle(SettleTrade settle, Portfolio account)
    {
        // Without a reservation the order was booked before: a settlement is the end of a reservation and of nothing else.
        if (!account.Reservations.TryGetValue(settle.TradeId, out var order))
            return [];
        var execution = settle.Execution;
        var possible = execution.Outcome switch
        {
            TradeOutcome.Filled => execution.FilledQuantity == order.Quantity && execution.AveragePrice > 0,
            TradeOutcome.PartiallyFilled => execution.FilledQuantity > 0 && execution.FilledQuantity < order.Quantity && execution.AveragePrice > 0,
            _ => execution.FilledQuantity == 0,
        };
        if (!possible)
        {
            throw new InvalidOperationException(
                $"Trade {settle.TradeId} cannot be booked as {execution.Outcome} with {execution.FilledQuantity} of {order.Quantity} at {execution.AveragePrice}.");
        }
        return execution.FilledQuantity == 0
            ? [new ReservationReleased(settle.TradeId, execution.Outcome, execution.Reason, execution.ExecutedAt)]
            : [new TradeSettled(settle.TradeId, order.Symbol, order.Side, execution.FilledQuantity, execution.AveragePrice, execution.FeeUsd, execution.ExecutedAt, execution.FeeBase)];
    }

    private static Portfolio Book(TradeSettled settled, Portfolio account)
    {
        checked
        {
            var position = account.PositionIn(settled.Symbol);
            // Whatever the exchange tells, an average price with 28 digits too, is booked with eight decimals: their sums are exact.
            var notional = decimal.Round(settled.Quantity * settled.Price, MoneyDecimals);
            var fee = RoundUp(settled.FeeUsd);
            var bought = settled.Side == TradeAction.Buy;
            // What the exchange keeps in units is worth its part of the price, and leaves the position and not the cash.
            var feeUnits = settled.FeeBase ?? 0;
            var feeOfUnits = RoundUp(feeUnits * settled.Price);

            // A sale takes its share of the cost with it; the last unit takes all that is left, so no dust of cost stays behind.
            var costLeaving = bought ? 0
                : settled.Quantity + feeUnits == position.Quantity ? position.CostUsd
                : decimal.Round(position.CostUsd * (settled.Quantity + feeUnits) / position.Quantity, MoneyDecimals);
            var realised = bought ? 0 : notional - costLeaving + feeOfUnits;
            var remaining = new Position(
                position.Quantity + (bought ? settled.Quantity : -settled.Quantity) - feeUnits,
                position.CostUsd + (bought ? notional - feeOfUnits : -costLeaving),
                settled.Price);

            // Settlements around midnight may arrive in the other order: the newer day goes on, and takes the late one too.
            var settledOn = DateOnly.FromDateTime(settled.At.UtcDateTime);
            var day = settledOn > account.Day ? settledOn : account.Day;
            return account with
            {
                CashUsd = account.CashUsd + (bought ? -notional : notional) - fee,
                Positions = remaining.Quantity == 0 ? account.Positions.Remove(settled.Symbol) : account.Positions.SetItem(settled.Symbol, remaining),
                Reservations = account.Reservations.Remove(settled.TradeId),
                FeesUsd = account.FeesUsd + fee + feeOfUnits,
                RealisedUsd = account.RealisedUsd + realised,
                Day = day,
                RealisedOnDayUsd = (day == account.Day ? account.RealisedOnDayUsd : 0) + realised - fee - feeOfUnits,
                TradesSettled = account.TradesSettled + 1,
            };
        }
    }
}
