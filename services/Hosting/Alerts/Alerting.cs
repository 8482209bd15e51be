using System.Text.Json;
using System.Text.Json.Serialization;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Trading.Contracts;
using Trading.Journal;

namespace Trading.Hosting;

/// <summary>Alerts: raised once, claimed before they are sent, tried again after written intervals, shown when they could not be delivered. Nothing here stops trading.</summary>
public static class Alerting
{
    /// <summary>Registers alerts in a program: a consumer of trades on a queue of its own, the sender, and the watch that one replica keeps.</summary>
    public static void AddAlerts(this TradingServices trading)
    {
        if (trading.Settings.Alerts.Count == 0)
            return;
        foreach (var create in Channels(trading.Settings))
            trading.Services.AddSingleton(create);
        trading.Services.AddSingleton(services => new AlertClaims(services.GetRequiredService<TradeJournal>().Database));
        trading.Services.AddSingleton<AlertBook>();
        trading.Services.AddHostedService<AlertSending>();
        trading.Services.AddHostedService<AlertWatch>();
        trading.Bus.AddConsumer<TradeAlerting, TradeAlertingDefinition>();
    }

    private static IEnumerable<Func<IServiceProvider, ITradeAlerts>> Channels(TradingSettings settings)
    {
        var timeout = TimeSpan.FromSeconds(settings.AlertTimeoutSeconds);
        if (settings.Alerts.Contains("log"))
            yield return services => ActivatorUtilities.CreateInstance<LogAlerts>(services);
        if (settings.Alerts.Contains("sns"))
            yield return _ => new SnsAlerts(new(settings.AwsRegion, settings.AwsServiceUrl, settings.AlertTopic ?? $"{settings.Scope}-trade-alerts", timeout));
        foreach (var (template, secret) in settings.AlertWebhooks.Select(webhook => webhook.Split('=', 2)).Select(parts => (parts[0], parts[1])))
            yield return services => new WebhookAlerts(template, secret, services.GetRequiredService<ISecretStore>(), timeout);
    }

    private sealed class TradeAlertingDefinition(TradingSettings settings) : TradingConsumerDefinition<TradeAlerting>(TradingEndpoint.Alerts, settings);
}

/// <summary>Raises an alert for each trade that ended.</summary>
public sealed class TradeAlerting(AlertBook alerts) : IConsumer<TradeExecuted>
{
    /// <inheritdoc/>
    public Task Consume(ConsumeContext<TradeExecuted> context) => alerts.RaiseAsync(TradeAlert.Of(context.Message), context.CancellationToken);
}

/// <summary>Where alerts are raised: noted in the journal's database for each channel, once, and sent from there.</summary>
public sealed class AlertBook(AlertClaims claims, IEnumerable<ITradeAlerts> channels, ILogger<AlertBook> log) : IDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    private readonly List<string> _channels = [.. channels.Select(channel => channel.Channel)];
    private readonly SemaphoreSlim _new = new(0);

    /// <summary>Raises an alert; nothing when it was raised before, by whomever.</summary>
    public async Task RaiseAsync(TradeAlert alert, CancellationToken cancellation)
    {
        if (!await claims.RaiseAsync(alert.Key, JsonSerializer.Serialize(alert, Json), _channels, cancellation))
            return;
        log.LogDebug("Raised {Key}", alert.Key);
        _new.Release();
    }

    /// <summary>Waits until an alert is raised in this process, or for a while.</summary>
    public Task<bool> AnyAsync(TimeSpan most, CancellationToken cancellation) => _new.WaitAsync(most, cancellation);

    /// <inheritdoc/>
    public void Dispose() => _new.Dispose();

    /// <summary>An alert as it was raised.</summary>
    public static TradeAlert Read(string payload) => JsonSerializer.Deserialize<TradeAlert>(payload, Json)!;
}
