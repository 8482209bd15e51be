using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Spectre.Console;
using Trading.Core;
using Trading.Hosting;

namespace Trading.Cli.Backtests;

/// <summary>What a backtest was and what came of it.</summary>
/// <param name="Plan">Settings, strategy, timing.</param>
/// <param name="Result">What came of it.</param>
/// <param name="Trader">Who decided.</param>
/// <param name="Seconds">How long it took, reading included.</param>
/// <param name="RefusedRows">Rows of the data that could not be used.</param>
/// <param name="Files">The data, with the SHA-256 of each file; empty for a store.</param>
/// <param name="CommandLine">The command that makes the same again.</param>
public sealed record BacktestDone(
    BacktestPlan Plan, BacktestResult Result, IBacktestTrader Trader, double Seconds, long RefusedRows, IReadOnlyList<(string Path, string Sha256)> Files, string CommandLine);

/// <summary>Plays the past through the decisions of live trading, or through a rule by itself.</summary>
public static class BacktestCommand
{
    private const int BlockCandles = 4096;
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(100);

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new BacktestOptions();
        var report = new Option<FileInfo?>("--report") { Description = "writes the report, one HTML file", HelpName = "file.html" };
        var json = new Option<FileInfo?>("--json") { Description = "writes the figures, - for standard output", HelpName = "file.json" };
        var trades = new Option<FileInfo?>("--trades") { Description = "writes every order that ended, as CSV", HelpName = "file.csv" };
        var command = new Command(
            "backtest",
            "Plays candles, trades or the price history through the same decisions as live trading, with fees, spread, slippage and latency. An order that is decided on at a bar's close is filled in the next bar.\n"
            + "Examples: trading backtest --data btcusdt_1m_2024.csv.gz --report report.html\n          trading backtest --data btcusdt_1m_2024.csv.gz --strategy sma-momentum --quantity 0.01 --resample 1h") { report, json, trades };
        options.AddTo(command);
        command.SetAction((parsed, cancellation) => BacktestOptions.GuardAsync(async () =>
        {
            var settings = options.Settings(parsed);
            var done = await RunAsync(options, parsed, settings, parsed.GetValue(report) is not null || parsed.GetValue(json) is not null, cancellation);
            if (parsed.GetValue(report) is { } html)
                await File.WriteAllTextAsync(html.FullName, BacktestReport.Html(done), CancellationToken.None);
            if (parsed.GetValue(trades) is { } csv)
                await File.WriteAllTextAsync(csv.FullName, BacktestFiles.Csv(done.Result), CancellationToken.None);
            if (parsed.GetValue(json) is { } figures && figures.Name != "-")
                await File.WriteAllTextAsync(figures.FullName, BacktestFiles.Json(done), CancellationToken.None);
            if (parsed.GetValue(json) is { Name: "-" })
                Console.WriteLine(BacktestFiles.Json(done));
            else
                BacktestSummary.Print(done, Terminal.Output);
            return done.Result.Partial ? BacktestOptions.Interrupted : 0;
        }));
        return command;
    }

    private static async Task<BacktestDone> RunAsync(BacktestOptions options, ParseResult parsed, TradingSettings settings, bool hashes, CancellationToken cancellation)
    {
        var begin = Stopwatch.GetTimestamp();
        var hashing = hashes ? Task.Run(() => BacktestFiles.Hashes(options.Files(parsed)), CancellationToken.None) : null;
        using var source = await options.OpenAsync(parsed, settings, cancellation);
        var plan = options.Plan(parsed, settings, source.IntervalSeconds);
        var (backtest, trader) = plan.Begin();
        await PlayAsync(source, backtest, cancellation);
        if (backtest.Ledger.Bars == 0)
            throw new BacktestException("it was stopped before the first bar", BacktestOptions.Interrupted);
        var result = backtest.Result(partial: cancellation.IsCancellationRequested);
        return new(plan, result, trader, Stopwatch.GetElapsedTime(begin).TotalSeconds, source.RefusedCount, hashing is null ? [] : await hashing, BacktestFiles.CommandLine(parsed));
    }

    private static async Task PlayAsync(ICandleSource source, Backtest backtest, CancellationToken cancellation)
    {
        // On another thread, also without a bar to show: Ctrl-C is heard only when this one waits.
        var work = Task.Run(() => Play(source, backtest, cancellation), CancellationToken.None);
        // Most are over before a bar would be worth looking at.
        if (Terminal.Output.Profile.Capabilities.Interactive && await Task.WhenAny(work, Task.Delay(3 * Refresh, CancellationToken.None)) != work)
        {
            var begin = Stopwatch.GetTimestamp();
            var before = backtest.Ledger.Bars;
            await Terminal.Output.Progress().AutoClear(true).Columns(new ProgressBarColumn(), new PercentageColumn(), new TaskDescriptionColumn(), new RemainingTimeColumn()).StartAsync(async progress =>
            {
                var task = progress.AddTask("bars", maxValue: 1);
                while (await Task.WhenAny(work, Task.Delay(Refresh, CancellationToken.None)) != work)
                {
                    task.Value = source.FractionRead;
                    var bars = backtest.Ledger.Bars;
                    task.Description = string.Create(CultureInfo.InvariantCulture, $"{bars:N0} bars, {(bars - before) / Stopwatch.GetElapsedTime(begin).TotalSeconds:N0}/s");
                }
            });
        }
        await work;
    }

    private static void Play(ICandleSource source, Backtest backtest, CancellationToken cancellation)
    {
        var block = new Candle[BlockCandles];
        while (!cancellation.IsCancellationRequested && source.Read(block) is > 0 and var count)
            backtest.Add(block.AsSpan(0, count));
    }
}
