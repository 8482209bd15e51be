using Trading.Contracts;

namespace Trading.Core;

/// <summary>When a prediction asks for a trade.</summary>
/// <param name="ThresholdPercent">Least predicted move in percent, without the sign; above 0.</param>
/// <param name="Confidence">A buy needs more confidence than this, 0 to 1. A sale does not: leaving asks for less than entering.</param>
public sealed record SignalThresholds(double ThresholdPercent, double Confidence)
{
    /// <summary>Buy, sell or hold.</summary>
    public TradeAction Of(EnsemblePrediction? prediction) =>
        prediction is null ? TradeAction.Hold
        : prediction.PredictedMovePercent > ThresholdPercent && prediction.Confidence > Confidence ? TradeAction.Buy
        : prediction.PredictedMovePercent < -ThresholdPercent ? TradeAction.Sell
        : TradeAction.Hold;
}
