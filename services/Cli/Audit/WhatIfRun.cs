using System.Globalization;
using Spectre.Console;
using Trading.Cli.Shared;
using Trading.Core;
using Trading.Hosting;
using Trading.Hosting.Audit;
using Trading.Hosting.Control;
using Trading.Journal.Events;

namespace Trading.Cli.Audit;

/// <summary>The recorded predictions through other limits, costs and weights.</summary>
internal static class WhatIfRun
{
    private const int Named = ReplayRun.MostNamed;

    /// <summary>Decides again and prints what would have been others.</summary>
    /// <param name="run">The journal.</param>
    /// <param name="file">The other settings.</param>
    /// <param name="weights">How much each model counts; null for as recorded.</param>
    /// <param name="from">From when the other limits apply.</param>
    /// <param name="to">Until when.</param>
    public static async Task<int> RunAsync(JournalRun run, FileInfo file, Dictionary<string, double>? weights,
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
            Words.Line($"every limit and cost is as it was recorded");
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
        Words.Line($"{whatIf.Changed:N0} of {whatIf.Recorded.Decisions:N0} decisions would have been others{first}");
        foreach (var decision in changed)
            Words.Line($"{decision.At:yyyy-MM-dd HH:mm:ss}  {decision.TradeId}  {Text(decision.Recorded)}  ->  {Text(decision.Instead)}");

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

    /// <summary>The weights that were given as model=weight; null for none.</summary>
    /// <exception cref="CommandException">One is not written so.</exception>
    public static Dictionary<string, double>? Weights(string[] pairs)
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
}
