using static Trading.Core.Tests.RecordedDecisions;

namespace Trading.Core.Tests;

/// <summary>A journal of decisions, computed again.</summary>
public class ReplayTests
{
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
}
