using System.Collections.Immutable;
using Trading.Contracts;

namespace Trading.Core;

// The state of an account after an event.
public sealed partial record Portfolio
{
    /// <summary>The state after an event.</summary>
    public static Portfolio Evolve(Portfolio? account, IAccountEvent happened) => happened switch
    {
        AccountOpened opened => Opened(opened),
        _ when account is null => throw new InvalidOperationException($"{happened.GetType().Name} comes before the account was opened."),
        LimitsSet set => account with { LimitsVersion = set.Version, Limits = set.Limits, LimitsBy = set.By },
        FundsReserved reserved => Promise(reserved, account),
        ReservationReleased released => Release(released, account),
        TradeSettled settled => Book(settled, account),
        TradingHalted => account with { State = TradingState.Halted },
        TradingReduced => account with { State = TradingState.Reducing },
        // An operator has reviewed the account: the counters start again.
        TradingResumed => account with
        {
            State = TradingState.Active,
            Latched = null,
            Flattening = false,
            PeakEquityUsd = 0,
            LosingTrades = 0,
            UnreviewedExecutions = 0,
        },
        SymbolStateSet set => account with { SymbolStates = States(account.SymbolStates, set) },
        FlattenOrdered => account with { Flattening = true, State = Stricter(account.State) },
        LimitLatched latched => account with { Latched = latched.Rule, State = Stricter(account.State) },
        PriceMarked marked => Mark(marked, account),
        MarksSet set => Marks.Set(set, account),
        CashAdjusted adjusted =>
            account.PaidIn(adjusted.AmountUsd, adjusted.AmountUsd) with { CashUsd = account.CashUsd + adjusted.AmountUsd },
        IExternalEvent external => account with { External = (account.External ?? ExternalState.None).Evolve(external) },
        OperatorCommanded => account,
        _ => Adopt(happened, account) ?? throw new InvalidOperationException($"Unknown account event {happened.GetType().Name}."),
    };

    private static Portfolio Opened(AccountOpened opened) => new(
        Id: StreamId(opened.Account),
        Account: opened.Account,
        MarketData: opened.MarketData,
        CashUsd: opened.CashUsd,
        Positions: ImmutableSortedDictionary<string, Position>.Empty,
        Reservations: ImmutableSortedDictionary<Guid, Order>.Empty,
        LimitsVersion: 0,
        Limits: null,
        LimitsBy: null,
        State: TradingState.Active,
        FeesUsd: 0,
        RealisedUsd: 0,
        AdjustedUsd: 0,
        Day: default,
        RealisedOnDayUsd: 0,
        TradesSettled: 0);

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
        // A resting stop neither counts into the pace nor starts a cooldown before it has sold.
        if (order.RestsOnExchange())
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
        if (released.Refusal is not null && order is not null && account.Positions.TryGetValue(order.Symbol, out var left))
            return account with { Positions = account.Positions.SetItem(order.Symbol, left.Refused(order.RestsOnExchange(), released)) };
        return released.ByOperator && order is not null && order.RestsOnExchange()
            && account.Positions.TryGetValue(order.Symbol, out var position)
            ? account with { Positions = account.Positions.SetItem(order.Symbol, position with { StopDeclined = true }) }
            : account;
    }

    // A stop that has sold is an exit from then on.
    private static ImmutableSortedDictionary<string, LastOrder>? AfterStop(TradeSettled settled, Portfolio account)
    {
        if (!account.Reservations.TryGetValue(settled.TradeId, out var order) || !order.RestsOnExchange())
            return account.LastOrders;
        var orders = account.LastOrders ?? ImmutableSortedDictionary<string, LastOrder>.Empty;
        var last = orders.GetValueOrDefault(settled.Symbol) ?? new(settled.Side, settled.Quantity, settled.At, null);
        return orders.SetItem(settled.Symbol, last with { ExitAt = settled.At });
    }

    private static TradingState Stricter(TradingState state) => state == TradingState.Halted ? state : TradingState.Reducing;

    private static ImmutableSortedDictionary<string, TradingState>? States(
        ImmutableSortedDictionary<string, TradingState>? states, SymbolStateSet set)
    {
        states ??= ImmutableSortedDictionary<string, TradingState>.Empty;
        states = set.State == TradingState.Active ? states.Remove(set.Symbol) : states.SetItem(set.Symbol, set.State);
        return states.IsEmpty ? null : states;
    }

    private static Portfolio Book(TradeSettled settled, Portfolio account)
    {
        checked
        {
            var booking = BookingOf(settled, account);
            var positions = booking.Position.Quantity == 0
                ? account.Positions.Remove(settled.Symbol) : account.Positions.SetItem(settled.Symbol, booking.Position);

            // Settlements around midnight may arrive in either order: the newer day stays, and also counts the late one.
            var settledOn = DateOnly.FromDateTime(settled.At.UtcDateTime);
            var day = settledOn > account.Day ? settledOn : account.Day;
            var reservations = account.Reservations.Remove(settled.TradeId);
            return PayFee(settled, account with
            {
                CashUsd = account.CashUsd + booking.CashUsd,
                Positions = positions,
                Reservations = reservations,
                LastOrders = AfterStop(settled, account),
                FeesUsd = account.FeesUsd + booking.FeesUsd,
                FeesElsewhereUsd = account.FeesElsewhereUsd + booking.FeesElsewhereUsd,
                RealisedUsd = account.RealisedUsd + booking.RealisedUsd,
                Day = day,
                RealisedOnDayUsd = (day == account.Day ? account.RealisedOnDayUsd : 0) + booking.RealisedUsd - booking.FeesUsd,
                TradesSettled = account.TradesSettled + 1,
                // A rest that is too small to be sold must not keep it open.
                Flattening = account.Flattening && (account with { Positions = positions, Reservations = reservations }).HoldsOrBuys(),
                LosingTrades = LosingTradesAfter(settled, booking, account),
                UnreviewedExecutions = account.UnreviewedExecutions + 1,
            });
        }
    }

    private static Booking BookingOf(TradeSettled settled, Portfolio account)
    {
        var position = account.PositionIn(settled.Symbol);
        return Booking.Of(settled, position, Begins(settled, position, account));
    }

    // How many sales in a row have lost.
    private static int LosingTradesAfter(TradeSettled settled, in Booking booking, Portfolio account) =>
        settled.Side == TradeAction.Buy ? account.LosingTrades
        : booking.RealisedUsd < booking.FeesUsd ? account.LosingTrades + 1 : 0;

    // A buy on top of a rest that is too small to be sold begins a new position: the rest's age and highest price do not apply to it.
    private static bool Begins(TradeSettled settled, Position position, Portfolio account) => position.Quantity == 0
        || (settled.Side == TradeAction.Buy && account.LimitsIn(settled.Symbol) is { } limits
            && !limits.IsSellable(position.Quantity, settled.Price));
}
