using Trading.Contracts;

namespace Trading.Core.Strategies;

/// <summary>
/// Keeps the newest signal of a strategy until the next decision: a crossing between two decisions is acted on at the later one, and a
/// newer signal takes its place.
/// </summary>
/// <param name="strategy">The strategy.</param>
/// <param name="intervalSeconds">Seconds of a bar.</param>
/// <param name="decisionIntervalSeconds">Seconds from decision to decision.</param>
public sealed class PendingSignals(ITradingStrategy strategy, int intervalSeconds, int decisionIntervalSeconds) : HeardStrategy(strategy)
{
    private Signal _pending;

    /// <inheritdoc/>
    public override int Bars { get; } = strategy.Bars + decisionIntervalSeconds / intervalSeconds - 1;

    /// <inheritdoc/>
    public override void Forget()
    {
        _pending = default;
        base.Forget();
    }

    /// <inheritdoc/>
    public override Signal OnBar(in Candle bar, in StrategyPosition held)
    {
        var signal = Said(bar, held);
        if (signal.Action != TradeAction.Hold)
            _pending = signal;
        var stop = signal.Stop;
        if ((bar.OpenTimeUnixSeconds + intervalSeconds) % decisionIntervalSeconds != 0)
            return new(TradeAction.Hold, Stop: stop);
        var heard = _pending;
        _pending = default;
        return heard.Action == TradeAction.Hold ? new(TradeAction.Hold, Stop: stop) : heard with { Stop = stop };
    }
}
