namespace Trading.Core.Tests;

public class PriceWindowTests
{
    private static readonly WindowRules Rules = new(IntervalSeconds: 60, HorizonSteps: 7, ScoredSteps: 60, MaxGapIntervals: 10);

    public static TheoryData<int, double, double> Walks => new()
    {
        { 1, 60_000, 0.001 },
        { 2, 9_500_000, 0.0001 },
        { 3, 0.00004, 0.02 },
        { 4, 1, 0.3 },
        { 5, 0.00000002, 0.9 },
    };

    [Theory]
    [MemberData(nameof(Walks))]
    public void indicators_and_hits_equal_a_recomputation_from_all_prices(int seed, double start, double step)
    {
        var window = new PriceWindow(Rules);
        var prices = new List<decimal>();
        foreach (var price in RandomWalk(seed, start, step, steps: 500))
        {
            prices.Add(price);
            window.Add(prices.Count * 60, price);

            var naive = new NaiveWindow(prices, Rules);
            Near(naive.Mean(20), window.Sma20);
            Near(naive.Mean(50), window.Sma50);
            Near(naive.Momentum(), window.Momentum10);
            Near(naive.Volatility(), window.Volatility);
            Assert.Equal(naive.Hits(), (window.RuleHits, window.RuleSignals));
            Assert.Equal((double)price, window.NewestPrice, (double)price * 1e-15);
            Assert.Equal(Math.Min(prices.Count, Rules.Capacity), window.Count);
        }
        Assert.True(window.RuleSignals > 0, "The walk must give the rule something to be scored on.");
    }

