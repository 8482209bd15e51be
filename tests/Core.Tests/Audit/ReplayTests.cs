namespace Trading.Core.Tests;

/// <summary>A journal of decisions, computed again; and the same journal with something in it that was not so.</summary>
public class ReplayTests
{
    private static readonly PipelineRules Rules = new(new(IntervalSeconds: 60, HorizonSteps: 10), DecisionIntervalSeconds: 60,
        ExpirySeconds: 120, Given.Costs);

    private static readonly PipelineRules FiveMinutes = Rules with { DecisionIntervalSeconds = 300 };

    private static readonly RiskLimits Limits = new(
        new(ThresholdPercent: 0.05, Confidence: 0.4), LeastConfidence: 0.4, MaxTradeAmountUsd: 500,
        MaxPositionShare: 0.5m, CashReserveShare: 0.1m,
        MaxDailyLossShare: 0.2m, MaxPriceAgeSeconds: 120, WorstPriceMarginPercent: 0.5m, FeePercent: 0.1m,
        LotSize: 0.00001m, LeastOrderValueUsd: 10);

    private static readonly List<Entry> Journal = [.. Record(Given.Prices(seed: 1, minutes: 1440))];

    [Fact]
    public void a_journal_of_a_day_is_what_its_inputs_give()
    {
        var (replay, differences) = Play(Journal);

        Assert.Empty(differences);
        Assert.Equal((Journal.Count, 1440, 1440), (replay.Events, replay.Decisions, replay.Windows));
        Assert.Equal((0, 0, 0), (replay.WindowsTakenAsRecorded, replay.OpenOrders, replay.DifferenceCount));
        Assert.InRange(replay.Orders, 10, 1000);
        Assert.Contains(Journal, entry => entry.Event is TradeAssessed { Assessment.Verdict: Verdict.Refused });
    }

    [Fact]
    public void a_journal_with_exits_marks_and_latched_limits_is_what_its_inputs_give()
    {
        var limits = Limits with
        {
            Exits = new(StopLossPercent: 0.4m, TrailingStopPercent: 0.3m, TrailingOffsetPercent: 0.2m, TakeProfitPercent: 0.9m,
                TimeLimitSeconds: 3600, AtDailyLoss: true, AtDrawdown: true),
            Losses = new(MaxDrawdownShare: 0.5m, MaxUnreviewedExecutions: 8),
            Pace = new(5, 10, 500, 30, 60),
        };
        List<Entry> journal = [.. Record(Given.Prices(seed: 1, minutes: 1440), others: limits)];

        var (replay, differences) = Play(journal);

        Assert.Empty(differences);
        Assert.Equal(journal.Count(entry => entry.Event is TradeAssessed), replay.Decisions);
        Assert.Contains(journal, entry => entry.Event is PriceMarked);
        Assert.Contains(journal, entry => entry.Event is LimitLatched);
        Assert.Contains(journal, entry => entry.Event is ExitProposed);

        // What an exit rests on cannot be changed, and neither a mark nor a latch left out.
        foreach (var edit in new Func<object, object?>[]
        {
            happened => happened is ExitProposed exit ? exit with { Exit = exit.Exit with { Reason = ExitReason.Flatten } } : null,
            happened => happened is TradeAssessed { Assessment: { Exit: { } exit } assessment }
                ? new TradeAssessed(assessment with { Exit = exit with { TriggerPrice = 1 } }) : null,
            happened => happened is PriceMarked marked ? marked with { Price = marked.Price - 1 } : null,
            happened => happened is LimitLatched latched ? latched with { Limit = 7 } : null,
        })
        {
            var at = journal.FindLastIndex(entry => edit(entry.Event) is not null);
            Assert.NotNull(
                Play([.. journal[..at], journal[at] with { Event = edit(journal[at].Event)! }, .. journal[(at + 1)..]]).Replay.First);
            Assert.NotNull(Play([.. journal[..at], .. journal[(at + 1)..]]).Replay.First);
        }
    }

    public static TheoryData<string> Edits => [.. AllEdits.Keys];

    [Theory]
    [MemberData(nameof(Edits))]
    public void an_edit_is_found_and_named(string edit)
    {
        var at = 0;
        var edited = Journal.Select((entry, index) =>
        {
            // The last fitting event, so that much was right before it.
            if (index != Journal.FindLastIndex(candidate => AllEdits[edit](candidate.Event) is not null))
                return entry;
            at = index;
            return entry with { Event = AllEdits[edit](entry.Event)! };
        }).ToList();

        var first = Play(edited).Replay.First;

        Assert.NotNull(first);
        Assert.Equal((Journal[at].Sequence, Journal[at].StreamId), (first.Sequence, first.StreamId));
        Assert.NotEqual(first.Recorded, first.Recomputed);
    }

