using Trading.Contracts;

namespace Trading.Core;

/// <summary>The model that follows <see cref="MovingAverageRule"/>. It expects half of the momentum to continue.</summary>
public static class TechnicalModel
{
    /// <summary>Name of the model in settings and records.</summary>
    public const string Name = "technical";

    /// <summary>Signals without information that the rule's own record has to outweigh.</summary>
    public const int NeutralSignals = 20;

    /// <summary>
    /// The rule's own record over the window, shrunk towards 0.5: (hits + N/2) / (signals + N) with N = <see cref="NeutralSignals"/>, the
    /// mean of a beta distribution that starts from N signals of which half came true. Without any signal it is 0.5; with many it nears the
    /// hit rate.
    /// </summary>
    public static double Confidence(int hits, int signals) => (hits + NeutralSignals / 2.0) / (signals + NeutralSignals);

    /// <summary>
    /// The rule applied to a window; null while the window holds fewer than <see cref="MovingAverageRule.LeastPrices"/> prices.
    /// </summary>
    public static Forecast? Predict(PriceWindow window) => window.Count < MovingAverageRule.LeastPrices ? null
        : Predict(window.NewestPrice, window.Rule, window.Rule == Direction.Stable ? 0 : window.Momentum10,
            window.RuleHits, window.RuleSignals);

    /// <summary>The model's answer as it is recorded, with the reason when there is none.</summary>
    public static ModelOutput Output(PriceWindow window) =>
        Predict(window)?.ToOutput(Name) ?? TooFew(window.Count);

    /// <summary>The same answer, from a window's record and the price that it ends with.</summary>
    public static ModelOutput Output(WindowSummary window, decimal price) =>
        window is not { Sma20: { } sma20, Sma50: { } sma50, Momentum10: { } momentum } || window.Count < MovingAverageRule.LeastPrices
        ? TooFew(window.Count)
        : Predict(PriceWindow.InUnits(price), MovingAverageRule.Of(sma20, sma50, momentum), momentum, window.RuleHits, window.RuleSignals)
            .ToOutput(Name);

    private static Forecast Predict(double price, Direction direction, double momentum10, int hits, int signals) =>
        new(direction == Direction.Stable ? price : price * (1 + momentum10 * 0.5), direction, Confidence(hits, signals));

    private static ModelOutput TooFew(int prices) => new(Name, null, null, null, WarmingUp.Reason(MovingAverageRule.LeastPrices, prices));
}
