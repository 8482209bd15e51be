using Trading.Core;
using Trading.Core.Strategies;
using Trading.Research.Backtests;

namespace Trading.Research.Tests.Backtests;

/// <summary>A backtest of the whole pipeline decides and sells as the pipeline that makes records.</summary>
public class PipelineBacktestTests
{
    private static readonly RiskLimits PipelineLimits = Given.Limits with
    {
        Signal = new(0.05, 0.4),
        LeastConfidence = 0.4,
        MaxTradeAmountUsd = 500,
        MaxPositionShare = 0.5m,
        WorstPriceMarginPercent = 0.5m,
        FeePercent = 0.1m,
        LotSize = 0.00001m,
        LeastOrderValueUsd = 10,
    };

    [Fact]
    public void the_pipeline_as_values_decides_as_the_pipeline_that_makes_records()
    {
        var rules = new PipelineRules(new(60, HorizonSteps: 10), 300, 600,
            Given.Costs with { LotSize = 0.00001m, PartialFillRate = 0.4, RejectionRate = 0.1 });
        var outcomes = new HashSet<TradeOutcome>();
        var limits = PipelineLimits;
        foreach (var strategy in new Func<ITradingStrategy?>[] { () => null, () => new SmaCrossover(5, 12), () => new Breakout(10, 5) })
        {
            var prices = Given.Prices(seed: 7, minutes: 3000);
            var pipeline = new ReferencePipeline(Given.Symbol, rules, Given.Account(limits), 2, strategy());
            var executions = prices.SelectMany(pipeline.Step).Where(step => step.Executed is not null)
                .Select(step => step.Executed!.Execution).ToList();

            var trader = new PipelineTrader(new(Given.Symbol, 60, 10_000, rules.Costs, FillTiming.AtClose), rules, limits, strategy());
            var backtest = new Backtest(new(Given.Symbol, 60, 10_000, rules.Costs, FillTiming.AtClose), trader);
            backtest.Add([.. prices.Select(
                price => new Candle(price.IntervalStart.ToUnixTimeSeconds() - 60, price.Price, price.Price, price.Price, price.Price, 0))]);
            var result = backtest.Result();

            Assert.Equal(
                executions.Select(execution => (execution.Outcome, execution.FilledQuantity, execution.AveragePrice, execution.FeeUsd)),
                result.Fills.Select(fill => (fill.Execution.Outcome, fill.Execution.Quantity,
                    fill.Execution.Quantity > 0 ? fill.Execution.Price : 0, fill.Execution.FeeUsd)));
            outcomes.UnionWith(executions.Select(execution => execution.Outcome));
            Assert.Equal(
                (pipeline.Account.CashUsd, pipeline.Account.PositionIn(Given.Symbol).Quantity, pipeline.Account.FeesUsd),
                (result.CashUsd, result.Quantity, result.FeesUsd));
            Assert.Equal((trader.Account.CashUsd, trader.Account.PositionIn(Given.Symbol).Quantity), (result.CashUsd, result.Quantity));
        }
        Assert.Superset(new HashSet<TradeOutcome> { TradeOutcome.Filled, TradeOutcome.PartiallyFilled, TradeOutcome.Rejected }, outcomes);
    }

    private static readonly ProductFilters ExchangeRules = new(
        Given.Symbol, "BTCUSDT", "BTC", "USDT", true, [OrderPlacement.LimitIoc], TickSize: 0.05m, LeastPrice: 0, LargestPrice: 0,
        LotSize: 0.001m, LeastQuantity: 0.001m, LargestQuantity: 0.005m, LargestMarketQuantity: 0,
        LeastNotional: 20, LargestNotional: 0, BuyMultiplierUp: 5, BuyMultiplierDown: 0.2m, SellMultiplierUp: 5,
        SellMultiplierDown: 0.2m, MaxOpenOrders: 200);

    public static TheoryData<string> Barriers => ["stops", "losses", "slices", "time", "exchange"];