    [Fact]
    public void an_event_that_is_missing_or_stands_twice_is_found()
    {
        foreach (var kind in new[] { typeof(TradeAssessed), typeof(OrderPlaced), typeof(OrderFilled), typeof(TradeClosed),
            typeof(TradeSettled), typeof(FundsReserved), typeof(LimitsSet) })
        {
            var at = Journal.FindIndex(entry => entry.Event.GetType() == kind);
            Assert.NotNull(Play([.. Journal[..at], .. Journal[(at + 1)..]]).Replay.First);
            Assert.NotNull(Play([.. Journal[..(at + 1)], .. Journal[at..]]).Replay.First);
        }
    }

    [Fact]
    public void windows_that_reach_back_before_the_journal_are_taken_as_recorded_and_counted()
    {
        var begin = Journal.FindIndex(entry => entry.Event is TradeProposed) + 2 * 200;
        var head = Journal[..2];
        var tail = Journal[begin..].TakeWhile(entry => entry.Event is not (FundsReserved or OrderPlaced)).ToList();
        tail = tail[..(tail.FindLastIndex(entry => entry.Event is TradeAssessed { Assessment.Order: null }) + 1)];

        var (replay, differences) = Play([.. head, .. tail.Select(entry => entry with
        {
            Event = entry.Event is TradeAssessed { Assessment: var assessment }
                ? new TradeAssessed(assessment with { AccountVersion = 2 }) : entry.Event
        })]);

        Assert.NotEmpty(tail);
        Assert.Equal(tail.Count / 2, replay.WindowsTakenAsRecorded);
        Assert.DoesNotContain(differences, difference => difference.What.Contains("window", StringComparison.Ordinal));
    }

    [Fact]
    public void windows_between_whose_decisions_further_prices_came_follow_from_the_journal_alone()
    {
        var journal = Record(Given.Prices(seed: 2, minutes: 2880), FiveMinutes).ToList();

        var (replay, differences) = Play(journal);

        Assert.Empty(differences);
        Assert.Equal((576, 0, 0), (replay.Windows, replay.WindowsFromHistory, replay.WindowsTakenAsRecorded));
        var last = journal.FindLastIndex(entry => entry.Event is TradeProposed);
        var proposed = (TradeProposed)journal[last].Event;
        Assert.Equal(4, proposed.Prediction.Window.Between!.Count);
        Assert.Equal(Json.Text(proposed), Json.Text(Json.Read(Json.Text(proposed), typeof(TradeProposed))));
        List<EarlierPrice> edited = [
            .. proposed.Prediction.Window.Between.Select((price, at) => at == 2 ? price with { Price = price.Price + 0.01m } : price)];
        journal[last] = journal[last] with
        {
            Event =
                proposed with { Prediction = proposed.Prediction with { Window = proposed.Prediction.Window with { Between = edited } } }
        };
        Assert.Equal("TradeProposed: price window Sma20", Play(journal).Replay.First?.What);
    }

    [Fact]
    public void windows_whose_prices_are_not_in_the_journal_are_computed_from_a_history_when_its_prices_have_their_digest()
    {
        var prices = Given.Prices(seed: 2, minutes: 2880);
        var journal = Record(prices, FiveMinutes).Select(entry => entry.Event is TradeProposed { Prediction: var prediction } proposed
            ? entry with { Event = proposed with { Prediction = prediction with { Window = prediction.Window with { Between = null } } } }
            : entry).ToList();
        IReadOnlyList<EarlierPrice> History(decimal change, PriceQuestion question) =>
            [.. prices.Select(price => new EarlierPrice(price.IntervalStart.ToUnixTimeSeconds(), price.Price + change))
                .Where(price => price.UnixSeconds <= question.UpToUnixSeconds).TakeLast(question.Count)];

        var (without, none) = Play(journal);
        var (replay, differences) = Play(journal, question => History(0, question));
        var (wrong, other) = Play(journal, question => History(0.01m, question));

        // The first price is the window itself.
        Assert.Equal((1, 0, 575), (without.Windows, without.WindowsFromHistory, without.WindowsTakenAsRecorded));
        Assert.Equal((1, 575, 0), (replay.Windows, replay.WindowsFromHistory, replay.WindowsTakenAsRecorded));
        Assert.Equal((1, 0, 575), (wrong.Windows, wrong.WindowsFromHistory, wrong.WindowsTakenAsRecorded));
        Assert.Empty(none.Concat(differences).Concat(other));
    }

