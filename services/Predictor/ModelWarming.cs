using Trading.Contracts;
using Trading.Core;

namespace Trading.Services;

/// <summary>
/// Asks every remote model once at the start, about made-up prices: a schema that Bedrock compiles for minutes and an endpoint that wakes up for one do it now and not in the first decision, and a
/// model that was retired, a wrong key or a missing permission is told at once.
/// </summary>
public sealed partial class ModelWarming(IReadOnlyList<IForecaster> forecasters, TimeProvider clock, ILogger<ModelWarming> log) : BackgroundService
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(forecasters.Where(forecaster => forecaster.Remote).Select(forecaster => WarmAsync(forecaster, stoppingToken)));

    private async Task WarmAsync(IForecaster forecaster, CancellationToken stopping)
    {
        // Before the first wait: a host waits for what its background services do until then.
        await Task.Yield();
        using var patience = new CancellationTokenSource(Patience, clock);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stopping);
        var started = clock.GetTimestamp();
        var output = await forecaster.ForecastAsync(MadeUp(clock.GetUtcNow()), linked.Token);
        if (stopping.IsCancellationRequested)
            return;
        if (output.Abstained is { } reason)
            Cold(log, forecaster.Name, reason);
        else
            Warm(log, forecaster.Name, clock.GetElapsedTime(started).TotalSeconds);
    }

    /// <summary>A question whose answer nobody needs.</summary>
    internal static ForecastQuestion MadeUp(DateTimeOffset now)
    {
        const int Minutes = 100;
        var newest = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds() / 60 * 60);
        var window = new PriceWindow(new(60, 60));
        for (var back = Minutes - 1; back >= 0; back--)
            window.Add(newest.AddMinutes(-back).ToUnixTimeSeconds(), 100 + back % 7 * 0.1m);
        const string Symbol = "TEST-USD";
        var price = new PriceObserved(
            DerivedId.Price(Symbol, 60, newest), Symbol, newest, 60, now, (decimal)window.NewestPrice, "USD", null, null, null, Simulated: true, new(60, 1, 1, ["USD"]), [], []);
        return new(price, window.Summarize(), window.Prices(), 3600, now.AddMinutes(10));
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Model} answers ({Seconds:0.0} s)")]
    private static partial void Warm(ILogger log, string model, double seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Model} does not answer: {Reason}")]
    private static partial void Cold(ILogger log, string model, string reason);
}
