using Trading.Contracts;

namespace Trading.Core;

/// <summary>Decides on predictions and exits: sizes the requested order, and refuses it where a limit forbids it.</summary>
public static class Risk
{
    /// <summary>Room that the checks of one decision need.</summary>
    public const int MostChecks = 40;

    /// <summary>
    /// Assesses a prediction against an account. Every rule that applies is checked and recorded, also after the first refusal.
    /// </summary>
    /// <param name="account">The account as read; its limits must have been set.</param>
    /// <param name="accountVersion">Version of the account stream that was read.</param>
    /// <param name="prediction">What is decided on.</param>
    /// <param name="now">The time of the decision.</param>
    public static Assessment Assess(Portfolio account, long accountVersion, PredictionMade prediction, DateTimeOffset now)
    {
        var limits = LimitsOf(account, prediction.Price.Symbol);
        var numbers = RiskAccount.Of(account, prediction.Price.Symbol, prediction.Price.Price, now);
        var ordered = account.Reservations.ContainsKey(DerivedId.Trade(prediction.PredictionId));
        var side = prediction.Strategy?.Target is { } target
            ? Rebalancing.Side(numbers, limits, prediction.Price.Price, Rebalancing.Share(target)) : limits.Signal.AskedBy(prediction);
        var request = RiskRequest.Of(prediction, side, now, ordered);
        return Record(account, accountVersion, limits, numbers, request, now, prediction.ExpiresAt, null);
    }

    /// <summary>
    /// Assesses the exit that is due at a price; null when none is. An exit passes through few rules: confidence, pace and losses never
    /// keep a position open.
    /// </summary>
    /// <param name="account">The account as read; its limits must have been set.</param>
    /// <param name="accountVersion">Version of the account stream that was read.</param>
    /// <param name="price">The price.</param>
    /// <param name="now">The time of the decision.</param>
    public static RiskAssessed? AssessExit(Portfolio account, long accountVersion, PriceObserved price, DateTimeOffset now)
    {
        var limits = LimitsOf(account, price.Symbol);
        // Refused again and again, a sale is tried with growing pauses.
        if (account.PositionIn(price.Symbol) is var position && (position.Quantity == 0 || position.ExitRefused?.Next() > now))
            return null;
        var numbers = RiskAccount.Of(account, price.Symbol, price.Price, now);
        if (Exits.DueExit(account, limits, numbers, price) is not { } exit)
            return null;
        var tradeId = DerivedId.Exit(price.PriceId, exit.Reason);
        var request = RiskRequest.Of(price, exit.Reason, now, account.Reservations.ContainsKey(tradeId));
        var expiresAt = price.ObservedAt.AddSeconds(limits.MaxPriceAgeSeconds);
        return new(tradeId, null, Record(account, accountVersion, limits, numbers, request, now, expiresAt, exit), price);
    }

    /// <summary>
    /// Assesses the stop that is to be set on the exchange below a position; null when none is missing. To be asked for where no exit is
    /// due.
    /// </summary>
    /// <param name="account">The account as read; its limits must have been set.</param>
    /// <param name="accountVersion">Version of the account stream that was read.</param>
    /// <param name="price">The price.</param>
    /// <param name="now">The time of the decision.</param>
    public static RiskAssessed? AssessStop(Portfolio account, long accountVersion, PriceObserved price, DateTimeOffset now)
    {
        var limits = LimitsOf(account, price.Symbol);
        if (account.PositionIn(price.Symbol).StopRefused?.Next() > now
            || StopOnExchange.Wanted(account, limits, price) is not { TriggerPrice: var trigger } stop)
            return null;
        var numbers = RiskAccount.Of(account, price.Symbol, price.Price, now);
        var tradeId = DerivedId.Stop(price.PriceId);
        var request = RiskRequest.Of(price, stop.Reason, now, account.Reservations.ContainsKey(tradeId)) with
        { Type = OrderType.Stop, Price = trigger };
        return StopOnExchange.IsMissing(account, limits, price.Symbol, OrderSize.Of(numbers, limits, request), trigger)
            ? new(tradeId, null, Record(account, accountVersion, limits, numbers, request, now,
                price.ObservedAt.AddSeconds(limits.MaxPriceAgeSeconds), stop), price)
            : null;
    }

    /// <summary>Decides without recording anything, and without allocating memory.</summary>
    /// <param name="account">The account's numbers at the price.</param>
    /// <param name="limits">The limits in force.</param>
    /// <param name="request">The request.</param>
    /// <param name="checks">Filled with the checks; at least <see cref="MostChecks"/> long.</param>
    /// <param name="verdictAlone">Whether checks after the first that refuses may be left out.</param>
    public static RiskDecision Decide(in RiskAccount account, RiskLimits limits, in RiskRequest request,
        Span<RiskCheck> checks, bool verdictAlone = false)
    {
        if (request.Side == TradeAction.Hold && request.Target is null)
            return default;
        var list = new RiskChecks(checks, verdictAlone);
        if (request.Side == TradeAction.Hold)
        {
            list.Rebalance(account, limits, request);
            return new(Verdict.Hold, null, default, list.Count);
        }
        if (request.Exit is not null)
            list.Exit(account, limits, request);
        else if (request.Side == TradeAction.Buy)
            list.Buy(account, limits, request);
        else
            list.Sale(account, limits, request);
        return new(list.Refusal is null ? Verdict.Approved : Verdict.Refused, list.Refusal, list.Order, list.Count);
    }

    /// <summary>The order that a signal asks for, see <see cref="OrderSize.Of"/>.</summary>
    public static Order Size(Portfolio account, RiskLimits limits, TradeAction side, PredictionMade prediction)
    {
        var now = prediction.Price.ObservedAt;
        var request = RiskRequest.Of(prediction, side, now, false);
        return Recorded(
            OrderSize.Of(RiskAccount.Of(account, prediction.Price.Symbol, prediction.Price.Price, now), limits, request), request);
    }

    private static RiskLimits LimitsOf(Portfolio account, string symbol) =>
        account.LimitsIn(symbol) ?? throw new InvalidOperationException($"Account {account.Account} has no limits.");

    private static Assessment Record(
        Portfolio account, long accountVersion, RiskLimits limits, in RiskAccount numbers, in RiskRequest request, DateTimeOffset now,
        DateTimeOffset expiresAt, PositionExit? exit)
    {
        Span<RiskCheck> checks = stackalloc RiskCheck[MostChecks];
        var decision = Decide(numbers, limits, request, checks);
        return new(
            account.Account, request.Side, decision.Verdict, decision.Refusal,
            decision.Verdict == Verdict.Approved ? Recorded(decision.Order, request) : null,
            decision.Checks == 0 ? [] : checks[..decision.Checks].ToArray(),
            account.LimitsVersion, accountVersion, numbers.CashUsd, numbers.ReservedUsd, numbers.PositionQuantity, numbers.EquityUsd,
            RiskScore.Of(numbers, limits, request.Price), now, expiresAt, exit);
    }

    public static Order Recorded(in SizedOrder order, in RiskRequest request) => new(
        request.Symbol, order.Side, order.Quantity, order.WorstPrice, order.ReservedUsd, request.Type,
        LimitPrice: request.Type == OrderType.Limit ? request.Price : null,
        StopPrice: request.Type == OrderType.Stop ? request.Price : null, Exit: request.Exit);
}
