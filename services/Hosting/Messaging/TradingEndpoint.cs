using Trading.Contracts;
using Trading.Hosting.Settings;

namespace Trading.Hosting.Messaging;

/// <summary>A queue with the messages that its service handles and publishes.</summary>
/// <param name="Name">Name of the queue, without the scope.</param>
/// <param name="Consumes">The messages that its service handles.</param>
/// <param name="Publishes">The messages that its service publishes.</param>
public sealed record TradingEndpoint(string Name, IReadOnlyList<Type> Consumes, IReadOnlyList<Type> Publishes)
{
    /// <summary>Predictor's queue.</summary>
    public static readonly TradingEndpoint Predictor = new("predictor", [typeof(PriceObserved)], [typeof(PredictionMade)]);

    /// <summary>RiskManager's queue.</summary>
    public static readonly TradingEndpoint RiskManager = new("risk-manager",
        [typeof(PriceObserved), typeof(PredictionMade)], [typeof(RiskAssessed)]);

    /// <summary>Executor's queue.</summary>
    public static readonly TradingEndpoint Executor = new("executor", [typeof(RiskAssessed)], [typeof(TradeExecuted)]);

    /// <summary>The queue of decisions for the PriceCollector; only in recorded runs.</summary>
    public static readonly TradingEndpoint Decisions = new("price-collector-decisions",
        [typeof(RiskAssessed), typeof(TradeExecuted)], [typeof(PriceObserved)]);

    /// <summary>The queue of alerts about trades; used when Trading:Alerts is not empty.</summary>
    public static readonly TradingEndpoint Alerts = new("alerts", [typeof(TradeExecuted)], []);

    /// <summary>The queue of ended trades for the trade history table; used when Trading:TradeStores names it.</summary>
    public static readonly TradingEndpoint TradeTable = new("trade-table", [typeof(TradeExecuted)], []);

    /// <summary>The queues that these settings need.</summary>
    public static IReadOnlyList<TradingEndpoint> Of(TradingSettings settings) =>
        [.. All.Where(endpoint => endpoint != Alerts || settings.Alerts.Count > 0),
            .. settings.TradeStores.Count > 0 ? [TradeTable] : Array.Empty<TradingEndpoint>()];

    /// <summary>The queues of the services themselves, under the settings of the local profile.</summary>
    public static IReadOnlyList<TradingEndpoint> All { get; } = [Predictor, RiskManager, Executor, Alerts, Decisions];

    /// <summary>Name of the queue in a scope.</summary>
    public string QueueName(string scope) => $"{scope}-{Name}";
}
