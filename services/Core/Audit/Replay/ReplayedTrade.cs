namespace Trading.Core;

/// <summary>A trade whose order has not ended.</summary>
internal sealed class ReplayedTrade(Trade proposed, long sequence)
{
    public long Sequence => sequence;

    public Trade State { get; set; } = proposed;

    public long Version { get; set; } = 1;

    /// <summary>The events that end the order, without the last.</summary>
    public List<ITradeEvent> End { get; } = [];

    /// <summary>The trade before the first of these events.</summary>
    public Trade BeforeEnd => State with { Fills = [], Execution = null };

    public ReplayDifference? Ending(ITradeEvent happened)
    {
        // A lost answer ends nothing, and neither does an operator's request.
        if (happened is not (OrderUnknown or OrderAcknowledged or OrderReplaced or CancelRequested))
            End.Add(happened);
        return null;
    }
}
