using MassTransit;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting;

namespace Trading.Services;

/// <summary>Asks the models about each price at which a decision is due. Stateless but for caches: a second delivery gives the same prediction.</summary>
public sealed class Predictor(PriceWindows windows, ModelAccuracy accuracy, TradingSettings settings, TradingMetrics metrics, TimeProvider clock)
    : IConsumer<PriceObserved>
{
    private readonly PipelineRules _rules = settings.Pipeline();

    /// <inheritdoc/>
    public async Task Consume(ConsumeContext<PriceObserved> context)
    {
        var price = context.Message;
        if (!Pipeline.DecisionDue(price, _rules.DecisionIntervalSeconds))
        {
            await windows.ExtendAsync(price, context.CancellationToken);
            return;
        }

        var prediction = await windows.WithAsync(price, window => Pipeline.Predict(
            price, window, [TechnicalModel.Output(window)], _rules, clock.GetUtcNow()), context.CancellationToken);
        metrics.Predicted(prediction);
        accuracy.Add(prediction);
        await context.Publish(prediction, publish =>
        {
            publish.MessageId = DerivedId.Message(prediction.PredictionId, nameof(PredictionMade));
            publish.CorrelationId = DerivedId.Trade(prediction.PredictionId);
        });
    }
}
