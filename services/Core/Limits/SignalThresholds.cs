using Trading.Contracts;

namespace Trading.Core;

/// <summary>When a prediction asks for a trade.</summary>
/// <param name="ThresholdPercent">Least predicted move in percent, without the sign; above 0.</param>
/// <param name="Confidence">
/// A buy needs more confidence than this, 0 to 1. A sale does not: closing a position needs less confidence than opening one.
/// </param>
public sealed record SignalThresholds(double ThresholdPercent, double Confidence)
{
    /// <summary>Buy, sell or hold.</summary>
    public TradeAction Of(EnsemblePrediction? prediction) =>
        prediction is null ? TradeAction.Hold : Of(prediction.PredictedMovePercent, prediction.Confidence);

    /// <summary>Buy, sell or hold: what the other strategy asks for where one decides, else what the ensemble asks for.</summary>
    public TradeAction AskedBy(PredictionMade prediction) => prediction.Strategy?.Action ?? Of(prediction.Ensemble);

    /// <summary>The confidence of the strategy or the ensemble, whichever decides, 0 to 1.</summary>
    public static double ConfidenceIn(PredictionMade prediction) => prediction.Strategy?.Confidence ?? prediction.Ensemble?.Confidence ?? 0;

    /// <summary>Buy, sell or hold.</summary>
    /// <param name="predictedMovePercent">The move that the models together expect, in percent.</param>
    /// <param name="confidence">Their confidence, 0 to 1.</param>
    public TradeAction Of(double predictedMovePercent, double confidence) =>
        predictedMovePercent > ThresholdPercent && confidence > Confidence ? TradeAction.Buy
        : predictedMovePercent < -ThresholdPercent ? TradeAction.Sell
        : TradeAction.Hold;
}
