using Trading.Core;
using Trading.Core.Strategies;
using Trading.MarketData;
using Trading.Research.Backtests;
using static Trading.Research.Tests.Backtests.ScriptedBacktest;

namespace Trading.Research.Tests.Backtests;

/// <summary>The bars that a backtest runs over: longer ones, a late begin, its months; and parameters that a strategy lacks.</summary>
public class BacktestPeriodTests
{
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
}
