using MassTransit;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting;
using Trading.Journal;

namespace Trading.Services;

/// <summary>
/// Decides on each prediction once. The decision and, when it is an approval, the reservation are appended in one transaction with expected versions: whatever
/// the number of replicas, each decision is made on the account as it is, and no limit is exceeded.
/// </summary>
public sealed class RiskManager(TradeJournal journal, TradingAccount account, TradingMetrics metrics, TimeProvider clock) : IConsumer<PredictionMade>
{
    /// <inheritdoc/>
    public async Task Consume(ConsumeContext<PredictionMade> context)
    {
        var assessed = await DecideAsync(context.Message, context.MessageId, context.CancellationToken);
        await context.Publish(assessed, publish =>
        {
            publish.MessageId = DerivedId.Message(assessed.TradeId, nameof(RiskAssessed));
            publish.CorrelationId = assessed.TradeId;
        });
    }

    private async Task<RiskAssessed> DecideAsync(PredictionMade prediction, Guid? messageId, CancellationToken cancellation)
    {
        var tradeId = DerivedId.Trade(prediction.PredictionId);
        while (true)
        {
            var loaded = await account.LoadAsync(cancellation);
            var assessed = new RiskAssessed(tradeId, prediction, Risk.Assess(loaded.State, loaded.Version, prediction, clock.GetUtcNow()));
            if (await journal.AppendAsync(Appends(assessed, loaded), new(tradeId, $"{messageId}"), cancellation))
            {
                metrics.Assessed(assessed);
                return assessed;
            }

            // Either this prediction was decided before, and the message tells the same again, or the account moved on, and the decision is made anew.
            if (await journal.TradeAsync(tradeId, cancellation) is { } decided)
                return decided.State.Assessed();
        }
    }

    private static List<StreamAppend> Appends(RiskAssessed assessed, Loaded<Portfolio> account)
    {
        var appends = new List<StreamAppend> { new(Trade.StreamId(assessed.TradeId), 0, Trade.Assess(assessed)) };
        if (assessed.Assessment is { Order: { } order, AssessedAt: var at })
            appends.Add(new(account.State.Id, account.Version, Portfolio.Decide(new ReserveFunds(assessed.TradeId, order, at), account.State)));
        return appends;
    }
}
