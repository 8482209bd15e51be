using System.CommandLine;
using Trading.Cli.Shared;
using Trading.Hosting.Control;

namespace Trading.Cli.Control;

/// <summary>The limits in force, and how an operator puts others in force.</summary>
internal static class LimitsCommand
{
    /// <summary>The command.</summary>
    public static Command Create() =>
        new("limits", "Shows the limits in force, or puts others in force.") { Show(), Set() };

    private static Command Show()
    {
        var options = new ControlOptions();
        var command = new Command("show", "Shows the limits in force.");
        options.Show(command, async (control, run) =>
        {
            var status = await control.StatusAsync(run.Cancellation);
            if (run.Json)
                JournalRun.Print(new { status.LimitsVersion, status.LimitsBy, status.Limits });
            else
                StatusPage.WriteLimits(status);
            return ControlOptions.Done;
        });
        return command;
    }

    private static Command Set()
    {
        var options = new ControlOptions();
        var who = new WhoAndWhy();
        var set = new Argument<string[]>("name=value")
        { Description = "new values; the others stay; none for one that is not to be set", Arity = ArgumentArity.OneOrMore };
        var seen = new Option<int?>("--seen")
        { Description = "the version in force that was seen; another one refuses the change", HelpName = "version" };
        var command = new Command(
            "set",
            "Sets limits; they hold from the next decision on.\n"
            + "Example: trading control limits set MaxTradeAmountUsd=50 MaxDailyLossShare=0.02 --reason \"holiday\"") { set, seen };
        who.AddTo(command);
        options.Act(command, async (control, run) =>
        {
            var values = new Dictionary<string, string>();
            foreach (var pair in run.Parsed.GetValue(set)!)
            {
                if (pair.Split('=', 2) is not [{ Length: > 0 } name, { Length: > 0 } value] || !values.TryAdd(name, value))
                    throw new ControlException($"limits are set as name=value, each once, was {pair}", ControlProblem.Wrong);
            }
            foreach (var name in values.Keys)
            {
                if (LimitFields.NameNow(name) is { } now)
                    Console.Error.WriteLine($"trading: {name} is called {now} now; the earlier name is still read");
            }
            var changed = await control.SetLimitsAsync(who.By(run.Parsed), who.Reason(run.Parsed), values,
                run.Parsed.GetValue(seen), run.Cancellation);
            if (run.Json)
                JournalRun.Print(changed);
            else
            {
                foreach (var change in changed.Changes)
                    Console.WriteLine($"{change.Name}: {change.Was} -> {change.Now}");
                Console.WriteLine(changed.Changes.Count == 0
                    ? $"nothing changed: limits version {changed.Version} has these values already"
                    : $"limits version {changed.Version} is in force");
            }
            return ControlOptions.Done;
        });
        return command;
    }
}
