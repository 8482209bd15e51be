using System.Collections.Immutable;
using System.Globalization;
using Trading.Core;
using Trading.Journal;

namespace Trading.Hosting;

/// <summary>
/// Control straight through the journal: it needs the database and nothing else, no bus, no prices, no service. An executor reads the account's state immediately before it calls an exchange, so
/// what is appended here holds for every replica from the next call on.
/// </summary>
public sealed class JournalControl(TradeJournal journal, string account, TimeProvider clock) : IOperatorControl
{
    private const int AlertsShown = 10;
    private const int MaxByLength = 64;
    private const int MaxReasonLength = 500;

    private static readonly string[] StateEvents = [.. new[] { typeof(TradingHalted), typeof(TradingReduced), typeof(TradingResumed), typeof(FlattenOrdered), typeof(LimitLatched) }.Select(JournalReader.EventName)];

    /// <inheritdoc/>
    public async Task<ControlStatus> StatusAsync(CancellationToken cancellation)
    {
        var state = (await LoadAsync(cancellation)).State;
        var last = await JournalReader.LastOfAsync(journal.Database, Portfolio.StreamId(account), StateEvents, cancellation);
        return new(
            state.Account, state.MarketData, state.State, [.. state.SymbolStates?.Select(held => new SymbolState(held.Key, held.Value)) ?? []], last?.Event() is { } happened ? Act(happened) : null, Latches(state), state.CashUsd, state.ReservedUsd(),
            [.. state.Positions.Select(held => new HeldPosition(held.Key, held.Value.Quantity, decimal.Round(held.Value.AverageCost(), Portfolio.MoneyDecimals), held.Value.LastPrice))],
            [.. state.Reservations.Select(open => new OpenOrder(
                open.Key, DerivedId.ClientOrderId(open.Key), open.Value.Symbol, open.Value.Side, open.Value.Quantity, open.Value.WorstPrice, open.Value.ReservedUsd, open.Value.StopPrice))],
            state.LimitsVersion, state.LimitsBy, state.Limits is { } limits ? LimitFields.Of(limits) : [],
            await AlertClaims.UndeliveredAsync(journal.Database, AlertsShown, cancellation));
    }

    /// <inheritdoc/>
    public Task<ControlDone> ActAsync(OperatorCommand command, CancellationToken cancellation) =>
        RecordedAsync(SettingsReader.Dashed(command.Action.ToString()), command.By, command.Reason, () => DoAsync(command, cancellation), cancellation);

    private async Task<ControlDone> DoAsync(OperatorCommand command, CancellationToken cancellation)
    {
        if (command.Action != OperatorAction.Resume && (command.ConfirmReal || command.AcceptDifferences))
            throw new ControlException("confirming real trading and accepting differences belong to resume", ControlProblem.Wrong);
        if (command.Symbol is { } symbol && (!Plausibility.IsSymbol(symbol) || command.Action is OperatorAction.Flatten || command.ConfirmReal || command.AcceptDifferences))
            throw new ControlException($"a symbol like BTC-USD belongs to halt, reduce and resume, was {symbol}", ControlProblem.Wrong);
        if (command.Action == OperatorAction.Cancel)
            return await CancelAsync(command, cancellation);
        var cause = NewCause();
        while (true)
        {
            var loaded = await LoadAsync(cancellation);
            CheckKnown(command.Symbol, loaded.State);
            if (command.ConfirmReal && loaded.State.External?.Announced is null)
                throw new ControlException("there is nothing to confirm: no program that would trade with real money has started on this account", ControlProblem.Refused);
            var events = Decide(command, loaded.State, clock.GetUtcNow());
            var recorded = events.Count > 0 ? events : [new OperatorCommanded(SettingsReader.Dashed(command.Action.ToString()), command.By, command.Reason, clock.GetUtcNow())];
            if (!await journal.AppendAsync([new(Portfolio.StreamId(account), loaded.Version, recorded)], cause, cancellation))
                continue;
            var after = recorded.Aggregate(loaded.State, Portfolio.Evolve);
            return new(events.Count > 0, Told(command, after, events.Count > 0), after.State);
        }
    }

