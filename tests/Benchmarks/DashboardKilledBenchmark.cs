using System.Diagnostics;
using System.Globalization;
using MassTransit;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.Contracts;
using Trading.Hosting;
using Trading.Services;
using Trading.TestKit.Distributed;
using Trading.TestKit.Pipeline;

namespace Trading.Benchmarks;

/// <summary>
/// Whether trading notices a dashboard that dies: decisions per second without a dashboard, and beside one that is a process of its own,
/// with viewers in another, and is killed with -9 again and again. Rounds of both take turns; what they differ by among themselves is the
/// noise. At full speed both want the same processors; at a given rate trading has what it needs.
/// </summary>
public static class DashboardKilledBenchmark
{
    private const int MostPerSecond = 1000;
    private static readonly TimeSpan Lives = TimeSpan.FromSeconds(5), StartLimit = TimeSpan.FromMinutes(1);

    /// <summary>Runs it; the arguments are seconds of a round, rounds of each kind, viewers, and milliseconds from price to price, 0
    /// for full speed.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        if (WholeProcess.Program is not { } program)
        {
            Console.Error.WriteLine("the program trading must be built first: dotnet build -c Release services/Cli");
            return 1;
        }
        var (seconds, rounds, viewers) = (DashboardBenchmark.Number(args, 0, 30), DashboardBenchmark.Number(args, 1, 4),
            DashboardBenchmark.Number(args, 2, 50));
        var interval = DashboardBenchmark.Number(args, 3, 0);
        var folder = Directory.CreateTempSubdirectory("trading-benchmark-");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_101_101);
        try
        {
            var settings = DashboardBenchmark.Settings(folder.FullName) with { Dashboard = false };
            await using var server = await JournalServer.StartAsync(
                settings, TimeProvider.System.GetUtcNow(), NullLogger.Instance, default);
            await using var app = await TradingHost.BuildAsync(new("benchmark", "", trading =>
            {
                trading.AddPredictor();
                trading.AddRiskManager();
                trading.AddExecutor();
            })
            { Interactive = true }, new(settings, false), server.ConnectionString);
            var decided = new DashboardPrices();
            app.Services.GetRequiredService<IBusControl>().ConnectPublishObserver(decided);
            await app.StartAsync();
            var bus = app.Services.GetRequiredService<IBus>();
            var prices = new Queue<PriceObserved>(InProcessSystem.WavePrices((2 * rounds + 1) * seconds * MostPerSecond, seed: 3));
            await DashboardPrices.PlayAsync(bus, prices, decided, seconds * 1000, interval);
            var (without, beside) = (new List<Round>(), new List<Round>());
            for (var round = 1; round <= rounds; round++)
            {
                without.Add(await RoundAsync(bus, prices, decided, seconds, interval));
                using var stop = new CancellationTokenSource();
                var killed = KillAsync(program, settings.SecretsFile!, server.ConnectionString, viewers, stop.Token);
                beside.Add(await RoundAsync(bus, prices, decided, seconds, interval));
                await stop.CancelAsync();
                var times = await killed;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"round {round}: {without[^1]} without, "
                    + $"{beside[^1]} beside a dashboard with {viewers} viewers that was killed {times} times"));
            }
            await app.StopAsync();
            Console.WriteLine($"medians: {Median(without)} without, {Median(beside)} beside it");
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<Round> RoundAsync(IBus bus, Queue<PriceObserved> prices, DashboardPrices decided, int seconds, int interval)
    {
        decided.Begin();
        var begin = Stopwatch.GetTimestamp();
        await DashboardPrices.PlayAsync(bus, prices, decided, seconds * 1000, interval);
        List<double> latencies = [.. decided.LatenciesMs];
        return new(latencies.Count / Stopwatch.GetElapsedTime(begin).TotalSeconds, PipelineBenchmark.Quantile(latencies, 0.5),
            PipelineBenchmark.Quantile(latencies, 0.95));
    }

    private static Round Median(List<Round> rounds)
    {
        double Of(Func<Round, double> figure) => PipelineBenchmark.Quantile([.. rounds.Select(figure)], 0.5);
        return new(Of(round => round.PerSecond), Of(round => round.MiddleMs), Of(round => round.SlowMs));
    }

    private sealed record Round(double PerSecond, double MiddleMs, double SlowMs)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture,
            $"{PerSecond:0.0} decisions/s, {MiddleMs:0.0} ms p50, {SlowMs:0.0} ms p95");
    }

    // Starts it, lets viewers stream for a while, kills it; how often, until it is stopped.
    private static async Task<int> KillAsync(string program, string secrets, string database, int viewers, CancellationToken stop)
    {
        for (var killed = 0; ; killed++)
        {
            using var dashboard = new RunningService(new ProcessStartInfo(program, ["service", "dashboard"]), "dashboard",
                new Dictionary<string, string>
                {
                    ["Trading__Journal"] = "postgres", ["Trading__JournalConnection"] = database, ["Trading__HttpPort"] = "0",
                    ["Trading__Secrets"] = "file", ["Trading__SecretsFile"] = secrets, ["Trading__ControlTokens"] = "v=viewer:v",
                    ["Trading__DashboardRequestsPerSecond"] = "1000",
                }, null);
            try
            {
                for (var begin = Stopwatch.GetTimestamp(); !await dashboard.IsReadyAsync(); await Task.Delay(50, stop))
                {
                    if (dashboard.HasExited || Stopwatch.GetElapsedTime(begin) > StartLimit)
                        throw new InvalidOperationException($"the dashboard did not start: {dashboard.Output}");
                }
                using var seen = DashboardViewers.Start(dashboard.Address, viewers);
                try
                {
                    await Task.Delay(Lives, stop);
                }
                finally
                {
                    dashboard.Kill();
                    seen.Kill();
                }
            }
            catch (OperationCanceledException)
            {
                dashboard.Kill();
                return killed + 1;
            }
        }
    }
}
