namespace Trading.Core.Strategies;

/// <summary>What becomes of a strategy's signals where decisions are rarer than prices.</summary>
public enum SignalTiming
{
    /// <summary>The newest signal since the last decision waits for the next one.</summary>
    Pending,

    /// <summary>The strategy is given bars of the decision interval, made of the prices, and so speaks only when it can be heard.</summary>
    DecisionBars,
}

/// <summary>A strategy between whose bars and decisions no signal is lost.</summary>
public static class HeardSignals
{
    /// <summary>The strategy as decisions hear it; itself where there is a decision at every bar.</summary>
    /// <param name="strategy">The strategy.</param>
    /// <param name="timing">What becomes of signals between two decisions.</param>
    /// <param name="intervalSeconds">Seconds of a bar.</param>
    /// <param name="decisionIntervalSeconds">Seconds from decision to decision; a multiple of a bar's.</param>
    public static ITradingStrategy Of(
        ITradingStrategy strategy, SignalTiming timing, int intervalSeconds, int decisionIntervalSeconds) =>
        // A share to hold is asked for again at each decision: none is lost.
        decisionIntervalSeconds <= intervalSeconds || strategy.Targets ? strategy
        : timing == SignalTiming.Pending ? new PendingSignals(strategy, intervalSeconds, decisionIntervalSeconds)
        : new DecisionBars(strategy, intervalSeconds, decisionIntervalSeconds);
}
