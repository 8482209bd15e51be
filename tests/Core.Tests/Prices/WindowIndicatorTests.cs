using static Trading.Core.Tests.WindowWalk;

namespace Trading.Core.Tests;

/// <summary>Indicators of a window and hits of its rule, beside the same figures from their definitions.</summary>
public class WindowIndicatorTests
{
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
}
