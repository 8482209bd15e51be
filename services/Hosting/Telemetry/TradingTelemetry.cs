using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Trading.Hosting.Settings;

namespace Trading.Hosting.Telemetry;

/// <summary>Logs, traces and metrics of a program.</summary>
internal static class TradingTelemetry
{
    /// <summary>The log before the program's own log exists: notices about slow steps of a first start.</summary>
    public static void AddNotices(this ILoggingBuilder logging)
    {
        logging.AddPlainConsole();
        logging.DropWhatDoesNotFit();
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }

    /// <summary>The program's log.</summary>
    /// <param name="logging">What is configured.</param>
    /// <param name="interactive">Whether only warnings are logged, to standard error.</param>
    public static void AddProgramLog(this ILoggingBuilder logging, bool interactive)
    {
        logging.ClearProviders();
        // The health pages are requested every few seconds.
        logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        // A failure at the start or in a background service ends the program, and TradingHost.Run reports it.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        // Log collectors of containers read JSON; people read plain lines.
        if (Environment.GetEnvironmentVariable("DOTNET_RUNNING_IN_CONTAINER") == "true")
            logging.AddJsonConsole(json => json.UseUtcTimestamp = true);
        else
        {
            logging.AddPlainConsole();
            // What the libraries tell of themselves at the start is no news to a person.
            logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);
            logging.AddFilter("MassTransit", LogLevel.Warning);
        }
        logging.DropWhatDoesNotFit();
        if (!interactive)
            return;
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        logging.SetMinimumLevel(LogLevel.Warning);
    }

    private static void AddPlainConsole(this ILoggingBuilder logging) => logging
        .AddConsoleFormatter<PlainLog, ConsoleFormatterOptions>().AddConsole(console => console.FormatterName = PlainLog.FormatterName);

    // A terminal that was stopped, or a pipe that nobody reads, must not stop who logs, and so trading. It counts what it drops.
    private static void DropWhatDoesNotFit(this ILoggingBuilder logging) => logging.Services.Configure<ConsoleLoggerOptions>(
        console => console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite);

    /// <summary>Where Prometheus reads the metrics.</summary>
    public const string MetricsPath = "/metrics";

    // Prices, models and orders take milliseconds to seconds; the default boundaries are made for milliseconds.
    private static readonly double[] SecondsBoundaries =
        [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    /// <summary>Collects metrics for Prometheus; exports traces and metrics over OTLP too, when an endpoint is set.</summary>
    /// <param name="services">The container.</param>
    /// <param name="name">Name of the program.</param>
    /// <param name="version">Its version.</param>
    /// <param name="settings">Names the endpoint, and whether there are pages at all.</param>
    public static void AddTelemetry(this IServiceCollection services, string name, string version, TradingSettings settings)
    {
        // The standard variable works too.
        var endpoint = settings.OtlpEndpoint ?? Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT");
        var exports = !string.IsNullOrEmpty(endpoint);
        // Without pages and without an endpoint nobody reads what would be collected.
        if (!exports && settings.HttpPort == 0)
            return;
        var telemetry = services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService(name, "trading", version));
        telemetry.WithMetrics(metrics =>
        {
            metrics.AddMeter(TradingMetrics.Name, "MassTransit", "Npgsql", "System.Runtime");
            metrics.AddView(InSeconds);
            if (settings.HttpPort != 0)
                metrics.AddPrometheusExporter(prometheus => prometheus.ScrapeEndpointPath = MetricsPath);
            if (exports)
                metrics.AddOtlpExporter(otlp => otlp.Endpoint = new(endpoint!));
        });
        if (exports)
        {
            telemetry.WithTracing(traces => traces
                .AddSource(TradingMetrics.Name, "MassTransit", "Npgsql", "System.Net.Http")
                .AddOtlpExporter(otlp => otlp.Endpoint = new(endpoint!)));
        }
    }

    private static ExplicitBucketHistogramConfiguration? InSeconds(Instrument instrument) =>
        instrument is Histogram<double> { Unit: "s" }
            ? new() { Boundaries = SecondsBoundaries } : null;
}