    [Fact]
    public void windows_after_a_decision_that_was_never_recorded_are_taken_as_recorded_until_its_price_has_left_them()
    {
        var lost = Journal.FindIndex(
            entry => entry.Sequence > Journal[^1].Sequence / 2 && entry.Event is TradeAssessed { Assessment.Order: null }) - 1;

        var (replay, differences) = Play([.. Journal[..lost], .. Journal[(lost + 2)..]]);

        Assert.Empty(differences);
        Assert.Equal((1439, Rules.Window.Capacity - 1), (replay.Windows + replay.WindowsTakenAsRecorded, replay.WindowsTakenAsRecorded));
    }

    [Fact]
    public void windows_of_decisions_that_replicas_appended_out_of_order_are_computed_all_the_same()
    {
        var at = Journal.FindIndex(1000, entry => entry.Event is TradeProposed);
        while (!Enumerable.Range(0, 4).All(next => Journal[at + next].Event is TradeProposed or TradeAssessed { Assessment.Order: null }))
            at++;
        while (Journal[at].Event is not TradeProposed)
            at++;

        var (replay, differences) = Play(
            [.. Journal[..at], .. Journal[(at + 2)..(at + 4)], .. Journal[at..(at + 2)], .. Journal[(at + 4)..]]);

        Assert.Empty(differences);
        Assert.Equal((1440, 0), (replay.Windows, replay.WindowsTakenAsRecorded));
    }

    [Fact]
    public void decisions_appended_out_of_order_after_a_window_from_the_history_are_computed_from_its_prices_too()
    {
        var prices = Given.Prices(seed: 1, minutes: 1440);
        // Nothing is bought, so the account is the same at each decision and the journal may begin late.
        var journal = Record(prices, others: Limits with { LeastConfidence = 1 }).ToList();
        var begin = journal.FindIndex(journal.Count / 2, entry => entry.Event is TradeProposed);
        List<Entry> late = [.. journal[..2], .. journal[begin..(begin + 10)], .. journal[(begin + 12)..(begin + 14)],
            .. journal[(begin + 10)..(begin + 12)], .. journal[(begin + 14)..]];

        var (replay, differences) = Play(late, question => [.. prices
            .Select(price => new EarlierPrice(price.IntervalStart.ToUnixTimeSeconds(), price.Price))
            .Where(price => price.UnixSeconds <= question.UpToUnixSeconds).TakeLast(question.Count)]);

        Assert.Empty(differences);
        // The one after the gap that the late one leaves is looked up again.
        Assert.Equal((2, 0), (replay.WindowsFromHistory, replay.WindowsTakenAsRecorded));
    }

    [Fact]
    public void a_score_that_was_left_out_is_counted_and_named()
    {
        var prices = Given.Prices(seed: 2, minutes: 1440);
        var (journal, records) = (new List<Entry>(), default(ModelRecord));
        var predictions = new Dictionary<DateTimeOffset, PredictionMade>();
        var leftOut = prices[900].IntervalStart;
        foreach (var entry in Record(prices))
        {
            if (entry.Event is TradeProposed { Prediction: var prediction })
            {
                predictions[prediction.Price.IntervalStart] = prediction;
                var then = prediction.Price;
                if (predictions.GetValueOrDefault(then.IntervalStart.AddSeconds(-prediction.HorizonSeconds)) is { } due
                    && due.Price.IntervalStart != leftOut && due.Models is [{ Abstained: null } output, ..])
                {
                    var scored = TrackRecord.Score(due, output, then.IntervalStart, then.Price, 0.1, records);
                    records = scored.Record;
                    journal.Add(new(0, TrackRecord.StreamId(output.Model, Given.Symbol), records.Scored, scored));
                }
            }
            journal.Add(entry);
        }

        var (replay, _) = Play(journal);

        Assert.Equal(1, replay.ScoresOmitted);
        Assert.StartsWith(FormattableString.Invariant($"technical on {Given.Symbol} at {leftOut:u}, whose price came "),
            replay.FirstScoreOmitted, StringComparison.Ordinal);
        Assert.True(replay.Scores > 1000);
    }

