using Trading.Contracts;

namespace Trading.Core.Strategies;

/// <summary>
/// Gives a strategy bars of the decision interval, made of shorter ones. A stop that it sets at the close of one holds until the next.
/// </summary>
/// <param name="strategy">The strategy.</param>
/// <param name="intervalSeconds">Seconds of a bar.</param>
/// <param name="decisionIntervalSeconds">Seconds from decision to decision.</param>
public sealed class DecisionBars(ITradingStrategy strategy, int intervalSeconds, int decisionIntervalSeconds) : HeardStrategy(strategy)
{
    private readonly bool _seesPosition = strategy.SeesPosition;
    private readonly LongerBars _bars = new(decisionIntervalSeconds / intervalSeconds, intervalSeconds);
    private decimal _stop;

    /// <inheritdoc/>
    public override int Bars { get; } = (strategy.Bars + 1) * (decisionIntervalSeconds / intervalSeconds);

    /// <inheritdoc/>
    public override Signal OnBar(in Candle bar, in StrategyPosition held)
    {
        var count = _bars.Add(bar, out var longer, out var newer);
        if (count == 0)
            return new(TradeAction.Hold, Stop: _seesPosition && !held.IsOpen ? 0 : _stop);
        var signal = Said(longer, held);
        // Where two end at once, the newer one's signal counts, and the older one's only where that asks for nothing.
        if (count > 1 && Said(newer, held) is var last)
            signal = last.Action == TradeAction.Hold && last.Target is null ? signal with { Stop = last.Stop } : last;
        _stop = signal.Stop;
        return signal;
    }
}
