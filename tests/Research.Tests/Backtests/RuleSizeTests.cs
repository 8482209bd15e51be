using Trading.Core;
using Trading.Core.Strategies;
using Trading.Research.Backtests;

namespace Trading.Research.Tests.Backtests;

/// <summary>How much a rule by itself buys.</summary>
public class RuleSizeTests
{
    private const long Start = 1_709_251_200;

    private static readonly PaperCosts Costs = new(FeePercent: 1, SpreadPercent: 0, SlippagePercent: 0, TickSize: 0.01m)
    { LotSize = 0.001m };

    [Theory]
    [InlineData("0.01", RuleSizeKind.Units, 0.01)]
    [InlineData("1000usd", RuleSizeKind.Usd, 1000)]
    [InlineData("25%", RuleSizeKind.EquityPercent, 25)]
    [InlineData("all", RuleSizeKind.All, 100)]
    public void a_size_is_units_a_value_a_share_or_all(string text, RuleSizeKind kind, double value) =>
        Assert.Equal(new(kind, (decimal)value), RuleSize.Parse(text));

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("101%")]
    [InlineData("much")]
    [InlineData("1e3")]
    public void what_is_no_size_is_refused_in_one_line(string text) => Assert.Equal(
        $"a size is a number above 0 of units like 0.01, a value like 1000usd, a share like 25% up to 100%, or all, was {text}",
        Assert.Throws<FormatException>(() => RuleSize.Parse(text)).Message);

    [Fact]
    public void all_cash_is_spent_at_the_price_of_the_fill_and_never_more()
    {
        // Decided at 100, filled at 125: 1000 / (125 x 1.01), rounded down to the lot, are 7.920.
        var result = Run("all", (100, 125));
        Assert.Equal(7.920m, result.Quantity);
        Assert.Equal(1000 - 7.920m * 125 * 1.01m, result.CashUsd);
    }

    [Fact]
    public void a_value_and_a_share_are_bought_at_the_price_of_the_fill()
    {
        Assert.Equal(4m, Run("500usd", (100, 125)).Quantity);
        Assert.Equal(2m, Run("25%", (100, 125)).Quantity);
        // More than there is cash for is all.
        Assert.Equal(7.920m, Run("5000usd", (100, 125)).Quantity);
    }

    [Theory]
    [InlineData("all", 9.900)]
    [InlineData("500usd", 5)]
    [InlineData("25%", 2.5)]
    public void a_size_that_follows_from_the_price_is_bought_at_the_close_too(string size, double units)
    {
        var result = Run(size, (100, 125), FillTiming.AtClose);
        Assert.Equal((decimal)units, result.Quantity);
        Assert.Equal(1000 - (decimal)units * 100 * 1.01m, result.CashUsd);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void cash_never_becomes_negative_whatever_the_size_the_costs_and_the_prices_are(int seed)
    {
        var random = new Random(seed);
        foreach (var size in new[] { "all", "99%", "700usd", "10%" })
        {
            var price = 100m;
            var bars = Enumerable.Range(0, 1000).Select(i =>
            {
                var open = price;
                price = Math.Max(1, decimal.Round(price * (decimal)(0.95 + random.NextDouble() * 0.1), 2));
                return new Candle(Start + 60 * i, open, Math.Max(open, price), Math.Min(open, price), price, 1);
            }).ToArray();
            var costs = Costs with { SpreadPercent = 0.1m, SlippagePercent = 0.2m, SizeSlippagePercent = 3, LatencyMilliseconds = 20_000 };
            var backtest = new Backtest(new(Given.Symbol, 60, 1000, costs),
                new FixedOrders(new SmaMomentum(2, 4, 2), RuleSize.Parse(size), 1000, costs));
            foreach (var bar in bars)
            {
                backtest.Add([bar]);
                Assert.True(backtest.Ledger.CashUsd >= 0, $"{size}: {backtest.Ledger.CashUsd}");
            }
            Assert.True(backtest.Ledger.Orders > 50);
        }
    }

    [Fact]
    public void a_strategy_that_adds_buys_more_of_what_it_holds()
    {
        var backtest = new Backtest(new(Given.Symbol, 3600, 1000, Costs), new FixedOrders(new CostAveraging(hours: 2), 1, 1000, Costs));
        backtest.Add(Enumerable.Range(0, 9).Select(i => new Candle(Start + 3600 * i, 100, 100, 100, 100, 1)).ToArray());
        Assert.Equal((3m, 3), (backtest.Ledger.Quantity, backtest.Ledger.Orders));
    }

    private static BacktestResult Run(
        string size, (decimal Decided, decimal Filled) prices, FillTiming timing = FillTiming.NextBar)
    {
        var backtest = new Backtest(new(Given.Symbol, 60, 1000, Costs, timing),
            new FixedOrders(new BuyAndHold(), RuleSize.Parse(size), 1000, Costs));
        backtest.Add(
        [
            new(Start, prices.Decided, prices.Decided, prices.Decided, prices.Decided, 1),
            new(Start + 60, prices.Filled, prices.Filled, prices.Filled, prices.Filled, 1),
        ]);
        return backtest.Result();
    }
}
