using Trading.Cli.Backtests;
using Trading.Cli.Research;
using Trading.Core;
using Trading.Core.Strategies;
using Trading.Hosting.Settings;
using Trading.Research.Statistics;
using Xunit;

namespace Trading.Services.Tests.Backtests;

/// <summary>
/// No strategy decides on what was not known yet, nor on more of the past than it says; BoostedModelTests shows the same of the models.
/// </summary>
public class StrategyLookaheadTests
{
    private const int Hour = 3600;

    public static TheoryData<string> Names => [.. TradingStrategies.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void no_decision_of_any_strategy_changes_when_what_comes_after_it_is_taken_away(string strategy)
    {
        var found = Check(new()
        {
            Strategy = strategy, StrategyParameters = strategy == Trend.StrategyName ? ["lookbacks=5/10/20"] : [],
            SignalThresholdPercent = 0.05, SignalConfidence = 0.3, LeastConfidence = 0.3,
        });

        Assert.Empty(found.Ahead);
        Assert.Empty(found.Behind);
        Assert.True(found.SignalsCovered > 0, $"{strategy} never said anything");
    }

    [Fact]
    public void nor_of_the_default()
    {
        var found = Check(TradingSettings.ForProfile(TradingSettings.DefaultProfile)!);

        Assert.Empty(found.Ahead);
        Assert.Empty(found.Behind);
        Assert.True(found is { Orders: > 3, SignalsCovered: > 10 }, $"{found.Orders} orders, {found.SignalsCovered} signals");
    }

    private static LookaheadCommand.Found Check(TradingSettings settings) => LookaheadCommand.Check(
        new(new BacktestPlan(settings, Hour), Market(24 * 90)), cuts: 40, new SeededRandom(1), new Progress<long>(), default);

    // Trends of some days with noise on them.
    private static Candle[] Market(int hours)
    {
        var (random, price) = (new Random(9), 20_000.0);
        return [.. Enumerable.Range(0, hours).Select(hour =>
        {
            var open = price;
            price *= 1 + 0.0015 * Math.Sin(hour * 2 * Math.PI / 240) + (random.NextDouble() - 0.5) / 60;
            return new Candle(1_700_006_400 + hour * (long)Hour, Cents(open), Cents(Math.Max(open, price) * 1.001),
                Cents(Math.Min(open, price) * 0.999), Cents(price), 10);
        })];

        static decimal Cents(double price) => Math.Round((decimal)price, 2);
    }
}
