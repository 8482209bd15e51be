using Trading.Core;
using Trading.Core.Strategies;
using Trading.MarketData;
using Trading.Research.Backtests;

namespace Trading.Research.Tests.Backtests;

public class BacktestTests
{
    private const long Start = 1_709_251_200;

    private static readonly PaperCosts Free = new(FeePercent: 0, SpreadPercent: 0, SlippagePercent: 0, TickSize: 0.01m);

    // Open, high, low, close of each minute.
    private static readonly Candle[] Bars = Candles((100, 101, 99, 100), (102, 106, 101, 105), (104, 108, 103, 107),
        (110, 112, 109, 111), (90, 95, 88, 92));

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
    public void what_is_decided_at_a_close_is_filled_at_the_next_open()
    {
        var result = Run(Bars, Free, new Scripted(new(TradeAction.Buy), default, new(TradeAction.Sell)), quantity: 2);

        // Bought at 102, sold at 110.
        Assert.Equal((1016m, 0m, 2), (result.EquityUsd, result.Quantity, result.Orders));
        Assert.Equal((2m, 102m, 110m, 16m),
            result.Trades.Select(trade => (trade.Quantity, trade.EntryPrice, trade.ExitPrice, trade.ProfitUsd)).Single());
        Assert.Equal((Start + 60, Start + 180),
            result.Trades.Select(trade => (trade.EnteredAtUnixSeconds, trade.ExitedAtUnixSeconds)).Single());
    }

    [Fact]
    public void fee_spread_and_slippage_are_paid_on_both_sides()
    {
        var costs = new PaperCosts(FeePercent: 1, SpreadPercent: 2, SlippagePercent: 1, TickSize: 0.01m);
        var result = Run(Bars, costs, new Scripted(new(TradeAction.Buy), default, new(TradeAction.Sell)), quantity: 1);

        // Bought at 102 x 1.02 = 104.04 with a fee of 1.0404, sold at 110 x 0.98 = 107.80 with one of 1.078.
        Assert.Equal(1000 - 104.04m - 1.0404m + 107.80m - 1.078m, result.EquityUsd);
        Assert.Equal((2.1184m, 1.6416m), result.Trades.Select(trade => (trade.FeesUsd, trade.ProfitUsd)).Single());
    }

    [Fact]
    public void an_order_that_is_on_its_way_for_half_a_bar_gets_half_of_what_the_bar_makes_worse()
    {
        var costs = Free with { LatencyMilliseconds = 30_000 };
        var result = Run(Bars, costs, new Scripted(new(TradeAction.Buy), default, new(TradeAction.Sell)), quantity: 1);

        // From 102 half of the way to the high of 106; from 110 half of the way to the low of 109.
        Assert.Equal((104m, 109.5m), result.Trades.Select(trade => (trade.EntryPrice, trade.ExitPrice)).Single());
    }

    [Fact]
    public void an_order_that_is_on_its_way_for_longer_than_a_bar_is_filled_in_the_bar_in_which_it_arrives()
    {
        var result = Run(Bars, Free with { LatencyMilliseconds = 60_000 }, new Scripted(new Signal(TradeAction.Buy)), quantity: 1);

        Assert.Equal(104m, result.Fills.Single().Execution.Price);
    }

    [Fact]
    public void a_limit_waits_until_the_market_goes_through_it_and_a_stop_until_it_is_reached()
    {
        var limit = Run(Bars, Free, new Scripted(new Signal(TradeAction.Buy, Type: OrderType.Limit, Price: 89)), quantity: 1);
        var stop = Run(Bars, Free, new Scripted(new Signal(TradeAction.Buy, Type: OrderType.Stop, Price: 107.5m)), quantity: 1);

        // The market opens at 90 and falls to 88 in the last bar; it opens at 104 and rises to 108 in the third.
        Assert.Equal((Start + 240, 89m), limit.Fills.Select(fill => (fill.AtUnixSeconds, fill.Execution.Price)).Single());
        Assert.Equal((Start + 120, 107.5m), stop.Fills.Select(fill => (fill.AtUnixSeconds, fill.Execution.Price)).Single());
    }

    [Fact]
    public void at_the_end_nothing_is_closed_and_equity_is_cash_and_position_at_the_last_close()
    {
        var result = Run(Bars, Free, new Scripted(new Signal(TradeAction.Buy)), quantity: 3);

        Assert.Equal((1000 - 3 * 102m, 3m, 1000 - 3 * 102m + 3 * 92m), (result.CashUsd, result.Quantity, result.EquityUsd));
        // The closes with the position are worth 1009, 1015, 1027 and 970.
        Assert.Equal(57m / 1027m, result.MaxDrawdown);
        Assert.Equal(result.MaxDrawdown, 1 - result.Deepest[1].EquityUsd / result.Deepest[0].EquityUsd);
        Assert.Empty(result.Trades);
    }

