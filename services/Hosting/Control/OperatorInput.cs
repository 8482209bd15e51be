using Trading.Core;

namespace Trading.Hosting.Control;

/// <summary>Checks of what an operator gives.</summary>
internal static class OperatorInput
{
    private const int MaxByLength = 64;

    /// <summary>Most characters of a reason.</summary>
    public const int MaxReasonLength = 500;

    /// <summary>Checks that options belong to the command.</summary>
    /// <exception cref="ControlException">They do not.</exception>
    public static void CheckOptions(OperatorCommand command)
    {
        if (command.Action != OperatorAction.Resume && (command.ConfirmReal || command.AcceptDifferences))
            throw new ControlException("confirming real trading and accepting differences belong to resume", ControlProblem.Wrong);
        if (command.Action is OperatorAction.Adopt or OperatorAction.WriteOff or OperatorAction.Correct or OperatorAction.Deposit
            or OperatorAction.Withdraw)
        {
            if (Missing(command) is { } missing)
                throw new ControlException(missing, ControlProblem.Wrong);
            return;
        }
        if (command.Difference is not null || command.Quantity is not null || command.Price is not null || command.AmountUsd is not null)
            throw new ControlException("a difference, a quantity, a price and an amount belong to adopt, write-off, correct, deposit and "
                + "withdraw", ControlProblem.Wrong);
        if (command.HighestPrice is not null && command.Action != OperatorAction.Marks)
            throw new ControlException("the highest price belongs to marks", ControlProblem.Wrong);
        if (command.Action == OperatorAction.Marks && command.Symbol is null)
            throw new ControlException("marks needs the symbol of a position, for example BTC-USD", ControlProblem.Wrong);
        if (command.HighestPrice is { } highest and (< PriceWindow.SmallestPrice or > PriceWindow.LargestPrice))
            throw new ControlException(FormattableString.Invariant(
                $"the highest price must be {PriceWindow.SmallestPrice} to {PriceWindow.LargestPrice}, was {highest}"),
                ControlProblem.Wrong);
        if (command.Symbol is { } symbol && (!Plausibility.IsSymbol(symbol) || command.Action is OperatorAction.Flatten
            || command.ConfirmReal || command.AcceptDifferences))
            throw new ControlException($"a symbol like BTC-USD belongs to halt, reduce, resume and marks, was {symbol}",
                ControlProblem.Wrong);
    }

    // What such a command lacks, or has too much; null when it is whole.
    private static string? Missing(OperatorCommand command)
    {
        var symbol = command.Symbol is { } given && Plausibility.IsSymbol(given);
        return (command.Action, command) switch
        {
            (OperatorAction.Deposit or OperatorAction.Withdraw, { AmountUsd: > 0, Symbol: null, Quantity: null, Price: null }) => null,
            (OperatorAction.Deposit or OperatorAction.Withdraw, _) => "an amount above 0 is needed, and nothing else",
            (OperatorAction.Correct, { AmountUsd: >= 0, Symbol: null, Quantity: null, Price: null }) => null,
            (OperatorAction.Correct, { AmountUsd: null, Quantity: >= 0, Price: null }) when symbol => null,
            (OperatorAction.Correct, _) => "a symbol like BTC-USD with the quantity that is held is needed, or the amount of cash",
            (OperatorAction.WriteOff, { Quantity: > 0, Price: >= 0, AmountUsd: null }) when symbol => null,
            (OperatorAction.WriteOff, _) =>
                "a symbol like BTC-USD, a quantity above 0 and the price that it brought are needed (0 for nothing)",
            (_, { Difference: { } key, Symbol: null, Quantity: null, Price: null, AmountUsd: null })
                when DifferenceKey.IsFill(key) || DifferenceKey.OrderId(key) is not null => null,
            (_, { Difference: null, Quantity: > 0, Price: > 0, AmountUsd: null or >= 0 }) when symbol => null,
            _ => "a difference (fill/... or order/..., as status shows it) is needed, or a symbol like BTC-USD with a quantity and a price "
                + "above 0",
        };
    }

    /// <summary>Checks name and reason.</summary>
    /// <exception cref="ControlException">One of them is empty, too long or not one line.</exception>
    public static void CheckWhoAndWhy(string by, string reason)
    {
        Check(by, "who wants it (by)", MaxByLength);
        Check(reason, "the reason", MaxReasonLength);

        static void Check(string text, string what, int longest)
        {
            if (string.IsNullOrWhiteSpace(text) || text.Length > longest || text.Any(char.IsControl))
                throw new ControlException($"{what} must be 1 to {longest} characters in one line, "
                    + $"was {(string.IsNullOrWhiteSpace(text) ? "empty" : $"{text.Length} characters")}", ControlProblem.Wrong);
        }
    }

    /// <summary>
    /// Checks that the account trades or holds a symbol. Otherwise a misspelled symbol would be halted, and the right one not.
    /// </summary>
    /// <exception cref="ControlException">It does not.</exception>
    public static void CheckKnown(string? symbol, Portfolio state)
    {
        if (symbol is null || state.Limits?.Orders is not { AllowedSymbols: { } allowed } orders || orders.Allows(symbol)
            || state.Positions.ContainsKey(symbol)
            || state.SymbolStates?.ContainsKey(symbol) == true || state.Reservations.Values.Any(order => order.Symbol == symbol))
            return;
        throw new ControlException(
            $"account {state.Account} trades {allowed.Replace(",", ", ", StringComparison.Ordinal)} and does not hold {symbol}",
            ControlProblem.NotFound);
    }

    /// <summary>The open order that an operator names.</summary>
    /// <exception cref="ControlException">There is no such order, or more than one.</exception>
    public static Guid FindOrder(string? order, Portfolio state)
    {
        var wanted = order?.Trim() ?? "";
        var begin = DerivedId.WithoutOrderKind(wanted).Replace("-", "", StringComparison.Ordinal);
        if (begin.Length < 4 || !begin.All(char.IsAsciiHexDigit))
            throw new ControlException("an order is named by its trade id, its client order id, or at least four digits of its beginning, "
                + $"was {(wanted.Length == 0 ? "empty" : wanted)}", ControlProblem.Wrong);
        var found = state.Reservations.Keys.Where(id => id.ToString("N").StartsWith(begin, StringComparison.OrdinalIgnoreCase)).ToList();
        return found switch
        {
            [var only] => only,
            [] => throw new ControlException($"no open order is {wanted}: "
                + $"{(state.Reservations.Count == 0 ? "no order is open" : $"{state.Reservations.Count} are open, status lists them")}",
                ControlProblem.NotFound),
            _ => throw new ControlException($"{found.Count} open orders begin with {wanted}", ControlProblem.Wrong),
        };
    }
}
