using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Npgsql;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using System.Net;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Trading.Aws;
using Trading.Journal;

namespace Trading.Hosting;

/// <summary>A program of this system.</summary>
/// <param name="Name">Name of the service: in logs, headers, traces.</param>
/// <param name="Description">What it does, for --help.</param>
/// <param name="Register">Registers its services and consumers.</param>
public sealed record TradingProgram(string Name, string Description, Action<TradingServices> Register)
{
    /// <summary>Values that this program sets in place of the profile's.</summary>
    public Func<TradingSettings, TradingSettings> Defaults { get; init; } = settings => settings;

    /// <summary>Settles what only the outside world can tell, before anything starts.</summary>
    public Func<TradingSettings, CancellationToken, Task<TradingSettings>> Prepare { get; init; } = (settings, _) => Task.FromResult(settings);

    /// <summary>Has the last word when the services have stopped; gives the exit code.</summary>
    public Func<IServiceProvider, Task<int>> Finish { get; init; } = _ => Task.FromResult(0);

    /// <summary>Whether the program holds all services, so that the in-memory transport and a private journal are enough for it.</summary>
    public bool Complete { get; init; }

    /// <summary>Whether the program talks to a person on standard output, so that only warnings are logged, to standard error.</summary>
    public bool Interactive { get; init; }
}

/// <summary>Something the user can put right: one line, no stack trace.</summary>
public sealed class StartException(string message, int exitCode = CommandLine.WrongSettings) : Exception(message)
{
    /// <summary>The code to end with.</summary>
    public int ExitCode { get; } = exitCode;
}

/// <summary>Ends the program from within, with a line for the user.</summary>
public sealed class EarlyEnd(IHostApplicationLifetime host)
{
    /// <summary>Why the program ended; null when nothing went wrong.</summary>
    public StartException? Reason { get; private set; }

    /// <summary>Stops the services; the program ends with the reason's code.</summary>
    public void Because(StartException reason)
    {
        Reason ??= reason;
        host.StopApplication();
    }
}

/// <summary>Runs a program: settings, journal, bus, telemetry, health pages, clean end.</summary>
public static class TradingHost
{
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(4);

    /// <summary>Runs until stopped; gives the exit code.</summary>
    public static async Task<int> Run(string[] args, TradingProgram program)
    {
        if (CommandLine.Read(args, program.Name, program.Description, program.Defaults, out var exitCode) is not { } options)
            return exitCode;

        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            if (!program.Complete && (options.Settings.Transport == TransportKind.InMemory || options.Settings.Journal != JournalKind.Postgres))
            {
                throw new StartException(
                    "a service on its own needs Trading:Transport=amazonsqs and Trading:Journal=postgres with Trading:JournalConnection; "
                    + "all services in one process need neither: dotnet run --project services/AllInOne");
            }
            Bind(options.Settings);
            options = options with { Settings = await program.Prepare(options.Settings, stop.Token) };
            using var notices = LoggerFactory.Create(Notices);
            await using var server = await JournalServer.StartAsync(options.Settings, TimeProvider.System.GetUtcNow(), notices.CreateLogger(program.Name), stop.Token);
            await using var app = await BuildAsync(program, options, server.ConnectionString);
            await app.StartAsync(stop.Token);
            Announce(app, program, options.Settings, server);
            await app.WaitForShutdownAsync(stop.Token);
            ThrowIfFaulted(app);
            exitCode = await program.Finish(app.Services);
            return app.Services.GetRequiredService<EarlyEnd>().Reason is { } reason ? throw reason : exitCode;
        }
        catch (StartException wrong)
        {
            Console.Error.WriteLine($"{program.Name}: {wrong.Message}");
            return wrong.ExitCode;
        }
        catch (PrivatePostgresException wrong)
        {
            Console.Error.WriteLine($"{program.Name}: {wrong.Message}");
            return CommandLine.WrongSettings;
        }
        catch (NpgsqlException unreachable)
        {
            Console.Error.WriteLine($"{program.Name}: the journal's database cannot be used: {unreachable.Message}");
            return 1;
        }
        catch (Exception unbound) when (unbound is SocketException or IOException { InnerException: AddressInUseException })
        {
            Console.Error.WriteLine($"{program.Name}: the health pages cannot be opened at {options.Settings.HttpAddress}:{options.Settings.HttpPort}: {unbound.GetBaseException().Message}; --http-port names another port");
            return CommandLine.WrongSettings;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 0;
        }

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    // The web server binds last, when the services are at work already: a port that is taken is found out before the first of them starts.
    private static void Bind(TradingSettings settings)
    {
        if (settings.HttpPort == 0 || !IPAddress.TryParse(settings.HttpAddress, out var address))
            return;
        using var listener = new TcpListener(address, settings.HttpPort);
        listener.Start();
    }

