using MassTransit;
using Trading.Hosting;
using Trading.Hosting.Audit;
using Trading.Hosting.Control;
using Trading.Hosting.Messaging;
using Trading.Hosting.Settings;

namespace Trading.Services;

/// <summary>The service that decides on predictions.</summary>
public static class RiskManagerProgram
{
    /// <summary>The service on its own.</summary>
    public static TradingProgram Program { get; } = new("risk-manager", "Decides on predictions within the limits.",
        trading => trading.AddRiskManager())
    { Decides = true };

    /// <summary>Registers the service.</summary>
    public static void AddRiskManager(this TradingServices trading)
    {
        trading.Services.AddSingleton<BelievedPrices>();
        if (trading.Settings.AccountCheckSeconds > 0)
            trading.Services.AddHostedService<AccountGuard>();
        trading.Services.AddSingleton<TradingAccount>();
        trading.Services.AddHostedService(services => services.GetRequiredService<TradingAccount>());
        trading.AddControl();
        trading.Bus.AddConsumer<RiskManager, RiskManagerDefinition>();
    }

    private sealed class RiskManagerDefinition(TradingSettings settings)
        : TradingConsumerDefinition<RiskManager>(TradingEndpoint.RiskManager, settings);
}
