using System.Diagnostics;
using System.Globalization;
using Trading.Cli.Backtests;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.MarketData;
using Trading.Services;

namespace Trading.Benchmarks;

/// <summary>
/// Bars per second of the backtest over the minutes of 2024: the loop alone for a small rule and for the whole pipeline, the parts of the
/// latter, reading the file, the whole process, and ten years. Medians of several rounds; those before warm up.
/// </summary>
public static class BacktestBenchmark
{
    private const int Rounds = 7;
    private const string File = "binance_btcusdt_1m_2024.csv.gz";
    private static readonly string[] Rule = ["--strategy", "sma-momentum", "--quantity", "0.01", "--cash", "1000000", "--set",
        "PaperSpreadPercent=0", "--set", "PaperSlippagePercent=0", "--set", "BacktestLatencyMilliseconds=0"];
    private const long SecondsPerYear = 366 * 86_400L;

    /// <summary>Runs the benchmark.</summary>
    public static async Task<int> RunAsync()
    {
        var path = Path.Combine(Environment.GetEnvironmentVariable("TRADING_DATA") ?? Path.Combine("..", "shared", "data"), File);
        if (!System.IO.File.Exists(path))
        {
            Console.Error.WriteLine($"benchmarks: {path} does not exist; set TRADING_DATA to the folder that holds it");
            return 2;
        }
        Candle[] candles;
        using (var file = new CandleFile([path]))
            candles = [.. file.Candles()];

        var free = new TradingSettings
        {
            Strategy = "sma-momentum",
            StartingCashUsd = 1_000_000,
            PaperSpreadPercent = 0,
            PaperSlippagePercent = 0,
            BacktestLatencyMilliseconds = 0
        };
        // The pipeline first, as in a program that runs nothing else: calls of a trader cost a little more once there are two kinds.
        Loop("pipeline (local profile)", new(new TradingSettings(), 60), candles, "5,000,000");
        Loop("sma-momentum, 0.01 a trade", new(free, 60, 0.01m), candles, "10,000,000");
        Loop("pipeline, thresholds never reached", new(new TradingSettings { SignalThresholdPercent = 50 }, 60), candles, "");
        Reading(path);
        TenYears(path, new(free, 60, 0.01m), "sma-momentum");
        TenYears(path, new(new TradingSettings(), 60), "pipeline");
        await OptimizeAsync(path, candles.Length);
        await ProcessAsync(path, "sma-momentum", Rule);
        await ProcessAsync(path, "pipeline", []);
        return 0;
    }

    private static void Loop(string name, BacktestPlan plan, Candle[] candles, string aim)
    {
        var (rates, allocated, orders) = (new List<double>(), 0L, 0);
        // Long enough for the compiler to have seen all and to be done.
        for (var round = -20; round < Rounds; round++)
        {
            var (backtest, _) = plan.Begin();
            backtest.Ledger.KeepsFills = false;
            var before = GC.GetAllocatedBytesForCurrentThread();
            var begin = Stopwatch.GetTimestamp();
            backtest.Add(candles);
            if (round >= 0)
                rates.Add(candles.Length / Stopwatch.GetElapsedTime(begin).TotalSeconds);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            orders = backtest.Ledger.Orders;
        }
        Print($"loop, {name,-44} {Median(rates),12:N0} bars/s, {(double)allocated / candles.Length,6:0.00} bytes/bar, {orders:N0} "
            + $"orders{(aim.Length > 0 ? $" (aim: {aim})" : "")}");
    }

    private static void Reading(string path)
    {
        var (rates, bytes) = (new List<double>(), TextBytes(path));
        var block = new Candle[4096];
        for (var round = -1; round < Rounds; round++)
        {
            var begin = Stopwatch.GetTimestamp();
            using var file = new CandleFile([path]);
            while (file.Read(block) > 0)
            {
            }
            if (round >= 0)
                rates.Add(bytes / 1e6 / Stopwatch.GetElapsedTime(begin).TotalSeconds);
        }
        Print($"reading gzip CSV                                   {Median(rates),12:N0} MB/s of text (aim: 150)");
    }

    private static void TenYears(string path, BacktestPlan plan, string name)
    {
        var block = new Candle[4096];
        foreach (var years in new[] { 1, 10 })
        {
            var (backtest, _) = plan.Begin();
            backtest.Ledger.KeepsFills = false;
            var begin = Stopwatch.GetTimestamp();
            for (var year = 0; year < years; year++)
            {
                using var file = new CandleFile([path]);
                while (file.Read(block) is > 0 and var count)
                {
                    for (var i = 0; i < count; i++)
                        block[i] = block[i] with { OpenTimeUnixSeconds = block[i].OpenTimeUnixSeconds + year * SecondsPerYear };
                    backtest.Add(block.AsSpan(0, count));
                }
            }
            var seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
            Print($"{years,2} years, reading included, {name,-12}            {backtest.Ledger.Bars / seconds,12:N0} bars/s, "
                + $"{seconds:0.00} s, heap {GC.GetTotalMemory(forceFullCollection: true) / 1e6:0} MB");
        }
    }

    // The command as a researcher runs it, reading, neighbours and the judgement of the best included.
    private static async Task OptimizeAsync(string path, int bars)
    {
        if (WholeProcess.Program is null)
            return;
        var cores = Environment.ProcessorCount;
        var (seconds, peak, coreSeconds) = await WholeProcess.RunAsync(
            ["optimize", "--data", path, .. Rule, "--param", "fast=5..54:1", "--param", "slow=60..250:10", "--json"]);
        Print($"optimize, 1,000 settings on {cores} cores                    {1000.0 * bars / seconds,12:N0} bars/s, {seconds:0.0} s, "
            + $"{coreSeconds / seconds / cores * 100:0} % of the cores used (aim: 90), {peak / 1e6:0} MB");
    }

    private static async Task ProcessAsync(string path, string name, string[] more)
    {
        if (WholeProcess.Program is null)
        {
            Print($"whole process: services/Cli was not built with the same configuration");
            return;
        }
        var (times, memory) = (new List<double>(), 0L);
        for (var round = -1; round < Rounds; round++)
        {
            var (seconds, peak, _) = await WholeProcess.RunAsync(["backtest", "--data", path, .. more]);
            memory = Math.Max(memory, peak);
            if (round >= 0)
                times.Add(seconds);
        }
        Print($"whole process, {name,-14}                      {Median(times),12:0.00} s, {memory / 1e6:0} MB at most (aim: under 1 s "
            + "and 150 MB)");
    }

    private static long TextBytes(string path)
    {
        using var file = System.IO.File.OpenRead(path);
        using var text = new System.IO.Compression.GZipStream(file, System.IO.Compression.CompressionMode.Decompress);
        var (buffer, bytes) = (new byte[1 << 16], 0L);
        while (text.Read(buffer) is > 0 and var count)
            bytes += count;
        return bytes;
    }

    private static double Median(List<double> values) => PipelineBenchmark.Quantile(values, 0.5);

    private static void Print(string text) => Console.WriteLine(text);
}
