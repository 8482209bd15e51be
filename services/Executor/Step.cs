using Trading.Contracts;

namespace Trading.Services;

/// <summary>What one step of an execution came to.</summary>
public sealed class Step
{
    /// <summary>The trade has new events, from this process or another: read it again at once.</summary>
    public static readonly Step MovedOn = new(null);

    /// <summary>Nothing changed: wait before the next step.</summary>
    public static readonly Step Waits = new(null);

    private Step(TradeExecuted? ended) => Ended = ended;

    /// <summary>The end of the trade that this step booked; null for a step that ended no trade.</summary>
    public TradeExecuted? Ended { get; }

    /// <summary>This process has booked the end of a trade.</summary>
    public static Step EndedWith(TradeExecuted ended) => new(ended);
}
