namespace Trading.Core.Tests;

/// <summary>Messages that nothing can be done with.</summary>
public sealed class PlausibilityTests
{
    private static readonly PredictionMade Prediction = Given.Prediction(movePercent: 2);
    private static readonly RiskAssessed Assessed = new(DerivedId.Trade(Prediction.PredictionId), Prediction,
        Risk.Assess(Given.Account(), 2, Prediction, Given.Noon));

    private static readonly TradeExecuted Executed = new(
        Assessed.TradeId, Assessed, PaperFill.Of(Assessed.TradeId, Assessed.Assessment.Order!, 100, new(0, 0, 0, 0.01m), Given.Noon));

    public static TheoryData<object, string> Wrong => new()
    {
        { Given.Price() with { Price = 0 }, "Price must be 0.00000001 to 10000000, was 0" },
        { Given.Price() with { Symbol = "BTC" }, "Symbol must be base and quote joined by a dash, was BTC" },
        { Given.Price() with { IntervalSeconds = 0 }, "IntervalSeconds must be 1 to 86400, was 0" },
        { Given.Price() with { IntervalStart = DateTimeOffset.MinValue },
            "IntervalStart must be from 2000 to 2099, was 01/01/0001 00:00:00 +00:00" },
        { Given.Price() with { ObservedAt = DateTimeOffset.MaxValue },
            "ObservedAt must be from 2000 to 2099, was 12/31/9999 23:59:59 +00:00" },
        { Given.Price() with { IntervalStart = Given.Noon.AddSeconds(1) },
            "IntervalStart must be a multiple of 60 s, was 03/01/2024 12:00:01 +00:00" },
        { Given.Price() with { PriceId = Guid.Empty },
            "PriceId must be the id of its symbol and interval, was 00000000-0000-0000-0000-000000000000" },
        { Given.Price() with { Quotes = [null!] }, "Quotes must be quotes with source and currency, was one without" },
        { Prediction with { Price = null! }, "Price must be given, was missing" },
        { Prediction with { Models = [Prediction.Models[0] with { Confidence = double.NaN }] }, "Confidence must be 0 to 1, was NaN" },
        { Prediction with { Ensemble = Prediction.Ensemble! with { Confidence = 7 } }, "Confidence must be 0 to 1, was 7" },
        { Prediction with { Ensemble = Prediction.Ensemble! with { PredictedMovePercent = double.PositiveInfinity } },
            "PredictedMovePercent must be a number, was Infinity" },
        { Assessed with { TradeId = Guid.Empty },
            "TradeId must be the id that its prediction gives, was 00000000-0000-0000-0000-000000000000" },
        { Assessed with { Assessment = Assessed.Assessment with { Verdict = (Verdict)9 } }, "Verdict must be a verdict, was 9" },
        { Assessed with { Assessment = Assessed.Assessment with { Order = Assessed.Assessment.Order! with { Quantity = -1 } } },
            "Order.Quantity must be above 0 and at most 1000000000000000, was -1" },
        { Executed with { Execution = Executed.Execution with { FilledQuantity = 21 } },
            "FilledQuantity must be 0 to the order's 10, was 21" },
    };

    [Fact]
    public void what_the_pipeline_makes_is_plausible()
    {
        Assert.Equal(Verdict.Approved, Assessed.Assessment.Verdict);
        Assert.All(new object[] { Given.Price(), Prediction, Prediction with { Ensemble = null }, Assessed, Executed },
            message => Assert.Null(Plausibility.Violation(message)));
        Assert.Null(Plausibility.Violation("a message of somebody else"));
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void a_message_with_an_impossible_value_is_found(object message, string violation) =>
        Assert.Equal(violation, Plausibility.Violation(message));
}
