using MassTransit;
using Trading.Aws;
using Trading.Core;
using Trading.Hosting;
using Trading.Hosting.Alerts;
using Trading.Hosting.Audit;
using Trading.Hosting.Control;
using Trading.Hosting.Messaging;
using Trading.Hosting.Sealing;
using Trading.Hosting.Settings;
using Trading.Services.Exchanges;

namespace Trading.Services;

/// <summary>The service that executes approved orders.</summary>
public static class ExecutorProgram
{
    /// <summary>The service on its own.</summary>
    public static TradingProgram Program { get; } = new("executor", "Executes approved orders.", trading => trading.AddExecutor())
    {
        Decides = true,
        Prepare = (settings, _) =>
        {
            CheckSealKey(settings);
            return Task.FromResult(settings);
        },
    };

    /// <summary>Checks the sealing key that the settings name, before anything starts.</summary>
    /// <exception cref="StartException">There is no key, or it cannot be used.</exception>
    public static void CheckSealKey(TradingSettings settings)
    {
        if (SealKeys.Violation(settings) is { } violation)
            throw new StartException(violation);
    }

    /// <summary>Registers the service.</summary>
    public static void AddExecutor(this TradingServices trading)
    {
        trading.Services.AddSingleton<ExchangeKeys>();
        trading.Services.AddSingleton(ExchangeChoice.Of);
        trading.Services.AddSingleton<ProductCache>();
        trading.Services.AddSingleton<JournalLife>();
        trading.Services.AddSingleton<FeeValues>();
        trading.Services.AddSingleton<ComparisonRequests>();
        trading.Services.AddSingleton<OrderAges>();
        trading.Services.AddSingleton<TradeExecution>();
        trading.Services.AddHostedService<ExchangeStart>();
        trading.Services.AddHostedService<OpenOrders>();
        if (trading.Settings.Exchange != PaperFill.Exchange)
            trading.Services.AddHostedService<Reconciliation>();
        if (trading.Settings.SealIntervalSeconds > 0)
            trading.Services.AddHostedService<JournalSealing>();
        if (trading.Settings is { SealIntervalSeconds: > 0, AuditCheckHours: > 0, Feed: not FeedKind.Recorded })
            trading.Services.AddHostedService<AuditSchedule>();
        trading.AddControl();
        trading.AddAlerts();
        trading.Bus.AddConsumer<Executor, ExecutorDefinition>();
        if (trading.Settings.TradeStores.Count == 0)
            return;
        trading.Services.AddSingleton(_ => new DynamoDbTrades(new(trading.Settings.AwsRegion, trading.Settings.DynamoDbUrl),
            trading.Settings.DynamoDbTradeTable, trading.Settings.CreateStores));
        trading.Bus.AddConsumer<TradeTable, TradeTableDefinition>();
    }

    private sealed class TradeTableDefinition(TradingSettings settings)
        : TradingConsumerDefinition<TradeTable>(TradingEndpoint.TradeTable, settings);

    private sealed class ExecutorDefinition(TradingSettings settings)
        : TradingConsumerDefinition<Executor>(TradingEndpoint.Executor, settings);
}
