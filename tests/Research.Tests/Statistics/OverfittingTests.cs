using Trading.Research.Search;
using Trading.Research.Statistics;

namespace Trading.Research.Tests.Statistics;

public class OverfittingTests
{
    private const int Days = 400;

    [Fact]
    public void the_best_of_settings_without_skill_is_below_the_median_as_often_as_not()
    {
        // One draw alone may say anything; their mean may not.
        var random = new SeededRandom(1);
        Assert.InRange(Enumerable.Range(0, 20)
            .Average(_ => Overfitting.Probability([.. Enumerable.Range(0, 20).Select(_ => Luck(random, 0))])), 0.4, 0.7);
    }

    [Fact]
    public void one_setting_with_skill_among_others_without_is_found_again()
    {
        var random = new SeededRandom(2);
        Assert.InRange(Overfitting.Probability([.. Enumerable.Range(0, 50).Select(i => Luck(random, i == 17 ? 0.5 : 0))]), 0, 0.02);
    }

    [Fact]
    public void two_settings_that_take_turns_are_always_overfitted()
    {
        // What one gains in the first half it loses in the second, and the other the reverse.
        double[] first = [.. Enumerable.Range(0, 40).Select(i => (i < 20 ? 1.0 : -1.0) + i % 2 * 0.1)];
        Assert.Equal(1, Overfitting.Probability([first, [.. first.Select(gain => -gain)]], 2));
    }

    [Fact]
    public void without_enough_there_is_no_probability()
    {
        Assert.True(double.IsNaN(Overfitting.Probability([new double[100]])));
        Assert.True(double.IsNaN(Overfitting.Probability([new double[10], new double[10]])));
    }

    [Fact]
    public void an_odd_number_of_parts_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Overfitting.Probability([[0], [0]], 3));

    [Theory]
    [InlineData(3, 29, true)]
    [InlineData(3, 30, false)]
    [InlineData(1, 0, true)]
    public void few_trades_for_many_parameters_are_warned_of(int parameters, long trades, bool warns) =>
        Assert.Equal(warns, Overfitting.Warning(parameters, trades) is not null);

    [Fact]
    public void a_plateau_keeps_its_score_and_a_needle_does_not()
    {
        Assert.Equal(0.95, Stability.Of(2, [1.9, 1.9, double.NaN]).Kept, 12);
        Assert.Equal(-0.5, Stability.Of(2, [-1, -1]).Kept, 12);
        Assert.Equal(0, Stability.Of(2, []).Neighbours);
    }

    [Fact]
    public void judged_parts_follow_each_other_without_a_gap()
    {
        var windows = WalkForwardWindow.Over(0, 100, 40, 25, anchored: false);
        Assert.Equal([new(0, 40, 65), new(25, 65, 90), new(50, 90, 100)], windows);
        Assert.All(WalkForwardWindow.Over(0, 100, 40, 25, anchored: true), window => Assert.Equal(0, window.TrainFrom));
        Assert.Throws<ArgumentException>(() => WalkForwardWindow.Over(0, 40, 40, 25, anchored: false));
    }

    [Fact]
    public void a_walk_that_earns_at_half_the_rate_is_half_as_efficient() => Assert.Equal(
        0.5, WalkForward.Efficiency(
            [(new(0, 100, 150), Math.Exp(0.2) - 1, Math.Exp(0.05) - 1), (new(50, 150, 200), Math.Exp(0.2) - 1, Math.Exp(0.05) - 1)]), 9);

    private static double[] Luck(SeededRandom random, double skill) =>
        [.. Enumerable.Range(0, Days).Select(_ => random.NextNormal() + skill)];
}
