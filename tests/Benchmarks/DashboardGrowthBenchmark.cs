using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.Core;
using Trading.Dashboard;
using Trading.Hosting;
using Trading.Hosting.Control;
using Trading.Hosting.Settings;
using Trading.Journal.Events;

namespace Trading.Benchmarks;

/// <summary>
/// What the dashboard costs on journals of growing size: the first look, the first look after a restart, each page's questions, and how
/// late an append is told. Sizes in events come from the command line.
/// </summary>
public static partial class DashboardGrowthBenchmark
{
    private const int Rounds = 21;

    // Beyond it something is broken, and the benchmark says what it waited for.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private const string Token = DashboardBenchmark.Token;
    private static readonly string[] Modules = ["lib.js", "control.js", "curve.js"];

    private static readonly string[] Questions = ["/now", "/equity?points=400", "/days", "/decisions?limit=50",
        "/decisions?outcome=refused", "/trades?limit=200",
        "/trades/totals", "/models", "/limits", "/acts?limit=20", "/marks?symbol=BTC-USD", "/audit", "/alerts?limit=50",
        "/prices?symbol=BTC-USD", "/tax?method=fifo&year=2024&limit=500", "/past", "/journals"];

    /// <summary>Runs the benchmark.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<int> sizes)
    {
        var folder = Directory.CreateTempSubdirectory("trading-benchmark-");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_101_101);
        try
        {
            foreach (var size in sizes)
                await RunAsync(folder.FullName, size);
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task RunAsync(string folder, int size)
    {
        var secrets = Path.Combine(folder, "secrets.json");
        File.WriteAllText(secrets, $$"""{ "o": "{{Token}}" }""");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(secrets, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var settings = new TradingSettings
        {
            Journal = JournalKind.Local, JournalFolder = Path.Combine(folder, "postgres"), JournalDatabase = $"growth_{size}",
            Dashboard = true, Secrets = SecretsKind.File, SecretsFile = secrets, ControlTokens = ["o=operator:o"], HttpPort = 0,
            DashboardRequestsPerSecond = 10_000,
        };
        await using var server = await JournalServer.StartAsync(settings, TimeProvider.System.GetUtcNow(), NullLogger.Instance, default);
        await using var journal = new TradeJournal(server.ConnectionString, new("benchmark", "1.0.0"), TimeProvider.System);
        await journal.PrepareAsync();
        await AuditJournal.FillAsync(journal.Database, size);
        var account = new FoldedAccount(journal.Database, Portfolio.StreamId("main"));
        await account.FoldAsync(default);
        await account.WriteAsync(default);
        await AuditBenchmark.ExecuteAsync(journal.Database, "vacuum analyze");

        Console.WriteLine($"{size:N0} events");
        foreach (var what in new[] { "first look", "after a restart" })
        {
            await using var app = await StartAsync(settings, server.ConnectionString);
            using var http = Http(app);
            var begin = Stopwatch.GetTimestamp();
            await FirstViewAsync(http);
            Tell($"{what}: everything that the first view asks for", Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
            if (what == "first look")
            {
                // The file is written beside the reading.
                while (Directory.GetFiles(folder, "*.view", SearchOption.AllDirectories).Length == 0 && size >= 50_000)
                {
                    Bounded(begin, "the file of the view");
                    await Task.Delay(50);
                }
                await app.StopAsync();
                continue;
            }
            var (bytes, requests, once) = await FirstViewAsync(http);
            Tell($"first view once more, {requests} requests, {bytes / 1024.0:0} KB compressed", once);
            foreach (var question in Questions)
            {
                // What is kept for a while after it does not say what it cost to make.
                var asked = Stopwatch.GetTimestamp();
                await http.GetByteArrayAsync($"/api/v1{question}");
                Tell($"{question}, first", Stopwatch.GetElapsedTime(asked).TotalMilliseconds);
                Tell(question, await MedianAsync(() => http.GetByteArrayAsync($"/api/v1{question}")));
            }
            Tell($"append to viewer, p95 of {Rounds}", await ToldAsync(http, journal));
            Console.WriteLine(FormattableString.Invariant(
                $"  kept in memory {GC.GetTotalMemory(forceFullCollection: true) / 1048576.0:0} MB"));
            await app.StopAsync();
        }
    }

    private static async Task<WebApplication> StartAsync(TradingSettings settings, string database)
    {
        var app = await TradingHost.BuildAsync(new("benchmark", "", trading =>
        {
            trading.AddControl();
            trading.AddDashboard();
        })
        { Interactive = true, Map = web => web.MapDashboard() }, new(settings, false), database);
        await app.StartAsync();
        return app;
    }

    private static HttpClient Http(WebApplication app)
    {
        var http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()), Timeout = TimeSpan.FromMinutes(5) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        http.DefaultRequestHeaders.AcceptEncoding.ParseAdd("br");
        return http;
    }

    // As a browser does: the page, what it names, what its modules name, and what its scripts ask for.
    private static async Task<(long Bytes, int Requests, double Milliseconds)> FirstViewAsync(HttpClient http)
    {
        var begin = Stopwatch.GetTimestamp();
        var page = await http.GetStringAsync("/");
        var (bytes, requests) = ((long)page.Length, 1);
        foreach (var asset in Asset().Matches(page).Select(match => match.Value)
            .Concat(Modules.Select(name => $"{Trading.Dashboard.Pages.Assets.Path}/{name}")))
        {
            using var answer = await http.GetAsync(asset);
            bytes += (await answer.Content.ReadAsByteArrayAsync()).Length;
            requests++;
        }
        foreach (var question in new[] { "/now", "/alerts?limit=8", "/equity?points=400" })
        {
            for (var read = false; !read;)
            {
                Bounded(begin, question);
                using var answer = await http.GetAsync($"/api/v1{question}");
                read = answer.IsSuccessStatusCode;
                // Only the journal that is being read is waited for.
                if (!read && answer.StatusCode != System.Net.HttpStatusCode.ServiceUnavailable)
                    answer.EnsureSuccessStatusCode();
                bytes += (await answer.Content.ReadAsByteArrayAsync()).Length;
                requests++;
            }
        }
        return (bytes, requests, Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
    }

    private static async Task<double> ToldAsync(HttpClient http, TradeJournal journal)
    {
        using var answer = await http.GetAsync("/api/v1/stream", HttpCompletionOption.ResponseHeadersRead);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync());
        var control = new JournalControl(journal, "main", TimeProvider.System);
        var late = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            await Task.Delay(37 + round * 13 % 100);
            var begin = Stopwatch.GetTimestamp();
            await control.ActAsync(new(OperatorAction.Reduce, "benchmark", $"round {round}"), default);
            while (await lines.ReadLineAsync().WaitAsync(Patience) is { } line
                && !line.Contains($"\"round {round}\"", StringComparison.Ordinal))
            {
            }
            late.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
        }
        return PipelineBenchmark.Quantile(late, 0.95);
    }

    private static void Bounded(long begin, string what)
    {
        if (Stopwatch.GetElapsedTime(begin) > Patience)
            throw new InvalidOperationException($"{what} did not come within {Patience}");
    }

    private static async Task<double> MedianAsync(Func<Task> act)
    {
        var times = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            var begin = Stopwatch.GetTimestamp();
            await act();
            times.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
        }
        return PipelineBenchmark.Quantile(times, 0.5);
    }

    private static void Tell(string what, double milliseconds) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {what,-64} {milliseconds,8:0.0} ms"));

    [GeneratedRegex("/assets/[^\"/]+/[^\"]+")]
    private static partial Regex Asset();
}
