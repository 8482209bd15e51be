using Trading.Contracts;

namespace Trading.Core;

/// <summary>A position that may be left, as a value.</summary>
/// <param name="EntryPrice">Mean price paid, without fees; above 0.</param>
/// <param name="HighestPrice">Highest price since the entry.</param>
/// <param name="EnteredAt">When the position was begun.</param>
public readonly record struct Holding(decimal EntryPrice, decimal HighestPrice, DateTimeOffset EnteredAt);

/// <summary>
/// When a position is closed without a prediction: the stop, the target and the time limit (the triple barrier of M. López de Prado,
/// Advances in Financial Machine Learning, 2018, chapter 3), a stop that follows the price, the account's own losses, and an operator's
/// order to sell everything.
/// </summary>
public static class Exits
{
    /// <summary>The price at or below which the position is sold at a loss; null where there is no stop.</summary>
    public static decimal? StopPrice(ExitLimits limits, decimal entryPrice) => entryPrice * ExitShares.StopOf(limits);

    /// <summary>The barrier that a price at a time reaches; null for none.</summary>
    /// <param name="limits">The barriers.</param>
    /// <param name="holding">The position.</param>
    /// <param name="price">The price.</param>
    /// <param name="at">When it was observed.</param>
    /// <param name="trigger">The price at which the barrier stands; the observed one for the time limit.</param>
    public static ExitReason? ReachedBarrier(ExitLimits limits, in Holding holding, decimal price, DateTimeOffset at, out decimal trigger)
    {
        trigger = price;
        var shares = ExitShares.Of(limits);
        if (shares.StopPrice(holding.EntryPrice) is { } stop && price <= stop)
            return Reached(stop, ExitReason.StopLoss, out trigger);
        if (shares.TrailingStopPrice(holding) is { } trailing && price <= trailing)
            return Reached(trailing, ExitReason.TrailingStop, out trigger);
        if (shares.TargetPrice(holding.EntryPrice) is { } target && price >= target)
            return Reached(target, ExitReason.TakeProfit, out trigger);
        return limits.TimeLimitSeconds is { } seconds && at - holding.EnteredAt >= TimeSpan.FromSeconds(seconds)
            ? ExitReason.TimeLimit : null;
    }

    /// <summary>Whether the account's own losses end its positions.</summary>
    public static ExitReason? LossExit(RiskLimits limits, in RiskAccount account) =>
        limits.Exits is { AtDailyLoss: true } && account.DailyLossUsd >= account.EquityUsd * limits.MaxDailyLossShare ? ExitReason.DailyLoss
        : limits is { Exits.AtDrawdown: true, Losses.MaxDrawdownShare: { } share } && account.Drawdown >= share ? ExitReason.Drawdown
        : null;

    /// <summary>
    /// The exit that is due at a price; null when none is, or when nothing is left that could be sold. A price that is not newer than the
    /// last change of the position, or is older than its highest, has been checked already, or does not apply to it: so checking twice at
    /// the same price never sells twice.
    /// </summary>
    public static PositionExit? DueExit(Portfolio account, RiskLimits limits, in RiskAccount numbers, PriceObserved price) =>
        DueExit(account, limits, numbers, price.Symbol, price.Price, price.ObservedAt);

    /// <summary>The same, without the price's record.</summary>
    public static PositionExit? DueExit(Portfolio account, RiskLimits limits, in RiskAccount numbers, string symbol,
        decimal price, DateTimeOffset observedAt)
    {
        var position = account.PositionIn(symbol);
        if (position.Quantity == 0 || observedAt <= position.ChangedAt || observedAt < position.HighestAt
            || !limits.IsSellable(numbers.FreeQuantity, price))
            return null;
        var holding = new Holding(position.AverageCost(), Math.Max(position.HighestPrice, price), position.EnteredAt);
        var trigger = price;
        // A drawdown that latched stays reached, even if the next price of another symbol shows less.
        ExitReason? reason = account.Latched == RiskRule.Drawdown && limits.Exits is { AtDrawdown: true } ? ExitReason.Drawdown
            : observedAt < account.PeakAt ? null : LossExit(limits, numbers);
        if (reason is null && limits.Exits is { } barriers)
            reason = ReachedBarrier(barriers, holding, price, observedAt, out trigger);
        // An operator's slices do not keep the account from selling at once what it may not hold any longer.
        if (account.Flattening
            && reason is not (ExitReason.DailyLoss or ExitReason.Drawdown or ExitReason.StopLoss or ExitReason.TrailingStop))
            (reason, trigger) = (ExitReason.Flatten, price);
        return reason is { } why ? new PositionExit(why, trigger, holding.EntryPrice, holding.HighestPrice, holding.EnteredAt) : null;
    }

    /// <summary>
    /// The exit that would be due at a price if no sale that a prediction asked for held on to the units, and those sales; null where it is
    /// due anyway, or no such sale is open.
    /// </summary>
    public static (PositionExit Exit, IReadOnlyList<Guid> Sales)? ExitHeldBackBySales(
        Portfolio account, PriceObserved price, DateTimeOffset now)
    {
        if (account.LimitsIn(price.Symbol) is not { } limits)
            return null;
        List<Guid> sales = [];
        var promised = 0m;
        foreach (var (tradeId, order) in account.Reservations)
        {
            if (order.Side != TradeAction.Sell || order.Exit is not null || order.Symbol != price.Symbol)
                continue;
            sales.Add(tradeId);
            promised += order.Quantity;
        }
        var numbers = RiskAccount.Of(account, price.Symbol, price.Price, now);
        return sales.Count > 0 && DueExit(account, limits, numbers, price) is null
            && DueExit(account, limits, numbers with { FreeQuantity = numbers.FreeQuantity + promised }, price) is { } exit
            ? (exit, sales) : null;
    }

    private static ExitReason? Reached(decimal barrier, ExitReason reason, out decimal trigger)
    {
        trigger = barrier;
        return reason;
    }
}
