using System.CommandLine;
using System.Globalization;
using System.Text;
using Trading.Core;
using Trading.Journal;

namespace Trading.Cli.Audit;

/// <summary>Events for somebody who has no access to the database.</summary>
public static class ExportCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new AuditOptions();
        var range = new Option<string>("--range") { Description = "first and last sequence number, joined by two dots: 100..200", HelpName = "from..to" };
        var trade = new Option<Guid?>("--trade") { Description = "one trade's events", HelpName = "id" };
        var format = new Option<string>("--format") { Description = "ndjson, a line of JSON for each event, or csv", DefaultValueFactory = _ => "ndjson", HelpName = "format" };
        format.AcceptOnlyFromAmong("ndjson", "csv");
        var proofs = new Option<bool>("--with-proofs") { Description = "a bundle that trading audit verify --bundle checks without the database" };
        var output = new Option<FileInfo>("--output") { Description = "file to write, which must not exist; standard output when left out", HelpName = "file" };
        var command = new Command(
            "export", "Writes events, on request with the proof of each and the checkpoint that they are proved by.\nExample: trading audit export --range 1..5000 --with-proofs --output events.ndjson\nExample: trading audit export --trade 62f7d296-6f57-5b1c-9d0e-4f9b3c2a7d11 --format csv --with-proofs --output trade.csv")
        { range, trade, format, proofs, output };
        command.Validators.Add(given =>
        {
            if (given.GetValue(range) is null == given.GetValue(trade) is null)
                given.AddError("export takes either --range or --trade");
        });
        options.Act(command, async run =>
        {
            var wanted = Range(run.Parsed.GetValue(range), run.Parsed.GetValue(trade));
            var file = run.Parsed.GetValue(output);
            if (file is { Exists: true })
                throw new AuditException($"{file.FullName} exists; nothing is overwritten");
            // The file gets its name when it is whole.
            var made = file is null ? null : $"{file.FullName}.{Environment.ProcessId}.new";
            long events;
            await using (var stream = made is null ? Console.OpenStandardOutput() : new FileStream(made, FileMode.CreateNew))
            await using (var buffered = new BufferedStream(stream, 1 << 16))
            {
                events = run.Parsed.GetValue(proofs) ? await BundleAsync(run, wanted, buffered, run.Parsed.GetValue(format) == "csv", quiet: made is null)
                    : await PlainAsync(run, wanted, buffered, run.Parsed.GetValue(format) == "csv", quiet: made is null);
            }
            if (made is not null && events > 0)
                File.Move(made, file!.FullName, overwrite: false);
            else if (made is not null)
                File.Delete(made);
            if (events == 0)
                throw new AuditException("no such event is in the journal, or none is sealed yet");
            if (made is not null)
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Words.Count(events, "event")} written to {file!.FullName}"));
            return AuditOptions.Clean;
        });
        return command;
    }

    private static BundleRange Range(string? range, Guid? trade)
    {
        if (trade is { } id)
            return new(0, long.MaxValue, Trade.StreamId(id));
        if (range!.Split("..") is [var from, var to]
            && long.TryParse(from, NumberStyles.None, CultureInfo.InvariantCulture, out var first) && long.TryParse(to, NumberStyles.None, CultureInfo.InvariantCulture, out var last) && first <= last)
            return new(first, last, null);
        throw new AuditException($"--range takes two sequence numbers like 100..200, was {range}");
    }

    private static async Task<long> BundleAsync(AuditRun run, BundleRange range, Stream output, bool csv, bool quiet)
    {
        var checkpoint = await SealedTree.LastAsync(run.Database, run.Cancellation) ?? throw new AuditException("nothing is sealed yet: there is no proof of anything");
        var size = checkpoint.Checkpoint.Size;
        return await AuditProgress.RunAsync("leaves", size, quiet, async progress =>
        {
            var tree = await SealedTree.LoadAsync(run.Database, size, progress, run.Cancellation);
            return csv
                ? await CsvBundle.WriteAsync(run.Database, range, checkpoint, tree, output, run.Cancellation)
                : await Bundle.WriteAsync(run.Database, range, checkpoint, tree, output, null, run.Cancellation);
        });
    }

    private static async Task<long> PlainAsync(AuditRun run, BundleRange range, Stream output, bool csv, bool quiet)
    {
        await using var writer = new StreamWriter(output, new UTF8Encoding(false), leaveOpen: true) { NewLine = csv ? CsvBundle.LineEnd : "\n" };
        if (csv)
            await writer.WriteLineAsync(CsvBundle.Header(withProofs: false));
        var total = range.StreamId is null ? await JournalReader.CountAsync(run.Database, range.FromSequence - 1, range.ToSequence, run.Cancellation) : 0;
        return await AuditProgress.RunAsync("events", total, quiet, async progress =>
        {
            var events = 0L;
            await foreach (var line in Bundle.EventsAsync(run.Database, range, null, 0, run.Cancellation))
            {
                await writer.WriteLineAsync(csv ? CsvBundle.Row(line) : line);
                progress.Report(++events);
            }
            return events;
        });
    }
}
