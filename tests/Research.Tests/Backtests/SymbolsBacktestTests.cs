using Trading.Core;
using Trading.Core.Strategies;
using Trading.Research.Backtests;
using Trading.Research.Statistics;

namespace Trading.Research.Tests.Backtests;

/// <summary>Several symbols on one account.</summary>
public class SymbolsBacktestTests
{
    private const string Other = "ETH-USD";
    private const long Start = 1_709_251_200;
    private static readonly PipelineRules Pipeline = new(new(60, HorizonSteps: 10), 60, 600, Given.Costs with { LotSize = 0.00001m });

    private static readonly RiskLimits Limits = Given.Limits with
    {
        MaxTradeAmountUsd = 4000,
        WorstPriceMarginPercent = 0.5m,
        FeePercent = 0.1m,
        LotSize = 0.00001m,
        LeastOrderValueUsd = 10,
    };

    public static TheoryData<FillTiming> Timings => [FillTiming.NextBar, FillTiming.AtClose];

    [Theory]
    [MemberData(nameof(Timings))]
    public void one_symbol_by_the_clock_of_several_trades_as_it_does_alone(FillTiming timing)
    {
        var bars = Bars(seed: 7);
        var rules = Rules(Given.Symbol, timing);
        var alone = new Backtest(rules, new PipelineTrader(rules, Pipeline, Limits, new SmaCrossover(5, 12)));
        alone.Add(bars);

        var (whole, symbols, _) = Play(timing, Limits, (Given.Symbol, bars));
        var expected = alone.Result();
        Assert.True(expected.Trades.Count >= 4);
        Assert.Equal(expected.Fills, whole.Fills);
        Assert.Equal(expected.Trades, symbols.Single().Trades);
        Assert.Equal((expected.EquityUsd, expected.CashUsd, expected.FeesUsd, expected.MaxDrawdown, expected.BarsHeld),
            (whole.EquityUsd, whole.CashUsd, whole.FeesUsd, whole.MaxDrawdown, whole.BarsHeld));
        Assert.Equal(expected.Days.Select(day => day.EquityUsd), whole.Days.Select(day => day.EquityUsd));
        Assert.Equal(expected.HeldReturn, whole.HeldReturn, 12);
    }

    [Theory]
    [MemberData(nameof(Timings))]
    public void two_symbols_share_the_cash_and_what_they_made_adds_up_to_the_account(FillTiming timing)
    {
        // Either alone could spend it all, so both together meet the end of the cash.
        var limits = Limits with { MaxTradeAmountUsd = 9000 };
        var (whole, symbols, account) = Play(timing, limits, (Given.Symbol, Bars(seed: 7)), (Other, Bars(seed: 8)));

        Assert.All(symbols, one => Assert.True(one.Orders > 5));
        Assert.Equal(account.State.CashUsd, whole.CashUsd);
        Assert.Equal(account.State.FeesUsd, whole.FeesUsd);
        Assert.All(symbols, one => Assert.Equal(account.State.PositionIn(one.Rules.Symbol).Quantity, one.Quantity));
        Assert.Equal(whole.CashUsd + symbols.Sum(one => one.Quantity * one.Last.Price), whole.EquityUsd);
        Assert.Equal(whole.EquityUsd - 10_000, symbols.Sum(one => one.EquityUsd - 10_000));
        var alone = Play(timing, limits, (Other, Bars(seed: 8))).Whole;
        Assert.NotEqual(alone.Fills.Sum(fill => fill.Execution.Quantity), symbols[1].Fills.Sum(fill => fill.Execution.Quantity));
    }

