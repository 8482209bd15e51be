using Trading.Cli.Tournaments;
using Trading.Core;
using Trading.Hosting.Settings;
using Xunit;

namespace Trading.Services.Tests.Cli;

/// <summary>Who takes part in a tournament.</summary>
public sealed class ContestantTests
{
    private static readonly TradingSettings Settings = new()
    {
        PaperFeePercent = 0.2m, PaperMakerFeePercent = 0.05m, PaperSpreadPercent = 0.03m, PaperSlippagePercent = 0.04m,
        PaperSizeSlippagePercent = 1, PaperMaxVolumePercent = 7, PaperLatencyMilliseconds = 11, BacktestLatencyMilliseconds = 300,
        PaperPartialFillRate = 0.1, PaperRejectionRate = 0.2, PaperTimeoutRate = 0.3, TickSize = 0.5m, LotSize = 0.001m,
    };

    [Fact]
    public void everyone_pays_every_cost_of_the_settings()
    {
        var costs = Settings.PaperCosts() with { LatencyMilliseconds = Settings.BacktestLatencyMilliseconds };
        // None of them is what it is without settings, so that one that is forgotten shows.
        var usual = new TradingSettings().PaperCosts();
        Assert.All(typeof(PaperCosts).GetProperties().Where(property => property.CanWrite),
            property => Assert.NotEqual(property.GetValue(usual), property.GetValue(costs)));

        Candle[] hours = [.. Enumerable.Range(0, 24 * 140).Select(hour => new Candle(3600L * hour, 100, 100, 100, 100 + hour % 7, 1))];
        var all = new Contestants(Settings, hours, [], 1);
        Assert.All(all.All, contestant =>
        {
            var backtest = contestant.Begin(86_400).Backtest;
            backtest.Add([new(0, 100, 100, 100, 100, 1)]);
            Assert.Equal(costs, backtest.Result().Rules.Costs);
        });
        Assert.Same(all.All, all.All);
    }

    [Fact]
    public void costs_without_figures_of_their_own_are_those_of_the_exchange() => Assert.Equal(
        new TradingSettings { Exchange = "coinbase" }.PaperCosts(),
        new TradingSettings().WithCostsOf(new() { Exchange = "coinbase" }).PaperCosts());
}
