using Mine;
using Trading.Cli.Backtests;
using Trading.Core;
using Trading.Core.Strategies;
using Trading.Hosting.Settings;
using Trading.MarketData;
using Trading.Research.Backtests;
using Trading.TestKit.Pipeline;
using Xunit;

namespace Trading.Services.Tests.Documents;

/// <summary>
/// The strategy of docs/own-strategy.md, which is compiled with these tests: StrategyFolderTests loads their library from a folder.
/// </summary>
public sealed class OwnStrategyTests : SerialTest
{
    [Fact]
    public void the_example_trades_and_needs_no_more_bars_than_it_says()
    {
        using var file = new CandleFile([InProcessSystem.WriteCandles(Folder, minutes: 3000, seed: 1)]);
        Candle[] candles = [.. file.Candles()];
        var plan = new BacktestPlan(new TradingSettings(), 60, new RuleSize(RuleSizeKind.All, 100), Make: New);
        Assert.True(plan.Run(candles).Orders > 10);

        var strategy = New();
        for (var at = 0; at < candles.Length; at++)
        {
            var signal = strategy.OnBar(candles[at]);
            if (at < strategy.Bars || at % 50 != 0)
                continue;
            var restarted = New();
            foreach (var bar in candles[(at + 1 - strategy.Bars)..at])
                restarted.OnBar(bar);
            Assert.Equal(signal.Action, restarted.OnBar(candles[at]).Action);
        }
    }

    private static ITradingStrategy New() => Dips.Info.Create(new(Dips.Info, []));
}
