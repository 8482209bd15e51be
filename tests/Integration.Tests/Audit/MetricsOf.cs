using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Trading.Hosting.Telemetry;

namespace Trading.Integration.Tests.Audit;

/// <summary>The metrics of one sealer, read.</summary>
internal sealed class MetricsOf : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, long> _last = [];

    public MetricsOf()
    {
        var meters = _services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, all) =>
        {
            if (instrument.Meter.Scope == meters)
                all.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => _last[instrument.Name] = value);
        _listener.SetMeasurementEventCallback<long>((instrument, value, _, _) =>
            _last.AddOrUpdate(instrument.Name, value, (_, before) => before + value));
        Metrics = new(meters);
        _listener.Start();
    }

    public TradingMetrics Metrics { get; }

    public long Last(string name) => _last[name];

    public void Dispose()
    {
        _listener.Dispose();
        _services.Dispose();
    }
}
