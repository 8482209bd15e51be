using System.Globalization;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.Journal.Tables;

namespace Trading.Hosting.Control;

/// <summary>What operators read about an account.</summary>
public static class AccountReport
{
    /// <summary>The events that change whether the account may trade.</summary>
    public static readonly string[] StateEvents = [
        .. new[] { typeof(TradingHalted), typeof(TradingReduced), typeof(TradingResumed), typeof(FlattenOrdered), typeof(LimitLatched) }
            .Select(JournalReader.EventName)];

    /// <summary>The account's status.</summary>
    /// <param name="state">The account.</param>
    /// <param name="last">The last of its <see cref="StateEvents"/>; null when there is none.</param>
    /// <param name="undelivered">The newest alerts that were not delivered.</param>
    public static ControlStatus Of(Portfolio state, object? last, IReadOnlyList<UndeliveredAlert> undelivered) => new(
        state.Account, state.MarketData, state.State,
        [.. state.SymbolStates?.Select(held => new SymbolState(held.Key, held.Value)) ?? []],
        last is null ? null : Act(last), Latches(state), state.CashUsd, state.ReservedUsd(),
        [.. state.Positions.Select(held => new HeldPosition(held.Key, held.Value.Quantity,
            decimal.Round(held.Value.AverageCost(), Money.Decimals), held.Value.LastPrice))],
        [.. state.Reservations.Select(open => new OpenOrder(
            open.Key, DerivedId.ClientOrderId(open.Key), open.Value.Symbol, open.Value.Side, open.Value.Quantity, open.Value.WorstPrice,
            open.Value.ReservedUsd, open.Value.StopPrice))],
        state.LimitsVersion, state.LimitsBy, state.Limits is { } limits ? LimitFields.Of(limits) : [],
        undelivered)
    { Seen = SeenCode.Of(state) };

    /// <summary>The answer to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="after">The account after it.</param>
    /// <param name="changed">Whether the command changed anything.</param>
    public static string Answer(OperatorCommand command, Portfolio after, bool changed)
    {
        var already = changed ? "" : " already";
        return command switch
        {
            { Action: OperatorAction.Flatten } when after.Flattening =>
                $"account {after.Account} is selling everything{already}, a slice at each price",
            { Action: OperatorAction.Flatten } when after.Positions.IsEmpty =>
                $"account {after.Account} holds nothing, and nothing is bought until trading is resumed",
            { Action: OperatorAction.Flatten } => string.Create(
                CultureInfo.InvariantCulture, $"account {after.Account} holds less than the least order of "
                    + $"{after.Limits!.LeastOrderValueUsd} USD, which cannot be sold, and nothing is bought until trading is resumed"),
            { Action: OperatorAction.Adopt, Difference: { } key } => $"{key} is the account's{already}",
            { Action: OperatorAction.Adopt or OperatorAction.WriteOff or OperatorAction.Correct, Symbol: { } held } => string.Create(
                CultureInfo.InvariantCulture, $"account {after.Account} holds {Plain(after.PositionIn(held).Quantity)} {held}{already}"),
            { Action: OperatorAction.Deposit or OperatorAction.Withdraw or OperatorAction.Correct } => string.Create(
                CultureInfo.InvariantCulture, $"account {after.Account} has {Plain(after.CashUsd)} USD of cash{already}"),
            { Action: OperatorAction.Marks, Symbol: { } marked } => string.Create(CultureInfo.InvariantCulture,
                $"the highest price of {marked} in account {after.Account} is {after.PositionIn(marked).HighestPrice}, "
                + $"and no time lies ahead"),
            { Symbol: { } symbol } => $"{symbol} of account {after.Account} is "
                + $"{DashedName.Of((after.SymbolStates?.GetValueOrDefault(symbol) ?? TradingState.Active).ToString())}{already}",
            _ => $"account {after.Account} is {DashedName.Of(after.State.ToString())}{already}",
        };
    }

    private static string Plain(decimal number) => number.ToString("0.############################", CultureInfo.InvariantCulture);

