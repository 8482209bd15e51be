using Trading.Contracts;

namespace Trading.Core;

// What a command does to an account.
public sealed partial record Portfolio
{
    /// <summary>What a command does to an account; nothing when it has been done already.</summary>
    /// <exception cref="InvalidOperationException">The command breaks an invariant: the caller did not check what it had to.</exception>
    public static IReadOnlyList<IAccountEvent> Decide(IAccountCommand command, Portfolio? account) => (command, account) switch
    {
        (OpenAccount { CashUsd: < 0 } open, _) =>
            throw new InvalidOperationException(FormattableString.Invariant($"An account cannot be opened with {open.CashUsd} USD.")),
        (OpenAccount open, null) => [new AccountOpened(open.Account, open.MarketData, open.CashUsd, open.At)],
        (OpenAccount open, _) when account.MarketData == open.MarketData => [],
        (OpenAccount open, _) => throw new InvalidOperationException(
            $"Account {account.Account} trades on {account.MarketData} prices and cannot go on with {open.MarketData} ones."),
        (_, null) => throw new InvalidOperationException($"{command.GetType().Name} needs an account that was opened."),
        (SetLimits set, _) when set.Limits.Violations() is { Count: > 0 } violations => throw new InvalidOperationException(
            $"The limits cannot be put in force: {string.Join("; ", violations)}."),
        (SetLimits set, _) =>
            set.Limits == account.Limits ? [] : [new LimitsSet(account.LimitsVersion + 1, set.Limits, set.By, set.Reason, set.At)],
        (ReserveFunds reserve, _) => Reserve(reserve, account),
        (SettleTrade settle, _) => Settle(settle, account),
        (HaltTrading halt, _) => account.State == TradingState.Halted ? [] : [new TradingHalted(halt.By, halt.Reason, halt.At)],
        (ReduceTrading reduce, _) => account.State == TradingState.Reducing || (reduce.OnlyTighten && account.State == TradingState.Halted)
            ? [] : [new TradingReduced(reduce.By, reduce.Reason, reduce.At)],
        // On an active account it means that an operator has reviewed it: the counters start again.
        (ResumeTrading resume, _) => account is { State: TradingState.Active, UnreviewedExecutions: 0, LosingTrades: 0, PeakEquityUsd: 0 }
            ? [] : [new TradingResumed(resume.By, resume.Reason, resume.At)],
        (SetSymbolState set, _) => (account.SymbolStates?.GetValueOrDefault(set.Symbol) ?? TradingState.Active) == set.State
            ? [] : [new SymbolStateSet(set.Symbol, set.State, set.By, set.Reason, set.At)],
        (FlattenPositions flatten, _) =>
            account.Flattening || !account.HoldsOrBuys() ? [] : [new FlattenOrdered(flatten.By, flatten.Reason, flatten.At)],
        (WatchPrice watch, _) => Watch(watch, account),
        (SetMarks { HighestPrice: <= 0 } set, _) =>
            throw new InvalidOperationException(FormattableString.Invariant($"{set.HighestPrice} is no price.")),
        (SetMarks set, _) => [new MarksSet(set.Symbol, set.HighestPrice, set.By, set.Reason, set.At)],
        (AdjustCash adjust, _) => account.FreeCashUsd() + adjust.AmountUsd < 0
            ? throw new InvalidOperationException(FormattableString.Invariant(
                $"{-adjust.AmountUsd} USD cannot be paid out: only {account.FreeCashUsd()} USD are free."))
            : [new CashAdjusted(adjust.AmountUsd, adjust.By, adjust.Reason, adjust.At)],
        _ => DecideAdoption(command, account) ?? (account.External ?? ExternalState.None).Decide(command)
            ?? throw new InvalidOperationException($"Unknown command {command.GetType().Name}."),
    };

    private static IReadOnlyList<IAccountEvent> Reserve(ReserveFunds reserve, Portfolio account)
    {
        if (account.Reservations.ContainsKey(reserve.TradeId))
            return [];
        var order = reserve.Order;
        if (order.Side == TradeAction.Buy && order.ReservedUsd > account.FreeCashUsd())
            throw new InvalidOperationException(FormattableString.Invariant(
                $"{order.ReservedUsd} USD cannot be reserved: only {account.FreeCashUsd()} USD are free."));
        if (order.Side == TradeAction.Sell && order.Quantity > account.FreeQuantity(order.Symbol))
            throw new InvalidOperationException(FormattableString.Invariant(
                $"{order.Quantity} {order.Symbol} cannot be sold: only {account.FreeQuantity(order.Symbol)} are free."));
        return [new FundsReserved(reserve.TradeId, order, reserve.At)];
    }

