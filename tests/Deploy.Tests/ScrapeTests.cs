using Trading.Hosting.Settings;
using Trading.Hosting.Telemetry;
using Trading.Hosting;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using OpenTelemetry.Metrics;
using Trading.AllInOne;

namespace Trading.Deploy.Tests;

/// <summary>Instruments are found by their meter's name in the whole process: nobody else measures meanwhile.</summary>
[CollectionDefinition(nameof(ScrapeTests), DisableParallelization = true)]
public sealed class NothingBeside;

/// <summary>A real Prometheus scrapes the running system, and every query of rules and dashboards is put to it.</summary>
[Collection(nameof(ScrapeTests))]
public sealed class ScrapeTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(8);
    private static readonly string[] Services = ["price-collector", "predictor", "risk-manager", "executor"];

    // MassTransit's own, which counts nothing until a message fails.
    private static readonly string[] NotOnPaper = ["messaging_masstransit_consume_errors"];

    [DataFact("prometheus")]
    public async Task every_query_of_rules_and_dashboards_finds_something_in_a_scrape_of_the_running_system()
    {
        var data = Path.Combine(Repository.Schemas!, "..", "binance_btcusdt_1m_2023.csv.gz");
        var folder = Directory.CreateTempSubdirectory("scrape-").FullName;
        // A server that root starts runs as another user, who must get there.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
        await using var pages = Pages();
        await pages.StartAsync();
        await using var server = await JournalServer.StartAsync(Options(data, folder).Settings,
            DateTimeOffset.UtcNow, NullLogger.Instance, default);
        await using var app = await TradingHost.BuildAsync(AllInOneProgram.Program, Options(data, folder), server.ConnectionString);
        using var prometheus = Prometheus(folder, new Uri(pages.Urls.First()).Authority, out var port);
        try
        {
            using var http = new HttpClient { BaseAddress = new($"http://127.0.0.1:{port}") };
            await app.StartAsync();
            RareEvents.Measure(app.Services.GetRequiredService<TradingMetrics>());
            await app.WaitForShutdownAsync();
            await UntilAsync(
                async () => await CountAsync(http, "count_over_time(trading_seal_events_total{job=\"executor\"}[5m]) > 2") > 0);
            // A counter that began late has grown only when it was scraped twice.
            IReadOnlyList<string> wrong = [];
            for (var tries = 60; tries > 0 && (wrong = await WrongAsync(http)).Count > 0; tries--)
                await Task.Delay(TimeSpan.FromSeconds(1));
            Assert.True(wrong.Count == 0, $"{string.Join('\n', wrong)}\nscraped were: {await NamesAsync(http)}");
        }
        finally
        {
            prometheus.Kill();
            await prometheus.WaitForExitAsync();
        }
    }

    private static async Task<IReadOnlyList<string>> WrongAsync(HttpClient http)
    {
        var wrong = new List<string>();
        foreach (var rule in Yaml.File("k8s/monitoring/rules/trading.yml").List("groups/0/rules"))
        {
            if (await CountAsync(http, rule.Text("expr")!) < 0)
                wrong.Add($"{rule.Text("alert")} is not understood");
        }
        foreach (var file in Dashboards.Names)
        {
            foreach (var (panel, query) in Dashboards.Queries(file))
            {
                var found = await CountAsync(http, Dashboards.Asked(file, query));
                if (found < 0 || (found == 0 && !NotOnPaper.Any(name => query.Contains(name, StringComparison.Ordinal))))
                    wrong.Add($"{file}, {panel}: {(found < 0 ? "is not understood" : "is empty")}: {Dashboards.Asked(file, query)}");
            }
        }
        return wrong;
    }

    private static async Task<string> NamesAsync(HttpClient http) =>
        string.Join(' ', (await http.GetFromJsonAsync<JsonNode>("/api/v1/label/__name__/values")).List("data"));

    // How many series a query finds; -1 when Prometheus does not understand it.
    private static async Task<int> CountAsync(HttpClient http, string query)
    {
        using var answer = await http.PostAsync("/api/v1/query", new FormUrlEncodedContent([new("query", query)]));
        var body = await answer.Content.ReadFromJsonAsync<JsonNode>();
        return body.Text("status") == "success" ? body.List("data/result").Count : -1;
    }

    // The page that every program serves, here on its own: instruments are found by their meter's name in the whole process.
    private static WebApplication Pages()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddOpenTelemetry().WithMetrics(
            metrics => metrics.AddMeter(TradingMetrics.Name, "MassTransit", "Npgsql", "System.Runtime").AddPrometheusExporter());
        var pages = builder.Build();
        pages.MapPrometheusScrapingEndpoint();
        return pages;
    }

    private static StartOptions Options(string data, string folder) =>
        CommandLine.Read(
            ["--profile", TradingSettings.TechnicalProfile, "--data", data, "--from", "2023-03-01", "--to", "2023-03-01T12:00:00Z",
                "--http-port", "0", "--database", "scrape", "--set", $"JournalFolder={Path.Combine(folder, "journal")}"],
            "test", "", settings => settings, out _)!;

    private static Process Prometheus(string folder, string target, out int port)
    {
        port = FreePort();
        var jobs = Services.Select(job => $"  - {{job_name: {job}, static_configs: [{{targets: [\"{target}\"]}}]}}");
        File.WriteAllText(Path.Combine(folder, "prometheus.yml"),
            $"global: {{scrape_interval: 1s}}\nscrape_configs:\n{string.Join('\n', jobs)}\n");
        var start = new ProcessStartInfo(
            Tools.Find("prometheus")!, [$"--config.file={folder}/prometheus.yml", $"--storage.tsdb.path={folder}/prometheus",
                $"--web.listen-address=127.0.0.1:{port}"])
        { RedirectStandardError = true };
        var process = Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        return process;
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        for (var begin = TimeProvider.System.GetTimestamp(); !await holds(); await Task.Delay(200))
            Assert.True(TimeProvider.System.GetElapsedTime(begin) < Patience, $"not within {Patience.TotalMinutes} minutes");
    }
}
