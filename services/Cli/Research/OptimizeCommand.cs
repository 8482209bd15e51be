using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using Spectre.Console;
using Trading.Cli.Backtests;
using Trading.Cli.Shared;
using Trading.Hosting;
using Trading.Hosting.Settings;
using Trading.Research.Backtests;
using Trading.Research.Search;
using Trading.Research.Statistics;
using static Trading.Cli.Shared.Words;

namespace Trading.Cli.Research;

/// <summary>Tries many settings over the same data, on all cores, and says how far the best of them can be trusted.</summary>
public static class OptimizeCommand
{
    private const int Shown = 10;
    private const int MostForProbability = 2000;

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new ResearchOptions();
        var search = new SearchOptions(options.Seed);
        var file = new Option<FileInfo?>("--results")
        { Description = "keeps every result here, a JSON line each; the same command goes on from it", HelpName = "file.ndjson" }
            .Written();
        var report = new Option<FileInfo?>("--report") { Description = "writes the report, one HTML file", HelpName = "file.html" }
            .Written();
        var command = new Command(
            "optimize",
            "Tries many settings over the same data on all cores. Shows the best, how their neighbours do, "
            + "and how likely the best was luck.\n"
            + "Examples: trading optimize --data btcusdt_1m_2023.csv.gz --strategy sma-momentum --quantity 0.01 --param fast=5..50:5 "
            + "--param slow=20..200:20\n"
            + "          trading optimize --data btcusdt_1h.csv.gz --search evolution --trials 1000 --param "
            + "SignalThresholdPercent=0.05..1:0.05 --param LeastConfidence=0.5..0.8:0.02 --objective sharpe max-drawdown") { file, report };
        search.AddTo(command);
        options.AddTo(command);
        command.SetAction((parsed, cancellation) => BacktestOptions.GuardAsync(async () =>
        {
            var data = await options.LoadAsync(parsed, cancellation);
            var (space, objectives) = (search.Space(parsed, data.Plan.Settings), search.Objectives(parsed));
            var optimization = new Optimization(data, space, objectives);
            using var results = parsed.GetValue(file) is { } path ? new TrialFile(path.FullName, Question(data, space, objectives)) : null;
            var json = parsed.GetValue(options.Json);
            var trials = await CommandProgress.RunAsync("settings", search.MostTrials(parsed, space), json, progress =>
                Task.Run(() => optimization.Run(search.Search(parsed, space), data.From, data.To, results, progress, cancellation),
                    CancellationToken.None));
            var outcome = Judge(optimization, space, trials, data, results, cancellation);
            if (parsed.GetValue(report) is { } html)
                await File.WriteAllTextAsync(html.FullName, SearchReport.Optimize(BacktestFiles.CommandLine(parsed), space, objectives,
                    trials.Values, [.. outcome.Best.Zip(outcome.Neighbours)], Lines(outcome, cancellation.IsCancellationRequested)),
                    CancellationToken.None);
            if (json)
                JournalRun.Print(Told(outcome, space, objectives, trials, cancellation.IsCancellationRequested));
            else
                Print(outcome, space, objectives, trials, data.Plan.Settings, cancellation.IsCancellationRequested);
            return cancellation.IsCancellationRequested ? Interruption.ExitCode
                : outcome.Best.Count > 0 ? 0
                : BacktestOptions.CouldNotRun;
        }));
        return command;
    }

    private sealed record Outcome(IReadOnlyList<Trial> Best, IReadOnlyList<Stability> Neighbours, double Deflated, double Overfitted,
        int Compared, int Distinct, double Efficiency, IReadOnlyList<string> WithoutEffect, Trust? Trust, string? Warning);

    private static Outcome Judge(
        Optimization optimization, ParameterSpace space, Dictionary<long, Trial> trials, ResearchData data, TrialFile? results,
        CancellationToken cancellation)
    {
        var best = optimization.Best(trials, Shown);
        // Neighbours that the search passed by are tried now: without them nobody can tell a plateau from a needle.
        var missing = best.SelectMany(trial => space.Neighbours(trial.Setting))
            .Where(setting => !trials.ContainsKey(setting)).Distinct().ToList();
        var neighbours = optimization.Try(missing, data.From, data.To, results, 0, null, cancellation).Concat(trials.Values)
            .ToDictionary(trial => trial.Setting);
        var compared = trials.Values.Where(trial => trial.Refused is null && trial.Days.Length > 0).OrderBy(trial => trial.Setting)
            .Take(MostForProbability).ToList();
        // A setting that never traded has no Sharpe ratio; it is no try at luck either.
        var sharpes = trials.Values.Select(trial => trial.SharpePerDay).Where(double.IsFinite).ToList();
        var distinct = Overfitting.Distinct(compared.Select(trial => trial.DailyReturns()));
        Stability[] near = [.. best.Select(trial => Stability.Of(trial.Scores[0], space.Neighbours(trial.Setting)
                .Select(setting => neighbours.TryGetValue(setting, out var other) ? other.Scores[0] : double.NaN)))];
        var (overfitted, efficiency) = (Overfitting.Probability(distinct), Choice.Efficiency(distinct));
        var deflated = best.Count > 0 && sharpes.Count > 1
                ? BacktestResult.PerformanceOf(best[0].DailyReturns(), data.Plan.Settings.RiskFreePercent, data.Plan.Settings.DaysPerYear)
                    .DeflatedSharpe(sharpes)
                : double.NaN;
        var warning = best.Count > 0 ? Overfitting.Warning(space.Parameters.Count, best[0].Trades) : null;
        return new(best, near, deflated, overfitted, compared.Count, distinct.Count, efficiency,
            [.. Choice.WithoutEffect(space, compared.ToDictionary(trial => trial.Setting, trial => trial.Days))
                .Select(place => space.Parameters[place].Name)],
            best.Count > 0 ? Trust.Of(deflated, overfitted, near[0].Kept, efficiency, warning is null) : null, warning);
    }

    private static IReadOnlyList<string> Lines(Outcome outcome, bool partial) =>
    [
        .. partial ? ["PARTIAL: stopped before the end"] : Array.Empty<string>(),
        .. outcome.Trust is { } trust ? [$"Verdict: {trust.Words} ({string.Join("; ", trust.Reasons)})"] : Array.Empty<string>(),
        .. outcome.WithoutEffect.Select(name => $"{name} has no effect: every value of it gave the same result"),
        .. outcome.Warning is { } warning ? [warning] : Array.Empty<string>(),
    ];

    private static object Told(Outcome outcome, ParameterSpace space, IReadOnlyList<Objective> objectives,
        Dictionary<long, Trial> trials, bool partial) => new
        {
            Partial = partial,
            Settings = space.Size,
            Tried = trials.Count,
            NotAllowed = trials.Values.Count(trial => trial.Refused is not null),
            Best = outcome.Best.Zip(outcome.Neighbours, (trial, near) => new
            {
                Values = space.Parameters.Zip(trial.Values).ToDictionary(pair => pair.First.Name, pair => pair.Second),
                Scores = objectives.Zip(trial.Scores).ToDictionary(pair => pair.First.Name, pair => Known(pair.First.Figure(pair.Second))),
                TotalReturn = Known(trial.TotalReturn),
                MaxDrawdown = Known(trial.MaxDrawdown),
                trial.Trades,
                Neighbours = near.Neighbours,
                NeighboursMean = Known(near.Mean),
                NeighboursWorst = Known(near.Worst),
                Kept = Known(near.Kept),
            }),
            DeflatedSharpe = Known(outcome.Deflated),
            OverfittingProbability = Known(outcome.Overfitted),
            WalkForwardEfficiency = Known(outcome.Efficiency),
            DistinctSettings = outcome.Distinct,
            outcome.WithoutEffect,
            Verdict = outcome.Trust?.Words,
            VerdictReasons = outcome.Trust?.Reasons,
            outcome.Warning,
        };

    private static void Print(Outcome outcome, ParameterSpace space, IReadOnlyList<Objective> objectives,
        Dictionary<long, Trial> trials, TradingSettings settings, bool partial)
    {
        var refused = trials.Values.Where(trial => trial.Refused is not null).ToList();
        Console.WriteLine(Text($"{trials.Count:N0} of {space.Size:N0} settings tried")
            + (partial ? " (PARTIAL: stopped before the end)" : "")
            + Text($"{(refused.Count > 0 ? Text($", {refused.Count:N0} of them not allowed") : "")}"));
        if (refused.Count > 0)
            Line($"  for example: {refused[0].Refused}");
        if (outcome.Best.Count == 0)
        {
            Line($"no setting has a {objectives[0].Name}: not one of them traded, or not often enough");
            return;
        }
        var table = new Table().Border(TableBorder.Rounded);
        foreach (var name in space.Parameters.Select(parameter => parameter.Name).Concat(objectives.Select(objective => objective.Name))
            .Concat(["return", "max drawdown", "trades", "neighbours", "kept"]))
            table.AddColumn(new TableColumn(name).RightAligned());
        foreach (var (trial, near) in outcome.Best.Zip(outcome.Neighbours))
        {
            table.AddRow(
            [
                .. trial.Values.Select(value => Text($"{value}")),
                .. objectives.Zip(trial.Scores, (objective, score) => Number(objective.Figure(score))),
                ShareAsPercent(trial.TotalReturn), ShareAsPercent(trial.MaxDrawdown), Text($"{trial.Trades:N0}"), Number(near.Mean),
                double.IsNaN(near.Kept) ? "–" : Text($"{near.Kept * 100:0} %"),
            ]);
        }
        Terminal.Output.Write(table);
        Console.WriteLine(Text($"neighbours: mean {objectives[0].Name} of the settings one step away; kept: ")
                + "that as a share of the setting's own (near 100 % "
            + "on a plateau, low on a needle)");
        if (double.IsFinite(outcome.Deflated))
            Console.WriteLine("the best has a Sharpe ratio above what the luckiest "
                + Text($"of {trials.Values.Count(trial => double.IsFinite(trial.SharpePerDay)):N0} settings without skill would have, ")
                + Text($"with a probability of {outcome.Deflated * 100:0.0} % (deflated Sharpe)"));
        if (double.IsFinite(outcome.Overfitted))
            Console.WriteLine(Text($"choosing the best of {outcome.Distinct:N0} settings that do something of their own was ")
                + Text($"overfitting with a probability of ")
                + Text($"{outcome.Overfitted * 100:0.0} % (cross-validation over 10 parts of the time)"));
        foreach (var name in outcome.WithoutEffect)
            Line($"warning: {name} has no effect: every value of it gave the same result");
        if (outcome.Warning is { } warning)
            Line($"warning: {warning}");
        if (outcome.Trust is { } trust)
            Line($"VERDICT: {trust.Words} ({string.Join("; ", trust.Reasons)}); docs/research.md has the rule");
        Line($"to see the best whole: trading backtest, with {Variation.Switches(settings, space, outcome.Best[0].Values)}");
    }

    // What the results depend on: a result of another question must never be taken for one of this.
    private static string Question(ResearchData data, ParameterSpace space, IReadOnlyList<Objective> objectives)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var candle in data.Candles)
            hash.AppendData(Encoding.UTF8.GetBytes(
                Text($"{candle.OpenTimeUnixSeconds},{candle.Open},{candle.High},{candle.Low},{candle.Close},{candle.Volume}\n")));
        var settings = string.Join('\n', SettingsReader.Lines(data.Plan.Settings))
            + Text($"\n{data.Plan.Size} {data.Plan.Timing} {data.Plan.IntervalSeconds}");
        return System.Text.Json.JsonSerializer.Serialize(new
        {
            data = Convert.ToHexStringLower(hash.GetHashAndReset()),
            bars = data.Candles.Length,
            from = data.From,
            settings = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(settings))),
            parameters = space.Parameters.Select(
                parameter => Text($"{parameter.Name}={string.Join(',', parameter.Values.Select(value => Text($"{value}")))}")),
            objectives = objectives.Select(objective => objective.Name),
        });
    }
}
