using MassTransit;
using Trading.Contracts;
using Trading.Core;

namespace Trading.Services;

/// <summary>Executes each approved order once and publishes its end.</summary>
public sealed class Executor(TradeExecution execution) : IConsumer<RiskAssessed>
{
    /// <inheritdoc/>
    public async Task Consume(ConsumeContext<RiskAssessed> context)
    {
        if (context.Message.Assessment.Verdict == Verdict.Approved
            && await execution.ExecuteAsync(context.Message.TradeId, $"{context.MessageId}", TradeExecution.Patience,
                context.CancellationToken) is { } executed)
            await Publish(context, executed);
    }

    /// <summary>Publishes the end of a trade; the message has the same id each time.</summary>
    public static Task Publish(IPublishEndpoint bus, TradeExecuted executed) => bus.Publish(executed, publish =>
    {
        publish.MessageId = DerivedId.Message(executed.TradeId, nameof(TradeExecuted));
        publish.CorrelationId = executed.TradeId;
    });
}
