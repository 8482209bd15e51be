using Trading.Cli.Shared;
using Trading.Contracts;
using Trading.Core;
using Trading.Journal.Events;

namespace Trading.Cli.Audit;

/// <summary>A decision in one line.</summary>
/// <param name="Sequence">The proposal's place in the journal.</param>
/// <param name="TradeId">The trade.</param>
/// <param name="PriceAt">Start of the price's interval.</param>
/// <param name="DecidedAt">When it was decided.</param>
/// <param name="Symbol">What about.</param>
/// <param name="Price">At which price.</param>
/// <param name="PredictedMovePercent">The predicted move; null where no model answered.</param>
/// <param name="Signal">What the prediction asked for.</param>
/// <param name="Outcome">hold, refused, open, or how the order ended.</param>
/// <param name="Refusal">The rule that refused; null unless refused.</param>
/// <param name="Told">Decision and end in words.</param>
public sealed record ListedDecision(
    long Sequence, Guid TradeId, DateTimeOffset PriceAt, DateTimeOffset DecidedAt, string Symbol, decimal Price,
    double? PredictedMovePercent, TradeAction Signal, string Outcome, RiskRule? Refusal, string Told)
{
    /// <summary>The line of a trade.</summary>
    /// <param name="first">Its first event.</param>
    /// <param name="assessed">The decision.</param>
    /// <param name="closed">Its end; null while it is open, and where there was no order.</param>
    public static ListedDecision Of(StoredEvent first, StoredEvent assessed, StoredEvent? closed)
    {
        var proposed = Trade.Evolve(null, (ITradeEvent)first.Event());
        var (assessment, execution) = (((TradeAssessed)assessed.Event()).Assessment, (closed?.Event() as TradeClosed)?.Execution);
        var price = proposed.Cause();
        return new(first.Sequence, proposed.TradeId, price.IntervalStart, assessment.AssessedAt, price.Symbol, price.Price,
            proposed.Prediction?.Ensemble?.PredictedMovePercent, assessment.Signal,
            assessment.Order is null ? Words.Lower(assessment.Verdict) : execution is null ? "open" : Words.Lower(execution.Outcome),
            assessment.Refusal, DecisionText.Outcome(assessment, execution));
    }
}
