using Trading.Hosting.Settings;
using Trading.Journal.Tables;
using Trading.Services.Feeds;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Pipeline;

/// <summary>The market of trading demo, played through all services.</summary>
public sealed class DemoTests
{
    [Fact]
    public async Task the_demo_has_sixty_days_of_past_and_trades_within_ten_seconds_of_its_speed_and_every_price_is_marked_as_simulated()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        var settings = new TradingSettings
        { Feed = FeedKind.Demo, HttpPort = 0, SealIntervalSeconds = 0, To = DemoPrices.Begin.AddMinutes(50) };
        Assert.Empty(settings.Validate());

        // At 300 times real time ten seconds are fifty minutes.
        var journal = await InProcessSystem.PlayAsync(settings, database);

        Assert.Contains(journal.Trades, trade => trade.Filled);
        Assert.Equal("simulated", journal.Account!.MarketData);
        await using var prices = new PriceHistory(database);
        var (count, last) = (0, 0L);
        await foreach (var price in prices.ReadAsync("BTC-USD", 60, 0, long.MaxValue / 2, CancellationToken.None))
        {
            Assert.True(price.Simulated);
            (count, last) = (count + 1, price.UnixSeconds);
        }
        Assert.Equal((DemoPrices.PastDays * 1440 + 50, DemoPrices.Begin.AddMinutes(50).ToUnixTimeSeconds()), (count, last));
        journal.AddsUp(10_000);
    }

    [Fact]
    public void the_same_seed_gives_the_same_market_with_jumps_and_another_seed_another_one()
    {
        static IReadOnlyList<decimal> Prices(int seed) =>
            [.. new DemoPrices(seed, "BTC-USD", 60, null, DemoPrices.Begin.AddDays(4)).Quotes().Select(quote => quote.Price)];
        var market = Prices(1);
        Assert.Equal(market, Prices(1));
        Assert.NotEqual(market, Prices(2));
        // A jump is more than ten times what a usual minute moves.
        var moves = market.Zip(market.Skip(1), (before, after) => Math.Abs(after / before - 1)).Order().ToList();
        Assert.True(moves[^1] > 10 * moves[moves.Count / 2]);
    }
}
