using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Trading.Cli.Shared;
using Trading.Core;
using Trading.Hosting;
using Trading.Hosting.Audit;
using Trading.Hosting.Control;
using Trading.Journal.Events;

namespace Trading.Cli.Audit;

/// <summary>Computes every decision of the journal again from its recorded inputs; or asks what other limits would have decided.</summary>
public static class ReplayCommand
{
    private const int Named = ReplayRun.MostNamed;

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new JournalOptions();
        var from = new Option<string?>("--from")
        { Description = "differences from this instant on (UTC); all before it is computed too, for the account", HelpName = "time" };
        var to = new Option<string?>("--to") { Description = "differences before this instant (UTC)", HelpName = "time" };
        var whatIf = new Option<FileInfo?>("--what-if")
        { Description = "settings file of the services: the same predictions through its limits, thresholds and costs", HelpName = "file" };
        var weights = new Option<string[]>("--weight")
        { Description = "with --what-if: how much a model counts, as model=weight; may be repeated", HelpName = "model=weight" };
        var command = new Command(
            "replay",
            "Computes every decision again from its recorded inputs: price, indicators, technical model, ensemble, every check, "
            + "size, order, paper fill, account, built-in strategies.\n"
            + "Examples: trading audit replay\n          trading audit replay --what-if careful.json --weight bedrock=0.5")
        { from, to, whatIf, weights };
        command.Validators.Add(given =>
        {
            if (given.GetValue(weights) is { Length: > 0 } && given.GetValue(whatIf) is null)
                given.AddError("--weight goes with --what-if: replay itself takes the weights as they were recorded");
        });
        options.Act(command, run =>
        {
            var (begin, end) = (
                run.Parsed.GetValue(from) is { } first ? EventRange.Time("--from", first) : DateTimeOffset.MinValue,
                run.Parsed.GetValue(to) is { } last ? EventRange.Time("--to", last) : DateTimeOffset.MaxValue);
            return run.Parsed.GetValue(whatIf) is { } file
                ? WhatIfAsync(run, file, Weights(run.Parsed.GetValue(weights) ?? []), begin, end)
                : ReplayAsync(run, begin, end);
        });
        return command;
    }

    private static async Task<int> ReplayAsync(JournalRun run, DateTimeOffset from, DateTimeOffset to)
    {
        var total = await JournalReader.CountAsync(run.Database, 0, long.MaxValue, run.Cancellation);
        var replayed = await CommandProgress.RunAsync("events", total, run.Json, progress => Task.Run(() =>
            ReplayRun.RunAsync(run.Database, run.ConnectionString, run.Settings, from, to, progress, run.Cancellation)));
        var (replay, count, first, strategies, taken, history) = replayed;
        var result = new
        {
            replay.Events,
            replay.Decisions,
            replay.Orders,
            replay.OpenOrders,
            replay.Scores,
            replay.Windows,
            replay.WindowsFromHistory,
            replay.WindowsTakenAsRecorded,
            replay.ScoresOmitted,
            replay.FirstScoreOmitted,
            AnswersTakenAsRecorded = taken,
            Strategies = strategies,
            Differences = count,
            First = first,
            HistoryPrices = history?.Prices,
            HistoryDifferences = history?.Wrongs,
            FirstInHistory = history?.First,
        };
        if (run.Json)
            JournalRun.Print(result);
        else
            Print(replayed);
        return count == 0 && (history?.Wrongs ?? 0) == 0 ? JournalOptions.Clean : JournalOptions.FoundWrong;
    }

    private static void Print(ReplayResult replayed)
    {
        var (replay, count, first, strategies, taken, history) = replayed;
        var (decisions, orders) = (Words.Count(replay.Decisions, "decision"), Words.Count(replay.Orders, "ended order"));
        var open = Words.Count(replay.OpenOrders, "order");
        Line($"{Words.Count(replay.Events, "event")} read, {decisions} and {orders} computed again, {open} still open");
        if (replay.Scores > 0)
            Line($"{Words.Count(replay.Scores, "score")} of predictions computed again, and the weights that follow from them");
        if (replay.ScoresOmitted > 0)
            Console.WriteLine($"{Words.Count(replay.ScoresOmitted, "prediction")} of models {(replay.ScoresOmitted == 1 ? "was" : "were")} "
                + $"not scored although the price at its end is known; the first: {replay.FirstScoreOmitted}");
        var all = replay.WindowsTakenAsRecorded == 0 && replay.WindowsFromHistory == 0 ? "all " : "";
        Line($"{all}{Words.Count(replay.Windows, "price window")} computed again from the journal's prices");
        if (replay.WindowsFromHistory > 0)
            Console.WriteLine(Words.Count(replay.WindowsFromHistory, "price window")
                + " computed again from the price history, whose prices have the digest that was recorded");
        if (replay.WindowsTakenAsRecorded > 0)
            Console.WriteLine(Words.Text($"{replay.WindowsTakenAsRecorded:N0} price windows are taken as recorded: they reach back ")
                + "to prices that neither the journal nor the price history holds");
        if (strategies > 0)
            Line($"{Words.Count(strategies, "answer")} of built-in strategies computed again");
        if (taken.Count > 0)
            Line($"taken as recorded, for they cannot be computed from the journal: answers of {string.Join(", ",
                taken.OrderBy(answers => answers.Key, StringComparer.Ordinal)
                    .Select(answers => Words.Text($"{answers.Key} ({answers.Value:N0})")))}");
        foreach (var wrong in history?.First ?? [])
            Line($"WRONG: {HistoryWords.Tell(wrong)}");
        if (history is { Wrongs: > 0 })
            Console.WriteLine(Words.Text($"{Words.Count(history.Wrongs, "price")} of {history.Prices:N0} ")
                + $"{(history.Wrongs == 1 ? "is" : "are")} not in the history as the journal has them: somebody changed one of the two");
        foreach (var difference in first)
        {
            Line($"");
            Line($"event {difference.Sequence} ({difference.StreamId}, version {difference.Version}) {difference.What}");
            Line($"  recorded:   {difference.Recorded}");
            Line($"  recomputed: {difference.Recomputed}");
        }
        if (count > first.Count)
            Line($"... and {count - first.Count:N0} more");
        if (count == 0)
            Line($"0 differences: every decision is what its recorded inputs give");
        else
            Line($"{Words.Count(count, "difference")}; the first is event {first[0].Sequence}");
    }

    private static async Task<int> WhatIfAsync(JournalRun run, FileInfo file, Dictionary<string, double>? weights,
        DateTimeOffset from, DateTimeOffset to)
    {
        var settings = SettingsSwitches.Of(file);
        var (limits, costs) = (settings.Limits(), settings.Pipeline().Costs);
        var whatIf = new WhatIf(run.Settings.Account, limits, costs, weights, from, to);
        var changed = new List<ChangedDecision>();
        await ReadAsync(run, read =>
        {
            if (whatIf.Add(read.StreamId, read.At, read.Event) is { } decision && changed.Count < Named)
                changed.Add(decision);
            return ValueTask.CompletedTask;
        });
        if (whatIf.Recorded.Decisions == 0)
            throw new CommandException($"the journal holds no decision of the account {run.Settings.Account} in this range");
        var other = Differing(whatIf, limits, costs);
        if (run.Json)
            JournalRun.Print(new
            {
                Settings = other,
                Recorded = Figures(whatIf.Recorded),
                Instead = Figures(whatIf.Instead),
                whatIf.Changed,
                First = changed,
            });
        else
            Print(whatIf, changed, other);
        return JournalOptions.Clean;
    }

    // Also what the file does not name: its defaults may be others than those that were in force.
    private static List<LimitChange> Differing(WhatIf whatIf, RiskLimits limits, PaperCosts costs)
    {
        List<LimitChange> other = whatIf.RecordedLimits is { } recorded ? [.. LimitFields.Changes(recorded, limits)] : [];
        if (whatIf.RecordedCosts is { } was)
        {
            other.AddRange(typeof(PaperCosts).GetProperties()
                .Where(property => property.GetIndexParameters().Length == 0 && !Equals(property.GetValue(was), property.GetValue(costs)))
                .Select(property => new LimitChange($"Costs.{property.Name}", Words.Text($"{property.GetValue(was) ?? "none"}"),
                    Words.Text($"{property.GetValue(costs) ?? "none"}"))));
        }
        return other;
    }

    private static void Print(WhatIf whatIf, List<ChangedDecision> changed, List<LimitChange> other)
    {
        if (other.Count == 0)
            Line($"every limit and cost is as it was recorded");
        else
        {
            var settings = new Table().Border(TableBorder.Rounded).AddColumn("limit or cost")
                .AddColumn(new TableColumn("recorded").RightAligned()).AddColumn(new TableColumn("what if").RightAligned());
            foreach (var change in other)
                settings.AddRow(Markup.Escape(change.Name), Markup.Escape(change.Was), Markup.Escape(change.Now));
            Terminal.Output.Write(settings);
        }
        var table = new Table().Border(TableBorder.Rounded).AddColumn("").AddColumn(new TableColumn("recorded").RightAligned())
            .AddColumn(new TableColumn("what if").RightAligned()).AddColumn(new TableColumn("difference").RightAligned());
        foreach (var ((name, recorded), (_, instead)) in Figures(whatIf.Recorded).Zip(Figures(whatIf.Instead)))
            table.AddRow(name, Number(recorded), Number(instead),
                recorded == instead ? "" : (instead > recorded ? "+" : "") + Number(instead - recorded));
        Terminal.Output.Write(table);
        var first = changed.Count > 0 ? ", the first of them:" : "";
        Line($"{whatIf.Changed:N0} of {whatIf.Recorded.Decisions:N0} decisions would have been others{first}");
        foreach (var decision in changed)
            Line($"{decision.At:yyyy-MM-dd HH:mm:ss}  {decision.TradeId}  {Text(decision.Recorded)}  ->  {Text(decision.Instead)}");

        static string Number(decimal value) => value.ToString(value == decimal.Truncate(value) ? "N0" : "N4", CultureInfo.InvariantCulture);
    }

    private static string Text(Contracts.Assessment assessment) => assessment switch
    {
        { Order: { } order } => string.Create(CultureInfo.InvariantCulture, $"{order.Side.ToString().ToLowerInvariant()} {order.Quantity}"),
        { Refusal: { } rule } => $"{assessment.Signal.ToString().ToLowerInvariant()} refused ({rule})",
        _ => "hold",
    };

    private static List<KeyValuePair<string, decimal>> Figures(RunSummary summary) =>
    [
        new("decisions", summary.Decisions), new("holds", summary.Holds), new("refused", summary.Refusals.Values.Sum()),
        new("buys", summary.Buys), new("sales", summary.Sales),
        new("fees USD", summary.FeesUsd), new("equity at the end USD", decimal.Round(summary.EndEquityUsd, 4)),
        new("profit USD", decimal.Round(summary.EndEquityUsd - (summary.StartEquityUsd ?? 0), 4)),
        new("max drawdown %", decimal.Round(summary.MaxDrawdown * 100, 4)),
    ];

    private static async Task ReadAsync(JournalRun run, Func<JournalEvent, ValueTask> take)
    {
        var total = await JournalReader.CountAsync(run.Database, 0, long.MaxValue, run.Cancellation);
        await CommandProgress.RunAsync("events", total, run.Json, progress => Task.Run(async () =>
        {
            var done = 0L;
            await foreach (var batch in JournalReader.EventsAsync(run.Database, 0, run.Cancellation))
            {
                foreach (var read in batch)
                    await take(read);
                progress.Report(done += batch.Count);
            }
            return done;
        }));
    }

    private static Dictionary<string, double>? Weights(string[] pairs)
    {
        var weights = new Dictionary<string, double>();
        foreach (var pair in pairs)
        {
            if (pair.Split('=') is not [{ Length: > 0 } model, var text]
                || !double.TryParse(text, CultureInfo.InvariantCulture, out var weight) || weight is not (>= 0 and <= 1e6))
                throw new CommandException($"--weight must be model=weight with a weight of at least 0, was {pair}");
            weights[model] = weight;
        }
        return weights.Count == 0 ? null : weights;
    }

    private static void Line(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
