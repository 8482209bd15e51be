using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Trading.Hosting.Settings;

namespace Trading.Hosting.Alerts;

/// <summary>Alerts as lines of the log: trades as information, everything else as warnings.</summary>
public sealed class LogAlerts(ILogger<LogAlerts> log) : IAlertChannel
{
    /// <inheritdoc/>
    public string Channel => "log";

    /// <inheritdoc/>
    public Task SendAsync(TradeAlert alert, CancellationToken cancellation)
    {
        log.Log(alert.Kind == AlertKind.Trade ? LogLevel.Information : LogLevel.Warning, "{Subject}: {Text}", alert.Subject,
            alert.Text.ReplaceLineEndings(", "));
        return Task.CompletedTask;
    }
}

/// <summary>Makes the channel to the log.</summary>
internal sealed class LogAlertsMaker : IAlertMaker
{
    /// <inheritdoc/>
    public string Name => "log";

    /// <inheritdoc/>
    public IEnumerable<Func<IServiceProvider, IAlertChannel>> Channels(TradingSettings settings) =>
        [services => ActivatorUtilities.CreateInstance<LogAlerts>(services)];
}
