using static Trading.Core.Tests.WindowWalk;

namespace Trading.Core.Tests;

/// <summary>What a window of prices keeps, gives and refuses.</summary>
public class PriceWindowTests
{
    [Fact]
    public void adding_a_price_allocates_nothing()
    {
        var window = new PriceWindow(new(60, HorizonSteps: 60));
        var prices = RandomWalk(seed: 7, 60_000, 0.001, steps: 20_000).ToArray();
        for (var i = 0; i < 10_000; i++)
            window.Add(i * 60, prices[i]);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 10_000; i < 20_000; i++)
            window.Add(i * 60, prices[i]);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        // A collection that another test causes counts the rest of this thread's piece of memory, 8 KiB at most; an object a price would be
        // 240,000 bytes at least.
        Assert.InRange(allocated, 0, 8192);
    }

    [Fact]
    public void indicators_are_unknown_until_there_are_enough_prices()
    {
        var window = new PriceWindow(Rules);
        Assert.Equal((0, 0.0, (long?)null), (window.Count, window.NewestPrice, window.NewestUnixSeconds));
        for (var count = 1; count <= 60; count++)
        {
            window.Add(count * 60, 100);
            var known = window.Summarize();
            Assert.Equal(
                (count > 10, count >= 20, count >= 50, count > 50),
                (known.Momentum10.HasValue, known.Sma20.HasValue, known.Sma50.HasValue, known.Volatility.HasValue));
        }
        Assert.Equal(3600, window.NewestUnixSeconds);
    }

    [Fact]
    public void a_gap_longer_than_allowed_empties_the_window()
    {
        var prices = RandomWalk(seed: 10, 60_000, 0.001, 300).ToArray();
        var bridged = Fold(Rules, [], prices);
        var emptied = Fold(Rules, [], prices);

        bridged.Add(299 * 60 + 600, 50_000);
        emptied.Add(299 * 60 + 601, 50_000);

        Assert.Equal(Rules.Capacity, bridged.Count);
        Assert.Equal(1, emptied.Count);
        Assert.Equal((0, 0), (emptied.RuleHits, emptied.RuleSignals));
        for (var i = 1; i < prices.Length; i++)
            emptied.Add(299 * 60 + 601 + i * 60, prices[i]);
        var fresh = new PriceWindow(Rules);
        fresh.Add(299 * 60 + 601, 50_000);
        for (var i = 1; i < prices.Length; i++)
            fresh.Add(299 * 60 + 601 + i * 60, prices[i]);
        Assert.Equal(fresh.Summarize(), emptied.Summarize());
    }

    [Theory]
    [InlineData(120)]
    [InlineData(119)]
    public void a_price_that_is_not_later_than_the_newest_is_refused(long unixSeconds)
    {
        var window = new PriceWindow(Rules);
        window.Add(120, 100);
        var before = window.Summarize();

        Assert.Throws<ArgumentOutOfRangeException>(() => window.Add(unixSeconds, 100));
        Assert.Equal(before, window.Summarize());
    }

    [Fact]
    public void a_price_outside_the_range_is_refused_and_the_ends_of_the_range_are_taken()
    {
        var window = new PriceWindow(Rules);
        Assert.Throws<ArgumentOutOfRangeException>(() => window.Add(60, PriceWindow.SmallestPrice - 0.0000000001m));
        Assert.Throws<ArgumentOutOfRangeException>(() => window.Add(60, PriceWindow.LargestPrice + 0.0000000001m));
        window.Add(60, PriceWindow.SmallestPrice);
        window.Add(120, PriceWindow.LargestPrice);
        Assert.Equal(2, window.Count);
    }

    [Fact]
    public void a_window_is_never_too_small_for_the_model_that_reads_it() =>
        Assert.Equal(MovingAverageRule.LeastPrices, new WindowRules(60, HorizonSteps: 1, ScoredSteps: 1).Capacity);

    [Fact]
    public void the_prices_are_given_oldest_first_and_no_more_than_the_window_keeps()
    {
        var window = new PriceWindow(new(60, 1, ScoredSteps: 60));
        for (var step = 1; step <= 200; step++)
            window.Add(step * 60, step + 0.5m);

        Assert.Equal(Enumerable.Range(89, 112).Select(step => new WindowPrice(step * 60, step + 0.5)), window.Prices());
    }

    [Fact]
    public void prices_before_a_gap_are_not_given()
    {
        var window = new PriceWindow(new(60, 1));
        window.Add(60, 1);
        window.Add(60_000, 2);

        Assert.Equal([new(60_000, 2)], window.Prices());
    }
}
