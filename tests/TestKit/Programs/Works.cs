using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Trading.Hosting.Background;
using Trading.Hosting.Telemetry;

namespace Trading.TestKit.Programs;

/// <summary>Supervision of background work outside of a whole program.</summary>
internal static class Works
{
    // Lives as long as the test program, as its meters do.
    private static readonly ServiceProvider Meters = new ServiceCollection().AddMetrics().BuildServiceProvider();

    public static TradingMetrics Metrics() => new(Meters.GetRequiredService<IMeterFactory>());

    public static Supervision Supervised(TimeProvider? time = null) => new(Metrics(), time ?? TimeProvider.System);
}
