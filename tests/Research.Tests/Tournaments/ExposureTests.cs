using Trading.Core;
using Trading.Research.Tournaments;

namespace Trading.Research.Tests.Tournaments;

/// <summary>Exposures that follow from what a model says.</summary>
public class ExposureTests
{
    private const int Day = 86_400;
    private const int Hour = 3600;

    [Fact]
    public void a_model_only_takes_exposure_away_and_only_where_the_fall_is_worth_its_costs()
    {
        var trend = new SortedDictionary<long, double> { [100] = 0.5, [200] = 0.5, [300] = 0.5, [400] = 0.5, [500] = 0.5 };
        Foretold[] said = [new(150, 0.4, -0.001), new(250, 0.4, -0.01), new(350, 0.9, 0.1)];

        var scaled = ModelShares.Times(trend, said, 0.003, 100);

        Assert.Equal([0.5, 0.5, 0.4, 0.5, 0.5], scaled.OrderBy(one => one.Key).Select(one => Math.Round(one.Value, 6)));
    }

    [Fact]
    public void a_model_alone_goes_in_when_it_expects_more_than_its_costs_and_out_when_it_expects_a_fall()
    {
        Foretold[] said = [new(1, 0.6, 0.001), new(2, 0.6, 0.004), new(3, 0.55, 0.001), new(4, 0.49, -0.001), new(5, 0.51, 0.001)];

        Assert.Equal([0, 1, 1, 0, 0], ModelShares.AllOrNothing(said, 0.003).OrderBy(one => one.Key).Select(one => one.Value));
    }

    [Fact]
    public void exposures_at_other_times_are_the_same_exposures()
    {
        var shares = new SortedDictionary<long, double> { [1] = 0.1, [2] = 0.2, [3] = 0.3 };

        Assert.Equal([0.3, 0.1, 0.2], GivenExposure.Moved(shares, 2).OrderBy(one => one.Key).Select(one => one.Value));
    }

    [Fact]
    public void a_model_that_walks_forward_says_the_same_of_the_past_whatever_comes_later()
    {
        var random = new Random(8);
        var candles = Enumerable.Range(0, 24 * 60).Select(hour =>
        {
            var close = 100 + 10 * (decimal)Math.Sin(hour / 9.0) + (decimal)random.NextDouble();
            return new Candle(hour * (long)Hour, close, close, close, close, 1);
        }).ToArray();
        long[] fits = [20 * Day, 40 * Day];

        var whole = WalkForwardModel.Over(candles, Hour, 2, fits, default);
        var part = WalkForwardModel.Over(candles.AsMemory(0, 24 * 50), Hour, 2, fits, default);

        Assert.Equal(2, whole.Models);
        Assert.Equal(part.Said, whole.Said.Take(part.Said.Count));
        Assert.True(part.Said[0].At >= (20 * Day) + (2 * Hour));
        Assert.True(part.Said.Count > 24 * 25);
    }
}
