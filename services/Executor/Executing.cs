using MassTransit;
using Trading.Aws;
using Trading.Core;
using Trading.Hosting;
using Trading.Services.Exchanges;

namespace Trading.Services;

/// <summary>The service that executes approved orders.</summary>
public static class Executing
{
    /// <summary>The service on its own.</summary>
    public static TradingProgram Program { get; } = new("executor", "Executes approved orders.", trading => trading.AddExecutor());

    /// <summary>Registers the service.</summary>
    public static void AddExecutor(this TradingServices trading)
    {
        trading.Services.AddSingleton<ExchangeKeys>();
        trading.Services.AddSingleton(Exchange);
        trading.Services.AddSingleton<Products>();
        trading.Services.AddSingleton<FeeValues>();
        trading.Services.AddSingleton<TradeExecution>();
        trading.Services.AddHostedService<ExchangeStart>();
        trading.Services.AddHostedService<OpenOrders>();
        if (trading.Settings.Exchange != PaperFill.Exchange)
            trading.Services.AddHostedService<Reconciliation>();
        if (trading.Settings.SealIntervalSeconds > 0)
            trading.Services.AddHostedService<Sealing>();
        trading.AddControl();
        trading.AddAlerts();
        trading.Bus.AddConsumer<Executor, ExecutorDefinition>();
        if (trading.Settings.TradeStores.Count == 0)
            return;
        trading.Services.AddSingleton(_ => new DynamoDbTrades(new(trading.Settings.AwsRegion, trading.Settings.DynamoDbUrl), trading.Settings.DynamoDbTradeTable, trading.Settings.CreateStores));
        trading.Bus.AddConsumer<TradeTable, TradeTableDefinition>();
    }

    private static IExchange Exchange(IServiceProvider services)
    {
        var settings = services.GetRequiredService<TradingSettings>();
        var keys = services.GetRequiredService<ExchangeKeys>();
        var options = new ExchangeOptions(
            settings.ExchangeUrl is { } url ? new(url) : null, settings.ExchangeTestNetwork, TimeSpan.FromSeconds(settings.ExchangeTimeoutSeconds),
            TimeSpan.FromMilliseconds(settings.ExchangeReceiveWindowMilliseconds), settings.UsdOnExchange());
        return settings.Exchange switch
        {
            BinanceSpot.ExchangeName => new BinanceSpot(keys.BinanceAsync, options, services.GetRequiredService<TimeProvider>()),
            CoinbaseAdvanced.ExchangeName => new CoinbaseAdvanced(keys.CoinbaseAsync, options, services.GetRequiredService<TimeProvider>()),
            _ => ActivatorUtilities.CreateInstance<PaperExchange>(services),
        };
    }

    private sealed class TradeTableDefinition(TradingSettings settings) : TradingConsumerDefinition<TradeTable>(TradingEndpoint.TradeTable, settings);

    private sealed class ExecutorDefinition(TradingSettings settings) : TradingConsumerDefinition<Executor>(TradingEndpoint.Executor, settings);
}
