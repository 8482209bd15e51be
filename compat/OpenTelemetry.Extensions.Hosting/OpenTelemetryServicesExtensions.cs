using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Telemetry for a host.</summary>
public static class OpenTelemetryServicesExtensions
{
    /// <summary>
    /// Starts what is configured on the result when the host starts, before every other hosted service. The container stops and flushes
    /// it. May be called several times: the configurations add up.
    /// </summary>
    public static OpenTelemetryBuilder AddOpenTelemetry(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (!services.Any(x => x.ImplementationType == typeof(TelemetryHostedService)))
            services.Insert(0, ServiceDescriptor.Singleton<IHostedService, TelemetryHostedService>());
        return new(services);
    }

    private sealed class TelemetryHostedService(IServiceProvider provider) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            // A provider listens from the moment it is created, and is registered only where it was asked for.
            provider.GetService<MeterProvider>();
            provider.GetService<TracerProvider>();
            provider.GetService<LoggerProvider>();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