    [Fact]
    public void the_rule_is_scored_over_every_default_step()
    {
        var rules = new WindowRules(60, HorizonSteps: 60);
        var window = new PriceWindow(rules);
        var prices = RandomWalk(seed: 6, 60_000, 0.001, steps: 700).ToList();
        for (var i = 0; i < prices.Count; i++)
            window.Add(i * 60, prices[i]);

        Assert.Equal(new NaiveWindow(prices, rules).Hits(), (window.RuleHits, window.RuleSignals));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void a_price_that_did_not_move_is_a_miss_in_either_direction(int slope)
    {
        var window = new PriceWindow(new(60, HorizonSteps: 1));
        for (var i = 0; i < 400; i++)
            window.Add(i * 60, 1000 + slope * (i / 2));

        Assert.Equal((100, 200), (window.RuleHits, window.RuleSignals));
    }

    [Fact]
    public void the_sums_stay_exact_at_the_largest_price_and_at_a_step_across_the_whole_range()
    {
        var window = new PriceWindow(Rules);
        for (var i = 1; i <= 60; i++)
            window.Add(i * 60, PriceWindow.LargestPrice);
        Assert.Equal((1e7, 1e7, 0.0, 0.0), (window.Sma20, window.Sma50, window.Momentum10, window.Volatility));

        for (var i = 61; i <= 120; i++)
            window.Add(i * 60, i % 2 == 0 ? PriceWindow.LargestPrice : PriceWindow.SmallestPrice);
        Assert.Equal(5e6, window.Sma20, 1e-7);
        // A rise of fifteen orders of magnitude is clamped to a hundredfold one: returns alternate between -1 and 100.
        Assert.Equal(Math.Sqrt(50 / 49.0) * 50.5, window.Volatility, 1e-6);
    }

    [Fact]
    public void averages_that_are_equal_are_equal_to_the_last_bit()
    {
        var window = new PriceWindow(Rules);
        for (var i = 1; i <= 60; i++)
        {
            window.Add(i * 60, i % 2 == 0 ? 11_614.62m : 11_614.64m);
            if (i >= 50 && i % 2 == 0)
                Assert.Equal(window.Sma50, window.Sma20);
        }
    }

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

    [Theory]
    [InlineData(60, 7)]
    [InlineData(200, 60)]
    [InlineData(1, 1)]
    [InlineData(3, 90)]
    public void the_state_depends_on_the_last_prices_alone_whatever_came_before(int scoredSteps, int horizonSteps)
    {
        var rules = new WindowRules(60, horizonSteps, scoredSteps);
        var last = RandomWalk(seed: 8, 60_000, 0.001, rules.Capacity).ToArray();

        var fresh = Fold(rules, [], last).Summarize();
        foreach (var seed in Enumerable.Range(100, 20))
        {
            var before = RandomWalk(seed, start: seed % 2 == 0 ? 60_000 : 0.5, step: 0.2, steps: seed * 7 % 900 + 1).ToArray();
            Assert.Equal(fresh, Fold(rules, before, last).Summarize());
        }
    }

    [Fact]
    public void one_price_less_than_the_capacity_gives_another_digest()
    {
        var prices = RandomWalk(seed: 9, 60_000, 0.001, Rules.Capacity + 1).ToArray();

        Assert.NotEqual(Fold(Rules, [], prices[2..], firstStep: 2).Summarize().Digest, Fold(Rules, [], prices).Summarize().Digest);
        Assert.Equal(Fold(Rules, [], prices[1..], firstStep: 1).Summarize().Digest, Fold(Rules, [], prices).Summarize().Digest);
    }

    [Fact]
    public void the_digest_is_the_hash_of_instants_and_prices_in_order()
    {
        var window = new PriceWindow(Rules);
        window.Add(60, 1.5m);
        window.Add(120, 2);

        // SHA-256 of four big-endian 64-bit integers: 60, 15 000 000 000, 120, 20 000 000 000.
        Assert.Equal("55f50b97e33297b86aa22aa9f0cfabbaefde122cd6ffc9ad614db171a32acf66", window.Summarize().Digest);
    }

    [Fact]
    public void another_instant_or_another_price_gives_another_digest()
    {
        decimal[] prices = [1, 2, 3];
        var digest = Fold(Rules, [], prices).Summarize().Digest;

        Assert.NotEqual(digest, Fold(Rules, [], [1, 2, 3.0000000001m]).Summarize().Digest);
        Assert.NotEqual(digest, Fold(Rules, [], prices, firstStep: 1).Summarize().Digest);
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

    private static PriceWindow Fold(WindowRules rules, decimal[] before, decimal[] last, int firstStep = 0)
    {
        var window = new PriceWindow(rules);
        for (var i = 0; i < before.Length; i++)
            window.Add((firstStep + i - before.Length) * 60, before[i]);
        for (var i = 0; i < last.Length; i++)
            window.Add((firstStep + i) * 60, last[i]);
        return window;
    }

    /// <summary>Geometric steps with a jump of a factor of up to a thousand now and then, kept within the window's range.</summary>
    private static IEnumerable<decimal> RandomWalk(int seed, double start, double step, int steps)
    {
        var random = new Random(seed);
        var price = start;
        for (var i = 0; i < steps; i++)
        {
            price *= Math.Exp((random.NextDouble() - 0.5) * 2 * step);
            if (random.Next(200) == 0)
                price *= Math.Pow(10, random.NextDouble() * 6 - 3);
            price = Math.Clamp(price, 1e-8, 1e7);
            yield return Math.Clamp(decimal.Round((decimal)price, 10), PriceWindow.SmallestPrice, PriceWindow.LargestPrice);
        }
    }

    private static void Near(double expected, double actual)
    {
        if (double.IsNaN(expected))
            Assert.True(double.IsNaN(actual), $"expected nothing, was {actual}");
        else
            Assert.True(Math.Abs(expected - actual) <= 1e-9 * Math.Abs(expected) + 1e-11, $"expected {expected:R}, was {actual:R}");
    }

    /// <summary>The same figures from their definitions, over the whole list and in decimals, as slowly as they are obvious.</summary>
    private sealed class NaiveWindow(List<decimal> prices, WindowRules rules)
    {
        public double Mean(int length) => Mean(prices.Count - 1, length);

        public double Momentum() => Momentum(prices.Count - 1);

        public double Volatility()
        {
            if (prices.Count < 51)
                return double.NaN;
            var returns = Enumerable.Range(prices.Count - 50, 50)
                .Select(i => (double)Math.Min((prices[i] - prices[i - 1]) / prices[i - 1], 100))
                .ToList();
            var mean = returns.Average();
            return Math.Sqrt(returns.Sum(value => (value - mean) * (value - mean)) / 49);
        }

        public (int Hits, int Signals) Hits()
        {
            int hits = 0, signals = 0;
            for (var now = Math.Max(prices.Count - rules.ScoredSteps, rules.HorizonSteps); now < prices.Count; now++)
            {
                var then = now - rules.HorizonSteps;
                var direction = MovingAverageRule.Of(Mean(then, 20), Mean(then, 50), Momentum(then));
                signals += direction == Direction.Stable ? 0 : 1;
                hits += (direction == Direction.Up && prices[now] > prices[then])
                    || (direction == Direction.Down && prices[now] < prices[then]) ? 1 : 0;
            }
            return (hits, signals);
        }

        private double Mean(int at, int length) =>
            at + 1 < length ? double.NaN : (double)(prices.GetRange(at + 1 - length, length).Sum() / length);

        private double Momentum(int at) => at < 10 ? double.NaN : (double)(prices[at] / prices[at - 10] - 1);
    }

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
