using System.Net;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Trading.Core;
using Trading.Hosting.Background;
using Trading.Hosting.Control;
using Trading.Hosting.Messaging;
using Trading.Hosting.Secrets;
using Trading.Hosting.Settings;
using Trading.Hosting.Stores;
using Trading.Hosting.Audit;
using Trading.Hosting.Sealing;
using Trading.Hosting.Telemetry;
using Trading.Journal.Events;
using Trading.Journal.Keys;
using Trading.Journal.Schema;
using Trading.Journal.Tables;

namespace Trading.Hosting;

/// <summary>Runs a program: settings, journal, bus, telemetry, health pages, clean end.</summary>
public static class TradingHost
{
    /// <summary>Set for a service whose starter tells it to end by closing its standard input.</summary>
    public const string StarterVariable = "TRADING_STARTER";

    /// <summary>What a stop may take; what services have not begun by then they give back.</summary>
    public static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(4);

    /// <summary>Runs until stopped; returns the exit code.</summary>
    public static async Task<int> Run(string[] args, TradingProgram program)
    {
        if (CommandLine.Read(args, program.Name, program.Description, program.Defaults, out var exitCode, program.Profile,
            program.Usage)
            is not { } options)
            return exitCode;

        Terminal.Take();
        // The dashboard gives way to trading on the same machine.
        if (program.ReadsOnly)
            Priority.LowerOwn();
        using var stop = new CancellationTokenSource();
        // Ctrl-C and a closed terminal reach a service that "trading up" started too; its starter decides when it ends.
        var starter = Environment.GetEnvironmentVariable(StarterVariable) is { Length: > 0 };
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, starter ? Ignore : Stop);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, starter ? Ignore : Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        if (starter)
            _ = StopWithStarterAsync(stop);
        try
        {
            if (!program.Complete
                && ((options.Settings.Transport == TransportKind.InMemory && !program.ReadsOnly)
                    || options.Settings.Journal != JournalKind.Postgres))
            {
                throw new StartException(
                    "a service on its own needs Trading:Transport=amazonsqs and Trading:Journal=postgres with Trading:JournalConnection; "
                    + "all services in one process need neither: trading run");
            }
            Bind(options.Settings);
            await JournalServer.CheckFreeAsync(options.Settings, stop.Token);
            // In parallel with slow steps of the start: sources of prices, the private server.
            var warm = TradeJournal.WarmUpAsync();
            options = options with { Settings = await program.Prepare(options.Settings, stop.Token) };
            using var notices = LoggerFactory.Create(logging => logging.AddNotices());
            await using var server = await JournalServer.StartAsync(
                program.ReadsOnly ? options.Settings with { JournalMigration = JournalMigrationKind.None } : options.Settings,
                TimeProvider.System.GetUtcNow(),
                notices.CreateLogger(program.Name), stop.Token);
            var writers = program.ReadsOnly ? null : await WritersAsync(options.Settings, stop.Token);
            await using var app = await BuildAsync(WithRecord(program, options.Settings), options, server.ConnectionString, writers);
            await warm;
            await app.StartAsync(stop.Token);
            Announce(app, program, options.Settings, server);
            await app.WaitForShutdownAsync(stop.Token);
            ThrowIfFaulted(app);
            exitCode = await program.Finish(app.Services);
            return app.Services.GetRequiredService<EarlyEnd>().Reason is { } reason ? throw reason : exitCode;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 0;
        }
        catch (Exception failure) when (StartFailure.Of(failure, options.Settings) is { } known)
        {
            Console.Error.WriteLine($"{program.Name}: {known.Line}");
            return known.ExitCode;
        }

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }

        static void Ignore(PosixSignalContext signal) => signal.Cancel = true;
    }

    // The starter holds the other end of standard input: when it closes it, or dies in whatever way, this program stops too.
    private static async Task StopWithStarterAsync(CancellationTokenSource stop)
    {
        await Task.Yield();
        await using var input = Console.OpenStandardInput();
        var nothing = new byte[1];
        while (await input.ReadAsync(nothing) > 0)
        {
        }
        try
        {
            await stop.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // The program has ended by itself.
        }
    }

    private static async Task<WriterKey?> WritersAsync(TradingSettings settings, CancellationToken cancellation)
    {
        try
        {
            return await WriterKeys.KeyAsync(settings, SecretStores.Store(settings, TimeProvider.System), creates: true, cancellation);
        }
        catch (Exception wrong) when (wrong is SealKeyException or SecretException or IOException or UnauthorizedAccessException)
        {
            throw new StartException(wrong.Message);
        }
    }

    // A recorded run must be the same each time; what only reads appends nothing.
    private static TradingProgram WithRecord(TradingProgram program, TradingSettings settings) =>
        settings.Feed == FeedKind.Recorded || program.ReadsOnly ? program : program with
        {
            Register = trading =>
            {
                trading.Services.AddHostedService<ProgramRecord>();
                program.Register(trading);
            },
        };

    // The web server binds last, when the services already run. So a used port is found here, before the first service starts.
    private static void Bind(TradingSettings settings)
    {
        if (settings.HttpPort == 0 || !IPAddress.TryParse(settings.HttpAddress, out var address))
            return;
        using var listener = new TcpListener(address, settings.HttpPort);
        listener.Start();
    }

    /// <summary>Builds a program on a database that exists, ready to start.</summary>
    /// <param name="program">The program.</param>
    /// <param name="options">Its settings.</param>
    /// <param name="connectionString">The journal's database.</param>
    /// <param name="writers">The key with which it marks its events; null to write them without.</param>
    public static async Task<WebApplication> BuildAsync(
        TradingProgram program, StartOptions options, string connectionString, WriterKey? writers = null)
    {
        var settings = options.Settings;
        var builder = WebApplication.CreateSlimBuilder();
        var certificate = HttpCertificate.Of(settings);
        builder.WebHost.UseUrls($"{(certificate is null ? "http" : "https")}://{settings.HttpAddress}:{settings.HttpPort}");
        if (certificate is not null)
            builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(web => web.ConfigureHttpsDefaults(certificate.Use));
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        builder.Logging.AddProgramLog(program.Interactive);

        TimeProvider clock = TimeProvider.System;
        if (settings.Feed.IsPlayed())
        {
            var dataClock = new DataClock();
            dataClock.AdvanceTo(settings.From ?? DateTimeOffset.UnixEpoch);
            builder.Services.AddSingleton(dataClock);
            clock = dataClock;
        }
        var version = typeof(TradingHost).Assembly.GetName().Version!.ToString(3);
        var writer = new JournalWriter(program.Name, version) { Key = writers, PacksHolds = settings.PackHolds };
        var journal = new TradeJournal(connectionString, writer, clock);
        var history = new PriceHistory(connectionString);
        if (program.ReadsOnly)
            await JournalSchema.DemandReadableAsync(journal.Database, CancellationToken.None);
        else if (settings.JournalMigration == JournalMigrationKind.None)
            await JournalSchema.DemandAsync(journal.Database, program.Name, CancellationToken.None);
        else
        {
            await journal.PrepareAsync();
            await history.PrepareAsync(CancellationToken.None);
        }

        builder.Services.AddSingleton(clock);
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton(options);
        // Registered through factories, so that the container disposes them.
        builder.Services.AddSingleton(_ => journal);
        builder.Services.AddSingleton(_ => history);
        builder.Services.AddSingleton(
            services => SecretStores.Store(settings, TimeProvider.System, services.GetRequiredService<ILogger<AwsSecrets>>()));
        builder.Services.AddSingleton(_ => PriceStores.History(settings, history));
        builder.Services.AddSingleton<TradingMetrics>();
        // Real time, in recorded runs too.
        builder.Services.AddSingleton(services => new Supervision(services.GetRequiredService<TradingMetrics>(), TimeProvider.System));
        builder.Services.AddSingleton<EarlyEnd>();
        builder.Services.AddSingleton(services => new SenderClocks(services.GetRequiredService<TradingMetrics>(),
            TimeSpan.FromSeconds(Math.Max(600, 10 * settings.PriceIntervalSeconds)), TimeProvider.System));
        // A recorded run has its time from the data.
        if (settings.Feed != FeedKind.Recorded)
        {
            builder.Services.AddHostedService(services => new ClockWatch(journal, services.GetRequiredService<SenderClocks>(),
                program.Decides ? services.GetService<IOperatorControl>() : null, settings, services.GetRequiredService<TradingMetrics>(),
                TimeProvider.System, services.GetRequiredService<Supervision>(), services.GetRequiredService<ILogger<ClockWatch>>()));
        }
        if (settings.HeartbeatSecret is not null)
        {
            builder.Services.AddHostedService(services => new Heartbeat(services.GetRequiredService<HealthCheckService>(),
                services.GetRequiredService<ISecretStore>(), settings, TimeProvider.System, services.GetRequiredService<Supervision>(),
                services.GetRequiredService<ILogger<Heartbeat>>()));
        }
        if (settings.MessageKeySecret is not null)
        {
            builder.Services.AddSingleton(
                services => new MessageKeys(settings, services.GetRequiredService<ISecretStore>(), TimeProvider.System));
            builder.Services.AddHostedService<MessageKeysStart>();
        }
        builder.Services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            program.Register(new(builder.Services, bus, options));
            bus.UseTransport(program.ReadsOnly ? settings with { Transport = TransportKind.InMemory } : settings);
        });
        builder.Services.AddHealthChecks().AddCheck("journal", new JournalCheck(journal), tags: ["ready"]);
        builder.Services.AddTelemetry(program.Name, version, settings);

        var app = builder.Build();
        if (app.Services.GetService<IOperatorControl>() is not null)
            app.MapControl();
        program.Map(app);
        if (settings.HttpPort != 0)
            app.MapPrometheusScrapingEndpoint();
        app.MapGet("/health/work", (Supervision supervision) => Results.Json(supervision.All));
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        app.MapHealthChecks("/health/ready", new HealthCheckOptions
        {
            Predicate = check => check.Tags.Contains("ready"),
            // The bus reports Degraded while an endpoint cannot receive: then the service is not ready.
            ResultStatusCodes = { [HealthStatus.Degraded] = StatusCodes.Status503ServiceUnavailable },
        });
        return app;
    }

    // A failed background service stops the host without an exception, so it is thrown here.
    private static void ThrowIfFaulted(WebApplication app)
    {
        foreach (var service in app.Services.GetServices<IHostedService>().OfType<BackgroundService>())
        {
            if (service.ExecuteTask is { IsFaulted: true, Exception: var failure })
                ExceptionDispatchInfo.Throw(failure.InnerException ?? failure);
        }
    }

    private static void Announce(WebApplication app, TradingProgram program, TradingSettings settings, JournalServer server)
    {
        if (program.Interactive)
        {
            Console.WriteLine($"{program.Name}: {string.Join(", ", settings.Symbols)}, feed {DashedName.Of(settings.Feed.ToString())}, "
                + $"models {string.Join(", ", settings.Models)}, exchange {settings.Exchange}, profile {settings.Profile}");
            if (settings.DecisionIntervalSeconds > settings.PriceIntervalSeconds)
            {
                Console.WriteLine($"decisions: by {settings.Strategy}, every {Figures.Length(settings.DecisionIntervalSeconds)} (UTC); "
                    + $"exits: at each price, every {Figures.Length(settings.PriceIntervalSeconds)}");
            }
            Console.WriteLine($"journal: {server.Description}");
            Console.WriteLine($"health: {string.Join(' ', app.Urls)}/health/ready");
            return;
        }
        var feed = settings.Feed.ToString().ToLowerInvariant();
        var queues = settings.Transport == TransportKind.AmazonSqs
            ? $" ({settings.AwsServiceUrl ?? settings.AwsRegion}, scope {settings.Scope})" : "";
        var line = $"{program.Name}: profile {settings.Profile}, symbols {string.Join(',', settings.Symbols)}, feed {feed}, "
            + $"models {string.Join(',', settings.Models)}, exchange "
            + $"{settings.Exchange}, stores {string.Join(',', settings.PriceStores)} (history "
            + $"{DashedName.Of(settings.PriceHistory.ToString())}), transport {DashedName.Of(settings.Transport.ToString())}"
            + $"{queues}, journal {server.Description}, health {string.Join(' ', app.Urls)}/health/ready";
        app.Logger.LogInformation("{Start}", line);
    }
}
