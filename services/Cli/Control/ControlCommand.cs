using System.CommandLine;
using Trading.Cli.Shared;
using Trading.Hosting.Control;

namespace Trading.Cli.Control;

/// <summary>What an operator sees and decides: the state of the account, its limits, its orders.</summary>
public static class ControlCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        return new Command(
            "control",
            "Stops and resumes trading, sets limits, cancels orders. Straight through the journal, which works with everything else down; "
            + "or over HTTP with --url. Who and why is recorded with each.\n"
            + "Example: trading control halt --reason \"flash crash\"\n"
            + "Example: trading control status --url https://10.0.0.7:8443 --token-file ~/.trading-token")
        {
            Status(),
            Act("halt", OperatorAction.Halt, "Stops all trading at once, in every replica."),
            Act("reduce", OperatorAction.Reduce, "Allows only orders that make positions smaller."),
            Flatten(),
            Resume(),
            Cancel(),
            AdoptionCommands.Adopt(),
            AdoptionCommands.WriteOff(),
            AdoptionCommands.Correct(),
            AdoptionCommands.Deposit(),
            AdoptionCommands.Withdraw(),
            Marks(),
            LimitsCommand.Create(),
        };
    }

    private static Command Status()
    {
        var options = new ControlOptions();
        var command = new Command("status",
            "Shows whether the account may trade, since when and why; positions, open orders and the limits in force.");
        options.Show(command, async (control, run) =>
        {
            var status = await control.StatusAsync(run.Cancellation);
            if (run.Json)
                JournalRun.Print(status);
            else
                StatusPage.Write(status);
            return ControlOptions.Done;
        });
        return command;
    }

    private static Command Act(string name, OperatorAction action, string description)
    {
        var options = new ControlOptions();
        var who = new WhoAndWhy();
        var symbol = Symbol();
        var command = new Command(name, description) { symbol };
        who.AddTo(command);
        options.Act(command, async (control, run) =>
            Tell(run, await control.ActAsync(
                new(action, who.By(run.Parsed), who.Reason(run.Parsed)) { Symbol = run.Parsed.GetValue(symbol) }, run.Cancellation)));
        return command;
    }

    private static Option<string> Symbol() =>
        new("--symbol") { Description = "one symbol in place of the whole account, for example BTC-USD", HelpName = "symbol" };

    private static Command Flatten()
    {
        var options = new ControlOptions();
        var who = new WhoAndWhy();
        var command = new Command("flatten", "Sells everything, a slice within the limits at each price; nothing is bought until trading "
            + "is resumed. Ends a halt so that it can sell.");
        who.AddTo(command);
        options.Act(command, async (control, run) =>
            Tell(run, await control.ActAsync(new(OperatorAction.Flatten, who.By(run.Parsed), who.Reason(run.Parsed)), run.Cancellation)));
        return command;
    }

    private static Command Resume()
    {
        var options = new ControlOptions();
        var who = new WhoAndWhy();
        var confirm = new Option<bool>("--confirm-real")
        { Description = "allow the first order with real money of the configuration that status shows" };
        var accept =
            new Option<bool>("--accept-differences") { Description = "take the open differences between exchange and journal as they are" };
        var seen = new Option<string>("--seen")
        { Description = "the code that status showed, needed with the two: what came after it is not accepted", HelpName = "code" };
        var symbol = Symbol();
        var command = new Command("resume", "Allows trading again after a halt, a reduction, or a limit that stopped purchases "
            + "(drawdown, losing sales, unreviewed executions).") { symbol, confirm, accept, seen };
        who.AddTo(command);
        options.Act(command, async (control, run) => Tell(run, await control.ActAsync(
            new(OperatorAction.Resume, who.By(run.Parsed), who.Reason(run.Parsed))
            {
                Symbol = run.Parsed.GetValue(symbol),
                ConfirmReal = run.Parsed.GetValue(confirm),
                AcceptDifferences = run.Parsed.GetValue(accept),
                Seen = run.Parsed.GetValue(seen)
            }, run.Cancellation)));
        return command;
    }

    private static Command Cancel()
    {
        var options = new ControlOptions();
        var who = new WhoAndWhy();
        var order = new Argument<string>("order")
        { Description = "its trade id, its client order id, or the beginning of either; status lists them" };
        var command = new Command("cancel",
            "Ends an open order: one that was not placed yet is not placed, one that waits on an exchange is cancelled there.") { order };
        who.AddTo(command);
        options.Act(command, async (control, run) =>
            Tell(run, await control.ActAsync(
                new(OperatorAction.Cancel, who.By(run.Parsed), who.Reason(run.Parsed)) { Order = run.Parsed.GetValue(order) },
                run.Cancellation)));
        return command;
    }

    private static Command Marks()
    {
        var options = new ControlOptions();
        var who = new WhoAndWhy();
        var symbol = new Argument<string>("symbol") { Description = "the position, for example BTC-USD" };
        var highest = new Option<decimal?>("--highest")
        { Description = "highest price since the entry; the mean price paid by default", HelpName = "price" };
        var command = new Command("marks",
            "Corrects a position's marks after a wrong price or date: the highest price, from which trailing stops are "
            + "measured, and times that lie ahead.") { symbol, highest };
        who.AddTo(command);
        options.Act(command, async (control, run) => Tell(run, await control.ActAsync(
            new(OperatorAction.Marks, who.By(run.Parsed), who.Reason(run.Parsed))
            { Symbol = run.Parsed.GetValue(symbol), HighestPrice = run.Parsed.GetValue(highest) }, run.Cancellation)));
        return command;
    }

    internal static int Tell(ControlRun run, ControlDone done)
    {
        if (run.Json)
            JournalRun.Print(done);
        else
            Console.WriteLine(done.Told);
        return ControlOptions.Done;
    }
}
