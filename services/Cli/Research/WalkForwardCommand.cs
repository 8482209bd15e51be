using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Trading.Cli.Backtests;
using Trading.Cli.Shared;
using Trading.Hosting;
using Trading.Hosting.Settings;
using Trading.Research.Backtests;
using Trading.Research.Search;
using static Trading.Cli.Shared.Words;

namespace Trading.Cli.Research;

/// <summary>
/// Chooses settings on one part of the data and judges them on the next, again and again: what choosing them would have brought.
/// </summary>
public static class WalkForwardCommand
{
    // A strategy must have seen so many bars before it is judged, that its first signals are those that it would have given.
    private const int LeastWarmUpBars = 2000;

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new ResearchOptions();
        var train = new Option<string>("--train")
        { Description = "length of the part to choose on", HelpName = "length", DefaultValueFactory = _ => "90d" };
        var test = new Option<string>("--test")
        { Description = "length of the part to judge on", HelpName = "length", DefaultValueFactory = _ => "30d" };
        var anchored = new Option<bool>("--anchored") { Description = "let every part to choose on begin with the data" };
        var report = new Option<FileInfo?>("--report") { Description = "writes the report, one HTML file", HelpName = "file.html" }
            .Written();
        var command = new Command(
            "walk-forward",
            "Chooses the best settings on one part of the data, runs them on the part after it, and so on through all of it.\n"
            + "Example: trading walk-forward --data btcusdt_1h.csv.gz --strategy breakout --quantity 0.01 --param entry=10..100:10 --param "
            + "exit=5..50:5 --train 365d --test 90d") { train, test, anchored, report };
        options.AddSearchTo(command);
        command.SetAction((parsed, cancellation) => BacktestOptions.GuardAsync(async () =>
        {
            var data = await options.LoadAsync(parsed, cancellation);
            var (space, objectives) = (options.Space(parsed, data.Plan.Settings), options.Objectives(parsed));
            var windows = WalkForwardWindow.Over(data.From, data.To, Seconds("--train", parsed.GetValue(train)!),
                Seconds("--test", parsed.GetValue(test)!), parsed.GetValue(anchored));
            var optimization = new Optimization(data, space, objectives);
            var (json, plan) = (parsed.GetValue(options.Json), data.Plan.Settings);
            var steps = await CommandProgress.RunAsync("settings", windows.Count * options.MostTrials(parsed, space), json, progress =>
                Task.Run(() => Walk(windows, optimization, data, () => options.Search(parsed, space), progress, cancellation),
                    CancellationToken.None));
            if (parsed.GetValue(report) is { } html)
                await File.WriteAllTextAsync(html.FullName, SearchReport.WalkForward(BacktestFiles.CommandLine(parsed), space,
                    [.. steps.Select(step => new ReportedStep(step.Window.TestFrom, step.Window.TestTo, step.Best?.Values ?? [],
                        step.Best?.TotalReturn ?? double.NaN, step.Judged?.TotalReturn ?? 0, step.Held, step.Judged?.Trades.Count ?? 0))],
                    [$"efficiency {ShareAsPercent(Efficiency(steps))}: the return on parts that choosing had not seen, as a share of "
                        + "that on those that it had"]), CancellationToken.None);
            if (json)
                JournalRun.Print(Told(steps, space, objectives[0], plan, cancellation.IsCancellationRequested));
            else
                Print(steps, space, objectives[0], plan, windows.Count, cancellation.IsCancellationRequested);
            return cancellation.IsCancellationRequested ? Interruption.ExitCode : 0;
        }));
        return command;
    }

    private sealed record Step(WalkForwardWindow Window, Trial? Best, BacktestResult? Judged, double JudgedScore, double Held);

    private static List<Step> Walk(
        IReadOnlyList<WalkForwardWindow> windows, Optimization optimization, ResearchData data, Func<ISearch> search,
        IProgress<long> progress, CancellationToken cancellation)
    {
        var steps = new List<Step>();
        var tried = 0L;
        foreach (var window in windows)
        {
            var trials = optimization.Run(search(), window.TrainFrom, window.TestFrom, null, new Offset(progress, tried), cancellation);
            if (cancellation.IsCancellationRequested)
                break;
            tried += trials.Count;
            steps.Add(Judge(window, optimization, optimization.Best(trials, 1) is [var best, ..] ? best : null, data));
        }
        return steps;
    }

    private static Step Judge(WalkForwardWindow window, Optimization optimization, Trial? best, ResearchData data)
    {
        var candles = data.Between(window.TestFrom, window.TestTo);
        var held = candles.Length > 0 ? (double)(candles[^1].Close / candles[0].Open - 1) : 0;
        if (best is null || candles.Length == 0 || optimization.Plan(best.Setting, out _) is not { } plan)
            return new(window, best, null, double.NaN, held);
        var (backtest, trader) = plan.Begin();
        // Each part has an account of its own; the warm-up is before the account begins.
        var known = Math.Max(0, data.Place(window.TestFrom) - Math.Max(LeastWarmUpBars, plan.WarmUpBars));
        ResearchData.Show(trader, data.Candles.AsSpan(known, data.Place(window.TestFrom) - known), plan.IntervalSeconds);
        backtest.Add(candles);
        var result = backtest.Result();
        return new(window, best, result, optimization.FirstScore(result), held);
    }

    private static double Compound(IEnumerable<double> returns) => returns.Aggregate(1.0, (wealth, gain) => wealth * (1 + gain)) - 1;

    private static Performance Whole(IReadOnlyList<Step> steps, TradingSettings settings) => BacktestResult.PerformanceOf(
        [.. steps.SelectMany(step => step.Judged?.DailyReturns() ?? [])], settings.RiskFreePercent, settings.DaysPerYear);

    private static double Efficiency(IReadOnlyList<Step> steps) =>
        WalkForward.Efficiency([.. steps.Where(step => step.Judged is not null)
            .Select(step => (step.Window, step.Best!.TotalReturn, step.Judged!.TotalReturn))]);

    private static object Told(IReadOnlyList<Step> steps, ParameterSpace space, Objective objective,
        TradingSettings settings, bool partial) => new
        {
            Partial = partial,
            Steps = steps.Select(step => new
            {
                TrainFrom = Minute(step.Window.TrainFrom),
                TestFrom = Minute(step.Window.TestFrom),
                TestTo = Minute(step.Window.TestTo),
                Values = step.Best is { } best
                    ? space.Parameters.Zip(best.Values).ToDictionary(pair => pair.First.Name, pair => pair.Second) : null,
                Chosen = Known(objective.Figure(step.Best?.Scores[0] ?? double.NaN)),
                Judged = Known(objective.Figure(step.JudgedScore)),
                ChosenReturn = Known(step.Best?.TotalReturn ?? double.NaN),
                JudgedReturn = step.Judged?.TotalReturn,
                Held = step.Held,
                Trades = step.Judged?.Trades.Count,
            }),
            TotalReturn = Compound(steps.Select(step => step.Judged?.TotalReturn ?? 0)),
            Held = Compound(steps.Select(step => step.Held)),
            MaxDrawdown = Known(Whole(steps, settings).MaxDrawdown),
            Sharpe = Known(Whole(steps, settings).Sharpe),
            Efficiency = Known(Efficiency(steps)),
        };

    private static void Print(IReadOnlyList<Step> steps, ParameterSpace space, Objective objective,
        TradingSettings settings, int windows, bool partial)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("judged from").AddColumn("to");
        foreach (var name in space.Parameters.Select(parameter => parameter.Name)
            .Concat([$"{objective.Name}, chosen", $"{objective.Name}, judged", "return, chosen", "return, judged", "held", "trades"]))
            table.AddColumn(new TableColumn(name).RightAligned());
        foreach (var step in steps)
        {
            table.AddRow(
            [
                Minute(step.Window.TestFrom), Minute(step.Window.TestTo),
                .. space.Parameters.Select((_, i) => step.Best is { } best ? Text($"{best.Values[i]}") : "–"),
                Number(objective.Figure(step.Best?.Scores[0] ?? double.NaN)), Number(objective.Figure(step.JudgedScore)),
                ShareAsPercent(step.Best?.TotalReturn ?? double.NaN), ShareAsPercent(step.Judged?.TotalReturn ?? double.NaN),
                ShareAsPercent(step.Held),
                Text($"{step.Judged?.Trades.Count ?? 0:N0}"),
            ]);
        }
        Terminal.Output.Write(table);
        var whole = Whole(steps, settings);
        Console.WriteLine(Text($"{steps.Count} of {windows} parts judged{(partial ? " (PARTIAL: stopped before the end)" : "")}; ")
            + Text($"all together {ShareAsPercent(Compound(steps.Select(step => step.Judged?.TotalReturn ?? 0)))}, held ")
            + Text($"{ShareAsPercent(Compound(steps.Select(step => step.Held)))}, ")
            + Text($"max drawdown of daily closes {ShareAsPercent(whole.MaxDrawdown)}, Sharpe ratio {Number(whole.Sharpe)}"));
        var efficiency = Efficiency(steps);
        Console.WriteLine(double.IsNaN(efficiency)
            ? Text($"walk-forward efficiency is not defined: choosing made no profit on the parts that it saw")
            : Text($"walk-forward efficiency {efficiency * 100:0} %: the return on parts that choosing had not seen, ")
                + "as a share of that on those that it had");
    }

    private static long Seconds(string name, string length)
    {
        var unit = length.Length > 1 ? length[^1] switch { 'm' => 60, 'h' => 3600, 'd' => 86_400, 'w' => 604_800, _ => 0 } : 0;
        return unit > 0 && int.TryParse(length[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0
            ? (long)count * unit
            : throw new BacktestException($"{name} takes a length like 60m, 12h, 90d or 8w, was {length}");
    }

    private sealed class Offset(IProgress<long> progress, long before) : IProgress<long>
    {
        public void Report(long value) => progress.Report(before + value);
    }
}
