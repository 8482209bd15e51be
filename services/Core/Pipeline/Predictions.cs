using Trading.Contracts;

namespace Trading.Core;

/// <summary>When a decision is due, and the prediction that it is made on. The services, backtests and replay call these.</summary>
public static class Predictions
{
    /// <summary>Whether a decision is due at a price: at those that lie on the decision interval.</summary>
    public static bool DecisionDue(PriceObserved price, int decisionIntervalSeconds) =>
        price.IntervalStart.ToUnixTimeSeconds() % decisionIntervalSeconds == 0;

    /// <summary>Makes the prediction from what the models said about a window.</summary>
    public static PredictionMade Predict(
        PriceObserved price, PriceWindow window, IReadOnlyList<ModelOutput> outputs, PipelineRules rules, DateTimeOffset now,
        IReadOnlyList<ModelWeight>? weights = null) =>
        Predict(price, window.Summarize(rules.DecisionIntervalSeconds), outputs, rules, now, weights);

    /// <summary>Makes the prediction from what the models said about a window, of which only the summary is left.</summary>
    public static PredictionMade Predict(
        PriceObserved price, WindowSummary window, IReadOnlyList<ModelOutput> outputs, PipelineRules rules, DateTimeOffset now,
        IReadOnlyList<ModelWeight>? weights = null) => new(
            DerivedId.Prediction(price.PriceId),
            price,
            window,
            outputs,
            Ensemble.Combine(outputs, price.Price, weights),
            rules.HorizonSeconds,
            now,
            price.IntervalStart.AddSeconds(rules.ExpirySeconds),
            weights);
}
