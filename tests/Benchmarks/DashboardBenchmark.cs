using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using MassTransit;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.Contracts;
using Trading.Core;
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
    private const int Viewers = 50, WarmUpSeconds = 10, MinuteSeconds = 60;
    private const string Token = "a token of the benchmark, of 39 letters";

    /// <summary>Runs it; the arguments are seconds of a round, rounds of each kind, and milliseconds between prices (0: each
    /// when the one before was decided on).</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var (seconds, rounds, interval) = (Number(args, 0, 10), Number(args, 1, 2), Number(args, 2, 1000));
        var folder = Directory.CreateTempSubdirectory("trading-benchmark-");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_101_101);
        try
        {
            var secrets = Path.Combine(folder.FullName, "secrets.json");
            File.WriteAllText(secrets, $$"""{ "v": "{{Token}}" }""");
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(secrets, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            var settings = InProcessSystem.Told with
            {
                Journal = JournalKind.Local, JournalFolder = Path.Combine(folder.FullName, "postgres"), Dashboard = true,
                Secrets = SecretsKind.File, SecretsFile = secrets, ControlTokens = ["v=viewer:v"], DashboardRequestsPerSecond = 1000,
                MaxPriceAgeSeconds = int.MaxValue / 1000,
            };
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
            var decided = new DecisionWatch();
            app.Services.GetRequiredService<IBusControl>().ConnectPublishObserver(decided);
            await app.StartAsync();
            var address = new Uri(app.Urls.Single());
            await PlayAsync(app.Services.GetRequiredService<IBus>(), prices, decided, Math.Min(seconds, WarmUpSeconds) * 1000, interval);
            for (var round = 1; round <= rounds; round++)
            {
                foreach (var viewers in new[] { 0, Viewers })
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

    private static async Task RoundAsync(Microsoft.AspNetCore.Builder.WebApplication app, Uri address, Queue<PriceObserved> prices,
        DecisionWatch decided, int round, int viewers, int seconds, int interval)
    {
        using var stop = new CancellationTokenSource();
        var seen = new ConcurrentBag<double>();
        var reading = Enumerable.Range(0, viewers).Select(_ => ViewAsync(address, decided, seen, stop.Token)).ToList();
        if (viewers > 0)
            await Task.Delay(1500);
        decided.LatenciesMs.Clear();
        seen.Clear();
        using var process = Process.GetCurrentProcess();
        var (cpu, begin) = (process.TotalProcessorTime, Stopwatch.GetTimestamp());
        // A long round tells its memory each minute: it must stay as it is.
        for (var left = seconds; left > 0; left -= MinuteSeconds)
        {
            await PlayAsync(app.Services.GetRequiredService<IBus>(), prices, decided, Math.Min(left, MinuteSeconds) * 1000, interval);
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
        var (late, told) = (decided.LatenciesMs.ToList(), seen.ToList());
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"round {round}, {viewers,2} viewers: {late.Count:N0} decisions ({late.Count / passed.TotalSeconds:0.0}/s), price to decision "
            + $"{Quantile(late, 0.5):0.0} ms p50, {Quantile(late, 0.95):0.0} ms p95; decision to viewer {Quantile(told, 0.5):0} ms p50, "
            + $"{Quantile(told, 0.95):0} ms p95 of {told.Count:N0}; {used:0.0} % of a core, "
            + $"{GC.GetTotalMemory(forceFullCollection: true) / 1048576.0:0.0} MB kept, {process.WorkingSet64 / 1048576.0:0} MB resident"));
    }

    // With an interval of 0 each price comes when the one before was decided on: as many as there can be.
    private static async Task PlayAsync(IBus bus, Queue<PriceObserved> prices, DecisionWatch decided, int milliseconds, int interval)
    {
        var begin = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begin).TotalMilliseconds < milliseconds && prices.TryDequeue(out var price))
        {
            var next = interval > 0 ? Task.Delay(interval) : decided.DecidedAsync(price);
            decided.Asked(price);
            await bus.Publish(price, publish => publish.MessageId = DerivedId.Message(price.PriceId, nameof(PriceObserved)));
            await next;
        }
    }

    // The viewers run in this process too: what they read counts as processor time of it.
    private static async Task ViewAsync(Uri address, DecisionWatch decided, ConcurrentBag<double> seen, CancellationToken stop)
    {
        using var http = new HttpClient { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        try
        {
            using var answer = await http.GetAsync("/api/v1/stream", HttpCompletionOption.ResponseHeadersRead, stop);
            using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(stop));
            // The first time that a decision is told; it is told again when its order ends, whenever that is.
            var (isDecision, known) = (false, new HashSet<Guid>());
            while (await lines.ReadLineAsync(stop) is { } line)
            {
                if (line.StartsWith("event: ", StringComparison.Ordinal))
                    isDecision = line == "event: decision";
                else if (isDecision && line.StartsWith("data: ", StringComparison.Ordinal)
                    && JsonDocument.Parse(line[6..]).RootElement.GetProperty("tradeId").GetGuid() is var trade
                    && known.Add(trade) && decided.SinceDecided(trade) is { } late)
                    seen.Add(late);
            }
        }
        catch (Exception over) when (over is OperationCanceledException or IOException)
        {
            // The round is over.
        }
    }

    private static int Number(string[] args, int at, int otherwise) =>
        at < args.Length ? int.Parse(args[at], NumberStyles.None, CultureInfo.InvariantCulture) : otherwise;

    private static double Quantile(List<double> values, double share) => values.Count == 0 ? 0 : PipelineBenchmark.Quantile(values, share);

    private sealed class DecisionWatch : IPublishObserver
    {
        private readonly ConcurrentDictionary<Guid, long> _asked = new(), _decided = new();
        private readonly ConcurrentDictionary<Guid, TaskCompletionSource> _waiting = new();

        public ConcurrentBag<double> LatenciesMs { get; } = [];

        public void Asked(PriceObserved price) => _asked[price.PriceId] = Stopwatch.GetTimestamp();

        /// <summary>Ends when a decision on the price was published.</summary>
        public Task DecidedAsync(PriceObserved price) => _waiting.GetOrAdd(price.PriceId,
            _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

        public double? SinceDecided(Guid trade) =>
            _decided.TryGetValue(trade, out var at) ? Stopwatch.GetElapsedTime(at).TotalMilliseconds : null;

        public Task PrePublish<T>(PublishContext<T> context)
            where T : class => Task.CompletedTask;

        public Task PostPublish<T>(PublishContext<T> context)
            where T : class
        {
            if (context.Message is RiskAssessed { Prediction: { } prediction } assessed
                && _asked.TryRemove(prediction.Price.PriceId, out var at))
            {
                _decided[assessed.TradeId] = Stopwatch.GetTimestamp();
                LatenciesMs.Add(Stopwatch.GetElapsedTime(at).TotalMilliseconds);
                if (_waiting.TryRemove(prediction.Price.PriceId, out var waiting))
                    waiting.SetResult();
                // What the slowest viewer has long been told; otherwise the benchmark itself would grow.
                foreach (var (old, _) in _decided.Where(entry => Stopwatch.GetElapsedTime(entry.Value) > TimeSpan.FromMinutes(1)).ToList())
                    _decided.TryRemove(old, out _);
            }
            return Task.CompletedTask;
        }

        public Task PublishFault<T>(PublishContext<T> context, Exception exception)
            where T : class => Task.CompletedTask;
    }
}
