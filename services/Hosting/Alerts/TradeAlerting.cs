using MassTransit;
using Trading.Contracts;
using Trading.Hosting.Messaging;
using Trading.Journal.Events;

namespace Trading.Hosting.Alerts;

/// <summary>Raises an alert for each trade that ended, as the journal has it: the message only says which.</summary>
public sealed class TradeAlerting(AlertBook alerts, TradeJournal journal) : IConsumer<TradeExecuted>
{
    /// <inheritdoc/>
    /// <exception cref="ImpossibleMessageException">The journal has no end of that trade.</exception>
    public async Task Consume(ConsumeContext<TradeExecuted> context) => await alerts.RaiseAsync(
        TradeAlert.Of(await EndedTrade.OfAsync(journal, context.Message, context.CancellationToken)), context.CancellationToken);
}
