using System.CommandLine;
using Trading.Cli.Shared;
using Trading.Hosting.Audit;
using Trading.Journal.Events;

namespace Trading.Cli.Audit;

/// <summary>Computes every decision of the journal again from its recorded inputs; or asks what other limits would have decided.</summary>
public static class ReplayCommand
{
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
                ? WhatIfRun.RunAsync(run, file, WhatIfRun.Weights(run.Parsed.GetValue(weights) ?? []), begin, end)
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
        Words.Line($"{Words.Count(replay.Events, "event")} read, {decisions} and {orders} computed again, {open} still open");
        if (replay.Scores > 0)
            Words.Line($"{Words.Count(replay.Scores, "score")} of predictions computed again, and the weights that follow from them");
        if (replay.ScoresOmitted > 0)
            Console.WriteLine($"{Words.Count(replay.ScoresOmitted, "prediction")} of models {(replay.ScoresOmitted == 1 ? "was" : "were")} "
                + $"not scored although the price at its end is known; the first: {replay.FirstScoreOmitted}");
        var all = replay.WindowsTakenAsRecorded == 0 && replay.WindowsFromHistory == 0 ? "all " : "";
        Words.Line($"{all}{Words.Count(replay.Windows, "price window")} computed again from the journal's prices");
        if (replay.WindowsFromHistory > 0)
            Console.WriteLine(Words.Count(replay.WindowsFromHistory, "price window")
                + " computed again from the price history, whose prices have the digest that was recorded");
        if (replay.WindowsTakenAsRecorded > 0)
            Console.WriteLine(Words.Text($"{replay.WindowsTakenAsRecorded:N0} price windows are taken as recorded: they reach back ")
                + "to prices that neither the journal nor the price history holds");
        if (strategies > 0)
            Words.Line($"{Words.Count(strategies, "answer")} of built-in strategies computed again");
        if (taken.Count > 0)
            Words.Line($"taken as recorded, for they cannot be computed from the journal: answers of {string.Join(", ",
                taken.OrderBy(answers => answers.Key, StringComparer.Ordinal)
                    .Select(answers => Words.Text($"{answers.Key} ({answers.Value:N0})")))}");
        foreach (var wrong in history?.First ?? [])
            Words.Line($"WRONG: {HistoryWords.Tell(wrong)}");
        if (history is { Wrongs: > 0 })
            Console.WriteLine(Words.Text($"{Words.Count(history.Wrongs, "price")} of {history.Prices:N0} ")
                + $"{(history.Wrongs == 1 ? "is" : "are")} not in the history as the journal has them: somebody changed one of the two");
        foreach (var difference in first)
        {
            Words.Line($"");
            Words.Line($"event {difference.Sequence} ({difference.StreamId}, version {difference.Version}) {difference.What}");
            Words.Line($"  recorded:   {difference.Recorded}");
            Words.Line($"  recomputed: {difference.Recomputed}");
        }
        if (count > first.Count)
            Words.Line($"... and {count - first.Count:N0} more");
        if (count == 0)
            Words.Line($"0 differences: every decision is what its recorded inputs give");
        else
            Words.Line($"{Words.Count(count, "difference")}; the first is event {first[0].Sequence}");
    }
}
