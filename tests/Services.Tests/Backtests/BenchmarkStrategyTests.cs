using Trading.Core;
using Trading.Core.Strategies;
using Trading.MarketData;
using Trading.Research.Backtests;
using Trading.TestKit.Data;
using Xunit;

namespace Trading.Services.Tests.Backtests;

/// <summary>
/// The strategy by which the speed of backtests is compared: 0.01 BTC, 1,000,000 USD, 0.1 % fee on each side, filled at the next open. The
/// numbers are others' and exact.
/// </summary>
public class BenchmarkStrategyTests
{
    [SharedDataTheory]
    [InlineData("binance_btcusdt_1m_2024.csv.gz", 527_040, 11_348, 5_674, 1_038, "993011.6950", "7468.4436", "0.7004297", false)]
    [InlineData("binance_btcusdt_1m_2023.csv.gz", 525_520, 11_867, 5_933, 799, "996632.3563", "3416.9573", "0.3368267", true)]
    [InlineData("binance_btcusdt_1m_2020-02-15_2020-04-15.csv.gz", 85_918, 1_898, 949, 200, "999855.8806", "142.7191", "0.0144159", false)]
    public void the_whole_file_gives_exactly_the_published_numbers(
        string file, long bars, int orders, int closed, int winners, string equity, string fees, string drawdownPercent, bool open)
    {
        var result = Run(SharedData.Path(file));

        Assert.Equal((bars, orders, closed, winners), (result.Bars, result.Orders, result.Trades.Count, result.Winners));
        Assert.Equal(
            (decimal.Parse(equity), decimal.Parse(fees), decimal.Parse(drawdownPercent)),
            (decimal.Round(result.EquityUsd, 4), decimal.Round(result.FeesUsd, 4), decimal.Round(result.MaxDrawdown * 100, 7)));
        Assert.Equal(open, result.Quantity != 0);
        Assert.Equal(1_000_000 + result.Trades.Sum(trade => trade.ProfitUsd),
            result.EquityUsd - (open ? result.Quantity * result.Last.Price - result.CostUsd - OpenFees(result) : 0));
    }

    private static decimal OpenFees(BacktestResult result) => result.FeesUsd - result.Trades.Sum(trade => trade.FeesUsd);

    private static BacktestResult Run(string path)
    {
        using var candles = new CandleFile([path]);
        var costs = new PaperCosts(FeePercent: 0.1m, SpreadPercent: 0, SlippagePercent: 0, TickSize: 0.01m);
        var backtest = new Backtest(new("BTC-USD", candles.IntervalSeconds, 1_000_000, costs),
            new FixedOrders(new SmaMomentum(), 0.01m, 1_000_000, costs));
        var block = new Candle[4096];
        while (candles.Read(block) is > 0 and var count)
            backtest.Add(block.AsSpan(0, count));
        return backtest.Result();
    }
}
