using Trading.Research.Statistics;

namespace Trading.Research.Tests.Statistics;

public class RandomnessTests
{
    [Fact]
    public void the_generator_gives_the_published_numbers_of_SplitMix64()
    {
        var random = new SeededRandom(1234567);
        Assert.Equal(
            [6457827717110365317UL, 3203168211198807973UL, 9817491932198370423UL, 4593380528125082431UL, 16408922859458223821UL],
            Enumerable.Range(0, 5).Select(_ => random.NextBits()));
    }

    [Fact]
    public void shares_lie_between_0_and_1_and_their_mean_is_a_half()
    {
        var random = new SeededRandom(1);
        var shares = Enumerable.Range(0, 100_000).Select(_ => random.NextShare()).ToList();
        Assert.All(shares, share => Assert.InRange(share, 0, 0.9999999999999999));
        Assert.Equal(0.5, shares.Average(), 0.005);
    }

    [Fact]
    public void normal_numbers_have_mean_0_and_deviation_1()
    {
        var random = new SeededRandom(2);
        var numbers = Enumerable.Range(0, 100_000).Select(_ => random.NextNormal()).ToList();
        Assert.Equal(0, numbers.Average(), 0.01);
        Assert.Equal(1, Math.Sqrt(numbers.Average(number => number * number)), 0.01);
    }

    [Fact]
    public void runs_of_one_seed_are_different_and_each_is_repeatable()
    {
        Assert.Equal(SeededRandom.ForRun(7, 3).NextBits(), SeededRandom.ForRun(7, 3).NextBits());
        Assert.Equal(1000, Enumerable.Range(0, 1000).Select(run => SeededRandom.ForRun(7, run).NextBits()).Distinct().Count());
    }

    [Fact]
    public void a_block_keeps_neighbours_together_and_goes_round_at_the_end()
    {
        var places = new int[1000];
        Bootstrap.Draw(places, count: 10, blockLength: 4, new(5));
        for (var i = 0; i < places.Length; i++)
        {
            Assert.InRange(places[i], 0, 9);
            if (i % 4 != 0)
                Assert.Equal((places[i - 1] + 1) % 10, places[i]);
        }
        Assert.Equal(10, places.Distinct().Count());
    }

    [Fact]
    public void an_interval_leaves_out_the_same_share_on_both_sides()
    {
        var interval = Interval.Of(Enumerable.Range(0, 101).Select(i => (double)i).Reverse(), 0.9);
        Assert.Equal((5.0, 50.0, 95.0), (Math.Round(interval.Low, 9), interval.Median, Math.Round(interval.High, 9)));
    }

    [Fact]
    public void outcomes_that_are_not_numbers_do_not_count() => Assert.Equal(2, Interval.Of([1, double.NaN, 3]).Median);

    [Fact]
    public void the_interval_of_a_mean_holds_the_true_mean_as_often_as_it_says()
    {
        // Independent normal values: the bootstrap of the mean must cover 0 in about 95 of 100 samples.
        var random = new SeededRandom(11);
        var covered = 0;
        for (var sample = 0; sample < 200; sample++)
        {
            var values = Enumerable.Range(0, 200).Select(_ => random.NextNormal()).ToArray();
            var places = new int[200];
            var means = new double[400];
            for (var run = 0; run < means.Length; run++)
            {
                Bootstrap.Draw(places, values.Length, 1, random);
                means[run] = places.Average(place => values[place]);
            }
            var interval = Interval.Of(means);
            covered += interval.Low <= 0 && interval.High >= 0 ? 1 : 0;
        }
        Assert.InRange(covered, 180, 199);
    }
}
