namespace Trading.Core.Tests;

/// <summary>The events that the services append for a day of prices, and their replay.</summary>
internal static class RecordedDecisions
{
    internal static readonly PipelineRules Rules = new(new(IntervalSeconds: 60, HorizonSteps: 10), DecisionIntervalSeconds: 60,
        ExpirySeconds: 120, Given.Costs);

    internal static readonly RiskLimits Limits = new(
        new(ThresholdPercent: 0.05, Confidence: 0.4), LeastConfidence: 0.4, MaxTradeAmountUsd: 500,
        MaxPositionShare: 0.5m, CashReserveShare: 0.1m,
        MaxDailyLossShare: 0.2m, MaxPriceAgeSeconds: 120, WorstPriceMarginPercent: 0.5m, FeePercent: 0.1m,
        LotSize: 0.00001m, LeastOrderValueUsd: 10);

    internal static readonly List<Entry> Journal = [.. Record(Given.Prices(seed: 1, minutes: 1440))];

    internal static (Replay Replay, List<ReplayDifference> Differences) Play(
        IEnumerable<Entry> journal, Func<PriceQuestion, IReadOnlyList<EarlierPrice>>? history = null)
    {
        var replay = new Replay();
        List<ReplayDifference> differences = [.. journal
            .Select(entry => replay.Add(entry.Sequence, entry.StreamId, entry.Version, entry.Event,
                history is not null && replay.Asks(entry.Event) is { } question ? history(question) : null))
            .OfType<ReplayDifference>()];
        return (replay, [.. differences, .. replay.End()]);
    }

    /// <summary>The events that the services append for these prices, in their order.</summary>
    internal static IEnumerable<Entry> Record(
        IEnumerable<PriceObserved> prices, PipelineRules? otherRules = null, RiskLimits? others = null)
    {
        var rules = otherRules ?? Rules;
        var (sequence, versions) = (0L, new Dictionary<string, long>());
        Entry Next(string stream, object happened) =>
            new(++sequence, stream, versions[stream] = versions.GetValueOrDefault(stream) + 1, happened);

        var account = Portfolio.StreamId(Given.Opened.Account);
        yield return Next(account, Given.Opened);
        yield return Next(account, new LimitsSet(1, others ?? Limits, "operator", "start", Given.Noon));
        var state = Given.Account(others ?? Limits);
        var pipeline = new ReferencePipeline(Given.Symbol, rules, state, accountVersion: 2);
        foreach (var price in prices)
        {
            foreach (var happened in Portfolio.Decide(new WatchPrice(price.Symbol, price.Price, price.ObservedAt), state))
            {
                state = Portfolio.Evolve(state, happened);
                yield return Next(account, happened);
            }
            foreach (var entry in pipeline.Step(price).SelectMany(Decided))
                yield return entry;
        }

        IEnumerable<Entry> Decided(PipelineStep step)
        {
            var (tradeId, assessment) = (step.Assessed.TradeId, step.Assessed.Assessment);
            var trade = Trade.StreamId(tradeId);
            var events = Trade.Assess(step.Assessed);
            foreach (var happened in events)
                yield return Next(trade, happened);
            if (step.Executed is not { Execution: var execution })
                yield break;
            foreach (var happened in Portfolio.Decide(new ReserveFunds(tradeId, assessment.Order!, assessment.AssessedAt), state))
            {
                state = Portfolio.Evolve(state, happened);
                yield return Next(account, happened);
            }
            var proposed = events.Aggregate((Trade?)null, Trade.Evolve)!;
            var placed = Trade.Place(proposed, PaperFill.Exchange, true, rules.Costs, assessment.AssessedAt).Single();
            yield return Next(trade, placed);
            foreach (var happened in Trade.Close(Trade.Evolve(proposed, placed), execution))
                yield return Next(trade, happened);
            foreach (var happened in Portfolio.Decide(new SettleTrade(tradeId, execution), state))
            {
                state = Portfolio.Evolve(state, happened);
                yield return Next(account, happened);
            }
        }
    }

    internal sealed record Entry(long Sequence, string StreamId, long Version, object Event);
}
