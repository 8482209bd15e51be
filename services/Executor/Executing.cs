using MassTransit;
using Trading.Hosting;

namespace Trading.Services;

/// <summary>The service that executes approved orders.</summary>
public static class Executing
{
    /// <summary>The service on its own.</summary>
    public static TradingProgram Program { get; } = new("executor", "Executes approved orders.", trading => trading.AddExecutor());

    /// <summary>Registers the service.</summary>
    public static void AddExecutor(this TradingServices trading)
    {
        trading.Services.AddSingleton<PaperExchange>();
        trading.Services.AddSingleton<TradeExecution>();
        trading.Services.AddHostedService<OpenOrders>();
        if (trading.Settings.SealIntervalSeconds > 0)
            trading.Services.AddHostedService<Sealing>();
        trading.Bus.AddConsumer<Executor, ExecutorDefinition>();
    }

    private sealed class ExecutorDefinition(TradingSettings settings) : TradingConsumerDefinition<Executor>(TradingEndpoint.Executor, settings);
}
