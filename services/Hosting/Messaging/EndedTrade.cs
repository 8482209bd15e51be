using Trading.Contracts;
using Trading.Journal.Events;

namespace Trading.Hosting.Messaging;

/// <summary>
/// The end of a trade as the journal has it. It is appended before it is published, so a message without one is not this system's.
/// </summary>
public static class EndedTrade
{
    /// <summary>The end of the trade that a message names.</summary>
    /// <exception cref="ImpossibleMessageException">The journal has no end of that trade.</exception>
    public static async Task<TradeExecuted> OfAsync(TradeJournal journal, TradeExecuted message, CancellationToken cancellation) =>
        (await journal.TradeAsync(message.TradeId, cancellation))?.State.Executed()
        ?? throw new ImpossibleMessageException($"The journal has no end of trade {message.TradeId}.");
}
