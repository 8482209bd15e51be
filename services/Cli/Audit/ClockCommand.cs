using System.CommandLine;
using Spectre.Console;
using Trading.Cli.Shared;
using Trading.Core;
using Trading.Hosting;
using Trading.Journal.Events;

namespace Trading.Cli.Audit;

/// <summary>How much time lies between the steps of a decision, and whether clocks disagree.</summary>
public static class ClockCommand
{
    private static readonly string[] Steps = ["source quoted to price agreed", "interval began to price agreed",
        "price agreed to predicted", "predicted to decided", "decided to written", "decided to order ended"];

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new JournalOptions();
        var (from, to) = (EventRange.FromOption(), EventRange.ToOption());
        var command = new Command(
            "clock",
            "Shows the seconds between the steps of decisions: quoted, observed, predicted, decided, written to the journal. "
            + "A negative duration shows that clocks differ; more than "
            + $"{Consensus.MaxFutureSeconds} s of it end with code 1. In a recorded run all clocks are the data's.\n"
            + "Example: trading audit clock --from 2024-03-01") { from, to };
        options.Act(command, async run =>
        {
            var range = await EventRange.ReadAsync(run, run.Parsed.GetValue(from), run.Parsed.GetValue(to));
            var seconds = await MeasureAsync(run, range);
            var rows = Steps.Zip(seconds, (step, values) => (Step: step, Values: values)).Where(row => row.Values.Count > 0)
                .Select(row => new
                {
                    row.Step,
                    Count = row.Values.Count,
                    Least = row.Values[0],
                    Median = At(row.Values, 0.5),
                    P99 = At(row.Values, 0.99),
                    Most = row.Values[^1],
                    Backwards = row.Values.Count(value => value < 0)
                }).ToList();
            var skewed = rows.Any(row => row.Least < -Consensus.MaxFutureSeconds);
            if (run.Json)
                JournalRun.Print(new { Steps = rows, Skewed = skewed });
            else
            {
                var table = new Table().Border(TableBorder.Simple)
                    .AddColumns("seconds from ... to ...", "count", "least", "median", "p99", "most", "backwards");
                foreach (var column in table.Columns.Skip(1))
                    column.RightAligned();
                foreach (var row in rows)
                    table.AddRow(row.Step, Words.Text($"{row.Count:N0}"), Words.Text($"{row.Least:0.000}"),
                        Words.Text($"{row.Median:0.000}"), Words.Text($"{row.P99:0.000}"), Words.Text($"{row.Most:0.000}"),
                        Words.Text($"{row.Backwards:N0}"));
                Terminal.Output.Write(table);
                Console.WriteLine(skewed ? $"WRONG: clocks differ by more than {Consensus.MaxFutureSeconds} s"
                    : rows.Any(row => row.Backwards > 0) ? "clocks differ a little"
                    : "no step goes backwards");
            }
            return skewed ? JournalOptions.FoundWrong : JournalOptions.Clean;
        });
        return command;
    }

    private static async Task<List<double>[]> MeasureAsync(JournalRun run, EventRange range)
    {
        var seconds = Steps.Select(_ => new List<double>()).ToArray();
        var made = new Dictionary<string, DateTimeOffset>();
        var decided = new Dictionary<string, DateTimeOffset>();
        var total = await JournalReader.CountAsync(run.Database, range.First - 1, range.Last, run.Cancellation);
        await CommandProgress.RunAsync("events", total, run.Json, async progress =>
        {
            var done = 0L;
            await foreach (var stored in JournalReader.ReadAsync(run.Database, range.First - 1, range.Last, run.Cancellation))
            {
                progress.Report(++done);
                Measure(stored);
            }
            return true;
        });
        foreach (var values in seconds)
            values.Sort();
        return seconds;

        void Measure(StoredEvent stored)
        {
            switch (stored.Type.StartsWith("trade_", StringComparison.Ordinal) || stored.Type == "exit_proposed" ? stored.Event() : null)
            {
                case TradeProposed { Prediction: var prediction }:
                    var price = prediction.Price;
                    seconds[0].AddRange(price.Quotes.Where(quote => quote.LeftOut is null)
                        .Select(quote => (price.ObservedAt - quote.Quote.QuotedAt).TotalSeconds));
                    seconds[1].Add((price.ObservedAt - price.IntervalStart).TotalSeconds);
                    seconds[2].Add((prediction.MadeAt - price.ObservedAt).TotalSeconds);
                    made[stored.StreamId] = prediction.MadeAt;
                    break;
                case ExitProposed { Price: var watched }:
                    seconds[1].Add((watched.ObservedAt - watched.IntervalStart).TotalSeconds);
                    break;
                case TradeAssessed { Assessment: var assessment }:
                    if (made.Remove(stored.StreamId, out var madeAt))
                        seconds[3].Add((assessment.AssessedAt - madeAt).TotalSeconds);
                    seconds[4].Add((stored.Timestamp - assessment.AssessedAt).TotalSeconds);
                    if (assessment.Order is not null)
                        decided[stored.StreamId] = assessment.AssessedAt;
                    break;
                case TradeClosed { Execution: var execution } when decided.Remove(stored.StreamId, out var decidedAt):
                    seconds[5].Add((execution.ExecutedAt - decidedAt).TotalSeconds);
                    break;
            }
        }
    }

    private static double At(List<double> sorted, double share) => sorted[(int)Math.Min(sorted.Count - 1, share * sorted.Count)];
}