    private static Dictionary<string, Func<object, object?>> AllEdits { get; } = new()
    {
        ["a quote"] = Price(price => price with { Quotes = [price.Quotes[0] with { Quote = price.Quotes[0].Quote with { Price = 1 } }] }),
        ["a quote left out"] = Price(price => price with { Quotes = [price.Quotes[0] with { LeftOut = QuoteRejection.Stale }] }),
        ["the price"] = Price(price => price with { Price = price.Price + 0.01m }),
        ["the price id"] = Price(price => price with { PriceId = Guid.Empty }),
        ["an indicator"] = Prediction(
            prediction => prediction with { Window = prediction.Window with { RuleHits = prediction.Window.RuleHits + 1 } }),
        ["the window's digest"] = Prediction(prediction => prediction with { Window = prediction.Window with { Digest = "00" } }),
        ["a model's answer"] = Prediction(prediction => prediction with { Models = [prediction.Models[0] with { Confidence = 0.99 }] }),
        ["the ensemble"] = Prediction(prediction => prediction with { Ensemble = prediction.Ensemble! with { Confidence = 0.99 } }),
        ["the trade's id"] = happened => happened is TradeProposed proposed ? proposed with { TradeId = Guid.Empty } : null,
        ["the verdict"] = Assessment(assessment =>
            assessment.Verdict == Verdict.Hold ? assessment with { Verdict = Verdict.Refused, Refusal = RiskRule.FreeCash } : null),
        ["a check's value"] = Assessment(assessment => assessment.Checks.Count == 0
            ? null : assessment with { Checks = [assessment.Checks[0] with { Limit = 7 }, .. assessment.Checks.Skip(1)] }),
        ["a check that passed"] = Assessment(
            assessment => assessment.Verdict != Verdict.Approved ? null : assessment with { Checks = [.. assessment.Checks.SkipLast(1)] }),
        ["the order's quantity"] = Assessment(
            assessment => assessment.Order is { } order ? assessment with { Order = order with { Quantity = order.Quantity * 2 } } : null),
        ["the account's cash"] = Assessment(assessment => assessment with { CashUsd = assessment.CashUsd + 1 }),
        ["the limits' version"] = Assessment(assessment => assessment with { LimitsVersion = 2 }),
        ["the account's version"] = Assessment(assessment => assessment with { AccountVersion = assessment.AccountVersion + 1 }),
        ["the order as placed"] = happened =>
            happened is OrderPlaced placed ? placed with { Order = placed.Order with { WorstPrice = 1 } } : null,
        ["the client order id"] = happened => happened is OrderPlaced placed ? placed with { ClientOrderId = "t-1" } : null,
        ["the costs"] = happened =>
            happened is TradeClosed closed ? closed with { Execution = closed.Execution with { FeeUsd = 0 } } : null,
        ["the fill's price"] = happened => happened is TradeClosed closed
            ? closed with { Execution = closed.Execution with { AveragePrice = closed.Execution.AveragePrice - 1 } } : null,
        ["the settlement"] = happened => happened is TradeSettled settled ? settled with { Price = settled.Price - 1 } : null,
        ["the reservation"] = happened =>
            happened is FundsReserved reserved ? reserved with { Order = reserved.Order with { ReservedUsd = 1 } } : null,
        ["the reservation's trade"] = happened => happened is FundsReserved reserved ? reserved with { TradeId = Guid.Empty } : null,
        ["the limits"] = happened => happened is LimitsSet set ? set with { Version = 9 } : null,
    };

    private static Func<object, object?> Prediction(Func<PredictionMade, PredictionMade> edit) =>
        happened => happened is TradeProposed { Prediction.Ensemble: not null } proposed
            ? proposed with { Prediction = edit(proposed.Prediction) } : null;

    private static Func<object, object?> Price(Func<PriceObserved, PriceObserved> edit) =>
        Prediction(prediction => prediction with { Price = edit(prediction.Price) });

    private static Func<object, object?> Assessment(Func<Assessment, Assessment?> edit) =>
        happened => happened is TradeAssessed assessed && edit(assessed.Assessment) is { } edited ? new TradeAssessed(edited) : null;

    private static (Replay Replay, List<ReplayDifference> Differences) Play(
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
    private static IEnumerable<Entry> Record(IEnumerable<PriceObserved> prices, PipelineRules? otherRules = null, RiskLimits? others = null)
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

    private sealed record Entry(long Sequence, string StreamId, long Version, object Event);
}
