using MassTransit;
using Trading.Aws;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Messaging;
using Trading.Journal.Events;

namespace Trading.Services;

/// <summary>
/// Adds each ended trade to the trade history table, as the journal has it. When the table cannot be written, the message goes to the
/// error queue and can be moved back; trading rebuild dynamodb writes the whole table again.
/// </summary>
public sealed class TradeTable(DynamoDbTrades trades, TradeJournal journal) : IConsumer<TradeExecuted>
{
    /// <inheritdoc/>
    /// <exception cref="ImpossibleMessageException">The journal has no end of that trade.</exception>
    public async Task Consume(ConsumeContext<TradeExecuted> context) => await trades.PutAsync(
        [TradeRow.Of(await EndedTrade.OfAsync(journal, context.Message, context.CancellationToken))], context.CancellationToken);
}
