using static Trading.Core.Tests.WindowWalk;

namespace Trading.Core.Tests;

/// <summary>The digest of a window: of its last prices, and of nothing else.</summary>
public class WindowDigestTests
{
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
}
