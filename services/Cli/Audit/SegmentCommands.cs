using System.CommandLine;
using Trading.Cli.Shared;
using Trading.Hosting.Sealing;
using Trading.Hosting.Secrets;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;
using Trading.Journal.Segments;

namespace Trading.Cli.Audit;

/// <summary>A month of the journal as a file; what it holds removed from the database; and read back.</summary>
public static class SegmentCommands
{
    /// <summary>The command that writes a file.</summary>
    public static Command CreateSegment()
    {
        var options = new JournalOptions();
        var period = new Argument<string>("period") { Description = "month or day (UTC) in which it was sealed: 2026-10 or 2026-10-31" };
        var output = new Option<FileInfo>("--output")
        { Description = "file to write, which must not exist", HelpName = "file", Required = true }.Written();
        var command = new Command("segment", "Writes what was sealed in a month to a compressed file that is verified alone (verify "
            + "--bundle): every event, every checkpoint. Changes nothing in the journal.\n"
            + "Example: trading audit segment 2026-10 --output 2026-10.segment.gz") { period, output };
        options.Act(command, async run =>
        {
            var asked = run.Parsed.GetValue(period)!;
            if (SegmentRange.Times(asked) is null)
                throw new CommandException($"a segment is of a month or a day (2026-10, 2026-10-31), was {asked}");
            var file = run.Parsed.GetValue(output)!;
            if (file.Exists)
                throw new CommandException($"{file.FullName} exists; nothing is overwritten");
            if (!await SealedTree.IsThereAsync(run.Database, run.Cancellation)
                || await SegmentRange.FindAsync(run.Database, asked, run.Cancellation) is not { } range)
                throw new CommandException($"nothing was sealed in {asked}");
            // The file gets its name when it is whole.
            var made = $"{file.FullName}.{Environment.ProcessId}.new";
            try
            {
                await using (var stream = new FileStream(made, FileMode.CreateNew))
                    await CommandProgress.RunAsync("events", range.Events, run.Json, async progress =>
                    {
                        await Segment.WriteAsync(run.Database, range, stream, progress, run.Cancellation);
                        return 0;
                    });
                File.Move(made, file.FullName, overwrite: false);
            }
            finally
            {
                File.Delete(made);
            }
            var bytes = new FileInfo(file.FullName).Length;
            if (run.Json)
                JournalRun.Print(new { range.Period, range.FirstNumber, range.Events, File = file.FullName, Bytes = bytes });
            else
                Console.WriteLine(Words.Text($"{Words.Count(range.Events, "event")} of {asked} written to {file.FullName}, ")
                    + Words.Text($"{bytes:N0} bytes"));
            return JournalOptions.Clean;
        });
        return command;
    }

    /// <summary>The command that removes what a file holds.</summary>
    public static Command CreateArchive()
    {
        var options = new JournalOptions();
        var file = FileArgument();
        var keys = KeysOption();
        var by = new Option<string>("--by")
        { Description = "who asks for it; recorded in the journal", DefaultValueFactory = _ => Environment.UserName, HelpName = "name" };
        var reason = new Option<string>("--reason") { Description = "why; recorded in the journal", Required = true, HelpName = "text" };
        var command = new Command("archive", "Removes from the database the decisions without an order that a segment's file holds, after "
            + "checking the file against the journal, and records that as an event. Orders, the account and every leaf and checkpoint "
            + $"stay. What is younger than {SegmentRemoval.Youngest.TotalDays:0} days is not removed. As the owner of the tables.\n"
            + "Example: trading audit archive 2026-10.segment.gz --reason \"a year is enough\"") { file, keys, by, reason };
        options.Act(command, async run =>
        {
            var path = Existing(run.Parsed.GetValue(file)!);
            var trusted = await KeysAsync(run, run.Parsed.GetValue(keys));
            await using var journal = await WritableJournal.OpenAsync(run.ConnectionString, run.Settings, "audit", run.Cancellation);
            var done = await SegmentRemoval.RemoveAsync(journal, path, trusted, run.Parsed.GetValue(by)!,
                run.Parsed.GetValue(reason)!, TimeProvider.System.GetUtcNow(), run.Cancellation);
            if (run.Json)
                JournalRun.Print(done);
            else
                Console.WriteLine(Words.Text($"{done.Removed:N0} of {Words.Count(done.Events, "event")} of {done.Period} removed; keep ")
                    + $"{path} (SHA-256 {done.FileSha256}): trading audit import reads it back");
            return JournalOptions.Clean;
        });
        return command;
    }

    /// <summary>The command that reads a file back.</summary>
    public static Command CreateImport()
    {
        var options = new JournalOptions();
        var file = FileArgument();
        var keys = KeysOption();
        var command = new Command("import", "Reads the events of a segment's file back that the database lacks, after checking the file "
            + "against the journal. As the owner of the tables.\nExample: trading audit import 2026-10.segment.gz") { file, keys };
        options.Act(command, async run =>
        {
            var path = Existing(run.Parsed.GetValue(file)!);
            var events = await SegmentImport.ReadAsync(
                run.Database, path, await KeysAsync(run, run.Parsed.GetValue(keys)), run.Cancellation);
            if (run.Json)
                JournalRun.Print(new { Events = events });
            else
                Console.WriteLine(events == 0 ? "the database has all of its events" : $"{Words.Count(events, "event")} read back");
            return JournalOptions.Clean;
        });
        return command;
    }

    private static Argument<FileInfo> FileArgument() => new("file") { Description = "what trading audit segment wrote" };

    private static Option<string[]> KeysOption() => new("--public-key")
    { Description = "public key of the sealer, or its file; may be repeated; that of the settings when left out", HelpName = "key" };

    private static string Existing(FileInfo file) => !file.Exists ? throw new CommandException($"{file.FullName} does not exist")
        : Segment.Is(file.FullName) ? file.FullName : throw new CommandException($"{file.FullName} is no segment: it is not compressed");

    private static async Task<IReadOnlyList<VerifierKey>> KeysAsync(JournalRun run, string[]? given) =>
        VerifyCommand.Keys(given) is { Count: > 0 } keys ? keys
            : [await SealKeys.PublicKeyAsync(run.Settings, SecretStores.Store(run.Settings, TimeProvider.System), run.Cancellation)
                ?? throw new CommandException("a segment is checked with the sealer's public key: --public-key, Trading:SealKeyFile or "
                    + "Trading:SealKeySecret")];
}
