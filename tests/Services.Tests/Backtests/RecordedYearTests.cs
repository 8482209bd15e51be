using Trading.Core;
using Trading.Hosting.Settings;
using Trading.MarketData;
using Trading.Research.Backtests;
using Trading.TestKit.Data;
using Xunit;
using Xunit.Abstractions;

namespace Trading.Services.Tests.Backtests;

/// <summary>The recorded year 2024 through the whole chain, with exits on and off.</summary>
public class RecordedYearTests(ITestOutputHelper output)
{
    // Each minute of the year through the same decisions as values: the backtest's trader, filled at the observed price as the paper
    // exchange does.
    [SharedDataFact]
    public void the_year_2024_is_traded_with_exits_and_without()
    {
        var settings = new TradingSettings { Feed = FeedKind.Recorded };
        var with = Year(settings, settings.Limits());
        var without = Year(settings, settings.Limits() with { Exits = null });

        output.WriteLine(Words("2024 with exits", with));
        output.WriteLine(Words("2024 without exits", without));
        Assert.Contains(with.Fills, fill => fill.Exit is not null);
        Assert.DoesNotContain(without.Fills, fill => fill.Exit is not null);
        Assert.Equal((527_040L, 527_040L), (with.Bars, without.Bars));
        Assert.True(with.MaxDrawdown <= settings.MaxDrawdownShare + 0.01m);
    }

    private static BacktestResult Year(TradingSettings settings, RiskLimits limits)
    {
        using var file = new CandleFile([SharedData.Path("binance_btcusdt_1m_2024.csv.gz")]);
        var rules = new BacktestRules("BTC-USD", 60, settings.StartingCashUsd, settings.Pipeline().Costs, FillTiming.AtClose);
        var backtest = new Backtest(rules, new PipelineTrader(rules, settings.Pipeline(), limits));
        var candles = new Candle[4096];
        while (file.Read(candles) is > 0 and var count)
            backtest.Add(candles.AsSpan(0, count));
        return backtest.Result();
    }

    private static string Words(string what, BacktestResult result) => FormattableString.Invariant(
        $"{what}: equity {result.EquityUsd:N2} of {result.Rules.CashUsd:N2}, ")
        + FormattableString.Invariant($"fees {result.FeesUsd:N2}, max drawdown {result.MaxDrawdown * 100:0.00} %, {result.Orders} orders, ")
        + FormattableString.Invariant($"{result.Winners} of {result.Trades.Count} sales won, exits: ")
        + FormattableString.Invariant(
            $"{RecordedPlay.Counted(result.Fills.Where(fill => fill.Exit is not null).Select(fill => fill.Exit))}");
}
