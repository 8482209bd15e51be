using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Trading.Hosting.Messaging;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.Journal.Tables;

namespace Trading.Hosting.Alerts;

/// <summary>
/// Registers alerts. An alert is raised once, claimed before it is sent, retried after fixed intervals, and shown when it could not be
/// delivered. Alerts never stop trading.
/// </summary>
public static class AlertRegistration
{
    /// <summary>
    /// Adds to a program: the consumer of trades with its own queue, the sender, and the watch, which runs in one replica.
    /// </summary>
    public static void AddAlerts(this TradingServices trading)
    {
        if (trading.Settings.Alerts.Count == 0)
            return;
        foreach (var name in TradingSettings.KnownAlerts.Where(trading.Settings.Alerts.Contains))
            foreach (var create in Named.Find<IAlertMaker>(name).Channels(trading.Settings))
                trading.Services.AddSingleton(create);
        trading.Services.AddSingleton(services => new AlertClaims(services.GetRequiredService<TradeJournal>().Database));
        trading.Services.AddSingleton<AlertBook>();
        trading.Services.AddHostedService<AlertSending>();
        trading.Services.AddHostedService<AlertWatch>();
        trading.Bus.AddConsumer<TradeAlerting, TradeAlertingDefinition>();
    }

    private sealed class TradeAlertingDefinition(TradingSettings settings)
        : TradingConsumerDefinition<TradeAlerting>(TradingEndpoint.Alerts, settings);
}
