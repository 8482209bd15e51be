using System.Text.Json;

namespace Trading.Core.Tests;

public class PipelineTests
{
    private static readonly PipelineRules Rules = new(
        new(IntervalSeconds: 60, HorizonSteps: 10), DecisionIntervalSeconds: 300, ExpirySeconds: 120,
        new(FeePercent: 0.1m, SpreadPercent: 0.02m, SlippagePercent: 0.01m, TickSize: 0.01m));

    private static readonly RiskLimits Limits = new(
        new(ThresholdPercent: 0.05, Confidence: 0.4), LeastConfidence: 0.4, MaxTradeAmountUsd: 500,
        MaxPositionShare: 0.5m, CashReserveShare: 0.1m,
        MaxDailyLossShare: 0.2m, MaxPriceAgeSeconds: 120, WorstPriceMarginPercent: 0.5m, FeePercent: 0.1m,
        LotSize: 0.00001m, LeastOrderValueUsd: 10);

    [Fact]
    public void a_day_of_prices_makes_trades_and_the_money_adds_up()
    {
        var (pipeline, steps) = Run(Given.Prices(seed: 1, minutes: 1440));

        var executions = steps.Where(step => step.Executed is not null)
            .Select(step => (Order: step.Assessed.Assessment.Order!, step.Executed!.Execution)).ToList();
        Assert.Contains(executions, trade => trade.Order.Side == TradeAction.Buy);
        Assert.Contains(executions, trade => trade.Order.Side == TradeAction.Sell);
        Assert.Contains(steps, step => step.Assessed.Assessment.Verdict == Verdict.Hold);

        var flows = executions.Sum(trade =>
            trade.Execution.FilledQuantity * trade.Execution.AveragePrice * (trade.Order.Side == TradeAction.Buy ? -1 : 1)
            - trade.Execution.FeeUsd);
        var held = executions.Sum(trade => trade.Execution.FilledQuantity * (trade.Order.Side == TradeAction.Buy ? 1 : -1));
        var account = pipeline.Account;
        Assert.Equal(10_000 + flows, account.CashUsd);
        Assert.Equal(held, account.PositionIn(Given.Symbol).Quantity);
        Assert.Equal(10_000 + account.RealisedUsd - account.FeesUsd, account.CashUsd + account.PositionIn(Given.Symbol).CostUsd);
        Assert.Equal((executions.Count, 0), (account.TradesSettled, account.Reservations.Count));
        Assert.Equal(2 + 2 * executions.Count, pipeline.AccountVersion);
    }

    [Fact]
    public void the_same_prices_give_the_same_records_to_the_last_byte()
    {
        var prices = Given.Prices(seed: 2, minutes: 1440);

        var (first, second) = (Run(prices), Run(prices));

        Assert.NotEmpty(first.Steps);
        Assert.Equal(JsonSerializer.Serialize(first.Steps), JsonSerializer.Serialize(second.Steps));
        Assert.Equal(JsonSerializer.Serialize(first.Pipeline.Account), JsonSerializer.Serialize(second.Pipeline.Account));
    }

    [Fact]
    public void an_account_sees_the_outcome_of_every_earlier_decision()
    {
        var account = Given.Account(Limits);
        var version = 2L;
        foreach (var step in Run(Given.Prices(seed: 3, minutes: 1440)).Steps)
        {
            var assessment = step.Assessed.Assessment;
            Assert.Equal(JsonSerializer.Serialize(Risk.Assess(account, version, step.Assessed.Prediction!, assessment.AssessedAt)),
                JsonSerializer.Serialize(assessment));
            if (step.Executed is null)
                continue;
            IAccountCommand[] commands =
            [
                new ReserveFunds(step.Assessed.TradeId, assessment.Order!, assessment.AssessedAt),
                new SettleTrade(step.Executed.TradeId, step.Executed.Execution),
            ];
            foreach (var happened in commands.SelectMany(command => Portfolio.Decide(command, account)))
            {
                account = Portfolio.Evolve(account, happened);
                version++;
            }
        }
        Assert.True(version > 2, "The prices must lead to trades.");
    }

    [Fact]
    public void a_decision_is_due_at_every_price_on_the_decision_interval_and_at_no_other()
    {
        var steps = Run(Given.Prices(seed: 4, minutes: 60)).Steps;

        Assert.Equal(12, steps.Count);
        Assert.True(Predictions.DecisionDue(Given.Price(at: Given.Noon), 300));
        Assert.False(Predictions.DecisionDue(Given.Price(at: Given.Noon.AddSeconds(60)), 300));
        Assert.True(Predictions.DecisionDue(Given.Price(at: Given.Noon.AddSeconds(60)), 60));
    }

    [Fact]
    public void a_young_window_leads_to_a_recorded_hold()
    {
        var step = Run(Given.Prices(seed: 5, minutes: 1)).Steps.Single();

        Assert.Null(step.Assessed.Prediction!.Ensemble);
        Assert.Equal("needs 100 prices, has 1", Assert.Single(step.Assessed.Prediction!.Models).Abstained);
        Assert.Equal((Verdict.Hold, null), (step.Assessed.Assessment.Verdict, step.Executed));
    }

    [Fact]
    public void a_prediction_names_its_horizon_its_expiry_and_the_window_that_it_saw()
    {
        var price = Given.Price();
        var window = new PriceWindow(Rules.Window);
        window.Add(price.IntervalStart.ToUnixTimeSeconds(), price.Price);

        var prediction = Predictions.Predict(price, window, [new("http", 110, Direction.Up, 0.8, null)], Rules, Given.Noon.AddSeconds(3));

        Assert.Equal(DerivedId.Prediction(price.PriceId), prediction.PredictionId);
        Assert.Equal((600, Given.Noon.AddSeconds(3), Given.Noon.AddSeconds(120)),
            (prediction.HorizonSeconds, prediction.MadeAt, prediction.ExpiresAt));
        Assert.Equal(window.Summarize(), prediction.Window);
        Assert.Equal(10, prediction.Ensemble!.PredictedMovePercent, 10);
    }

    [Fact]
    public void a_price_of_another_symbol_is_a_mistake_of_the_caller()
    {
        var pipeline = new ReferencePipeline("ETH-USD", Rules, Given.Account(Limits), 2);
        Assert.Throws<ArgumentException>(() => pipeline.Step(Given.Price()));
    }

    private static (ReferencePipeline Pipeline, List<PipelineStep> Steps) Run(IEnumerable<PriceObserved> prices)
    {
        var pipeline = new ReferencePipeline(Given.Symbol, Rules, Given.Account(Limits), accountVersion: 2);
        return (pipeline, prices.SelectMany(pipeline.Step).ToList());
    }
}
