using System.CommandLine;
using Trading.Hosting.Control;

namespace Trading.Cli.Control;

/// <summary>What brings journal and exchange together: adopt, write-off, correct, deposit, withdraw.</summary>
internal static class AdoptionCommands
{
    /// <summary>Takes over what was found on the exchange.</summary>
    public static Command Adopt()
    {
        var difference = new Option<string>("--difference")
        { Description = "a fill or an open order that status shows: it is booked at its own price", HelpName = "key" };
        var paid = new Option<decimal?>("--paid-usd")
        { Description = "what the account's cash paid for the units; nothing by default", HelpName = "amount" };
        var (symbol, quantity, price) = (Symbol(), Quantity("units that become the account's"), Price("what a unit cost"));
        return Act(OperatorAction.Adopt,
            "Takes a fill, an open order or units on the exchange into the account; "
            + "its exits hold for them from then on. Units count as paid "
            + "in at their price, less what the account paid.\n"
            + "Example: trading control adopt --difference fill/BTC-USD/4711 --reason \"bought by hand\"\n"
            + "Example: trading control adopt --symbol BTC-USD --quantity 0.5 --price 60000 --reason \"moved here\"",
            [difference, symbol, quantity, price, paid], (command, parsed) => command with
            {
                Difference = parsed.GetValue(difference),
                Symbol = parsed.GetValue(symbol),
                Quantity = parsed.GetValue(quantity),
                Price = parsed.GetValue(price),
                AmountUsd = parsed.GetValue(paid),
            });
    }

    /// <summary>Lets go of what is gone.</summary>
    public static Command WriteOff()
    {
        var (symbol, quantity, price) = (Symbol(), Quantity("units that are gone"), Price("what a unit brought; 0 for nothing"));
        return Act(OperatorAction.WriteOff,
            "Lets units that are no longer on the exchange leave the account, realised at a price: what they brought is cash.\n"
            + "Example: trading control write-off --symbol BTC-USD --quantity 0.1 --price 61000 --reason \"sold by hand\"",
            [symbol, quantity, price], (command, parsed) => command with
            { Symbol = parsed.GetValue(symbol), Quantity = parsed.GetValue(quantity), Price = parsed.GetValue(price) });
    }

    /// <summary>Sets a figure right.</summary>
    public static Command Correct()
    {
        var cash = new Option<decimal?>("--cash-usd") { Description = "the cash that the account has", HelpName = "amount" };
        var (symbol, quantity) = (Symbol(), Quantity("units that the account holds"));
        return Act(OperatorAction.Correct,
            "Sets right how many units, or how much cash, the account holds. Nothing is gained or lost by it: a loss is written off.\n"
            + "Example: trading control correct --symbol BNB-USD --quantity 1.2345 --reason \"fees that were not booked\"",
            [symbol, quantity, cash], (command, parsed) => command with
            { Symbol = parsed.GetValue(symbol), Quantity = parsed.GetValue(quantity), AmountUsd = parsed.GetValue(cash) });
    }

    /// <summary>Books cash that was paid in.</summary>
    public static Command Deposit() => Cash(OperatorAction.Deposit, "Books cash that was paid in. It is neither gain nor loss.");

    /// <summary>Books cash that was paid out.</summary>
    public static Command Withdraw() => Cash(OperatorAction.Withdraw, "Books cash that was paid out. It is neither gain nor loss.");

    private static Command Cash(OperatorAction action, string description)
    {
        var amount = new Option<decimal?>("--amount-usd") { Description = "how much; above 0", HelpName = "amount", Required = true };
        return Act(action, description, [amount], (command, parsed) => command with { AmountUsd = parsed.GetValue(amount) });
    }

    private static Command Act(OperatorAction action, string description, IReadOnlyList<Option> switches,
        Func<OperatorCommand, ParseResult, OperatorCommand> with)
    {
        var options = new ControlOptions();
        var who = new WhoAndWhy();
        var command = new Command(Trading.Hosting.Settings.DashedName.Of(action.ToString()), description);
        foreach (var option in switches)
            command.Options.Add(option);
        who.AddTo(command);
        options.Act(command, async (control, run) => ControlCommand.Tell(run, await control.ActAsync(
            with(new(action, who.By(run.Parsed), who.Reason(run.Parsed)), run.Parsed), run.Cancellation)));
        return command;
    }

    private static Option<string> Symbol() => new("--symbol") { Description = "for example BTC-USD", HelpName = "symbol" };

    private static Option<decimal?> Quantity(string description) =>
        new("--quantity") { Description = description, HelpName = "units" };

    private static Option<decimal?> Price(string description) => new("--price") { Description = description, HelpName = "price" };
}