    /// <summary>Builds a program on a database that exists, ready to start.</summary>
    public static async Task<WebApplication> BuildAsync(TradingProgram program, StartOptions options, string connectionString)
    {
        var settings = options.Settings;
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls($"http://{settings.HttpAddress}:{settings.HttpPort}");
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        Log(builder.Logging, program);

        TimeProvider clock = TimeProvider.System;
        if (settings.Feed == FeedKind.Recorded)
        {
            var dataClock = new DataClock();
            dataClock.AdvanceTo(settings.From ?? DateTimeOffset.UnixEpoch);
            builder.Services.AddSingleton(dataClock);
            clock = dataClock;
        }
        var version = typeof(TradingHost).Assembly.GetName().Version!.ToString(3);
        var journal = new TradeJournal(connectionString, new(program.Name, version), clock);
        var history = new PriceHistory(connectionString);
        await journal.PrepareAsync();
        await history.PrepareAsync(CancellationToken.None);

        builder.Services.AddSingleton(clock);
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton(options);
        // Registered through factories, so that the container disposes them.
        builder.Services.AddSingleton(_ => journal);
        builder.Services.AddSingleton(_ => history);
        builder.Services.AddSingleton(services => Secrets.Store(settings, TimeProvider.System, services.GetRequiredService<ILogger<AwsSecrets>>()));
        builder.Services.AddSingleton(_ => Stores.History(settings, history));
        builder.Services.AddSingleton<TradingMetrics>();
        builder.Services.AddSingleton<EarlyEnd>();
        builder.Services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            program.Register(new(builder.Services, bus, options));
            Carry(bus, settings);
        });
        builder.Services.AddHealthChecks().AddCheck("journal", new JournalCheck(journal), tags: ["ready"]);
        Measure(builder.Services, program.Name, version, settings);

        var app = builder.Build();
        if (app.Services.GetService<IOperatorControl>() is not null)
            app.MapControl();
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        app.MapHealthChecks("/health/ready", new HealthCheckOptions
        {
            Predicate = check => check.Tags.Contains("ready"),
            // Degraded is what the bus calls itself while an endpoint cannot receive: a service that hears nothing is not ready.
            ResultStatusCodes = { [HealthStatus.Degraded] = StatusCodes.Status503ServiceUnavailable },
        });
        return app;
    }

    // What is told before the program's own log is there: what takes long at a first start.
    private static void Notices(ILoggingBuilder logging)
    {
        logging.AddSimpleConsole(simple => simple.SingleLine = true);
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }

    // A background service that failed stops the host, which then ends as if nothing had happened.
    private static void ThrowIfFaulted(WebApplication app)
    {
        foreach (var service in app.Services.GetServices<IHostedService>().OfType<BackgroundService>())
        {
            if (service.ExecuteTask is { IsFaulted: true, Exception: var failure })
                ExceptionDispatchInfo.Throw(failure.InnerException ?? failure);
        }
    }

    private static void Log(ILoggingBuilder logging, TradingProgram program)
    {
        logging.ClearProviders();
        // The health pages are asked every few seconds.
        logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        // What fails at the start or in a background service ends the program, and Run says so.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        // Collectors of containers read lines of JSON; people read lines of words.
        if (Environment.GetEnvironmentVariable("DOTNET_RUNNING_IN_CONTAINER") == "true")
            logging.AddJsonConsole(json => json.UseUtcTimestamp = true);
        else
            logging.AddSimpleConsole(simple => (simple.SingleLine, simple.TimestampFormat, simple.UseUtcTimestamp) = (true, "HH:mm:ss ", true));
        if (!program.Interactive)
            return;
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        logging.SetMinimumLevel(LogLevel.Warning);
    }

    private static void Carry(IBusRegistrationConfigurator bus, TradingSettings settings)
    {
        if (settings.Transport == TransportKind.AmazonSqs)
            bus.UseAmazonSqs(new(settings.AwsRegion, settings.AwsServiceUrl, settings.Scope), Configure);
        else
        {
            bus.UsingInMemory((context, transport) =>
            {
                Configure(context, transport);
                transport.ConfigureEndpoints(context);
            });
        }

        void Configure(IBusRegistrationContext context, IBusFactoryConfigurator transport)
        {
            transport.UseConsumeFilter(typeof(PlausibilityFilter<>), context);
            // In a recorded run time comes with the messages, whichever process they reach.
            if (settings.Feed == FeedKind.Recorded)
                transport.UseConsumeFilter(typeof(DataClockFilter<>), context);
        }
    }

    private static void Measure(IServiceCollection services, string name, string version, TradingSettings settings)
    {
        // The standard variable works too; without either, nothing is collected and nothing costs time.
        if ((settings.OtlpEndpoint ?? Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT")) is not { Length: > 0 } endpoint)
            return;
        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(name, "trading", version))
            .WithTracing(traces => traces.AddSource(TradingMetrics.Name, "MassTransit", "Npgsql").AddOtlpExporter(otlp => otlp.Endpoint = new(endpoint)))
            .WithMetrics(metrics => metrics.AddMeter(TradingMetrics.Name, "MassTransit", "Npgsql", "System.Runtime").AddOtlpExporter(otlp => otlp.Endpoint = new(endpoint)));
    }

    private static void Announce(WebApplication app, TradingProgram program, TradingSettings settings, JournalServer server)
    {
        var feed = settings.Feed.ToString().ToLowerInvariant();
        var line = $"{program.Name}: profile {settings.Profile}, symbols {string.Join(',', settings.Symbols)}, feed {feed}, models {string.Join(',', settings.Models)}, "
            + $"exchange {settings.Exchange}, stores {string.Join(',', settings.PriceStores)} (history {SettingsReader.Dashed(settings.PriceHistory.ToString())}), transport {SettingsReader.Dashed(settings.Transport.ToString())}{(settings.Transport == TransportKind.AmazonSqs ? $" ({settings.AwsServiceUrl ?? settings.AwsRegion}, scope {settings.Scope})" : "")}, journal {server.Description}, health {string.Join(' ', app.Urls)}/health/ready";
        if (program.Interactive)
            Console.WriteLine(line);
        else
            app.Logger.LogInformation("{Start}", line);
    }

    private sealed class JournalCheck(TradeJournal journal) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            try
            {
                await using var command = journal.Database.CreateCommand("select 1");
                await command.ExecuteScalarAsync(cancellationToken);
                return HealthCheckResult.Healthy();
            }
            catch (NpgsqlException unreachable)
            {
                return HealthCheckResult.Unhealthy(unreachable.Message);
            }
        }
    }
}