    private static IReadOnlyList<IAccountEvent> Settle(SettleTrade settle, Portfolio account)
    {
        // Without a reservation the order was booked before: a settlement ends a reservation and nothing else.
        if (!account.Reservations.TryGetValue(settle.TradeId, out var order))
            return [];
        var execution = settle.Execution;
        var possible = execution.Outcome switch
        {
            TradeOutcome.Filled => execution.FilledQuantity == order.Quantity && execution.AveragePrice > 0,
            TradeOutcome.PartiallyFilled =>
                execution.FilledQuantity > 0 && execution.FilledQuantity < order.Quantity && execution.AveragePrice > 0,
            _ => execution.FilledQuantity == 0,
        };
        if (!possible)
        {
            throw new InvalidOperationException(FormattableString.Invariant(
                $"Trade {settle.TradeId} cannot be booked as {execution.Outcome} with {execution.FilledQuantity} of {order.Quantity} ")
                + FormattableString.Invariant($"at {execution.AveragePrice}."));
        }
        if (execution.FilledQuantity == 0)
        {
            var refused = order.Exit is not null && execution.Refusal is not null;
            return [new ReservationReleased(settle.TradeId, execution.Outcome, execution.Reason, execution.ExecutedAt,
                settle.ByOperator && order.RestsOnExchange(), refused ? execution.Refusal : null, refused ? order.Symbol : null)];
        }
        var settled = new TradeSettled(settle.TradeId, order.Symbol, order.Side, execution.FilledQuantity, execution.AveragePrice,
            execution.FeeUsd, execution.ExecutedAt, execution.FeeBase, execution.FeeValueUsd, execution.FeeAsset, execution.FeeUnits);
        return Latch(settled, account) is { } latched ? [settled, latched] : [settled];
    }

    // Executions and losses in a row show when an order is booked.
    private static LimitLatched? Latch(TradeSettled settled, Portfolio account)
    {
        if (account is not { Latched: null, Limits.Losses: { MaxLosingTrades: not null } or { MaxUnreviewedExecutions: not null } })
            return null;
        var (losses, executions) = (account.Limits.Losses, account.UnreviewedExecutions + 1);
        var losing = LosingTradesAfter(settled, BookingOf(settled, account), account);
        return losing >= losses.MaxLosingTrades ? Reached(RiskRule.LosingTrades, losing, losses.MaxLosingTrades.Value)
            : executions >= losses.MaxUnreviewedExecutions
                ? Reached(RiskRule.UnreviewedExecutions, executions, losses.MaxUnreviewedExecutions.Value)
            : null;

        LimitLatched Reached(RiskRule rule, int observed, int limit) =>
            new(rule, observed, limit, account.LimitsVersion, null, null, settled.At);
    }

    private static List<IAccountEvent> Watch(WatchPrice watch, Portfolio account)
    {
        var position = account.PositionIn(watch.Symbol);
        var drawdown = account.Limits?.Losses?.MaxDrawdownShare;
        // A price that is not newer than the position does not apply to it, and one from before the peak does not measure the fall from it.
        if (watch.At <= position.ChangedAt)
            return [];
        var higher = position.Quantity > 0 && account.Limits?.Exits?.TrailingStopPercent is not null && watch.Price > position.HighestPrice;
        var richer = drawdown is not null && account.EquityUsd(watch.Symbol, watch.Price) > account.PeakEquityUsd;
        // The other symbols are valued at their last known prices.
        var moved = position.Quantity > 0 && account.Positions.Count > 1
            && Math.Abs(watch.Price - position.LastPrice) >= position.LastPrice * MovedShare;
        List<IAccountEvent> happened = higher || richer || moved ? [new PriceMarked(watch.Symbol, watch.Price, watch.At)] : [];
        var equity = account.EquityUsd(watch.Symbol, watch.Price);
        if (account.Latched is null && watch.At >= account.PeakAt && drawdown is { } limit && equity < account.PeakEquityUsd
            && 1 - equity / account.PeakEquityUsd is var fall && fall >= limit)
            happened.Add(new LimitLatched(RiskRule.Drawdown, fall, limit, account.LimitsVersion, watch.Symbol, watch.Price, watch.At));
        return happened;
    }
}
