using System.CommandLine;
using System.Globalization;
using System.Text;
using Trading.Cli.Shared;
using Trading.Core;
using Trading.Journal.Bundles;
using Trading.Journal.Events;
using Trading.Journal.Sealing;
using Trading.Journal.Witnesses;

namespace Trading.Cli.Audit;

/// <summary>Events for somebody who has no access to the database.</summary>
public static class ExportCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new JournalOptions();
        var range = new Option<string>("--range")
        { Description = "first and last sequence number, joined by two dots: 100..200", HelpName = "from..to" };
        var trade = new Option<Guid?>("--trade") { Description = "one trade's events, and its bookings in the account", HelpName = "id" };
        var one = new Option<string>("--stream") { Description = "one stream's events, for example account-main", HelpName = "id" };
        var (from, to) = (EventRange.FromOption(), EventRange.ToOption());
        var format = new Option<string>("--format")
        { Description = "ndjson, a line of JSON for each event, or csv", DefaultValueFactory = _ => "ndjson", HelpName = "format" };
        format.AcceptOnlyFromAmong("ndjson", "csv");
        var proofs =
            new Option<bool>("--with-proofs") { Description = "a bundle that trading audit verify --bundle checks without the database" };
        var output = new Option<FileInfo>("--output")
        { Description = "file to write, which must not exist; standard output by default", HelpName = "file" }
            .Written();
        var command = new Command(
            "export", "Writes events, on request with the proof of each and the checkpoint that they are proved by.\n"
                + "Example: trading audit export --range 1..5000 --with-proofs --output events.ndjson\n"
                + "Example: trading audit export --from 2024-03-01 --to 2024-04-01 --with-proofs --output march.ndjson\n"
                + "Example: trading audit export --trade 62f7d296-6f57-5b1c-9d0e-4f9b3c2a7d11 --format csv --with-proofs "
                + "--output trade.csv")
        { range, from, to, trade, one, format, proofs, output };
        command.Validators.Add(given =>
        {
            bool[] ways = [given.GetValue(range) is not null, given.GetValue(from) is not null || given.GetValue(to) is not null,
                given.GetValue(trade) is not null, given.GetValue(one) is not null];
            if (ways.Count(way => way) != 1)
                given.AddError("export takes one of --range, --from and --to, --trade or --stream");
        });
        options.Act(command, async run =>
        {
            var wanted = (run.Parsed.GetValue(trade), run.Parsed.GetValue(one), run.Parsed.GetValue(range)) switch
            {
                ({ } id, _, _) => new BundleRange(0, long.MaxValue, Trade.StreamId(id), id),
                (_, { } stream, _) => new(0, long.MaxValue, stream),
                (_, _, { } numbers) => Range(numbers),
                _ => await TimesAsync(run, run.Parsed.GetValue(from), run.Parsed.GetValue(to)),
            };
            var file = run.Parsed.GetValue(output);
            if (file is { Exists: true })
                throw new CommandException($"{file.FullName} exists; nothing is overwritten");
            // The file gets its name when it is whole.
            var made = file is null ? null : $"{file.FullName}.{Environment.ProcessId}.new";
            long events;
            await using (var stream = made is null ? Console.OpenStandardOutput() : new FileStream(made, FileMode.CreateNew))
            await using (var buffered = new BufferedStream(stream, 1 << 16))
            {
                events = run.Parsed.GetValue(proofs) ? await BundleAsync(run, wanted, buffered,
                    run.Parsed.GetValue(format) == "csv", quiet: made is null)
                    : await PlainAsync(run, wanted, buffered, run.Parsed.GetValue(format) == "csv", quiet: made is null);
            }
            if (made is not null && events > 0)
                File.Move(made, file!.FullName, overwrite: false);
            else if (made is not null)
                File.Delete(made);
            if (events == 0)
                throw new CommandException("no such event is in the journal, or what there is is not sealed yet");
            if (made is not null)
                Console.WriteLine(
                    string.Create(CultureInfo.InvariantCulture, $"{Words.Count(events, "event")} written to {file!.FullName}"));
            return JournalOptions.Clean;
        });
        return command;
    }

    private static async Task<BundleRange> TimesAsync(JournalRun run, string? from, string? to) => new(
        from is null ? 0 : await EventRange.FirstAsync(run, from), to is null ? long.MaxValue : await EventRange.LastAsync(run, to), null);

    private static BundleRange Range(string range)
    {
        if (range.Split("..") is [var from, var to]
            && long.TryParse(from, NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            && long.TryParse(to, NumberStyles.None, CultureInfo.InvariantCulture, out var last) && first <= last)
            return new(first, last, null);
        throw new CommandException($"--range takes two sequence numbers like 100..200, was {range}");
    }

    private static async Task<long> BundleAsync(JournalRun run, BundleRange range, Stream output, bool csv, bool quiet)
    {
        var checkpoint = await SealedTree.LastAsync(run.Database, run.Cancellation)
            ?? throw new CommandException("nothing is sealed yet: there is no proof of anything");
        checkpoint = await StoredCosignatures.WithAsync(run.Database, checkpoint, run.Cancellation);
        var size = checkpoint.Checkpoint.Size;
        return await CommandProgress.RunAsync("leaves", size, quiet, async progress =>
        {
            var tree = await SealedTree.LoadAsync(run.Database, size, progress, run.Cancellation);
            return csv
                ? await CsvBundle.WriteAsync(run.Database, range, checkpoint, tree, output, run.Cancellation)
                : await Bundle.WriteAsync(run.Database, range, checkpoint, tree, output, null, run.Cancellation);
        });
    }

    private static async Task<long> PlainAsync(JournalRun run, BundleRange range, Stream output, bool csv, bool quiet)
    {
        await using var writer =
            new StreamWriter(output, new UTF8Encoding(false), leaveOpen: true) { NewLine = csv ? CsvBundle.LineEnd : "\n" };
        if (csv)
            await writer.WriteLineAsync(CsvBundle.Header(withProofs: false));
        var total = range.StreamId is null
            ? await JournalReader.CountAsync(run.Database, range.FromSequence - 1, range.ToSequence, run.Cancellation) : 0;
        return await CommandProgress.RunAsync("events", total, quiet, async progress =>
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
