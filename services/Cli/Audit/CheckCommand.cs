using System.CommandLine;
using System.Text;
using System.Text.Json;
using Spectre.Console;
using Trading.Cli.Shared;
using Trading.Hosting;
using Trading.Hosting.Audit;
using Trading.Hosting.Sealing;
using Trading.Hosting.Secrets;
using Trading.Journal.Keys;

namespace Trading.Cli.Audit;

/// <summary>Everything that can be checked, in one run.</summary>
public static class CheckCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new JournalOptions();
        var keys = new Option<string[]>("--public-key")
        { Description = "public key of the sealer, or its file; may be repeated; that of the settings by default", HelpName = "key" };
        var file = new Option<FileInfo>("--report")
        { Description = "also write the report as JSON to a file, which must not exist", HelpName = "file" }
            .Written();
        var sign = new Option<bool>("--sign")
        { Description = "sign the report with the key that seals: the signature is written beside it with the ending .sig" };
        var command = new Command(
            "check",
            "Checks everything in one run: seals (verify) and checkpoints kept elsewhere, streams and gaps, accounts against their events "
            + "(rebuild), every decision (replay), the price history against the journal's prices, and the database's catalog. "
            + "The services do the same every Trading:AuditCheckHours, with an alert.\n"
            + "Example: trading audit check\n"
            + "Example: trading audit check --report 2026-11.json --sign") { keys, file, sign };
        command.Validators.Add(given =>
        {
            if (given.GetValue(sign) && given.GetValue(file) is null)
                given.AddError("--sign goes with --report");
        });
        options.Act(command, async run =>
        {
            var target = run.Parsed.GetValue(file);
            if (target is { Exists: true })
                throw new CommandException($"{target.FullName} exists; nothing is overwritten");
            var secrets = SecretStores.Store(run.Settings, TimeProvider.System);
            var key = run.Parsed.GetValue(sign) ? await SealKeys.KeyAsync(run.Settings, secrets, run.Cancellation) : null;
            var report = await new JournalAudit(run.Database, run.ConnectionString, run.Settings, secrets)
                .RunAsync(VerifyCommand.Keys(run.Parsed.GetValue(keys)), run.Cancellation);
            var json = JsonSerializer.Serialize(report, JournalRun.Indented);
            if (target is not null)
                await WriteAsync(target.FullName, json + "\n", key, run.Cancellation);
            if (run.Json)
                Console.WriteLine(json);
            else
                Print(report);
            return report.Clean ? JournalOptions.Clean : JournalOptions.FoundWrong;
        });
        return command;
    }

    private static async Task WriteAsync(string file, string text, SealKey? key, CancellationToken cancellation)
    {
        await File.WriteAllTextAsync(file, text, cancellation);
        if (key is not null)
            await File.WriteAllTextAsync($"{file}.sig", $"{key.Public}\n{Convert.ToBase64String(key.Sign(Encoding.UTF8.GetBytes(text)))}\n",
                cancellation);
    }

    private static void Print(AuditReport report)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("part", "", "result", "seconds");
        table.Columns[3].RightAligned();
        foreach (var part in report.Parts)
            table.AddRow(part.Name, part.Clean ? "[green]clean[/]" : Words.Text($"[red]{part.Wrongs:N0} wrong[/]"),
                Markup.Escape(part.Told), Words.Text($"{part.Seconds:0.0}"));
        Terminal.Output.Write(table);
        foreach (var part in report.Parts)
        {
            foreach (var line in part.First)
                Console.WriteLine($"WRONG: {part.Name}: {line}");
            if (part.Wrongs > part.First.Count && part.First.Count > 0)
                Console.WriteLine(Words.Text($"and {part.Wrongs - part.First.Count:N0} more in {part.Name}"));
        }
        Console.WriteLine(report.Clean ? "everything is clean"
            : $"WRONG in {string.Join(", ", report.Parts.Where(part => !part.Clean).Select(part => part.Name))}");
    }
}
