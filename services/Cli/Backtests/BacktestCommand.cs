using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Trading.Cli.Shared;
using Trading.Core;
using Trading.Hosting;
using Trading.Hosting.Settings;
using Trading.MarketData;
using Trading.Research.Backtests;

namespace Trading.Cli.Backtests;

/// <summary>Plays the past through the decisions of live trading, or through a rule by itself.</summary>
public static class BacktestCommand
{
    private const int BlockCandles = 4096;
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(100);

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new BacktestOptions();
        var report = new Option<FileInfo?>("--report") { Description = "writes the report, one HTML file", HelpName = "file.html" }
            .Written();
        var json = new Option<FileInfo?>("--json") { Description = "writes the figures, - for standard output", HelpName = "file.json" }
            .Written();
        var trades = new Option<FileInfo?>("--trades") { Description = "writes every order that ended, as CSV", HelpName = "file.csv" }
            .Written();
        var command = new Command(
            "backtest",
            "Plays candles, trades or the price history through the same decisions as live trading, with fees, spread, "
            + "slippage and latency. An order that is decided on at a bar's close is filled in the next bar.\n"
            + "Examples: trading backtest --data btcusdt_1m_2024.csv.gz --report report.html\n          trading backtest --data "
            + "btcusdt_1m_2024.csv.gz --strategy sma-momentum --quantity 0.01 --resample 1h") { report, json, trades };
        options.AddTo(command);
        command.SetAction((parsed, cancellation) => BacktestOptions.GuardAsync(async () =>
        {
            var settings = options.Settings(parsed);
            var hashes = parsed.GetValue(report) is not null || parsed.GetValue(json) is not null;
            BacktestDone done;
            try
            {
                done = await RunAsync(options, parsed, settings, hashes, whole: false, cancellation);
            }
            catch (CandleOrderException)
            {
                // Rows out of order are seen on the way: then everything is read first and sorted.
                done = await RunAsync(options, parsed, settings, hashes, whole: true, cancellation);
            }
            if (parsed.GetValue(report) is { } html)
                await File.WriteAllTextAsync(html.FullName, BacktestReport.Html(done), CancellationToken.None);
            if (parsed.GetValue(trades) is { } csv)
                await File.WriteAllTextAsync(csv.FullName, BacktestFiles.Csv(done), CancellationToken.None);
            if (parsed.GetValue(json) is { } figures && figures.Name != "-")
                await File.WriteAllTextAsync(figures.FullName, BacktestJson.Of(done), CancellationToken.None);
            if (parsed.GetValue(json) is { Name: "-" })
                Console.WriteLine(BacktestJson.Of(done));
            else
                BacktestSummary.Print(done, Terminal.Output);
            return done.Result.Partial ? Interruption.ExitCode : 0;
        }));
        return command;
    }

    private static async Task<BacktestDone> RunAsync(BacktestOptions options, ParseResult parsed, TradingSettings settings,
        bool hashes, bool whole, CancellationToken cancellation)
    {
        var begin = Stopwatch.GetTimestamp();
        var hashing = hashes ? Task.Run(() => BacktestFiles.Hashes(options.Files(parsed)), CancellationToken.None) : null;
        if (options.Symbols(parsed, settings) is { Count: > 1 } symbols)
        {
            var all = await SymbolsRun.RunAsync(options, parsed, settings, symbols, whole, cancellation);
            return all with
            { Seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds, Files = hashing is null ? [] : await hashing };
        }
        using var source = await options.OpenAsync(parsed, settings, cancellation, whole);
        var plan = options.PlanWithDetail(parsed, settings, source.IntervalSeconds);
        var (backtest, trader) = plan.Begin();
        var player = new Player(source, plan, backtest, trader, options.From(parsed)?.ToUnixTimeSeconds() ?? long.MinValue);
        await PlayAsync(player, backtest, cancellation);
        if (backtest.Ledger.Bars == 0)
            throw cancellation.IsCancellationRequested
                ? new BacktestException("it was stopped before the first bar", Interruption.ExitCode)
                : new BacktestException("the data hold no bar in the period");
        var result = backtest.Result(partial: cancellation.IsCancellationRequested);
        return new(plan, result, trader, Stopwatch.GetElapsedTime(begin).TotalSeconds, source.Notes,
            hashing is null ? [] : await hashing, BacktestFiles.CommandLine(parsed));
    }

    private static Task PlayAsync(Player player, Backtest backtest, CancellationToken cancellation) =>
        ShownAsync(() => player.Play(cancellation), () => player.FractionRead, () => backtest.Ledger.Bars);

    /// <summary>Plays on another thread, also without a bar to show: Ctrl-C is heard only when this one waits.</summary>
    /// <param name="play">Plays the data.</param>
    /// <param name="read">How much was read, 0 to 1.</param>
    /// <param name="bars">Bars so far.</param>
    internal static async Task ShownAsync(Action play, Func<double> read, Func<long> bars)
    {
        var work = Task.Run(play, CancellationToken.None);
        // Most are over before a line of progress would be worth looking at.
        var begin = Stopwatch.GetTimestamp();
        await Terminal.ShowProgressAsync(work, () => (read(), string.Create(CultureInfo.InvariantCulture,
            $"{bars():N0} bars, {bars() / Stopwatch.GetElapsedTime(begin).TotalSeconds:N0}/s")), 3 * Refresh);
    }

    // Bars from before the period are shown to the trader, the last of them at least: the first decision then knows as much as it
    // would have known live.
    private sealed class Player(ICandleSource source, BacktestPlan plan, Backtest backtest, IBacktestTrader trader, long from)
    {
        private readonly List<Candle> _earlier = [];

        public double FractionRead => source.FractionRead;

        public void Play(CancellationToken cancellation)
        {
            var block = new Candle[BlockCandles];
            var most = from == long.MinValue ? 0 : plan.WarmUpBars;
            while (!cancellation.IsCancellationRequested && source.Read(block) is > 0 and var count)
            {
                var bars = block.AsSpan(0, count);
                if (backtest.Ledger.Bars == 0)
                    bars = bars[WarmUp(bars, most)..];
                backtest.Add(bars);
            }
        }

        private int WarmUp(ReadOnlySpan<Candle> bars, int most)
        {
            var count = 0;
            while (count < bars.Length && bars[count].OpenTimeUnixSeconds < from)
                count++;
            _earlier.AddRange(bars[..count]);
            if (_earlier.Count > 2 * most)
                _earlier.RemoveRange(0, _earlier.Count - most);
            if (count == bars.Length)
                return count;
            ResearchData.Show(trader, CollectionsMarshal.AsSpan(_earlier)[Math.Max(0, _earlier.Count - most)..], plan.IntervalSeconds);
            _earlier.Clear();
            return count;
        }
    }
}