    [Fact]
    public void an_order_that_is_filled_at_the_open_no_longer_holds_the_cash_when_another_symbol_decides_at_that_close()
    {
        // Both symbols want all there is: the first sells at the open of the third bar, and at its close the second may buy.
        var bars = Enumerable.Range(0, 6).Select(i => new Candle(Start + 60 * i, 100, 100, 100, 100, 1)).ToArray();
        var account = new BacktestAccount(10_000, Limits with { MaxTradeAmountUsd = 9000 }, several: true);
        Signal buy = new(TradeAction.Buy), sell = new(TradeAction.Sell);
        var parts = new[] { (Given.Symbol, new[] { buy, sell }), (Other, [default, default, buy]) }.Select(one =>
        {
            var rules = Rules(one.Item1, FillTiming.NextBar);
            return new Backtest(rules, new PipelineTrader(rules, Pipeline, account, new Scripted(one.Item2)));
        }).ToList();
        var backtest = new SymbolsBacktest(Rules("both", FillTiming.NextBar), parts);
        foreach (var bar in bars)
            backtest.Add([(0, bar), (1, bar)]);

        var (_, symbols) = backtest.Result();
        Assert.Equal(
            [(Start + 60, TradeAction.Buy), (Start + 120, TradeAction.Sell)],
            symbols[0].Fills.Select(fill => (fill.AtUnixSeconds, fill.Side)));
        Assert.Equal([(Start + 180, TradeAction.Buy)], symbols[1].Fills.Select(fill => (fill.AtUnixSeconds, fill.Side)));
        Assert.True(symbols[1].Fills[0].Execution.Quantity > 80);
    }

    [Fact]
    public void returns_are_correlated_by_the_days_that_both_have()
    {
        Assert.Equal(1, Correlation.Of([1, 2, 3], [2, 4, 6]), 12);
        Assert.Equal(-1, Correlation.Of([1, 2, 3], [6, 4, 2]), 12);
        Assert.Equal(0.5, Correlation.Of([1, 2, 3], [1, 3, 2]), 12);
        Assert.Equal(double.NaN, Correlation.Of([1, 1, 1], [1, 2, 3]));

        var days = Bars(seed: 3).Where((_, i) => i % 60 == 0).Take(40)
            .Select((bar, day) => bar with { OpenTimeUnixSeconds = Start + 86_400 * day }).ToArray();
        // One of the days is missing in the second.
        var (_, symbols, _) = Play(FillTiming.NextBar, Limits, 86_400, (Given.Symbol, days), (Other, [.. days.Where((_, i) => i != 17)]));
        Assert.Equal(1, Correlation.OfDays(symbols[0], symbols[1], point => point.Price), 12);
    }

    private static (BacktestResult Whole, IReadOnlyList<BacktestResult> Symbols, BacktestAccount Account) Play(
        FillTiming timing, RiskLimits limits, params (string Symbol, Candle[] Bars)[] data) => Play(timing, limits, 60, data);

    private static (BacktestResult Whole, IReadOnlyList<BacktestResult> Symbols, BacktestAccount Account) Play(
        FillTiming timing, RiskLimits limits, int seconds, params (string Symbol, Candle[] Bars)[] data)
    {
        var account = new BacktestAccount(10_000, limits, several: true);
        var parts = data.Select(one =>
        {
            var rules = Rules(one.Symbol, timing) with { IntervalSeconds = seconds };
            return new Backtest(rules, new PipelineTrader(rules, Pipeline, account, new SmaCrossover(5, 12)));
        }).ToList();
        var backtest = new SymbolsBacktest(Rules("all", timing) with { IntervalSeconds = seconds }, parts);
        foreach (var together in data.SelectMany((one, symbol) => one.Bars.Select(bar => (Symbol: symbol, Bar: bar)))
            .GroupBy(one => one.Bar.OpenTimeUnixSeconds).OrderBy(group => group.Key))
            backtest.Add([.. together]);
        var (whole, symbols) = backtest.Result();
        return (whole, symbols, account);
    }

    private static BacktestRules Rules(string symbol, FillTiming timing) => new(symbol, 60, 10_000, Pipeline.Costs, timing);

    private static Candle[] Bars(int seed) => [.. Given.Prices(seed, minutes: 3000)
        .Select((price, i) => new Candle(Start + 60 * i, price.Price, price.Price + 1, price.Price - 1, price.Price, 1))];

    private sealed class Scripted(params Signal[] signals) : ITradingStrategy
    {
        private int _at;

        public string Name => "scripted";

        public int Bars => 1;

        public Signal OnBar(in Candle bar) => _at < signals.Length ? signals[_at++] : default;
    }
}
