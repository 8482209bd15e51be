using static Trading.Core.Tests.RecordedDecisions;

namespace Trading.Core.Tests;

/// <summary>The price windows of a replay: from the journal alone, from a history, or as recorded.</summary>
public class ReplayWindowTests
{
    private static readonly PipelineRules FiveMinutes = Rules with { DecisionIntervalSeconds = 300 };

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
}
