using System.CommandLine;
using System.Globalization;
using Trading.Cli.Backtests;
using Trading.Cli.Shared;
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
        var search = new SearchOptions(options.Seed);
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
        search.AddTo(command);
        options.AddTo(command);
        command.SetAction((parsed, cancellation) => BacktestOptions.GuardAsync(async () =>
        {
            var data = await options.LoadAsync(parsed, cancellation);
            var (space, objectives) = (search.Space(parsed, data.Plan.Settings), search.Objectives(parsed));
            var windows = WalkForwardWindow.Over(data.From, data.To, Seconds("--train", parsed.GetValue(train)!),
                Seconds("--test", parsed.GetValue(test)!), parsed.GetValue(anchored));
            var optimization = new Optimization(data, space, objectives);
            var json = parsed.GetValue(options.Json);
            var steps = await CommandProgress.RunAsync("settings", windows.Count * search.MostTrials(parsed, space), json, progress =>
                Task.Run(() => Walk(windows, optimization, data, () => search.Search(parsed, space), progress, cancellation),
                    CancellationToken.None));
            var result = new WalkForwardResult(steps, space, objectives[0], data.Plan.Settings, cancellation.IsCancellationRequested);
            if (parsed.GetValue(report) is { } html)
                await File.WriteAllTextAsync(html.FullName, SearchReport.WalkForward(BacktestFiles.CommandLine(parsed), space,
                    [.. steps.Select(step => new ReportedStep(step.Window.TestFrom, step.Window.TestTo, step.Best?.Values ?? [],
                        step.Best?.TotalReturn ?? double.NaN, step.Judged?.TotalReturn ?? 0, step.Held, step.Judged?.Trades.Count ?? 0))],
                    [$"efficiency {ShareAsPercent(result.Efficiency)}: the return on parts that choosing had not seen, as a share of "
                        + "that on those that it had"]), CancellationToken.None);
            if (json)
                JournalRun.Print(result.Told());
            else
                result.Print(windows.Count);
            return cancellation.IsCancellationRequested ? Interruption.ExitCode : 0;
        }));
        return command;
    }

    private static List<JudgedStep> Walk(
        IReadOnlyList<WalkForwardWindow> windows, Optimization optimization, ResearchData data, Func<ISearch> search,
        IProgress<long> progress, CancellationToken cancellation)
    {
        var steps = new List<JudgedStep>();
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

    private static JudgedStep Judge(WalkForwardWindow window, Optimization optimization, Trial? best, ResearchData data)
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
