namespace Trading.Core;

/// <summary>How predictions are made and filled, besides the account's limits.</summary>
/// <param name="Window">What the price window keeps.</param>
/// <param name="DecisionIntervalSeconds">Seconds between decisions; a multiple of the window's interval.</param>
/// <param name="ExpirySeconds">How long after its price's interval start a prediction may be traded on.</param>
/// <param name="Costs">What trading on paper costs.</param>
/// <param name="Weighting">How much each model counts.</param>
public sealed record PipelineRules(
    WindowRules Window, int DecisionIntervalSeconds, int ExpirySeconds, PaperCosts Costs,
    EnsembleWeighting Weighting = EnsembleWeighting.Confidence)
{
    /// <summary>Seconds from a price to the time that is predicted.</summary>
    public int HorizonSeconds => Window.HorizonSteps * Window.IntervalSeconds;

    /// <summary>Empty records of a number of models under these rules; null where only confidence decides.</summary>
    public TrackRecords? NewTrackRecords(int models) =>
        Weighting == EnsembleWeighting.TrackRecord ? new(models, Window.IntervalSeconds, DecisionIntervalSeconds, HorizonSeconds) : null;
}
