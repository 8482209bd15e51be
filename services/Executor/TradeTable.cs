using MassTransit;
using Trading.Aws;
using Trading.Contracts;
using Trading.Core;

namespace Trading.Services;

/// <summary>
/// Keeps the trade history table up to date with the trades that end. It is a projection of the journal: a table that cannot be written leaves the message in the error queue, from which
/// it can be moved back, and trading rebuild dynamodb writes the whole table again.
/// </summary>
public sealed class TradeTable(DynamoDbTrades trades) : IConsumer<TradeExecuted>
{
    /// <inheritdoc/>
    public Task Consume(ConsumeContext<TradeExecuted> context) => trades.PutAsync([TradeRow.Of(context.Message)], context.CancellationToken);
}