    [Fact]
    public void a_buy_that_the_cash_does_not_reach_for_is_cancelled()
    {
        var result = Run(Bars, Free, new Scripted(new Signal(TradeAction.Buy)), quantity: 10);

        Assert.Equal((1000m, 0m, TradeOutcome.Cancelled), (result.CashUsd, result.Quantity, result.Fills.Single().Execution.Outcome));
    }

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

    public static TheoryData<string> Barriers => ["stops", "losses", "time", "exchange"];

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
                _ => new(TimeLimitSeconds: 5400, MaxAmountUsd: 300),
            },
            Losses = kind == "losses" ? new(MaxDrawdownShare: 0.002m) : null,
            MaxDailyLossShare = kind == "losses" ? 0.0001m : 0.2m,
        };
        var rules = new PipelineRules(new(60, HorizonSteps: 10), 300, 600, Given.Costs);
        var prices = Given.Prices(seed: 11, minutes: 4000);

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

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void money_is_conserved_whatever_the_orders_costs_and_prices_are(int seed)
    {
        var random = new Random(seed);
        var price = 100m;
        var bars = new Candle[2000];
        for (var i = 0; i < bars.Length; i++)
        {
            var close = Math.Max(1, decimal.Round(price * (decimal)(0.97 + random.NextDouble() * 0.06), 2));
            bars[i] = new(Start + 60 * i, price, Math.Max(price, close) * 1.001m, Math.Min(price, close) * 0.999m,
                close, (decimal)random.NextDouble());
            price = close;
        }
        var costs = new PaperCosts((decimal)random.NextDouble(), (decimal)random.NextDouble(), (decimal)random.NextDouble(), 0.01m)
        {
            MakerFeePercent = 0.01m, SizeSlippagePercent = 1, MaxVolumePercent = 50, LotSize = 0.001m,
            LatencyMilliseconds = random.Next(0, 130_000), PartialFillRate = 0.2, RejectionRate = 0.1,
        };
        var signals = bars.Select(bar => new Signal(
            (TradeAction)random.Next(3), 1, (OrderType)random.Next(3),
            decimal.Round(bar.Close * (decimal)(0.99 + random.NextDouble() * 0.02), 2))).ToArray();

        var result = Run(bars, costs, new Scripted(signals), quantity: 2);

        var flows = result.Fills.Sum(
            fill => BacktestLedger.Notional(fill.Execution) * (fill.Side == TradeAction.Buy ? -1 : 1) - fill.Execution.FeeUsd);
        var held = result.Fills.Sum(fill => fill.Execution.Quantity * (fill.Side == TradeAction.Buy ? 1 : -1));
        Assert.True(result.Orders > 100, $"{result.Orders} orders were filled.");
        Assert.Equal((1000 + flows, held), (result.CashUsd, result.Quantity));
        Assert.True(result.CashUsd >= 0 && result.Quantity >= 0);
        Assert.Equal(result.CashUsd + result.Quantity * result.Last.Price, result.EquityUsd);
        Assert.Equal(result.FeesUsd, result.Fills.Sum(fill => fill.Execution.FeeUsd));
        Assert.All(result.Days, day => Assert.True(day.EquityUsd > 0));
    }

    [Fact]
    public void a_bar_allocates_nothing()
    {
        var bars = Enumerable.Range(0, 20_000).Select(i => new Candle(Start + 60 * i, 100, 101, 99, 100 + i % 2 * 0.001m, 1)).ToArray();
        foreach (var trader in new IBacktestTrader[]
        {
            new FixedOrders(new SmaMomentum(), 1, 1000, Free),
            new PipelineTrader(new(Given.Symbol, 60, 1000, Free), new(new(60, 10), 60, 120, Free), Given.Limits),
        })
        {
            var backtest = new Backtest(new(Given.Symbol, 60, 1000, Free), trader);
            backtest.Add(bars.AsSpan(0, 10_000));
            var before = GC.GetAllocatedBytesForCurrentThread();
            backtest.Add(bars.AsSpan(10_000));
            // The curve of the equity may double once.
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 300_000);
        }
    }

    [Fact]
    public void months_are_those_of_the_last_closes_and_compound_to_the_whole()
    {
        var bars = Enumerable.Range(0, 120)
            .Select(day => new Candle(1_704_067_200 + 86_400L * day, 100 + day, 101 + day, 99 + day, 100.5m + day, 1)).ToArray();
        var backtest = new Backtest(new(Given.Symbol, 86_400, 1000, Free),
            new FixedOrders(new Scripted(new Signal(TradeAction.Buy)), 5, 1000, Free));
        backtest.Add(bars);
        var result = backtest.Result();
        var months = MonthResult.Of(result);

        Assert.Equal([(2024, 1), (2024, 2), (2024, 3), (2024, 4)], months.Select(month => (month.Year, month.Month)));
        Assert.Equal(result.TotalReturn, months.Aggregate(1.0, (wealth, month) => wealth * (1 + month.Return)) - 1, 12);
        Assert.Equal(120, result.DailyReturns().Count);
    }

    [Fact]
    public void a_strategy_refuses_parameters_that_it_does_not_have_in_one_line()
    {
        Assert.Equal("sma-crossover has no parameter speed; it has fast, slow",
            Assert.Throws<ArgumentException>(() => TradingStrategies.Create("sma-crossover", ["speed=3"])).Message);
        Assert.Equal("the parameter fast of sma-crossover must be a whole number from 1 to 100000, was 0",
            Assert.Throws<ArgumentException>(() => TradingStrategies.Create("sma-crossover", ["fast=0"])).Message);
        Assert.StartsWith("there is no strategy martingale",
            Assert.Throws<ArgumentException>(() => TradingStrategies.Create("martingale", [])).Message, StringComparison.Ordinal);
        Assert.StartsWith("the slow average",
            Assert.Throws<ArgumentException>(() => TradingStrategies.Create("sma-momentum", ["fast=60"])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void a_strategy_that_begins_late_says_what_it_would_have_said_after_as_many_bars_as_it_names()
    {
        var bars = Given.Prices(seed: 9, minutes: 3000)
            .Select((price, i) => new Candle(Start + 60 * i, price.Price, price.Price + i % 7, price.Price - i % 5, price.Price, 1))
            .ToArray();
        foreach (var name in TradingStrategies.All.Where(info => !info.Create(new(info, [])).Targets).Select(info => info.Name))
        {
            // Lengths of days and weeks are made as short as the prices are.
            string[] parameters = name switch
            {
                "time-series-momentum" => ["length=200"],
                "cost-averaging" => ["hours=2"],
                "grid" => ["step=0.2", "band=3"],
                "rsi-reversion" => ["low=45"],
                _ => [],
            };
            var whole = TradingStrategies.Create(name, parameters);
            var signals = bars.Select(bar => whole.OnBar(bar)).ToList();
            Assert.Contains(signals, signal => signal.Action == TradeAction.Buy);
            for (var at = whole.Bars; at < bars.Length; at += 13)
            {
                var late = TradingStrategies.Create(name, parameters);
                var said = default(Signal);
                foreach (var bar in bars.AsSpan(at + 1 - late.Bars, late.Bars))
                    said = late.OnBar(bar);
                Assert.Equal(signals[at], said);
            }
        }
    }

    [Fact]
    public void longer_candles_are_made_of_shorter_ones()
    {
        var resampler = new Resampler(120);
        var longer = new List<Candle>();
        foreach (var bar in Bars)
        {
            if (resampler.Add(bar, out var done))
                longer.Add(done);
        }
        Assert.True(resampler.End(out var last));
        Assert.False(resampler.End(out _));

        Assert.Equal(
            [new(Start, 100, 106, 99, 105, 2), new(Start + 120, 104, 112, 103, 111, 2), new(Start + 240, 90, 95, 88, 92, 1)],
            [.. longer, last]);
    }

    private static BacktestResult Run(Candle[] bars, PaperCosts costs, ITradingStrategy strategy, decimal quantity)
    {
        var backtest = new Backtest(new(Given.Symbol, 60, 1000, costs), new FixedOrders(strategy, quantity, 1000, costs));
        backtest.Add(bars);
        return backtest.Result();
    }

    private static Candle[] Candles(params (decimal Open, decimal High, decimal Low, decimal Close)[] bars) =>
        [.. bars.Select((bar, i) => new Candle(Start + 60 * i, bar.Open, bar.High, bar.Low, bar.Close, 1))];

    /// <summary>Returns the given signals, bar by bar.</summary>
    private sealed class Scripted(params Signal[] signals) : ITradingStrategy
    {
        private int _at;

        public string Name => "scripted";

        public int Bars => 1;

        public Signal OnBar(in Candle bar) => _at < signals.Length ? signals[_at++] : default;
    }
}