    /// <inheritdoc/>
    public Task<LimitsChanged> SetLimitsAsync(string by, string reason, IReadOnlyDictionary<string, string> values, CancellationToken cancellation) =>
        RecordedAsync("limits set", by, reason, () => DoSetLimitsAsync(by, reason, values, cancellation), cancellation);

    private async Task<LimitsChanged> DoSetLimitsAsync(string by, string reason, IReadOnlyDictionary<string, string> values, CancellationToken cancellation)
    {
        if (values.Count == 0)
            throw new ControlException("no limit is named: name=value", ControlProblem.Wrong);
        var cause = NewCause();
        while (true)
        {
            var loaded = await LoadAsync(cancellation);
            var limits = loaded.State.Limits ?? throw new ControlException($"the account {account} has no limits yet: a RiskManager sets the first at its start", ControlProblem.Refused);
            var changed = LimitFields.With(limits, values);
            var events = Portfolio.Decide(new SetLimits(changed, by, reason, clock.GetUtcNow()), loaded.State);
            IReadOnlyList<IAccountEvent> recorded = events.Count > 0 ? events : [new OperatorCommanded("limits set", by, reason, clock.GetUtcNow())];
            if (await journal.AppendAsync([new(Portfolio.StreamId(account), loaded.Version, recorded)], cause, cancellation))
                return new(recorded.Aggregate(loaded.State, Portfolio.Evolve).LimitsVersion, LimitFields.Changes(limits, changed));
        }
    }

    // What is refused is an event too, as soon as there are a name, a reason and an account to record it for.
    private async Task<T> RecordedAsync<T>(string what, string by, string reason, Func<Task<T>> act, CancellationToken cancellation)
    {
        CheckWhoAndWhy(by, reason);
        try
        {
            return await act();
        }
        catch (ControlException refused) when (refused.Kind != ControlProblem.Unreachable)
        {
            var said = refused.Message.Length <= MaxReasonLength ? refused.Message : refused.Message[..MaxReasonLength];
            while (await journal.AccountAsync(account, cancellation) is { } loaded
                && !await journal.AppendAsync([new(Portfolio.StreamId(account), loaded.Version, [new OperatorCommanded($"{what} (refused: {said})", by, reason, clock.GetUtcNow())])], NewCause(), cancellation))
            {
            }
            throw;
        }
    }

    private static IReadOnlyList<IAccountEvent> Decide(OperatorCommand command, Portfolio state, DateTimeOffset now) => command.Action switch
    {
        OperatorAction.Halt or OperatorAction.Reduce or OperatorAction.Resume when command.Symbol is { } symbol =>
            Portfolio.Decide(new SetSymbolState(symbol, StateAfter(command.Action), command.By, command.Reason, now), state),
        OperatorAction.Flatten => Flatten(command, state, now),
        OperatorAction.Halt => Portfolio.Decide(new HaltTrading(command.By, command.Reason, now), state),
        OperatorAction.Reduce => Portfolio.Decide(new ReduceTrading(command.By, command.Reason, now), state),
        _ => Resume(command, state, now),
    };

    private static List<IAccountEvent> Resume(OperatorCommand command, Portfolio state, DateTimeOffset now)
    {
        var commands = new List<IAccountCommand>();
        if (command.AcceptDifferences)
            commands.Add(new AcceptDifferences(command.By, command.Reason, now));
        if (command.ConfirmReal)
            commands.Add(new ConfirmRealTrading(command.By, command.Reason, now));
        return Decide([.. commands, new ResumeTrading(command.By, command.Reason, now)], state);
    }