    private static List<string> Latches(Portfolio state)
    {
        var latches = new List<string>();
        if (state.Latched is { } rule)
            latches.Add($"{rule} reached its limit: nothing is bought until trading is resumed");
        if (state.Flattening)
            latches.Add("everything is being sold, a slice at each price");
        foreach (var (symbol, position) in state.Positions)
        {
            if (position is { StopRefused: not null } or { ExitRefused: not null }
                && !state.Reservations.Values.Any(order => order.Symbol == symbol && order.Exit is not null))
                latches.Add(Unprotected(symbol, position));
            if (state.External?.Products?.GetValueOrDefault(symbol) is { Trading: false })
                latches.Add($"{symbol} is unprotected: {state.External.Exchange} does not trade it now; it is sold or gets its stop when "
                    + $"that has changed, and trading control write-off --symbol {symbol} gives it up");
        }
        if (state.External is { } external)
        {
            if (external.ClockAheadSeconds is { } ahead)
                latches.Add($"this machine's clock is {Plain(Math.Abs(ahead))} s {(ahead > 0 ? "ahead" : "behind")} of "
                    + $"{external.Exchange}'s: prices, approvals and time limits are off by as much until it is set right");
            if (external.Pending)
                latches.Add($"the account is compared with {external.Exchange}; until that has passed nothing is traded");
            latches.AddRange(external.Differences.Select(difference => string.Create(
                CultureInfo.InvariantCulture, $"{difference.Key}: the journal expects {difference.Value.Expected}, {external.Exchange} has "
                    + $"{difference.Value.Observed}; {Offer(difference.Key, difference.Value, state)}")));
            if (external.Announced is { } announced && external.Confirmed != announced)
                latches.Add($"real trading of {announced} waits for resume --confirm-real --seen {SeenCode.Of(state)}");
        }
        return latches;
    }

    private static string Unprotected(string symbol, Position position)
    {
        var (what, refused) = position.ExitRefused is { } exit ? ("exit", exit) : ("stop", position.StopRefused!);
        return string.Create(CultureInfo.InvariantCulture, $"{symbol} is unprotected: its {what} was refused {refused.Count} times, at "
            + $"{refused.At:u} as {refused.Kind} ({refused.Reason}); the next try is at {refused.Next():u}, and each price is checked");
    }

    // One command ready to be pasted, with the figures that are known; resume --accept-differences takes all that was seen as it is.
    private static string Offer(string key, ExternalDifference difference, Portfolio state)
    {
        var accept = $"resume --accept-differences --seen {SeenCode.Of(state)}";
        var why = $"--reason WHY, or {accept} takes it as it is";
        if (DifferenceKey.IsDoubt(key))
            return $"the account is halted; {accept} books it as the exchange reports it";
        if (DifferenceKey.Asset(key) is not { } asset)
            return $"trading control adopt --difference {key} {why}";
        var units = Math.Abs(difference.Observed - difference.Expected);
        var more = difference.Observed > difference.Expected;
        var product = state.External?.Products?.Values.FirstOrDefault(product => product.BaseAsset == asset);
        return product is null
            ? string.Create(CultureInfo.InvariantCulture,
                $"trading control {(more ? "deposit" : "withdraw")} --amount-usd {Plain(units)} {why}")
            : string.Create(CultureInfo.InvariantCulture, $"trading control {(more ? "adopt" : "write-off")} --symbol {product.Symbol} "
                + $"--quantity {Plain(units)} --price {Price(state.PositionIn(product.Symbol))} {why}");

        static string Price(Position position) => position.LastPrice > 0 ? Plain(position.LastPrice) : "PRICE";
    }

    private static OperatorAct Act(object happened) => happened switch
    {
        TradingHalted halted => new("halted", halted.By, halted.Reason, halted.At),
        TradingReduced reduced => new("reduced", reduced.By, reduced.Reason, reduced.At),
        TradingResumed resumed => new("resumed", resumed.By, resumed.Reason, resumed.At),
        FlattenOrdered ordered => new("flattened", ordered.By, ordered.Reason, ordered.At),
        LimitLatched latched => new("reduced", "the limits",
            RuleWords.Tell(new(latched.Rule, latched.Observed, latched.Limit, Passed: false)), latched.At),
        _ => throw new InvalidOperationException($"{happened.GetType().Name} changes no state."),
    };
}
