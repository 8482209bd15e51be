using System.CommandLine;
using Trading.Cli.Shared;
using Trading.Core;
using Trading.Journal.Checks;
using Trading.Journal.Events;

namespace Trading.Cli.Audit;

/// <summary>The accounts folded from their events, and whether the stored ones are the same.</summary>
public static class RebuildCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new JournalOptions();
        var compare =
            new Option<bool>("--compare") { Description = "compare with the stored ones in place of printing; code 1 where they differ" };
        var write = new Option<bool>("--write") { Description = "write those that differ again from their events, and tell which" };
        var command = new Command("rebuild",
            "Computes every account again from its events and compares it with the stored one; writes only with --write.\n"
            + "Example: trading audit rebuild --compare") { compare, write };
        options.Act(command, run => run.Parsed.GetValue(write) ? WriteAsync(run)
            : run.Parsed.GetValue(compare) ? CompareAsync(run) : PrintAsync(run));
        return command;
    }

    private static async Task<int> PrintAsync(JournalRun run)
    {
        var rebuilt = new List<Portfolio>();
        foreach (var id in await JournalReader.StreamsAsync(run.Database, "account-", run.Cancellation))
        {
            var folded = new FoldedAccount(run.Database, id);
            if (await folded.FoldAsync(run.Cancellation) is { } impossible)
                throw new CommandException($"{id}: {impossible}; trading audit verify shows whether it was changed");
            rebuilt.Add(folded.State!);
        }
        JournalRun.Print(rebuilt);
        return JournalOptions.Clean;
    }

    private static async Task<int> CompareAsync(JournalRun run)
    {
        var (accounts, wrong) = await AccountCheck.RunAsync(run.Database, run.Cancellation);
        if (run.Json)
            JournalRun.Print(new { Accounts = accounts, Wrong = wrong.Select(row => new { row.Account, row.Difference.Detail }) });
        else
        {
            foreach (var row in wrong)
                Console.WriteLine($"WRONG: {row.Account}: {row.Difference.Detail}");
            Console.WriteLine($"{Words.Count(accounts, "account")} computed from {(accounts == 1 ? "its" : "their")} events; "
                + (wrong.Count > 0 ? $"{Words.Count(wrong.Count, "account")} stored otherwise"
                    : accounts == 1 ? "the stored one is the same" : "the stored ones are the same"));
        }
        return wrong.Count == 0 ? JournalOptions.Clean : JournalOptions.FoundWrong;
    }

    private static async Task<int> WriteAsync(JournalRun run)
    {
        var written = new List<string>();
        foreach (var (id, _) in (await AccountCheck.RunAsync(run.Database, run.Cancellation)).Wrong)
        {
            var folded = new FoldedAccount(run.Database, id);
            if (await folded.FoldAsync(run.Cancellation) is { } impossible)
                throw new CommandException($"{id}: {impossible}");
            if (folded.State is null)
                throw new CommandException($"{id} is stored and has no events to be made from: it is not an account of this system");
            if (!await folded.WriteAsync(run.Cancellation))
                throw new CommandException($"{id} was not written: its stream is not at version {folded.Version}, its newest event; "
                    + "somebody appends to it (try again), or mt_streams was changed (trading audit gaps)");
            written.Add(id);
        }
        if (run.Json)
            JournalRun.Print(new { Written = written });
        else
            Console.WriteLine(written.Count == 0 ? "every stored account is what its events make: nothing was written"
                : $"written again from {(written.Count == 1 ? "its" : "their")} events: {string.Join(", ", written)}");
        return JournalOptions.Clean;
    }
}