    // Nothing at all is sold while trading is halted, so whoever wants everything sold lifts the halt as far as that, and those of the symbols that are held.
    private static List<IAccountEvent> Flatten(OperatorCommand command, Portfolio state, DateTimeOffset now)
    {
        // Whoever wants nothing held does not want to buy again either.
        if (!state.HoldsOrBuys())
            return state.State == TradingState.Active ? Decide([new ReduceTrading(command.By, command.Reason, now)], state) : [];
        var commands = new List<IAccountCommand>();
        if (state.State == TradingState.Halted)
            commands.Add(new ReduceTrading(command.By, command.Reason, now));
        foreach (var (symbol, _) in (state.SymbolStates ?? ImmutableSortedDictionary<string, TradingState>.Empty).Where(set => set.Value == TradingState.Halted && state.PositionIn(set.Key).Quantity > 0))
            commands.Add(new SetSymbolState(symbol, TradingState.Reducing, command.By, command.Reason, now));
        return Decide([.. commands, new FlattenPositions(command.By, command.Reason, now)], state);
    }

    private static List<IAccountEvent> Decide(IReadOnlyList<IAccountCommand> commands, Portfolio state)
    {
        var events = new List<IAccountEvent>();
        foreach (var command in commands)
        {
            var happened = Portfolio.Decide(command, state);
            events.AddRange(happened);
            state = happened.Aggregate(state, Portfolio.Evolve);
        }
        return events;
    }

    private static TradingState StateAfter(OperatorAction action) => action switch
    {
        OperatorAction.Halt => TradingState.Halted,
        OperatorAction.Reduce => TradingState.Reducing,
        _ => TradingState.Active,
    };

    private async Task<ControlDone> CancelAsync(OperatorCommand command, CancellationToken cancellation)
    {
        var cause = NewCause();
        while (true)
        {
            var state = (await LoadAsync(cancellation)).State;
            var tradeId = Find(command.Order, state);
            var (trade, version) = await journal.TradeAsync(tradeId, cancellation) ?? throw new ControlException($"trade {tradeId} is not in the journal", ControlProblem.NotFound);
            if (trade.Execution is { } ended)
                throw new ControlException($"the order of trade {tradeId} has ended: {SettingsReader.Dashed(ended.Outcome.ToString())}", ControlProblem.Refused);
            if (await journal.AppendAsync([new(Trade.StreamId(tradeId), version, [new CancelRequested(command.By, command.Reason, clock.GetUtcNow())])], cause with { CorrelationId = tradeId }, cancellation))
                return new(true, $"the order of trade {tradeId} is to be cancelled; an executor does it", state.State);
        }
    }

    private string Told(OperatorCommand command, Portfolio after, bool changed)
    {
        var already = changed ? "" : " already";
        return command switch
        {
            { Action: OperatorAction.Flatten } when after.Flattening => $"account {account} is selling everything{already}, a slice at each price",
            { Action: OperatorAction.Flatten } when after.Positions.IsEmpty => $"account {account} holds nothing, and nothing is bought until trading is resumed",
            { Action: OperatorAction.Flatten } => string.Create(
                CultureInfo.InvariantCulture, $"account {account} holds less than the least order of {after.Limits!.LeastOrderValueUsd} USD, which cannot be sold, and nothing is bought until trading is resumed"),
            { Symbol: { } symbol } => $"{symbol} of account {account} is {SettingsReader.Dashed((after.SymbolStates?.GetValueOrDefault(symbol) ?? TradingState.Active).ToString())}{already}",
            _ => $"account {account} is {SettingsReader.Dashed(after.State.ToString())}{already}",
        };
    }

