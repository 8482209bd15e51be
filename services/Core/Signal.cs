using Trading.Contracts;

namespace Trading.Core;

/// <summary>What a strategy asks for. The default asks for nothing.</summary>
/// <param name="Action">Buy, sell or hold.</param>
/// <param name="Confidence">0 to 1; the limits may ask for a least one, and size orders by it.</param>
/// <param name="Type">Market, limit or stop.</param>
/// <param name="Price">The limit, or the price that sets the stop off; without meaning for a market order.</param>
public readonly record struct Signal(TradeAction Action, double Confidence = 1, OrderType Type = OrderType.Market, decimal Price = 0)
{
    /// <summary>As it is recorded.</summary>
    /// <param name="strategy">Name of the strategy.</param>
    public StrategySignal Record(string strategy) => new(strategy, Action, Action == TradeAction.Hold ? 0 : Confidence, Type, Type == OrderType.Market ? null : Price);
}

/// <summary>When a prediction asks for a trade.</summary>
/// <param name="ThresholdPercent">Least predicted move in percent, without the sign; above 0.</param>
/// <param name="Confidence">A buy needs more confidence than this, 0 to 1. A sale does not: leaving asks for less than entering.</param>
public sealed record SignalThresholds(double ThresholdPercent, double Confidence)
{
    /// <summary>Buy, sell or hold.</summary>
    public TradeAction Of(EnsemblePrediction? prediction) =>
        prediction is null ? TradeAction.Hold : Of(prediction.PredictedMovePercent, prediction.Confidence);

    /// <summary>Buy, sell or hold: what another strategy asks for where one decides, else what the ensemble does.</summary>
    public TradeAction AskedBy(PredictionMade prediction) => prediction.Strategy?.Action ?? Of(prediction.Ensemble);

    /// <summary>The confidence of whoever decides, 0 to 1.</summary>
    public static double ConfidenceIn(PredictionMade prediction) => prediction.Strategy?.Confidence ?? prediction.Ensemble?.Confidence ?? 0;

    /// <summary>Buy, sell or hold.</summary>
    /// <param name="predictedMovePercent">The move that the models together expect, in percent.</param>
    /// <param name="confidence">Their confidence, 0 to 1.</param>
    public TradeAction Of(double predictedMovePercent, double confidence) =>
        predictedMovePercent > ThresholdPercent && confidence > Confidence ? TradeAction.Buy
        : predictedMovePercent < -ThresholdPercent ? TradeAction.Sell
        : TradeAction.Hold;
}
