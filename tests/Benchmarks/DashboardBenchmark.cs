using System.Diagnostics;
using System.Globalization;
using MassTransit;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.Contracts;
using Trading.Dashboard;
using Trading.Hosting;
using Trading.Hosting.Settings;
using Trading.Services;
using Trading.TestKit.Pipeline;

namespace Trading.Benchmarks;

/// <summary>
/// What viewers cost: all services and the dashboard in one process, a price each interval, without viewers and with fifty that stream
/// everything. Rounds of both take turns. Printed: price to decision, decision to the viewer's line, processor time, memory.
/// </summary>
public static class DashboardBenchmark
{
    private const int WarmUpSeconds = 10, MinuteSeconds = 60;
    internal const string Token = "a token of the benchmark, of 39 letters";

    /// <summary>Runs it; the arguments are seconds of a round, rounds of each kind, milliseconds between prices (0: each when the one
    /// before was decided on), and viewers.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var (seconds, rounds, interval, many) = (Number(args, 0, 10), Number(args, 1, 2), Number(args, 2, 1000), Number(args, 3, 50));
        var folder = Directory.CreateTempSubdirectory("trading-benchmark-");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_101_101);
        try
        {
            var settings = Settings(folder.FullName);
            await using var server = await JournalServer.StartAsync(
                settings, TimeProvider.System.GetUtcNow(), NullLogger.Instance, default);
            var prices = new Queue<PriceObserved>(InProcessSystem.WavePrices(
                ((2 * rounds * seconds) + WarmUpSeconds) * 1000 / Math.Max(interval, 2) + 10, seed: 3));
            await using var app = await TradingHost.BuildAsync(new("benchmark", "", trading =>
            {
                trading.AddPredictor();
                trading.AddRiskManager();
                trading.AddExecutor();
                trading.AddDashboard();
            })
            { Interactive = true, Map = web => web.MapDashboard() }, new(settings, false), server.ConnectionString);
            var decided = new DashboardPrices();
            app.Services.GetRequiredService<IBusControl>().ConnectPublishObserver(decided);
            await app.StartAsync();
            var address = new Uri(app.Urls.Single());
            var bus = app.Services.GetRequiredService<IBus>();
            await DashboardPrices.PlayAsync(bus, prices, decided, Math.Min(seconds, WarmUpSeconds) * 1000, interval);
            for (var round = 1; round <= rounds; round++)
            {
                foreach (var viewers in new[] { 0, many })
                    await RoundAsync(app, address, prices, decided, round, viewers, seconds, interval);
            }
            await app.StopAsync();
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Settings of a private journal in a folder, with a viewer's token.</summary>
    internal static TradingSettings Settings(string folder)
    {
        var secrets = Path.Combine(folder, "secrets.json");
        File.WriteAllText(secrets, $$"""{ "v": "{{Token}}" }""");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(secrets, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return InProcessSystem.Told with
        {
            Journal = JournalKind.Local,
            JournalFolder = Path.Combine(folder, "postgres"),
            Dashboard = true,
            Secrets = SecretsKind.File,
            SecretsFile = secrets,
            ControlTokens = ["v=viewer:v"],
            DashboardRequestsPerSecond = 1000,
            MaxPriceAgeSeconds = int.MaxValue / 1000,
        };
    }

    private static async Task RoundAsync(Microsoft.AspNetCore.Builder.WebApplication app, Uri address, Queue<PriceObserved> prices,
        DashboardPrices decided, int round, int viewers, int seconds, int interval)
    {
        using var stop = new CancellationTokenSource();
        using var seen = new DashboardViewers(address, decided);
        var reading = Enumerable.Range(0, viewers).Select(_ => seen.ViewAsync(stop.Token)).ToList();
        // Each has its answer, and the journal was read, before the first price of the round.
        await seen.ConnectedAsync(viewers);
        decided.Begin();
        using var process = Process.GetCurrentProcess();
        var (cpu, begin) = (process.TotalProcessorTime, Stopwatch.GetTimestamp());
        // A long round tells its memory each minute: it must stay as it is.
        for (var left = seconds; left > 0; left -= MinuteSeconds)
        {
            await DashboardPrices.PlayAsync(
                app.Services.GetRequiredService<IBus>(), prices, decided, Math.Min(left, MinuteSeconds) * 1000, interval);
            process.Refresh();
            if (seconds > MinuteSeconds)
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  after {seconds - left + MinuteSeconds,4} s: "
                    + $"{GC.GetTotalMemory(forceFullCollection: true) / 1048576.0:0.0} MB kept, "
                    + $"{process.WorkingSet64 / 1048576.0:0} MB resident"));
        }
        var (used, passed) = ((process.TotalProcessorTime - cpu) / Stopwatch.GetElapsedTime(begin) * 100, Stopwatch.GetElapsedTime(begin));
        await Task.Delay(500);
        await stop.CancelAsync();
        await Task.WhenAll(reading);
        var (late, told) = (decided.LatenciesMs.ToList(), seen.LatenciesMs.ToList());
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"round {round}, {viewers,2} viewers: {late.Count:N0} decisions ({late.Count / passed.TotalSeconds:0.0}/s), price to decision "
            + $"{Quantile(late, 0.5):0.0} ms p50, {Quantile(late, 0.95):0.0} ms p95; decision to viewer {Quantile(told, 0.5):0} ms p50, "
            + $"{Quantile(told, 0.95):0} ms p95, {Quantile(told, 1):0} ms at most, of {told.Count:N0} of {late.Count * viewers:N0}, "
            + $"{seen.Old:N0} of before; {used:0.0} % of a core, "
            + $"{GC.GetTotalMemory(forceFullCollection: true) / 1048576.0:0.0} MB kept, {process.WorkingSet64 / 1048576.0:0} MB resident"));
    }

    internal static int Number(string[] args, int at, int otherwise) =>
        at < args.Length ? int.Parse(args[at], NumberStyles.None, CultureInfo.InvariantCulture) : otherwise;

    private static double Quantile(List<double> values, double share) => values.Count == 0 ? 0 : PipelineBenchmark.Quantile(values, share);
}
