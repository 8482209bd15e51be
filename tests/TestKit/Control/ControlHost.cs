using System.Collections.Concurrent;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Messaging;
using Trading.Hosting.Settings;
using Trading.Services;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;

namespace Trading.TestKit.Control;

/// <summary>RiskManager and Executor in this process with their control pages; what they log is kept.</summary>
internal sealed class ControlHost : IAsyncDisposable
{
    public const string Token = "correct horse battery staple and more";
    private readonly WebApplication _app;

    private ControlHost(WebApplication app, LogCapture log) => (_app, Log) = (app, log.Lines);

    public ConcurrentQueue<string> Log { get; }

    public IServiceProvider Services => _app.Services;

    /// <summary>Where the pages are.</summary>
    public Uri Address => new(_app.Urls.Single());

    /// <summary>Settings with a token in a file of secrets.</summary>
    public static TradingSettings WithToken(string folder) =>
        InProcessSystem.Told with { Secrets = SecretsKind.File, SecretsFile = SecretsFile(folder), ControlTokenSecret = "control-token" };

    public static string SecretsFile(string folder)
    {
        var file = Path.Combine(folder, "secrets.json");
        File.WriteAllText(file, $$"""{ "control-token": "{{Token}}" }""");
        Permit(file);
        return file;
    }

    /// <summary>Lets its owner, and nobody or somebody else, use a file.</summary>
    public static void Permit(string file, UnixFileMode others = UnixFileMode.None)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | others);
    }

    public static async Task<ControlHost> StartAsync(
        TradingSettings settings, string database, Action<TradingServices>? more = null, bool executor = true)
    {
        var log = new LogCapture();
        var app = await InProcessSystem.BuildAsync(settings, database, trading =>
        {
            trading.Services.AddLogging(logging => logging.AddProvider(log));
            trading.AddRiskManager();
            if (executor)
                trading.AddExecutor();
            more?.Invoke(trading);
        });
        await app.StartAsync();
        return new(app, log);
    }

    /// <summary>With the time of a clock, and its messages noted.</summary>
    public static Task<ControlHost> StartAsync(
        TradingSettings settings, string database, TimeProvider clock, SeenMessages seen, bool executor = true) =>
        StartAsync(settings, database, trading =>
        {
            trading.Services.AddSingleton(clock);
            seen.On(trading);
        }, executor);

    /// <summary>Opens the account as the first decision does.</summary>
    public Task OpenAccountAsync() => Services.GetRequiredService<TradingAccount>().LoadAsync(CancellationToken.None);

    /// <summary>
    /// Publishes a prediction. Asynchronous, so that what the bus attaches to the flow of control stays in here and does not meet the next
    /// host's bus.
    /// </summary>
    public async Task SayAsync(PredictionMade prediction) => await Services.GetRequiredService<IBus>()
        .Publish(prediction, publish => publish.MessageId = DerivedId.Message(prediction.PredictionId, nameof(PredictionMade)));

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
