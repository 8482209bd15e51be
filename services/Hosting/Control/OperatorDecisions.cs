using System.Collections.Immutable;
using Trading.Core;

namespace Trading.Hosting.Control;

/// <summary>The account's events of an operator's command.</summary>
internal static class OperatorDecisions
{
    /// <summary>The events of a command; empty when it changes nothing.</summary>
    /// <param name="command">The command.</param>
    /// <param name="state">The account.</param>
    /// <param name="fill">The fill that it adopts; null where it adopts none.</param>
    /// <param name="now">When (UTC).</param>
    /// <exception cref="InvalidOperationException">The account's state does not allow it.</exception>
    public static IReadOnlyList<IAccountEvent> Of(
        OperatorCommand command, Portfolio state, ExternalFillFound? fill, DateTimeOffset now) =>
        command.Action switch
        {
            OperatorAction.Adopt => Portfolio.Decide(Adoption(command, state, fill, now), state),
            OperatorAction.WriteOff => Portfolio.Decide(new WriteOffPosition(
                command.Symbol!, command.Quantity!.Value, command.Price!.Value, command.By, command.Reason, now), state),
            OperatorAction.Correct when command.Symbol is { } symbol => Portfolio.Decide(
                new CorrectPosition(symbol, command.Quantity!.Value, command.By, command.Reason, now), state),
            OperatorAction.Correct => Cash(command.AmountUsd!.Value - state.CashUsd, command, state, now),
            OperatorAction.Deposit => Cash(command.AmountUsd!.Value, command, state, now),
            OperatorAction.Withdraw => Cash(-command.AmountUsd!.Value, command, state, now),
            OperatorAction.Reduce when command is { OnlyTighten: true, Symbol: { } halted }
                && state.SymbolStates?.GetValueOrDefault(halted) == TradingState.Halted => [],
            OperatorAction.Halt or OperatorAction.Reduce or OperatorAction.Resume when command.Symbol is { } symbol =>
                Portfolio.Decide(new SetSymbolState(symbol, StateAfter(command.Action), command.By, command.Reason, now), state),
            OperatorAction.Flatten => Flatten(command, state, now),
            OperatorAction.Marks => Portfolio.Decide(new SetMarks(command.Symbol!,
                command.HighestPrice ?? Math.Max(state.PositionIn(command.Symbol!).AverageCost(), PriceWindow.SmallestPrice),
                command.By, command.Reason, now), state),
            OperatorAction.Halt => Portfolio.Decide(new HaltTrading(command.By, command.Reason, now), state),
            OperatorAction.Reduce => Portfolio.Decide(
                new ReduceTrading(command.By, command.Reason, now, command.OnlyTighten), state),
            _ => Resume(command, state, now),
        };

    private static IReadOnlyList<IAccountEvent> Cash(decimal amount, OperatorCommand command, Portfolio state, DateTimeOffset now) =>
        amount == 0 ? [] : Portfolio.Decide(new AdjustCash(amount, command.By, command.Reason, now), state);

    private static IAccountCommand Adoption(OperatorCommand command, Portfolio state, ExternalFillFound? fill, DateTimeOffset now)
    {
        if (command.Difference is not { } key)
            return new AdoptPosition(command.Symbol!, command.Quantity!.Value, command.Price!.Value, command.AmountUsd ?? 0, command.By,
                command.Reason, now);
        if (DifferenceKey.OrderId(key) is { } order)
            return new AdoptOrder(order, command.By, command.Reason, now);
        if (fill is null || state.External?.Differences.ContainsKey(key) != true)
            throw new InvalidOperationException($"{key} is no open difference of account {state.Account}: status lists them.");
        // The exchange's own words for both currencies; without its rules the symbol's.
        var (dash, product) = (fill.Symbol.IndexOf('-', StringComparison.Ordinal), state.External.Products?.GetValueOrDefault(fill.Symbol));
        return new BookExternalFill(ExternalFillBooked.Of(fill, product?.BaseAsset ?? fill.Symbol[..dash],
            product?.QuoteAsset ?? fill.Symbol[(dash + 1)..], null, command.By, command.Reason, now));
    }

    private static List<IAccountEvent> Resume(OperatorCommand command, Portfolio state, DateTimeOffset now)
    {
        var commands = new List<IAccountCommand>();
        if (command.AcceptDifferences)
            commands.Add(new AcceptDifferences(command.By, command.Reason, now));
        if (command.ConfirmReal)
            commands.Add(new ConfirmRealTrading(command.By, command.Reason, now));
        return Decide([.. commands, new ResumeTrading(command.By, command.Reason, now)], state);
    }

    // While trading is halted nothing is sold. So a command to sell everything reduces a halt to sales only, also for each held symbol.
    private static List<IAccountEvent> Flatten(OperatorCommand command, Portfolio state, DateTimeOffset now)
    {
        // With nothing to sell, the account still must not buy again.
        if (!state.HoldsOrBuys())
            return state.State == TradingState.Active ? Decide([new ReduceTrading(command.By, command.Reason, now)], state) : [];
        var commands = new List<IAccountCommand>();
        if (state.State == TradingState.Halted)
            commands.Add(new ReduceTrading(command.By, command.Reason, now));
        foreach (var (symbol, _) in (state.SymbolStates ?? ImmutableSortedDictionary<string, TradingState>.Empty)
            .Where(set => set.Value == TradingState.Halted && state.PositionIn(set.Key).Quantity > 0))
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
}
