using System.CommandLine;
using Trading.Cli.Shared;
using Trading.Core;
using Trading.Journal.Sealing;

namespace Trading.Cli.Audit;

/// <summary>Blanks a personal or free-text field for ever.</summary>
public static class RedactCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new JournalOptions();
        var name = new Argument<string>("event") { Description = "its sequence number, or stream and version: account-main/3" };
        var field = new Argument<string>("field") { Description = $"the field: {string.Join(" or ", AuditLeaf.RedactableFields)}" };
        field.AcceptOnlyFromAmong([.. AuditLeaf.RedactableFields]);
        var reason = new Option<string>("--reason") { Description = "why; recorded in the journal", Required = true, HelpName = "text" };
        var by = new Option<string>("--by")
        { Description = "who asks for it; recorded in the journal", DefaultValueFactory = _ => Environment.UserName, HelpName = "name" };
        var command = new Command(
            "redact",
            "Blanks a personal or free-text field of an operator's event for ever; who, when and why is an event of the journal, "
            + "and every proof goes on to hold. Copies elsewhere (backups, exports) are not reached.\n"
            + "Example: trading audit redact account-main/3 reason --reason \"names a customer\"") { name, field, reason, by };
        options.Act(command, async run =>
        {
            var given = run.Parsed.GetValue(name)!;
            var found = await SealedTree.FindAsync(run.Database, given, run.Cancellation)
                ?? throw new CommandException($"no sealed event is {given}");
            await using var journal = await WritableJournal.OpenAsync(run.ConnectionString, run.Settings, "audit", run.Cancellation);
            bool done;
            try
            {
                done = await Redaction.RedactAsync(
                    journal, found, run.Parsed.GetValue(field)!, run.Parsed.GetValue(by)!, run.Parsed.GetValue(reason)!,
                    TimeProvider.System.GetUtcNow(), run.Cancellation);
            }
            catch (SealException cannot)
            {
                throw new CommandException(cannot.Message);
            }
            var text = $"{run.Parsed.GetValue(field)} of event {found.Sequence} ({found.StreamId}, version {found.Version}) "
                + $"{(done ? "is" : "was already")} redacted";
            if (run.Json)
                JournalRun.Print(
                    new { found.Sequence, found.StreamId, found.Version, Field = run.Parsed.GetValue(field), Redacted = done });
            else
                Console.WriteLine(done ? $"{text}; the next seal covers the record of it (trading audit checkpoint seals now)" : text);
            return JournalOptions.Clean;
        });
        return command;
    }
}