    private static Guid Find(string? order, Portfolio state)
    {
        var wanted = order?.Trim() ?? "";
        var begin = DerivedId.WithoutOrderKind(wanted).Replace("-", "", StringComparison.Ordinal);
        if (begin.Length < 4 || !begin.All(char.IsAsciiHexDigit))
            throw new ControlException($"an order is named by its trade id, its client order id, or at least four digits of its beginning, was {(wanted.Length == 0 ? "empty" : wanted)}", ControlProblem.Wrong);
        var found = state.Reservations.Keys.Where(id => id.ToString("N").StartsWith(begin, StringComparison.OrdinalIgnoreCase)).ToList();
        return found switch
        {
            [var only] => only,
            [] => throw new ControlException($"no open order is {wanted}: {(state.Reservations.Count == 0 ? "there is none" : $"{state.Reservations.Count} are open, status lists them")}", ControlProblem.NotFound),
            _ => throw new ControlException($"{found.Count} open orders begin with {wanted}", ControlProblem.Wrong),
        };
    }

    private static List<string> Latches(Portfolio state)
    {
        var latches = new List<string>();
        if (state.Latched is { } rule)
            latches.Add($"{rule} reached its limit: nothing is bought until trading is resumed");
        if (state.Flattening)
            latches.Add("everything is being sold, a slice at each price");
        if (state.External is { } external)
        {
            if (external.Pending)
                latches.Add($"the account is compared with {external.Exchange}; until that has passed nothing is traded");
            latches.AddRange(external.Differences.Select(difference => string.Create(
                CultureInfo.InvariantCulture, $"{difference.Key}: the journal expects {difference.Value.Expected}, {external.Exchange} has {difference.Value.Observed}; resume --accept-differences takes it as it is")));
            if (external.Announced is { } announced && external.Confirmed != announced)
                latches.Add($"real trading of {announced} waits for resume --confirm-real");
        }
        return latches;
    }

    private async Task<Loaded<Portfolio>> LoadAsync(CancellationToken cancellation) =>
        await journal.AccountAsync(account, cancellation) ?? throw new ControlException($"there is no account {account} in this journal yet", ControlProblem.NotFound);

    private static OperatorAct Act(object happened) => happened switch
    {
        TradingHalted halted => new("halted", halted.By, halted.Reason, halted.At),
        TradingReduced reduced => new("reduced", reduced.By, reduced.Reason, reduced.At),
        TradingResumed resumed => new("resumed", resumed.By, resumed.Reason, resumed.At),
        FlattenOrdered ordered => new("flattened", ordered.By, ordered.Reason, ordered.At),
        LimitLatched latched => new("reduced", "the limits", string.Create(CultureInfo.InvariantCulture, $"{latched.Rule} {latched.Observed} reached {latched.Limit}"), latched.At),
        _ => throw new InvalidOperationException($"{happened.GetType().Name} changes no state."),
    };

    // A wrong symbol would be halted for nothing, and the right one would go on.
    private static void CheckKnown(string? symbol, Portfolio state)
    {
        if (symbol is null || state.Limits?.Orders is not { AllowedSymbols: { } allowed } orders || orders.Allows(symbol) || state.Positions.ContainsKey(symbol)
            || state.SymbolStates?.ContainsKey(symbol) == true || state.Reservations.Values.Any(order => order.Symbol == symbol))
            return;
        throw new ControlException($"account {state.Account} trades {allowed.Replace(",", ", ", StringComparison.Ordinal)} and does not hold {symbol}", ControlProblem.NotFound);
    }

    private static Cause NewCause() => new(null, $"operator-{Guid.NewGuid():N}");

    private static void CheckWhoAndWhy(string by, string reason)
    {
        Check(by, "who wants it (by)", MaxByLength);
        Check(reason, "the reason", MaxReasonLength);

        static void Check(string text, string what, int longest)
        {
            if (string.IsNullOrWhiteSpace(text) || text.Length > longest || text.Any(char.IsControl))
                throw new ControlException($"{what} must be 1 to {longest} characters in one line, was {(string.IsNullOrWhiteSpace(text) ? "empty" : $"{text.Length} characters")}", ControlProblem.Wrong);
        }
    }
}
