namespace Trading.Core.Tests;

public class TradeTests
{
    private static readonly PredictionMade Prediction = Given.Prediction(5);
    private static readonly Guid Id = DerivedId.Trade(Prediction.PredictionId);
    private static readonly Assessment Approval = Risk.Assess(Given.Account(), 2, Prediction, Given.Noon);
    private static readonly Assessment Hold = Risk.Assess(Given.Account(), 2, Given.Prediction(0), Given.Noon);
    private static readonly OrderPlaced Placed = new(DerivedId.ClientOrderId(Id), "paper", true, Given.Costs, Approval.Order!, Given.Noon);

    [Fact]
    public void a_decision_records_what_was_proposed_and_what_was_decided() =>
        Assert.Equal([new TradeProposed(Id, Prediction), new TradeAssessed(Approval)], Trade.Assess(new(Id, Prediction, Approval)));

    [Fact]
    public void an_approved_order_is_recorded_before_it_is_sent_and_once()
    {
        Assert.Equal([Placed], Trade.Place(Approved(), "paper", true, Given.Costs, Given.Noon));
        Assert.Empty(Trade.Place(Approved(Placed), "paper", true, Given.Costs, Given.Noon.AddSeconds(9)));
    }

    [Fact]
    public void a_hold_an_unassessed_and_an_ended_trade_have_no_order_to_place()
    {
        Assert.Throws<InvalidOperationException>(() => Place(After(new TradeProposed(Id, Prediction), new TradeAssessed(Hold))));
        Assert.Throws<InvalidOperationException>(() => Place(After(new TradeProposed(Id, Prediction))));
        Assert.Throws<InvalidOperationException>(() => Place(Approved(new TradeClosed(Given.Unfilled(TradeOutcome.Expired)))));
    }

    [Fact]
    public void a_fill_ends_the_trade_once()
    {
        var execution = Given.Filled(10, 99, fee: 1);

        var happened = Trade.Close(Approved(Placed), execution);

        Assert.Equal([new OrderFilled("1", "1-1", 10, 99, 1, Given.Noon), new TradeClosed(execution)], happened);
        Assert.Empty(Trade.Close(Approved([Placed, .. happened]), execution));
    }

    [Fact]
    public void a_partial_fill_is_a_fill_and_the_cancellation_of_the_rest()
    {
        var execution = Given.Filled(3, outcome: TradeOutcome.PartiallyFilled);

        Assert.Equal(
            [new OrderFilled("1", "1-1", 3, 100, 0, Given.Noon),
                new OrderCancelled("the rest was cancelled", Given.Noon), new TradeClosed(execution)],
            Trade.Close(Approved(Placed), execution));
    }

    [Fact]
    public void several_fills_are_recorded_each_once_and_sum_up_to_the_end()
    {
        OrderFilled first = new("1", "11", 4, 99, 0.1m, Given.Noon), second = new("1", "12", 6, 100, 0, Given.Noon, "BNB", 0.01m), third =
            second with { ExchangeTradeId = "13", FeeAsset = "BTC", FeeBase = 0.01m };
        var trade = Approved(Placed, first);

        var end = Trade.Ended(trade, "1", [first, second], rejected: false, null, Given.Noon);
        Assert.Equal((TradeOutcome.Filled, 10m, 99.6m, 0.1m, null),
            (end.Outcome, end.FilledQuantity, end.AveragePrice, end.FeeUsd, end.FeeBase));
        Assert.Equal([second, new TradeClosed(end)], Trade.Close(trade, end, [first, second]));
        Assert.Throws<InvalidOperationException>(() => Trade.Close(trade, end, [first]));
        Assert.Equal(0.01m, Trade.Ended(trade, "1", [first, third], false, null, Given.Noon).FeeBase);
        Assert.Equal(TradeOutcome.Rejected, Trade.Ended(trade, "1", [], rejected: true, "no", Given.Noon).Outcome);
    }

