using static Trading.Core.Tests.RecordedDecisions;

namespace Trading.Core.Tests;

/// <summary>The same journal with something in it that was not so.</summary>
public class ReplayEditTests
{
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
}
