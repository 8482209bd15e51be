using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting;
using Trading.Journal;

namespace Trading.Cli.Audit;

/// <summary>Computes every decision of the journal again from its recorded inputs; or asks what other limits would have decided.</summary>
public static class ReplayCommand
{
    private const int Named = 10;

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new AuditOptions();
        var from = new Option<string?>("--from") { Description = "differences from this instant on (UTC); all before it is computed too, for the account", HelpName = "time" };
        var to = new Option<string?>("--to") { Description = "differences before this instant (UTC)", HelpName = "time" };
        var whatIf = new Option<FileInfo?>("--what-if") { Description = "settings file of the services: the same predictions through its limits, thresholds and costs", HelpName = "file" };
        var weights = new Option<string[]>("--weight") { Description = "with --what-if: how much a model counts, as model=weight; may be repeated", HelpName = "model=weight" };
        var command = new Command(
            "replay",
            "Computes every decision again from its recorded inputs: price, indicators, technical model, ensemble, every check, size, order, paper fill, account.\n"
            + "Examples: trading audit replay\n          trading audit replay --what-if careful.json --weight bedrock=0.5") { from, to, whatIf, weights };
        command.Validators.Add(given =>
        {
            if (given.GetValue(weights) is { Length: > 0 } && given.GetValue(whatIf) is null)
                given.AddError("--weight goes with --what-if: replay itself takes the weights as they were recorded");
        });
        options.Act(command, run =>
        {
            var (begin, end) = (
                run.Parsed.GetValue(from) is { } first ? AuditRange.Time("--from", first) : DateTimeOffset.MinValue,
                run.Parsed.GetValue(to) is { } last ? AuditRange.Time("--to", last) : DateTimeOffset.MaxValue);
            return run.Parsed.GetValue(whatIf) is { } file
                ? WhatIfAsync(run, file, Weights(run.Parsed.GetValue(weights) ?? []), begin, end)
                : ReplayAsync(run, begin, end);
        });
        return command;
    }

    private static async Task<int> ReplayAsync(AuditRun run, DateTimeOffset from, DateTimeOffset to)
    {
        var elsewhere = Stores.HistoryElsewhere(run.Settings);
        using var owned = elsewhere as IDisposable;
        await using var prices = elsewhere is null && await HasHistoryAsync(run) ? new PriceHistory(run.ConnectionString) : null;
        var history = elsewhere ?? (prices is null ? null : new PostgresPrices(prices));
        var replay = new Replay();
        var (count, first) = (0L, new List<ReplayDifference>());
        var (begin, end) = (long.MaxValue, long.MinValue);
        await ReadAsync(run, async read =>
        {
            var earlier = history is not null && replay.Asks(read.Event) is { } question ? await AnswerAsync(history, question, run.Cancellation) : null;
            var within = read.At >= from && read.At < to;
            if (within)
                (begin, end) = (Math.Min(begin, read.Sequence), read.Sequence);
            if (replay.Add(read.Sequence, read.StreamId, read.Version, read.Event, earlier) is { } difference && within)
                Take(difference);
        });
        foreach (var difference in replay.End().Where(difference => difference.Sequence >= begin && difference.Sequence <= end))
            Take(difference);
        var result = new
        {
            replay.Events, replay.Decisions, replay.Orders, replay.OpenOrders, replay.Scores, replay.Windows, replay.WindowsFromHistory, replay.WindowsTakenAsRecorded, replay.AnswersTakenAsRecorded, Differences = count, First = first,
        };
        if (run.Json)
            AuditRun.Print(result);
        else
            Print(replay, count, first);
        return count == 0 ? AuditOptions.Clean : AuditOptions.FoundWrong;

        void Take(ReplayDifference difference)
        {
            count++;
            if (first.Count < Named)
                first.Add(difference);
        }
    }

    private static void Print(Replay replay, long count, List<ReplayDifference> first)
    {
        Line($"{Words.Count(replay.Events, "event")} read, {Words.Count(replay.Decisions, "decision")} and {Words.Count(replay.Orders, "ended order")} computed again, {Words.Count(replay.OpenOrders, "order")} still open");
        if (replay.Scores > 0)
            Line($"{Words.Count(replay.Scores, "score")} of predictions computed again, and the weights that follow from them");
        Line($"{(replay.WindowsTakenAsRecorded == 0 && replay.WindowsFromHistory == 0 ? "all " : "")}{replay.Windows:N0} price windows follow from the journal's prices");
        if (replay.WindowsFromHistory > 0)
            Line($"{replay.WindowsFromHistory:N0} price windows follow from the price history, whose prices have the digest that was recorded");
        if (replay.WindowsTakenAsRecorded > 0)
            Line($"{replay.WindowsTakenAsRecorded:N0} price windows are taken as recorded: they reach back to prices that neither the journal nor the price history holds");
        if (replay.AnswersTakenAsRecorded.Count > 0)
            Line($"taken as recorded, for they cannot be computed from the journal: answers of {string.Join(", ", replay.AnswersTakenAsRecorded.OrderBy(answers => answers.Key, StringComparer.Ordinal).Select(answers => Words.Invariant($"{answers.Key} ({answers.Value:N0})")))}");
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

    private static async Task<int> WhatIfAsync(AuditRun run, FileInfo file, Dictionary<string, double>? weights, DateTimeOffset from, DateTimeOffset to)
    {
        if (CommandLine.Read(["--settings", file.FullName], "trading", "", settings => settings, out _)?.Settings is not { } settings)
            return AuditOptions.CouldNotRun;
        var whatIf = new WhatIf(run.Settings.Account, settings.Limits(), settings.Pipeline().Costs, weights, from, to);
        var changed = new List<ChangedDecision>();
        await ReadAsync(run, read =>
        {
            if (whatIf.Add(read.StreamId, read.At, read.Event) is { } decision && changed.Count < Named)
                changed.Add(decision);
            return ValueTask.CompletedTask;
        });
        if (whatIf.Recorded.Decisions == 0)
            throw new AuditException($"the journal holds no decision of the account {run.Settings.Account} in this range");
        if (run.Json)
            AuditRun.Print(new { Recorded = Figures(whatIf.Recorded), Instead = Figures(whatIf.Instead), whatIf.Changed, First = changed });
        else
            Print(whatIf, changed);
        return AuditOptions.Clean;
    }

    private static void Print(WhatIf whatIf, List<ChangedDecision> changed)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("").AddColumn(new TableColumn("recorded").RightAligned()).AddColumn(new TableColumn("what if").RightAligned()).AddColumn(new TableColumn("difference").RightAligned());
        foreach (var ((name, recorded), (_, instead)) in Figures(whatIf.Recorded).Zip(Figures(whatIf.Instead)))
            table.AddRow(name, Number(recorded), Number(instead), recorded == instead ? "" : (instead > recorded ? "+" : "") + Number(instead - recorded));
        Terminal.Output.Write(table);
        Line($"{whatIf.Changed:N0} of {whatIf.Recorded.Decisions:N0} decisions would have been others{(changed.Count > 0 ? ", the first of them:" : "")}");
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
        new("decisions", summary.Decisions), new("holds", summary.Holds), new("refused", summary.Refusals.Values.Sum()), new("buys", summary.Buys), new("sales", summary.Sales),
        new("fees USD", summary.FeesUsd), new("equity at the end USD", decimal.Round(summary.EndEquityUsd, 4)),
        new("profit USD", decimal.Round(summary.EndEquityUsd - (summary.StartEquityUsd ?? 0), 4)), new("max drawdown %", decimal.Round(summary.MaxDrawdown * 100, 4)),
    ];

    // Prices that decisions rest on and the journal does not hold; an older database, or one of which only the journal was kept, has none.
    private static async Task<bool> HasHistoryAsync(AuditRun run)
    {
        await using var command = run.Database.CreateCommand("select to_regclass('price_history') is not null");
        return await command.ExecuteScalarAsync(run.Cancellation) is true;
    }

    private static async Task<IReadOnlyList<EarlierPrice>> AnswerAsync(IPriceHistory history, PriceQuestion question, CancellationToken cancellation) =>
        [.. (await history.LastAsync(question.Symbol, question.IntervalSeconds, question.UpToUnixSeconds, question.Count, cancellation)).Select(point => new EarlierPrice(point.UnixSeconds, point.Price))];

    private static async Task ReadAsync(AuditRun run, Func<JournalEvent, ValueTask> take)
    {
        var total = await JournalReader.CountAsync(run.Database, 0, long.MaxValue, run.Cancellation);
        await AuditProgress.RunAsync("events", total, run.Json, progress => Task.Run(async () =>
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
            if (pair.Split('=') is not [{ Length: > 0 } model, var text] || !double.TryParse(text, CultureInfo.InvariantCulture, out var weight) || weight is not (>= 0 and <= 1e6))
                throw new AuditException($"--weight must be model=weight with a weight of at least 0, was {pair}");
            weights[model] = weight;
        }
        return weights.Count == 0 ? null : weights;
    }

    private static void Line(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
