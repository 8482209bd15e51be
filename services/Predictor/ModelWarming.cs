using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Background;
using Trading.Services.Models;

namespace Trading.Services;

/// <summary>
/// Calls every remote model once at the start with simulated prices. So Bedrock compiles its schema and endpoints wake up before the first
/// decision, and a retired model, a wrong key or a missing permission is logged at once.
/// </summary>
public sealed partial class ModelWarming(IReadOnlyList<IForecaster> forecasters, Supervision supervision, TimeProvider clock,
    ILogger<ModelWarming> log)
    : BackgroundWork("model-warming", supervision, log)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <inheritdoc/>
    protected override TimeSpan? Interval => null;

    /// <inheritdoc/>
    protected override Task StepAsync(CancellationToken stopping) =>
        Task.WhenAll(forecasters.Where(forecaster => forecaster.Remote).Select(forecaster => WarmAsync(forecaster, stopping)));

    private async Task WarmAsync(IForecaster forecaster, CancellationToken stopping)
    {
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

    /// <summary>A question with simulated prices.</summary>
    internal static ForecastQuestion MadeUp(DateTimeOffset now)
    {
        const int Minutes = 100;
        var newest = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds() / 60 * 60);
        var window = new PriceWindow(new(60, 60));
        for (var back = Minutes - 1; back >= 0; back--)
            window.Add(newest.AddMinutes(-back).ToUnixTimeSeconds(), 100 + back % 7 * 0.1m);
        const string Symbol = "TEST-USD";
        var price = new PriceObserved(
            DerivedId.Price(Symbol, 60, newest), Symbol, newest, 60, now, (decimal)window.NewestPrice, "USD", null, null, null,
            Simulated: true, new(60, 1, 1, ["USD"]), [], []);
        return new(price, window.Summarize(), window.Prices(), 3600, now.AddMinutes(10));
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Model} answers ({Seconds:0.0} s)")]
    private static partial void Warm(ILogger log, string model, double seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Model} does not answer: {Reason}")]
    private static partial void Cold(ILogger log, string model, string reason);
}