    [Theory]
    [MemberData(nameof(Barriers))]
    public void exits_are_found_at_the_same_prices_as_when_every_price_is_checked(string kind)
    {
        var limits = PipelineLimits with
        {
            Exits = kind switch
            {
                "stops" => new(StopLossPercent: 0.8m, TrailingStopPercent: 0.5m, TrailingOffsetPercent: 0.3m, TakeProfitPercent: 1.1m),
                "losses" => new(TrailingStopPercent: 2, AtDailyLoss: true, AtDrawdown: true),
                // Sold bit by bit while the price comes back.
                "slices" => new(AtDrawdown: true, MaxAmountUsd: 15),
                _ => new(TimeLimitSeconds: 5400, MaxAmountUsd: 300),
            },
            Losses = kind switch
            {
                "losses" => new(MaxDrawdownShare: 0.002m),
                "slices" => new(MaxDrawdownShare: 0.00005m),
                _ => null,
            },
            MaxDailyLossShare = kind == "losses" ? 0.0001m : 0.2m,
        };
        var rules = new PipelineRules(new(60, HorizonSteps: 10), 300, 600, Given.Costs);
        var prices = Given.Prices(seed: 1, minutes: 4000);

        var opening = kind == "exchange"
            ? Given.Account(limits, new ProductRulesSeen("binance", ExchangeRules, Given.Noon)) : Given.Account(limits);
        var (expected, account) = LookingAtEveryPrice(opening, prices, rules);
        var trader = new PipelineTrader(new(Given.Symbol, 60, 10_000, rules.Costs, FillTiming.AtClose), rules, limits,
            account: kind == "exchange" ? opening : null);
        var backtest = new Backtest(new(Given.Symbol, 60, 10_000, rules.Costs, FillTiming.AtClose), trader);
        backtest.Add([.. prices.Select(
            price => new Candle(price.IntervalStart.ToUnixTimeSeconds() - 60, price.Price, price.Price, price.Price, price.Price, 0))]);

        Assert.Equal(expected,
            backtest.Result().Fills.Select(fill => (fill.AtUnixSeconds, fill.Exit, fill.Execution.Quantity, fill.Execution.Price)));
        Assert.Contains(expected, fill => fill.Exit is not null);
        if (kind == "exchange")
            Assert.All(expected,
                fill => Assert.True(fill.Quantity % ExchangeRules.LotSize == 0 && fill.Quantity <= ExchangeRules.LargestQuantity));
        Assert.Equal((account.CashUsd, account.State, account.Latched, account.PeakEquityUsd),
            (trader.Account.CashUsd, trader.Account.State, trader.Account.Latched, trader.Account.PeakEquityUsd));
    }

    private static (List<(long At, ExitReason? Exit, decimal Quantity, decimal Price)> Fills, Portfolio Account) LookingAtEveryPrice(
        Portfolio account, IEnumerable<PriceObserved> prices, PipelineRules rules)
    {
        var (window, fills) = (new PriceWindow(rules.Window), new List<(long, ExitReason?, decimal, decimal)>());
        foreach (var price in prices)
        {
            window.Add(price.IntervalStart.ToUnixTimeSeconds(), price.Price);
            Apply(new WatchPrice(price.Symbol, price.Price, price.ObservedAt));
            if (Risk.AssessExit(account, 2, price, price.ObservedAt) is { } exit)
                Execute(exit, price);
            if (!Predictions.DecisionDue(price, rules.DecisionIntervalSeconds))
                continue;
            var prediction = Predictions.Predict(price, window, [TechnicalModel.Output(window)], rules, price.ObservedAt);
            Execute(
                new(DerivedId.Trade(prediction.PredictionId), prediction, Risk.Assess(account, 2, prediction, price.ObservedAt)), price);
        }
        return (fills, account);

        void Execute(RiskAssessed assessed, PriceObserved price)
        {
            if (assessed.Assessment.Order is not { } order)
                return;
            Apply(new ReserveFunds(assessed.TradeId, order, price.ObservedAt));
            var execution = PaperFill.Of(assessed.TradeId, order, price.Price, rules.Costs, price.ObservedAt);
            Apply(new SettleTrade(assessed.TradeId, execution));
            fills.Add((price.IntervalStart.ToUnixTimeSeconds(), order.Exit, execution.FilledQuantity, execution.AveragePrice));
        }

        void Apply(IAccountCommand command)
        {
            foreach (var happened in Portfolio.Decide(command, account))
                account = Portfolio.Evolve(account, happened);
        }
    }
}