    [Fact]
    public void a_replaced_order_is_the_one_that_is_asked_for()
    {
        var replaced = Approved(Placed, new OrderReplaced(new(OrderPlacement.Market, 10, null, null), "refused", Given.Noon.AddSeconds(1)),
            new OrderAcknowledged("77", Given.Noon));
        Assert.Equal((OrderPlacement.Market, Given.Noon.AddSeconds(1), "77"),
            (replaced.Placed!.Sent!.Placement, replaced.Placed.At, replaced.ExchangeOrderId));
        Assert.Equal(DerivedId.ClientOrderId(Id), replaced.Placed.ClientOrderId);

        // One that the exchange had is left behind with its id there.
        var again = Approved(Placed, new OrderAcknowledged("77", Given.Noon),
            new OrderReplaced(new(OrderPlacement.Market, 10, null, null), "FAILED", Given.Noon, DerivedId.ReplacementOrderId(Id)));
        Assert.Equal((DerivedId.ReplacementOrderId(Id), null), (again.Placed!.ClientOrderId, again.ExchangeOrderId));
    }

    [Fact]
    public void a_rejection_differs_from_a_cancellation()
    {
        Assert.Equal(
            [new OrderRejected("no fill", Given.Noon), new TradeClosed(Given.Unfilled(TradeOutcome.Rejected))],
            Trade.Close(Approved(Placed), Given.Unfilled(TradeOutcome.Rejected)));
        foreach (var outcome in new[] { TradeOutcome.Cancelled, TradeOutcome.Expired })
        {
            Assert.Equal(
                [new OrderCancelled("no fill", Given.Noon), new TradeClosed(Given.Unfilled(outcome))],
                Trade.Close(Approved(), Given.Unfilled(outcome)));
        }
    }

    [Fact]
    public void a_hold_and_an_unassessed_trade_have_no_order_that_could_end()
    {
        Assert.Throws<InvalidOperationException>(
            () => Trade.Close(After(new TradeProposed(Id, Prediction), new TradeAssessed(Hold)), Given.Filled(1)));
        Assert.Throws<InvalidOperationException>(() => Trade.Close(After(new TradeProposed(Id, Prediction)), Given.Filled(1)));
    }

    [Fact]
    public void an_order_of_unknown_fate_stays_open()
    {
        var trade = Approved(Placed, new OrderUnknown("time-out", Given.Noon));

        Assert.Equal((Placed, null, null), (trade.Placed, trade.Execution, trade.Executed()));
        Assert.NotEmpty(Trade.Close(trade, Given.Filled(10)));
    }

    [Fact]
    public void the_messages_of_a_trade_are_made_from_its_stream_alone()
    {
        var execution = Given.Filled(10);
        var trade = Approved([Placed, .. Trade.Close(Approved(Placed), execution)]);

        Assert.Equal(new RiskAssessed(Id, Prediction, Approval), trade.Assessed());
        Assert.Equal(new TradeExecuted(Id, trade.Assessed(), execution), trade.Executed());
        Assert.Equal(10, Assert.Single(trade.Fills).Quantity);
        Assert.Throws<InvalidOperationException>(() => After(new TradeProposed(Id, Prediction)).Assessed());
    }

    [Fact]
    public void nothing_happens_to_a_trade_before_it_is_proposed() =>
        Assert.Throws<InvalidOperationException>(() => Trade.Evolve(null, new TradeAssessed(Approval)));

    private static Trade Approved(params ITradeEvent[] happened) =>
        After([new TradeProposed(Id, Prediction), new TradeAssessed(Approval), .. happened]);

    private static Trade After(params ITradeEvent[] happened) => happened.Aggregate((Trade?)null, Trade.Evolve)!;

    private static IReadOnlyList<ITradeEvent> Place(Trade trade) => Trade.Place(trade, "paper", true, Given.Costs, Given.Noon);
}
