using System.CommandLine;
using System.Text.Json;
using Trading.Cli.Audit;
using Trading.Hosting;

namespace Trading.Cli.Control;

/// <summary>What an operator sees and decides: the state of the account, its limits, its orders.</summary>
public static class ControlCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var limits = new Command("limits", "Shows the limits in force, or puts others in force.") { LimitsShow(), LimitsSet() };
        return new Command(
            "control",
            "Stops and resumes trading, sets limits, cancels orders. Straight through the journal, which works with everything else down; or over HTTP with --url. Who and why is recorded with each.\n"
            + "Example: trading control halt --reason \"flash crash\"\n"
            + "Example: trading control status --url http://10.0.0.7:8080 --token-file ~/.trading-token")
        {
            Status(),
            Act("halt", OperatorAction.Halt, "Stops all trading at once, in every replica."),
            Act("reduce", OperatorAction.Reduce, "Allows only orders that make positions smaller."),
            Flatten(),
            Resume(),
            Cancel(),
            limits,
        };
    }

    private static Command Status()
    {
        var options = new ControlOptions();
        var command = new Command("status", "Shows whether the account may trade, since when and why; positions, open orders and the limits in force.");
        options.Act(command, async (control, run) =>
        {
            var status = await control.StatusAsync(run.Cancellation);
            if (run.Json)
                Print(status);
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
            Tell(run, await control.ActAsync(new(action, who.By(run.Parsed), who.Reason(run.Parsed)) { Symbol = run.Parsed.GetValue(symbol) }, run.Cancellation)));
        return command;
    }

    private static Option<string> Symbol() => new("--symbol") { Description = "one symbol in place of the whole account, for example BTC-USD", HelpName = "symbol" };

    private static Command Flatten()
    {
        var options = new ControlOptions();
        var who = new WhoAndWhy();
        var command = new Command("flatten", "Sells everything, a slice within the limits at each price; nothing is bought until trading is resumed. Lifts a halt as far as that.");
        who.AddTo(command);
        options.Act(command, async (control, run) => Tell(run, await control.ActAsync(new(OperatorAction.Flatten, who.By(run.Parsed), who.Reason(run.Parsed)), run.Cancellation)));
        return command;
    }

    private static Command Resume()
    {
        var options = new ControlOptions();
        var who = new WhoAndWhy();
        var confirm = new Option<bool>("--confirm-real") { Description = "allow the first order with real money of the configuration that status shows" };
        var accept = new Option<bool>("--accept-differences") { Description = "take the open differences between exchange and journal as they are" };
        var symbol = Symbol();
        var command = new Command("resume", "Allows trading again, and lifts what latched.") { symbol, confirm, accept };
        who.AddTo(command);
        options.Act(command, async (control, run) => Tell(run, await control.ActAsync(
            new(OperatorAction.Resume, who.By(run.Parsed), who.Reason(run.Parsed)) { Symbol = run.Parsed.GetValue(symbol), ConfirmReal = run.Parsed.GetValue(confirm), AcceptDifferences = run.Parsed.GetValue(accept) }, run.Cancellation)));
        return command;
    }

    private static Command Cancel()
    {
        var options = new ControlOptions();
        var who = new WhoAndWhy();
        var order = new Argument<string>("order") { Description = "its trade id, its client order id, or the beginning of either; status lists them" };
        var command = new Command("cancel", "Ends an open order: one that was not placed yet is not placed, one that waits on an exchange is cancelled there.") { order };
        who.AddTo(command);
        options.Act(command, async (control, run) =>
            Tell(run, await control.ActAsync(new(OperatorAction.Cancel, who.By(run.Parsed), who.Reason(run.Parsed)) { Order = run.Parsed.GetValue(order) }, run.Cancellation)));
        return command;
    }

    private static Command LimitsShow()
    {
        var options = new ControlOptions();
        var command = new Command("show", "Shows the limits in force.");
        options.Act(command, async (control, run) =>
        {
            var status = await control.StatusAsync(run.Cancellation);
            if (run.Json)
                Print(new { status.LimitsVersion, status.LimitsBy, status.Limits });
            else
                StatusPage.WriteLimits(status);
            return ControlOptions.Done;
        });
        return command;
    }

    private static Command LimitsSet()
    {
        var options = new ControlOptions();
        var who = new WhoAndWhy();
        var set = new Argument<string[]>("name=value") { Description = "new values; the others stay; none for one that is not to be set", Arity = ArgumentArity.OneOrMore };
        var command = new Command(
            "set",
            "Puts other limits in force from the next decision on.\nExample: trading control limits set MaxTradeAmountUsd=50 MaxDailyLossShare=0.02 --reason \"holiday\"") { set };
        who.AddTo(command);
        options.Act(command, async (control, run) =>
        {
            var values = new Dictionary<string, string>();
            foreach (var pair in run.Parsed.GetValue(set)!)
            {
                if (pair.Split('=', 2) is not [{ Length: > 0 } name, { Length: > 0 } value] || !values.TryAdd(name, value))
                    throw new ControlException($"limits are set as name=value, each once, was {pair}", ControlProblem.Wrong);
            }
            var changed = await control.SetLimitsAsync(who.By(run.Parsed), who.Reason(run.Parsed), values, run.Cancellation);
            if (run.Json)
                Print(changed);
            else
            {
                foreach (var change in changed.Changes)
                    Console.WriteLine($"{change.Name}: {change.Was} -> {change.Now}");
                Console.WriteLine(changed.Changes.Count == 0 ? $"nothing changed: limits version {changed.Version} has these values already" : $"limits version {changed.Version} is in force");
            }
            return ControlOptions.Done;
        });
        return command;
    }

    private static int Tell(ControlRun run, ControlDone done)
    {
        if (run.Json)
            Print(done);
        else
            Console.WriteLine(done.Told);
        return ControlOptions.Done;
    }

    private static void Print<T>(T value) => Console.WriteLine(JsonSerializer.Serialize(value, AuditOptions.Indented));

    /// <summary>The switches of every command that changes something.</summary>
    private sealed class WhoAndWhy
    {
        private readonly Option<string> _reason = new("--reason") { Description = "why; recorded in the journal", Required = true, HelpName = "text" };
        private readonly Option<string> _by = new("--by") { Description = "who; recorded in the journal", DefaultValueFactory = _ => Environment.UserName, HelpName = "name" };

        public void AddTo(Command command)
        {
            command.Options.Add(_reason);
            command.Options.Add(_by);
        }

        public string By(ParseResult parsed) => parsed.GetValue(_by)!;

        public string Reason(ParseResult parsed) => parsed.GetValue(_reason)!;
    }
}
