using Trading.Research.Search;
using Trading.Research.Statistics;

namespace Trading.Research.Tests.Statistics;

/// <summary>A verdict in words on the best of many settings.</summary>
public class TrustTests
{
    [Theory]
    [InlineData(0.97, 0.1, 0.9, 0.8, true, TrustLevel.Robust)]
    [InlineData(0.97, 0.1, 0.9, 0.8, false, TrustLevel.NotShown)]
    [InlineData(0.8, 0.1, 0.9, 0.8, true, TrustLevel.NotShown)]
    [InlineData(0.97, 0.1, 0.9, double.NaN, true, TrustLevel.NotShown)]
    [InlineData(0.4, 0.1, 0.9, 0.8, true, TrustLevel.LikelyOverfit)]
    [InlineData(0.97, 0.6, 0.9, 0.8, true, TrustLevel.LikelyOverfit)]
    [InlineData(0.97, 0.1, 0.1, 0.8, true, TrustLevel.LikelyOverfit)]
    [InlineData(0.97, 0.1, 0.9, -0.1, true, TrustLevel.LikelyOverfit)]
    public void every_sign_must_speak_for_it_and_one_is_enough_against_it(
        double deflated, double overfitting, double kept, double efficiency, bool enough, TrustLevel level)
    {
        var trust = Trust.Of(deflated, overfitting, kept, efficiency, enough);
        Assert.Equal(level, trust.Level);
        Assert.NotEmpty(trust.Reasons);
    }

    [Fact]
    public void settings_that_do_the_same_are_one_and_say_nothing_about_overfitting()
    {
        var random = new Random(1);
        var series = Enumerable.Range(0, 100).Select(_ => random.NextDouble() - 0.5).ToArray();
        var same = Enumerable.Repeat(series, 20).Select(one => one.ToArray()).ToList();

        Assert.Single(Overfitting.Distinct(same));
        Assert.Equal(double.NaN, Overfitting.Probability(Overfitting.Distinct(same)));
        // Even when they are counted one by one, nothing is for or against the one that was chosen.
        Assert.Equal(0.5, Overfitting.Probability(same));
    }

    [Fact]
    public void a_parameter_that_changes_nothing_is_named()
    {
        var space = new ParameterSpace([Parameter.Parse("a=1..3"), Parameter.Parse("b=1..2")]);
        var outcomes = Enumerable.Range(0, 6).ToDictionary(setting => (long)setting, setting => $"{space.Values(setting)[0]}");
        Assert.Equal([1], Choice.WithoutEffect(space, outcomes));
        outcomes[5] = "other";
        Assert.Empty(Choice.WithoutEffect(space, outcomes));
    }

    [Fact]
    public void choosing_among_noise_is_worth_little_and_choosing_among_skill_is_worth_much()
    {
        var random = new Random(2);
        double[] Noise(double mean) => [.. Enumerable.Range(0, 400).Select(_ => mean + (random.NextDouble() - 0.5) * 0.02)];
        Assert.True(Choice.Efficiency([.. Enumerable.Range(0, 50).Select(_ => Noise(0))]) < 0.6);
        Assert.InRange(Choice.Efficiency([Noise(0), Noise(0.004), Noise(0)]), 0.7, 1.3);
    }
}
