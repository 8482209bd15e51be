using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Trading.Contracts;

namespace Trading.Core;

// The account, stream account-{name}: what it owns, what its open orders have reserved, its limits, and whether it may trade.

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
/// <param name="FeesUsd">All fees paid so far, those in other assets at what they were worth.</param>
/// <param name="RealisedUsd">Profit of all sales so far against average cost, without fees.</param>
/// <param name="AdjustedUsd">Cash paid in and out since the account was opened.</param>
/// <param name="Day">Latest UTC day of a settlement.</param>
/// <param name="RealisedOnDayUsd">Profit of that day's sales less that day's fees.</param>
/// <param name="TradesSettled">Trades with a fill so far.</param>
/// <param name="External">What is known of the exchange; null before one was compared with.</param>
/// <param name="SymbolStates">States of symbols that may trade less than the account; null for none.</param>
/// <param name="Latched">The limit that made the account reduce until an operator resumes; null for none.</param>
/// <param name="Flattening">Whether everything is being sold.</param>
/// <param name="PeakEquityUsd">
/// Highest equity that was marked since trading was last resumed, cash paid in and out since then included; 0 before any.
/// </param>
/// <param name="PeakAt">When that equity was marked (UTC); prices from before it are not measured against it.</param>
/// <param name="LosingTrades">Sales in a row that lost after fees.</param>
/// <param name="UnreviewedExecutions">Trades with a fill since trading was last resumed.</param>
/// <param name="Pace">How many orders there were recently; null before the first.</param>
/// <param name="LastOrders">The newest order of each symbol; null before the first.</param>
/// <param name="FeesElsewhereUsd">The part of the fees that was paid in other assets, not with the account's cash.</param>
public sealed partial record Portfolio(
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
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ExternalState? External = null,
    ImmutableSortedDictionary<string, TradingState>? SymbolStates = null,
    RiskRule? Latched = null,
    bool Flattening = false,
    decimal PeakEquityUsd = 0,
    DateTimeOffset PeakAt = default,
    int LosingTrades = 0,
    int UnreviewedExecutions = 0,
    OrderPace? Pace = null,
    ImmutableSortedDictionary<string, LastOrder>? LastOrders = null,
    decimal FeesElsewhereUsd = 0)
{
    /// <summary>With several symbols, a price that moved by at least this share of the last one is marked.</summary>
    public const decimal MovedShare = 0.001m;

    /// <summary>Whether the account may trade now: not before it was compared with its exchange, even if operators allow it.</summary>
    public TradingState TradableState() => External is { Pending: true } ? TradingState.Halted : State;

    /// <summary>
    /// Whether a time of the account or of a symbol's position lies further ahead than clocks may differ, so that no price would count as
    /// newer: <see cref="SetMarks"/> sets it right.
    /// </summary>
    public bool IsAhead(string symbol, DateTimeOffset now) => Marks.AreAhead(this, symbol, now);

    /// <summary>The stream of an account.</summary>
    public static string StreamId(string account) => $"{StreamPrefix}{account}";

    /// <summary>Whether a stream is that of an account.</summary>
    public static bool IsStream(string streamId) => streamId.StartsWith(StreamPrefix, StringComparison.Ordinal);

    private const string StreamPrefix = "account-";

    /// <summary>Cash set aside for open buys.</summary>
    public decimal ReservedUsd() => Reservations.IsEmpty ? 0 : Reservations.Values.Sum(order => order.ReservedUsd);

    /// <summary>Cash that no order has reserved.</summary>
    public decimal FreeCashUsd() => CashUsd - ReservedUsd();

    /// <summary>What is held of a symbol.</summary>
    public Position PositionIn(string symbol) => Positions.GetValueOrDefault(symbol, Position.None);

    /// <summary>Units of a symbol that no open sale has reserved; a stop that rests on an exchange reserves none.</summary>
    public decimal FreeQuantity(string symbol) => Math.Max(0, PositionIn(symbol).Quantity - Reservations.Values
        .Where(order => order.Side == TradeAction.Sell && order.Symbol == symbol && !order.RestsOnExchange())
        .Sum(order => order.Quantity));

    /// <summary>Whether anything is held that an exchange would take an order for, at the prices of the last settlements.</summary>
    public bool HoldsSellable()
    {
        foreach (var (symbol, position) in Positions)
        {
            if (LimitsIn(symbol) is not { } limits || limits.IsSellable(position.Quantity, position.LastPrice))
                return true;
        }
        return false;
    }

    /// <summary>Whether there is anything to be sold, now or when an open buy fills.</summary>
    public bool HoldsOrBuys()
    {
        foreach (var (_, order) in Reservations)
        {
            if (order.Side == TradeAction.Buy)
                return true;
        }
        return HoldsSellable();
    }

    /// <summary>Cash plus positions: one symbol at a given price, the others at their last settlement's.</summary>
    public decimal EquityUsd(string symbol, decimal price)
    {
        // Most accounts hold one symbol, and a look-up costs a fraction of an enumeration.
        if (Positions.Count == 1 && Positions.TryGetValue(symbol, out var only))
            return CashUsd + only.Quantity * price;
        var equity = CashUsd;
        foreach (var (held, position) in Positions)
            equity += position.Quantity * (held == symbol ? price : position.LastPrice);
        return equity;
    }

    /// <summary>
    /// The loss of a day: what sales of that UTC day lost after fees, plus what the open positions are now worth below their cost. Open
    /// profits do not make up for it. Never negative.
    /// </summary>
    /// <param name="symbol">The symbol whose price is given; the others are worth their last one.</param>
    /// <param name="price">Its price.</param>
    /// <param name="day">The UTC day.</param>
    public decimal DailyLossUsd(string symbol, decimal price, DateOnly day)
    {
        // A clock that is behind at midnight still counts into the new day.
        var realised = Day >= day ? RealisedOnDayUsd : 0;
        decimal open = 0;
        if (Positions.Count == 1 && Positions.TryGetValue(symbol, out var only))
            return Math.Max(0, -(realised + Math.Min(0, only.UnrealisedUsd(price))));
        foreach (var (held, position) in Positions)
            open += Math.Min(0, position.UnrealisedUsd(held == symbol ? price : position.LastPrice));
        return Math.Max(0, -(realised + open));
    }

    /// <summary>The stricter of the states of the account and of a symbol.</summary>
    public TradingState StateOf(string symbol) =>
        SymbolStates is not null && SymbolStates.TryGetValue(symbol, out var state) && state > TradableState() ? state : TradableState();

    /// <summary>The limits in force for a symbol, within what its exchange takes; null before any were set.</summary>
    public RiskLimits? LimitsIn(string symbol) =>
        External?.Products is { } products && products.TryGetValue(symbol, out var product) ? Limits?.Within(product) : Limits;

    /// <summary>
    /// The state that forbids sending an order now, whatever the state was when it was approved; null when it may be sent. Differences with
    /// the exchange are checked elsewhere.
    /// </summary>
    public TradingState? Forbids(Order order) => (this with { External = null }).StateOf(order.Symbol) switch
    {
        TradingState.Halted => TradingState.Halted,
        TradingState.Reducing when order.Side == TradeAction.Buy => TradingState.Reducing,
        _ => null,
    };
}
