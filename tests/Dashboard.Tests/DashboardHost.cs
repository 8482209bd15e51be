using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Trading.Hosting;
using Trading.Hosting.Control;
using Trading.Hosting.Messaging;
using Trading.Hosting.Settings;
using Trading.TestKit.Control;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;

namespace Trading.Dashboard.Tests;

/// <summary>A dashboard in this process, with a token for each role.</summary>
internal sealed class DashboardHost : IAsyncDisposable
{
    public const string Viewer = "the viewer's token, long enough to count", Auditor = "the auditor's token, long enough to count",
        Halter = "the halter's token, long enough to count", Operator = "the operator's token, long enough to count";

    private DashboardHost(WebApplication app, LogCapture log, TradingSettings settings)
    {
        (App, Log, Settings) = (app, log, settings);
        Address = new(app.Urls.Single());
        Http = new(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = Address };
    }

    public WebApplication App { get; }

    public LogCapture Log { get; }

    public TradingSettings Settings { get; }

    public Uri Address { get; }

    public HttpClient Http { get; }

    /// <summary>Settings with the tokens in a file of secrets.</summary>
    public static TradingSettings WithTokens(string folder)
    {
        var file = Path.Combine(folder, "secrets.json");
        File.WriteAllText(file, JsonSerializer.Serialize(new Dictionary<string, string>
        {
            ["v"] = Viewer, ["a"] = Auditor, ["h"] = Halter, ["o"] = Operator, ["telegram"] = "42:bot",
        }));
        ControlHost.Permit(file);
        return InProcessSystem.Told with
        {
            Dashboard = true,
            Secrets = SecretsKind.File,
            SecretsFile = file,
            JournalFolder = Path.Combine(folder, "journal"),
            ControlTokens = ["vera=viewer:v", "abe=auditor:a", "hal=halter:h", "opal=operator:o"],
        };
    }

    public static async Task<DashboardHost> StartAsync(TradingSettings settings, string database, Action<TradingServices>? more = null)
    {
        Directory.CreateDirectory(settings.JournalFolder!);
        var log = new LogCapture(LogLevel.Information);
        TestLogs.Add("dashboard in this process", log.ToString);
        var app = await TradingHost.BuildAsync(new("test", "", trading =>
        {
            trading.Services.AddLogging(logging => logging.ClearProviders().AddProvider(log));
            trading.AddControl();
            trading.AddDashboard();
            more?.Invoke(trading);
        })
        { Map = web => web.MapDashboard() }, new(settings, Verbose: false), database);
        await app.StartAsync();
        return new(app, log, settings);
    }

    /// <summary>Asks the API as the holder of a token; while the journal is being read it asks again, as pages do.</summary>
    public async Task<(HttpStatusCode Status, JsonElement Body, HttpResponseHeaders Headers)> AskAsync(
        string path, string? token = Viewer, HttpMethod? method = null, object? body = null, params (string Name, string Value)[] headers)
    {
        while (true)
        {
            var answer = await AskOnceAsync(path, token, method, body, headers);
            if (answer.Status != HttpStatusCode.ServiceUnavailable
                || answer.Body.GetProperty("type").GetString() != "urn:trading:problem:reading-journal")
                return answer;
        }
    }

    private async Task<(HttpStatusCode Status, JsonElement Body, HttpResponseHeaders Headers)> AskOnceAsync(
        string path, string? token, HttpMethod? method, object? body, (string Name, string Value)[] headers)
    {
        using var question = new HttpRequestMessage(method ?? HttpMethod.Get, $"/api/v1{path}");
        if (token is not null)
            question.Headers.Authorization = new("Bearer", token);
        if (body is not null)
            question.Content = new StringContent(body as string ?? JsonSerializer.Serialize(body, JsonSerializerOptions.Web), Encoding.UTF8,
                "application/json");
        foreach (var (name, value) in headers)
            question.Headers.TryAddWithoutValidation(name, value);
        using var answer = await Http.SendAsync(question);
        var text = await answer.Content.ReadAsStringAsync();
        return (answer.StatusCode, text.Length == 0
            || text[0] is not ('{' or '[') ? default : JsonSerializer.Deserialize<JsonElement>(text),
            answer.Headers);
    }

    /// <summary>Asks for something that must be there.</summary>
    public async Task<JsonElement> GetAsync(string path, string token = Viewer)
    {
        var (status, body, _) = await AskAsync(path, token);
        return status == HttpStatusCode.OK ? body : throw new InvalidOperationException($"{path}: {status} {body}");
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await App.DisposeAsync();
    }
}
