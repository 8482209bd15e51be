using MassTransit;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Hosting.Telemetry;
using Trading.Services.Models;
using Trading.Services.Scoring;

namespace Trading.Services;

/// <summary>
/// Calls the models for each price at which a decision is due. It has no state but caches: a redelivery gives the same prediction.
/// </summary>
public sealed class Predictor(
    PriceWindows windows, StrategySignals strategy, Forecasters forecasters, RecentPredictions recent, ModelScores scores,
    ModelAbstentions abstentions, TradingSettings settings,
    TradingMetrics metrics, TimeProvider clock)
    : IConsumer<PriceObserved>
{
    private readonly PipelineRules _rules = settings.Pipeline();

    /// <inheritdoc/>
    public async Task Consume(ConsumeContext<PriceObserved> context)
    {
        var price = context.Message;
        if (!Predictions.DecisionDue(price, _rules.DecisionIntervalSeconds))
        {
            await windows.ExtendAsync(price, context.CancellationToken);
            await strategy.ExtendAsync(price, context.CancellationToken);
            return;
        }

        var prediction = await recent.GetAsync(price.PriceId, () => PredictAsync(price, context.CancellationToken));
        await context.Publish(prediction, publish =>
        {
            publish.MessageId = DerivedId.Message(prediction.PredictionId, nameof(PredictionMade));
            publish.CorrelationId = DerivedId.Trade(prediction.PredictionId);
        });
    }

    private async Task<PredictionMade> PredictAsync(PriceObserved price, CancellationToken cancellation)
    {
        var question = await windows.WithAsync(price, window => new ForecastQuestion(
            price, window.Summarize(_rules.DecisionIntervalSeconds), window.Prices(), _rules.HorizonSeconds,
            price.IntervalStart.AddSeconds(_rules.ExpirySeconds)), cancellation);
        var weights = await scores.WeighAsync(price, question.Prices, cancellation);
        var prediction = Predictions.Predict(price, question.Window, await forecasters.AskAsync(question, cancellation), _rules,
            clock.GetUtcNow(), weights) with
        {
            Strategy = await strategy.AtAsync(price, cancellation),
        };
        metrics.Predicted(prediction);
        abstentions.Add(prediction);
        return prediction;
    }
}
