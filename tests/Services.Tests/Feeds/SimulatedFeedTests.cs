using Trading.Services.Feeds;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Services.Tests.Feeds;

public sealed class SimulatedFeedTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task quotes_the_price_of_the_second_with_its_change_over_a_day()
    {
        var quote = await new SimulatedFeed(7, new ManualTime(Start.AddMilliseconds(600))).QuoteAsync("BTC-USD", CancellationToken.None);

        Assert.Equal("simulated", quote.Source);
        Assert.Equal("USD", quote.Currency);
        Assert.Equal(Start, quote.QuotedAt);
        Assert.Equal(SimulatedFeed.PriceAt(7, "BTC-USD", Start), quote.Price);
        Assert.Equal(decimal.Round((quote.Price / SimulatedFeed.PriceAt(7, "BTC-USD", Start.AddDays(-1)) - 1) * 100, 4),
            quote.Change24hPercent);
    }

    [Fact]
    public void the_prices_of_a_seed_are_the_same_on_every_machine() =>
        Assert.Equal([45643.63m, 44996.57m, 45459.07m, 45048.00m],
            Enumerable.Range(0, 4).Select(hour => SimulatedFeed.PriceAt(1, "BTC-USD", Start.AddHours(hour))));

    [Fact]
    public async Task a_restart_goes_on_where_the_price_is_by_then()
    {
        var time = new ManualTime(Start);
        var running = new SimulatedFeed(1, time);
        for (var minute = 0; minute < 100; minute++)
        {
            await running.QuoteAsync("BTC-USD", CancellationToken.None);
            time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(
            await running.QuoteAsync("BTC-USD", CancellationToken.None),
            await new SimulatedFeed(1, time).QuoteAsync("BTC-USD", CancellationToken.None));
    }

    [Fact]
    public void seeds_and_symbols_have_prices_of_their_own()
    {
        var prices = new[] { (1, "BTC-USD"), (2, "BTC-USD"), (-1, "BTC-USD"), (1, "BTC-EUR"), (1, "ETH-USD"), (1, "XYZ-USD") }
            .Select(of => SimulatedFeed.PriceAt(of.Item1, of.Item2, Start)).ToList();

        Assert.Equal(prices.Count, prices.Distinct().Count());
        Assert.All(prices, price => Assert.True(price > 0));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void prices_move_about_as_much_as_those_of_bitcoin(int seed)
    {
        var returns = Returns(seed, TimeSpan.FromMinutes(1), 40_000);
        var deviation = Math.Sqrt(returns.Average(r => r * r));

        Assert.InRange(deviation, 0.0004, 0.002);
        Assert.InRange(returns.Max(Math.Abs), deviation, 0.02);
        Assert.InRange(Math.Sqrt(Returns(seed, TimeSpan.FromDays(1), 1000).Average(r => r * r)), 0.015, 0.06);
    }

    [Fact]
    public void volatility_changes_every_few_hours()
    {
        var perBlock = Returns(1, TimeSpan.FromMinutes(1), 60 * 24 * 20).Chunk(240)
            .Select(block => Math.Sqrt(block.Average(r => r * r))).Order().ToList();

        Assert.True(perBlock[^(perBlock.Count / 10)] > 3 * perBlock[perBlock.Count / 10]);
    }

    [Fact]
    public void the_price_never_jumps_where_stretches_meet()
    {
        foreach (var bits in new[] { 14, 20, 24, 25 })
        {
            var meeting = DateTimeOffset.FromUnixTimeSeconds((Start.ToUnixTimeSeconds() >> bits) + 1 << bits);
            for (var second = -5; second < 5; second++)
            {
                var (before, after) = (SimulatedFeed.PriceAt(1, "BTC-USD", meeting.AddSeconds(second)),
                    SimulatedFeed.PriceAt(1, "BTC-USD", meeting.AddSeconds(second + 1)));
                Assert.InRange(after / before, 0.998m, 1.002m);
            }
        }
    }

    [Fact]
    public void every_time_has_a_price()
    {
        foreach (var time in new[] { DateTimeOffset.MinValue, DateTimeOffset.UnixEpoch.AddSeconds(-1),
            DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue })
            Assert.InRange(SimulatedFeed.PriceAt(int.MinValue, "BTC-USD", time), 600, 6_000_000);
    }

    private static List<double> Returns(int seed, TimeSpan step, int count)
    {
        var prices = Enumerable.Range(0, count + 1).Select(i => (double)SimulatedFeed.PriceAt(seed, "BTC-USD", Start + i * step)).ToList();
        return prices.Zip(prices.Skip(1), (before, after) => Math.Log(after / before)).ToList();
    }
}
