using System.Globalization;
using Trading.Core;
using Trading.Hosting.Settings;

namespace Trading.Hosting.Control;

/// <summary>A figure of the account that a command would change.</summary>
/// <param name="Name">What, for example cash USD.</param>
/// <param name="Was">Its value now; empty when there is none.</param>
/// <param name="Now">Its value after the command.</param>
public sealed record AccountChange(string Name, string Was, string Now);

/// <summary>What a command would do.</summary>
/// <param name="Told">The account after it, in a sentence.</param>
/// <param name="Changes">What would change; empty when nothing would.</param>
public sealed record ControlPreview(string Told, IReadOnlyList<AccountChange> Changes);

/// <summary>Says what a command would do, from the same decisions that carry it out.</summary>
public static class OperatorPreview
{
    /// <summary>What a command would do to an account.</summary>
    /// <param name="command">The command.</param>
    /// <param name="state">The account.</param>
    /// <param name="fill">The fill that it adopts; null where it adopts none.</param>
    /// <param name="now">When (UTC).</param>
    /// <exception cref="ControlException">It would not be carried out.</exception>
    public static ControlPreview Of(OperatorCommand command, Portfolio state, ExternalFillFound? fill, DateTimeOffset now)
    {
        OperatorInput.CheckWhoAndWhy(command.By, command.Reason);
        OperatorInput.CheckOptions(command);
        if (command.Action == OperatorAction.Cancel)
            return new($"the order of trade {OperatorInput.FindOrder(command.Order, state)} is to be cancelled; an executor does it", []);
        OperatorInput.CheckKnown(command.Symbol, state);
        try
        {
            var events = OperatorDecisions.Of(command, state, fill, now);
            var after = events.Aggregate(state, Portfolio.Evolve);
            return new(AccountReport.Answer(command, after, events.Count > 0), Changes(state, after));
        }
        catch (InvalidOperationException impossible)
        {
            throw new ControlException(impossible.Message, ControlProblem.Refused);
        }
    }

    private static List<AccountChange> Changes(Portfolio before, Portfolio after)
    {
        var (was, now) = (Figures(before), Figures(after));
        return [.. was.Keys.Union(now.Keys)
            .Select(name => new AccountChange(name, was.GetValueOrDefault(name, ""), now.GetValueOrDefault(name, "")))
            .Where(change => change.Was != change.Now)];
    }

    // What people look at before they agree, in the order in which they read it.
    private static Dictionary<string, string> Figures(Portfolio account)
    {
        var figures = new Dictionary<string, string>
        {
            ["trading"] = DashedName.Of(account.State),
            ["cash USD"] = Plain(account.CashUsd),
            ["paid in or out USD"] = Plain(account.AdjustedUsd),
            ["realised USD"] = Plain(account.RealisedUsd),
            ["selling everything"] = account.Flattening ? "yes" : "no",
        };
        foreach (var (symbol, state) in account.SymbolStates?.AsEnumerable() ?? [])
            figures[$"trading {symbol}"] = DashedName.Of(state);
        foreach (var (symbol, held) in account.Positions)
        {
            figures[$"units of {symbol}"] = Plain(held.Quantity);
            figures[$"average cost of {symbol}"] = Plain(decimal.Round(held.AverageCost(), Money.Decimals));
            figures[$"highest price of {symbol}"] = Plain(held.HighestPrice);
        }
        foreach (var (order, open) in account.Reservations)
            figures[$"open order {order.ToString()[..8]}"] = $"{DashedName.Of(open.Side)} {Plain(open.Quantity)} {open.Symbol}";
        foreach (var (key, difference) in account.External?.Differences.AsEnumerable() ?? [])
            figures[$"difference {key}"] = $"expected {Plain(difference.Expected)}, found {Plain(difference.Observed)}";
        return figures;
    }

    private static string Plain(decimal number) => number.ToString("0.############################", CultureInfo.InvariantCulture);
}
