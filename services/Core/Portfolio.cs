using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Trading.Contracts;

namespace Trading.Core;

// The account, stream account-{name}: what it owns, what is promised to open orders, under which limits it trades, and whether it may.

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
/// <param name="LastPrice">Price of the last settlement or mark, to value the position when no newer price is at hand.</param>
/// <param name="EnteredAt">When the position was begun (UTC), a rest too small to be sold left aside.</param>
/// <param name="ChangedAt">When it was last bought or sold (UTC).</param>
/// <param name="HighestPrice">Highest price paid or marked since it was begun.</param>
/// <param name="HighestAt">When that price was marked (UTC); prices from before it are not measured against it.</param>
/// <param name="StopDeclined">Whether an operator took its stop off the exchange: it gets none until it is bought or sold again.</param>
public sealed record Position(
    decimal Quantity, decimal CostUsd, decimal LastPrice, DateTimeOffset EnteredAt = default, DateTimeOffset ChangedAt = default, decimal HighestPrice = 0, DateTimeOffset HighestAt = default,
    bool StopDeclined = false)
{
    /// <summary>Nothing held.</summary>
    public static readonly Position None = new(0, 0, 0);

    /// <summary>Mean price paid for a unit, without fees; 0 when nothing is held.</summary>
    public decimal AverageCost() => Quantity == 0 ? 0 : CostUsd / Quantity;

    /// <summary>Profit (positive) or loss if sold at a price, fees left aside.</summary>
    public decimal UnrealisedUsd(decimal price) => checked(Quantity * price - CostUsd);
}

/// <summary>How many orders there were lately, counted from their approval. An order that comes late counts into the running minute and day.</summary>
/// <param name="Minute">The newest UTC minute with an order, in minutes since 1970.</param>
/// <param name="InMinute">Orders in it.</param>
/// <param name="Day">The newest UTC day with an order, in days since 1970.</param>
/// <param name="OnDay">Orders on it.</param>
public sealed record OrderPace(long Minute, int InMinute, long Day, int OnDay)
{
    /// <summary>The minute of an instant.</summary>
    public static long MinuteOf(DateTimeOffset at) => Math.DivRem(at.ToUnixTimeSeconds(), 60).Quotient;

    /// <summary>The day of an instant.</summary>
    public static long DayOf(DateTimeOffset at) => Math.DivRem(at.ToUnixTimeSeconds(), 86_400).Quotient;

    /// <summary>The counts after an order.</summary>
    public static OrderPace After(OrderPace? pace, DateTimeOffset at)
    {
        var (minute, day) = (Math.Max(MinuteOf(at), pace?.Minute ?? 0), Math.Max(DayOf(at), pace?.Day ?? 0));
        return new(minute, (pace?.Minute == minute ? pace.InMinute : 0) + 1, day, (pace?.Day == day ? pace.OnDay : 0) + 1);
    }
}

