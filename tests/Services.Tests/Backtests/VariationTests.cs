using Trading.Cli.Backtests;
using Trading.Cli.Research;
using Trading.Core;
using Trading.Core.Strategies;
using Trading.Hosting.Settings;
using Trading.Research.Search;
using Xunit;

namespace Trading.Services.Tests.Backtests;

/// <summary>Names of --param: settings and parameters of the strategy are two name spaces.</summary>
public class VariationTests
{
    // One parameter has the name of a setting, the other has not.
    private static readonly StrategyInfo Info = new("named-as-settings", "a strategy of a test",
    [
        StrategyParameter.Bars("from", 1, "a number"), StrategyParameter.Bars("swing", 2, "a number"),
    ], given => new Named(given.Whole("from"), given.Whole("swing")));

    private static readonly TradingSettings Settings = Known();

    [Theory]
    [InlineData("swing", "swing", false)]
    [InlineData("strategy.swing", "swing", false)]
    [InlineData("strategy.from", "from", false)]
    [InlineData("setting.from", "from", true)]
    [InlineData("LeastConfidence", "LeastConfidence", true)]
    public void a_name_is_a_setting_or_a_parameter_of_the_strategy(string name, string plain, bool isSetting) =>
        Assert.Equal((plain, isSetting), Variation.Target(Settings, name));

    [Theory]
    [InlineData("from", "--param from is a setting and also a parameter of named-as-settings: write strategy.from or setting.from")]
    [InlineData("luck", "--param luck is neither a setting nor a parameter of the strategy named-as-settings")]
    [InlineData("setting.swing", "--param setting.swing is neither a setting nor a parameter of the strategy named-as-settings")]
    public void a_name_that_is_both_or_neither_is_an_error(string name, string message) =>
        Assert.Equal(message, Assert.Throws<BacktestException>(() => Variation.Target(Settings, name)).Message);

    [Fact]
    public void a_parameter_that_is_named_like_a_setting_reaches_the_strategy_and_leaves_the_setting_alone()
    {
        var space = new ParameterSpace(
            [Parameter.Parse("strategy.from=5..6:1"), Parameter.Parse("swing=8..9:1"), Parameter.Parse("LeastConfidence=0.7..0.8:0.1")]);
        var varied = Variation.Apply(Settings, space, 0, out var violation)!;

        Assert.Null(violation);
        Assert.Equal((Settings.From, 0.7m), (varied.From, (decimal)varied.LeastConfidence));
        Assert.Equal(new Named(5, 8), varied.NewStrategy());
        Assert.Equal("--set LeastConfidence=0.7 --set StrategyParameters=from=5,swing=8",
            Variation.Switches(Settings, space, space.Values(0)));
    }

    private static TradingSettings Known()
    {
        TradingStrategies.Add(Info);
        return new() { Strategy = Info.Name };
    }

    private sealed record Named(int From, int Swing) : ITradingStrategy
    {
        public string Name => Info.Name;

        public int Bars => 1;

        public Signal OnBar(in Candle bar) => default;
    }
}
