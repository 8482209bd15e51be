using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Trading.Core;
using Trading.Journal;

namespace Trading.Cli.Audit;

/// <summary>Events for somebody who has no access to the database.</summary>
public static class ExportCommand
{
    private static readonly string[] Columns =
        ["number", "sequence", "id", "version", "timestamp", "archived", "type", "stream", "tenant", "dotnetType", "correlation", "causation", "headers", "data", "binary"];

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new AuditOptions();
        var range = new Option<string>("--range") { Description = "first and last sequence number, joined by two dots: 100..200", HelpName = "from..to" };
        var trade = new Option<Guid?>("--trade") { Description = "one trade's events", HelpName = "id" };
        var format = new Option<string>("--format") { Description = "ndjson, a line of JSON for each event, or csv", DefaultValueFactory = _ => "ndjson", HelpName = "format" };
        format.AcceptOnlyFromAmong("ndjson", "csv");
        var proofs = new Option<bool>("--with-proofs") { Description = "a bundle that trading audit verify --bundle checks without the database (ndjson alone)" };
        var output = new Option<FileInfo>("--output") { Description = "file to write, which must not exist; standard output when left out", HelpName = "file" };
        var command = new Command(
            "export", "Writes events, on request with the proof of each and the checkpoint that they are proved by.\nExample: trading audit export --range 1..5000 --with-proofs --output events.ndjson")
        { range, trade, format, proofs, output };
        command.Validators.Add(given =>
        {
            if (given.GetValue(range) is null == given.GetValue(trade) is null)
                given.AddError("export takes either --range or --trade");
            if (given.GetValue(proofs) && given.GetValue(format) == "csv")
                given.AddError("--with-proofs needs --format ndjson: a proof does not fit into a table");
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
                events = run.Parsed.GetValue(proofs) ? await BundleAsync(run, wanted, buffered, quiet: made is null)
                    : await PlainAsync(run, wanted, buffered, run.Parsed.GetValue(format) == "csv");
            }
            if (made is not null && events > 0)
                File.Move(made, file!.FullName, overwrite: false);
            else if (made is not null)
                File.Delete(made);
            if (events == 0)
                throw new AuditException("no such event is in the journal, or none is sealed yet");
            if (made is not null)
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{events:N0} events written to {file!.FullName}"));
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

    private static async Task<long> BundleAsync(AuditRun run, BundleRange range, Stream output, bool quiet)
    {
        var checkpoint = await SealedTree.LastAsync(run.Database, run.Cancellation) ?? throw new AuditException("nothing is sealed yet: there is no proof of anything");
        var size = checkpoint.Checkpoint.Size;
        return await AuditProgress.RunAsync("leaves", size, quiet, async progress =>
            await Bundle.WriteAsync(run.Database, range, checkpoint, await SealedTree.LoadAsync(run.Database, size, progress, run.Cancellation), output, null, run.Cancellation));
    }

    private static async Task<long> PlainAsync(AuditRun run, BundleRange range, Stream output, bool csv)
    {
        await using var writer = new StreamWriter(output, new UTF8Encoding(false), leaveOpen: true) { NewLine = csv ? "\r\n" : "\n" };
        var events = 0L;
        if (csv)
            await writer.WriteLineAsync(string.Join(',', Columns));
        await foreach (var line in Bundle.EventsAsync(run.Database, range, null, 0, run.Cancellation))
        {
            await writer.WriteLineAsync(csv ? Csv(line) : line);
            events++;
        }
        return events;
    }

    // RFC 4180: quotes around what holds a quote, a comma or a line end.
    private static string Csv(string line)
    {
        using var document = JsonDocument.Parse(line);
        return string.Join(',', Columns.Select(column => document.RootElement.GetProperty(column) switch
        {
            { ValueKind: JsonValueKind.Null } => "",
            { ValueKind: JsonValueKind.String } text => Quoted(text.GetString()!),
            var value => Quoted(value.GetRawText()),
        }));
    }

    private static string Quoted(string text) => text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