/// <summary>The newest order of a symbol.</summary>
/// <param name="Side">Buy or sell.</param>
/// <param name="Quantity">Units of the base currency.</param>
/// <param name="At">When it was approved (UTC).</param>
/// <param name="ExitAt">When the symbol's last exit was approved (UTC); null when there was none.</param>
public sealed record LastOrder(TradeAction Side, decimal Quantity, DateTimeOffset At, DateTimeOffset? ExitAt);

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
/// <param name="RealisedUsd">Profit of all sales so far against average cost, fees left aside.</param>
/// <param name="AdjustedUsd">Cash paid in and out since the account was opened.</param>
/// <param name="Day">Latest UTC day of a settlement.</param>
/// <param name="RealisedOnDayUsd">Profit of that day's sales less that day's fees.</param>
/// <param name="TradesSettled">Trades with a fill so far.</param>
/// <param name="External">What is known of the exchange; null before one was compared with.</param>
/// <param name="SymbolStates">States of symbols that may trade less than the account; null for none.</param>
/// <param name="Latched">The limit that made the account reduce until an operator resumes; null for none.</param>
/// <param name="Flattening">Whether everything is being sold.</param>
/// <param name="PeakEquityUsd">Highest equity that was marked since trading was last resumed, cash paid in and out since then included; 0 before any.</param>
/// <param name="PeakAt">When that equity was marked (UTC); prices from before it are not measured against it.</param>
/// <param name="LosingTrades">Sales in a row that lost after fees.</param>
/// <param name="UnreviewedExecutions">Trades with a fill since trading was last resumed.</param>
/// <param name="Pace">How many orders there were lately; null before the first.</param>
/// <param name="LastOrders">The newest order of each symbol; null before the first.</param>
/// <param name="FeesElsewhereUsd">The part of the fees that was paid in other assets, and with none of the account's cash.</param>
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
    /// <summary>Decimals to which cost and money derived by division are rounded; eight, as exchanges do.</summary>
    public const int MoneyDecimals = 8;

    /// <summary>Move of a price from which on the price of one of several symbols is marked, as a share of the last one.</summary>
    public const decimal MovedShare = 0.001m;

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

    /// <summary>Units of a symbol that no open sale has a claim on; a stop that rests on an exchange has none.</summary>
    public decimal FreeQuantity(string symbol) => Math.Max(0, PositionIn(symbol).Quantity - Reservations.Values
        .Where(order => order.Side == TradeAction.Sell && order.Symbol == symbol && !RestingStops.Rests(order))
        .Sum(order => order.Quantity));

    /// <summary>Whether anything is held that an exchange would take an order for, at the prices of the last settlements.</summary>
    public bool HoldsSellable()
    {
        foreach (var (symbol, position) in Positions)
        {
            if (LimitsIn(symbol) is not { } limits || Exits.IsSellable(position.Quantity, limits, position.LastPrice))
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
        var equity = CashUsd;
        foreach (var (held, position) in Positions)
            equity += position.Quantity * (held == symbol ? price : position.LastPrice);
        return equity;
    }

    /// <summary>The stricter of the states of the account and of a symbol.</summary>
    public TradingState StateOf(string symbol) =>
        SymbolStates is not null && SymbolStates.TryGetValue(symbol, out var state) && state > TradableState() ? state : TradableState();

    /// <summary>The limits in force for a symbol, within what its exchange takes; null before any were set.</summary>
    public RiskLimits? LimitsIn(string symbol) =>
        External?.Products is { } products && products.TryGetValue(symbol, out var product) ? Limits?.Within(product) : Limits;

    /// <summary>The state that keeps an order from going out now, whatever the account was when it was approved; null when it may. Whether the account agrees with its exchange is another question.</summary>
    public TradingState? Forbids(Order order) => (this with { External = null }).StateOf(order.Symbol) switch
    {
        TradingState.Halted => TradingState.Halted,
        TradingState.Reducing when order.Side == TradeAction.Buy => TradingState.Reducing,
        _ => null,
    };

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
        // On an active account it says that an operator has looked: what is counted until then begins anew.
        (ResumeTrading resume, _) => account is { State: TradingState.Active, UnreviewedExecutions: 0, LosingTrades: 0, PeakEquityUsd: 0 } ? [] : [new TradingResumed(resume.By, resume.Reason, resume.At)],
        (SetSymbolState set, _) => (account.SymbolStates?.GetValueOrDefault(set.Symbol) ?? TradingState.Active) == set.State
            ? [] : [new SymbolStateSet(set.Symbol, set.State, set.By, set.Reason, set.At)],
        (FlattenPositions flatten, _) => account.Flattening || !account.HoldsOrBuys() ? [] : [new FlattenOrdered(flatten.By, flatten.Reason, flatten.At)],
        (WatchPrice watch, _) => Watch(watch, account),
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
        FundsReserved reserved => Promise(reserved, account),
        ReservationReleased released => Release(released, account),
        TradeSettled settled => Book(settled, account),
        TradingHalted => account with { State = TradingState.Halted },
        TradingReduced => account with { State = TradingState.Reducing },
        // What an operator has looked at begins anew.
        TradingResumed => account with
        {
            State = TradingState.Active, Latched = null, Flattening = false, PeakEquityUsd = 0, LosingTrades = 0, UnreviewedExecutions = 0,
        },
        SymbolStateSet set => account with { SymbolStates = States(account.SymbolStates, set) },
        FlattenOrdered => account with { Flattening = true, State = Stricter(account.State) },
        LimitLatched latched => account with { Latched = latched.Rule, State = Stricter(account.State) },
        PriceMarked marked => Mark(marked, account),
        CashAdjusted adjusted => account with
        {
            CashUsd = account.CashUsd + adjusted.AmountUsd,
            AdjustedUsd = account.AdjustedUsd + adjusted.AmountUsd,
            PeakEquityUsd = account.PeakEquityUsd == 0 ? 0 : Math.Max(0, account.PeakEquityUsd + adjusted.AmountUsd),
        },
        IExternalEvent external => account with { External = (account.External ?? ExternalState.None).Evolve(external) },
        OperatorCommanded => account,
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
        if (execution.FilledQuantity == 0)
            return [new ReservationReleased(settle.TradeId, execution.Outcome, execution.Reason, execution.ExecutedAt, settle.ByOperator && RestingStops.Rests(order))];
        var settled = new TradeSettled(settle.TradeId, order.Symbol, order.Side, execution.FilledQuantity, execution.AveragePrice, execution.FeeUsd, execution.ExecutedAt, execution.FeeBase, execution.FeeValueUsd);
        return Latch(Book(settled, account), settled.At) is { } latched ? [settled, latched] : [settled];
    }

    // Executions and losses in a row show when an order is booked.
    private static LimitLatched? Latch(Portfolio account, DateTimeOffset at)
    {
        if (account is not { Latched: null, Limits.Losses: { } losses })
            return null;
        return account.LosingTrades >= losses.MaxLosingTrades ? Reached(RiskRule.LosingTrades, account.LosingTrades, losses.MaxLosingTrades.Value)
            : account.UnreviewedExecutions >= losses.MaxUnreviewedExecutions ? Reached(RiskRule.UnreviewedExecutions, account.UnreviewedExecutions, losses.MaxUnreviewedExecutions.Value)
            : null;

        LimitLatched Reached(RiskRule rule, int observed, int limit) => new(rule, observed, limit, account.LimitsVersion, null, null, at);
    }

    private static List<IAccountEvent> Watch(WatchPrice watch, Portfolio account)
    {
        var position = account.PositionIn(watch.Symbol);
        var drawdown = account.Limits?.Losses?.MaxDrawdownShare;
        // A price that is not newer than the position says nothing about it, one from before the highest equity nothing about the fall from there.
        if (watch.At <= position.ChangedAt)
            return [];
        var higher = position.Quantity > 0 && account.Limits?.Exits?.TrailingStopPercent is not null && watch.Price > position.HighestPrice;
        var richer = drawdown is not null && account.EquityUsd(watch.Symbol, watch.Price) > account.PeakEquityUsd;
        // At a price of one symbol the others are worth what was last known of them.
        var moved = position.Quantity > 0 && account.Positions.Count > 1 && Math.Abs(watch.Price - position.LastPrice) >= position.LastPrice * MovedShare;
        List<IAccountEvent> happened = higher || richer || moved ? [new PriceMarked(watch.Symbol, watch.Price, watch.At)] : [];
        var equity = account.EquityUsd(watch.Symbol, watch.Price);
        if (account.Latched is null && watch.At >= account.PeakAt && drawdown is { } limit && equity < account.PeakEquityUsd && 1 - equity / account.PeakEquityUsd is var fall && fall >= limit)
            happened.Add(new LimitLatched(RiskRule.Drawdown, fall, limit, account.LimitsVersion, watch.Symbol, watch.Price, watch.At));
        return happened;
    }

    private static Portfolio Mark(PriceMarked marked, Portfolio account)
    {
        var equity = account.EquityUsd(marked.Symbol, marked.Price);
        if (account.Positions.TryGetValue(marked.Symbol, out var position) && marked.At > position.ChangedAt)
        {
            position = position with { LastPrice = marked.Price };
            if (marked.Price > position.HighestPrice)
                position = position with { HighestPrice = marked.Price, HighestAt = marked.At };
            account = account with { Positions = account.Positions.SetItem(marked.Symbol, position) };
        }
        return equity > account.PeakEquityUsd ? account with { PeakEquityUsd = equity, PeakAt = marked.At } : account;
    }

    private static Portfolio Promise(FundsReserved reserved, Portfolio account)
    {
        var order = reserved.Order;
        // A stop that rests is no step of trading: it neither counts into the pace nor begins a cooldown before it has sold.
        if (RestingStops.Rests(order))
            return account with { Reservations = account.Reservations.Add(reserved.TradeId, order) };
        var orders = account.LastOrders ?? ImmutableSortedDictionary<string, LastOrder>.Empty;
        var exitAt = order.Exit is null ? orders.GetValueOrDefault(order.Symbol)?.ExitAt : reserved.At;
        return account with
        {
            Reservations = account.Reservations.Add(reserved.TradeId, order),
            Pace = OrderPace.After(account.Pace, reserved.At),
            LastOrders = orders.SetItem(order.Symbol, new(order.Side, order.Quantity, reserved.At, exitAt)),
        };
    }

    private static Portfolio Release(ReservationReleased released, Portfolio account)
    {
        var order = account.Reservations.GetValueOrDefault(released.TradeId);
        account = account with { Reservations = account.Reservations.Remove(released.TradeId) };
        account = account with { Flattening = account.Flattening && account.HoldsOrBuys() };
        return released.ByOperator && order is not null && RestingStops.Rests(order) && account.Positions.TryGetValue(order.Symbol, out var position)
            ? account with { Positions = account.Positions.SetItem(order.Symbol, position with { StopDeclined = true }) }
            : account;
    }

    // A stop that has sold is an exit from then on.
    private static ImmutableSortedDictionary<string, LastOrder>? AfterStop(TradeSettled settled, Portfolio account)
    {
        if (!account.Reservations.TryGetValue(settled.TradeId, out var order) || !RestingStops.Rests(order))
            return account.LastOrders;
        var orders = account.LastOrders ?? ImmutableSortedDictionary<string, LastOrder>.Empty;
        var last = orders.GetValueOrDefault(settled.Symbol) ?? new(settled.Side, settled.Quantity, settled.At, null);
        return orders.SetItem(settled.Symbol, last with { ExitAt = settled.At });
    }

    private static TradingState Stricter(TradingState state) => state == TradingState.Halted ? state : TradingState.Reducing;

    private static ImmutableSortedDictionary<string, TradingState>? States(ImmutableSortedDictionary<string, TradingState>? states, SymbolStateSet set)
    {
        states ??= ImmutableSortedDictionary<string, TradingState>.Empty;
        states = set.State == TradingState.Active ? states.Remove(set.Symbol) : states.SetItem(set.Symbol, set.State);
        return states.IsEmpty ? null : states;
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
            // What is paid in a third asset costs the account's result and not its cash: that asset is not the account's.
            var feeElsewhere = RoundUp(settled.FeeValueUsd ?? 0);
            var fees = fee + feeOfUnits + feeElsewhere;

            // A sale takes its share of the cost with it; the last unit takes all that is left, so no dust of cost stays behind.
            var costLeaving = bought ? 0
                : settled.Quantity + feeUnits == position.Quantity ? position.CostUsd
                : decimal.Round(position.CostUsd * (settled.Quantity + feeUnits) / position.Quantity, MoneyDecimals);
            // A rest that is too small to be sold is no position that a buy could go on with: its age and its highest price say nothing about what is bought.
            var begins = position.Quantity == 0 || (bought && account.LimitsIn(settled.Symbol) is { } limits && !Exits.IsSellable(position.Quantity, limits, settled.Price));
            var realised = bought ? 0 : notional - costLeaving + feeOfUnits;
            var remaining = new Position(
                position.Quantity + (bought ? settled.Quantity : -settled.Quantity) - feeUnits,
                position.CostUsd + (bought ? notional - feeOfUnits : -costLeaving),
                settled.Price,
                begins ? settled.At : position.EnteredAt,
                settled.At > position.ChangedAt ? settled.At : position.ChangedAt,
                begins ? settled.Price : bought ? Math.Max(position.HighestPrice, settled.Price) : position.HighestPrice,
                begins ? default : position.HighestAt);
            var positions = remaining.Quantity == 0 ? account.Positions.Remove(settled.Symbol) : account.Positions.SetItem(settled.Symbol, remaining);

            // Settlements around midnight may arrive in the other order: the newer day goes on, and takes the late one too.
            var settledOn = DateOnly.FromDateTime(settled.At.UtcDateTime);
            var day = settledOn > account.Day ? settledOn : account.Day;
            var reservations = account.Reservations.Remove(settled.TradeId);
            return account with
            {
                CashUsd = account.CashUsd + (bought ? -notional : notional) - fee,
                Positions = positions,
                Reservations = reservations,
                LastOrders = AfterStop(settled, account),
                FeesUsd = account.FeesUsd + fees,
                FeesElsewhereUsd = account.FeesElsewhereUsd + feeElsewhere,
                RealisedUsd = account.RealisedUsd + realised,
                Day = day,
                RealisedOnDayUsd = (day == account.Day ? account.RealisedOnDayUsd : 0) + realised - fees,
                TradesSettled = account.TradesSettled + 1,
                // What cannot be sold ends it too: a rest below a lot stays for ever.
                Flattening = account.Flattening && (account with { Positions = positions, Reservations = reservations }).HoldsOrBuys(),
                LosingTrades = bought ? account.LosingTrades : realised < fees ? account.LosingTrades + 1 : 0,
                UnreviewedExecutions = account.UnreviewedExecutions + 1,
            };
        }
    }
}
