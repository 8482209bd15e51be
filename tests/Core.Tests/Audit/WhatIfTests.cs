namespace Trading.Core.Tests;

/// <summary>What operators do with cash and units happens to the other account too.</summary>
public class WhatIfTests
{
    private static readonly PaperCosts Free = new(FeePercent: 0, SpreadPercent: 0, SlippagePercent: 0, TickSize: 0.01m);

    [Fact]
    public void the_same_limits_end_with_the_same_account_whatever_operators_did_with_units_and_cash()
    {
        IAccountEvent[] operators =
        [
            new CashAdjusted(500, "anna", "more", Given.Noon),
            new PositionAdopted(Given.Symbol, 30, 100, 1000, "anna", "from another account", Given.Noon.AddMinutes(1)),
            new PositionWrittenOff(Given.Symbol, 5, 80, "anna", "sold by hand", Given.Noon.AddMinutes(2)),
            new PositionCorrected(Given.Symbol, 20, "anna", "counted", Given.Noon.AddMinutes(3)),
            new ExternalFillBooked("9", "f1", Given.Symbol, TradeAction.Buy, 2, 110, 1, Given.Noon.AddMinutes(4), "anna", "by hand",
                Given.Noon.AddMinutes(4)),
            new ExternalFillBooked("9", "f2", Given.Symbol, TradeAction.Sell, 1, 120, 1, Given.Noon.AddMinutes(5), "anna", "by hand",
                Given.Noon.AddMinutes(5)),
            new CashAdjusted(-700, "anna", "less", Given.Noon.AddMinutes(6)),
        ];

        var whatIf = Play([], operators);

        Assert.Equal(21, whatIf.Recorded.Account!.PositionIn(Given.Symbol).Quantity);
        Assert.Equal(Json.Text(whatIf.Recorded.Account with { LimitsBy = "what-if" }), Json.Text(whatIf.Instead.Account!));
    }

    [Fact]
    public void an_account_that_bought_instead_follows_as_far_as_its_cash_and_units_go()
    {
        // The recorded account refused; the other one bought 9 at 100.
        var whatIf = Play(Decision(),
            new CashAdjusted(-9500, "anna", "paid out", Given.Noon.AddMinutes(1)),
            new PositionAdopted(Given.Symbol, 6, 100, 300, "anna", "found", Given.Noon.AddMinutes(2)),
            new PositionCorrected(Given.Symbol, 4, "anna", "counted", Given.Noon.AddMinutes(3)),
            new PositionWrittenOff(Given.Symbol, 4, 0, "anna", "lost", Given.Noon.AddMinutes(4)));

        Assert.Equal((200, 0), (whatIf.Recorded.Account!.CashUsd, whatIf.Recorded.Account.PositionIn(Given.Symbol).Quantity));
        Assert.Equal((0, 9), (whatIf.Instead.Account!.CashUsd, whatIf.Instead.Account.PositionIn(Given.Symbol).Quantity));
        Assert.True(RunSummary.AddsUp(whatIf.Instead.Account, Given.Opened.CashUsd));
    }

    // A buy that the recorded limits, which want full confidence, refused.
    private static (string Stream, object Event)[] Decision()
    {
        var prediction = Given.Prediction(movePercent: 5, confidence: 0.9);
        var strict = Given.Account(Given.Limits with { LeastConfidence = 1 });
        var assessed = Risk.Assess(strict, 2, prediction, Given.Noon);
        Assert.Equal(Verdict.Refused, assessed.Verdict);
        var trade = DerivedId.Trade(prediction.PredictionId);
        return [(Trade.StreamId(trade), new TradeProposed(trade, prediction)), (Trade.StreamId(trade), new TradeAssessed(assessed))];
    }

    private static WhatIf Play((string Stream, object Event)[] decisions, params IAccountEvent[] operators)
    {
        var whatIf = new WhatIf("main", Given.Limits with { MaxTradeAmountUsd = 1000, LeastConfidence = 0.5 }, Free, null);
        var stream = Portfolio.StreamId("main");
        whatIf.Add(stream, Given.Noon, Given.Opened);
        whatIf.Add(stream, Given.Noon, new LimitsSet(1, Given.Limits with { LeastConfidence = 0.5 }, "anna", "start", Given.Noon));
        foreach (var (trade, happened) in decisions)
            whatIf.Add(trade, Given.Noon, happened);
        foreach (var happened in operators)
            whatIf.Add(stream, Given.Noon.AddMinutes(1), happened);
        return whatIf;
    }
}
