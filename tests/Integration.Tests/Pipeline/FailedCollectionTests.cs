using Microsoft.Extensions.DependencyInjection;
using Trading.Contracts;
using Trading.Hosting.Stores;
using Trading.Services;
using Trading.Services.Feeds;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Pipeline;

/// <summary>A collection that fails with something unforeseen.</summary>
public sealed class FailedCollectionTests
{
    [Fact]
    public async Task the_next_price_after_a_failed_collection_is_collected_in_its_own_interval_and_not_before_it()
    {
        var time = new ManualTime(InProcessSystem.Start.AddSeconds(2));
        var (feed, seen) = (new FailingFeed(time), new SeenMessages());
        var settings = InProcessSystem.Told with { Symbols = [InProcessSystem.Symbol], PriceStores = [] };
        await using var app = await InProcessSystem.BuildAsync(settings, await PostgresServer.CreateDatabaseAsync(), trading =>
        {
            trading.AddPriceCollector();
            trading.Services.AddSingleton<TimeProvider>(time);
            trading.Services.AddSingleton<IReadOnlyList<IPriceFeed>>([feed]);
            seen.On(trading);
        });
        await app.StartAsync();
        await feed.Failed.WaitAsync(HangGuard.Limit);
        // Tried again at once it would be the price of a minute that has not begun.
        await Task.WhenAny(time.WaitedFor(wait => wait == TimeSpan.FromSeconds(58)), seen.Until(all => all.Of<PriceObserved>().Count == 1));
        time.Advance(TimeSpan.FromSeconds(58));
        await seen.Until(all => all.Of<PriceObserved>().Count >= 1);
        Assert.All(seen.Of<PriceObserved>(), price => Assert.True(price.Message.IntervalStart <= price.Message.ObservedAt,
            $"the price of {price.Message.IntervalStart:T} is of {price.Message.ObservedAt:T}"));
    }

    private sealed class FailingFeed(TimeProvider time) : IPriceFeed
    {
        private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Source => SimulatedFeed.Name;

        public Task Failed => _failed.Task;

        public Task<Quote> QuoteAsync(string symbol, CancellationToken cancellation, Action<HttpAnswer>? heard = null)
        {
            if (_failed.TrySetResult())
                throw new InvalidOperationException("nobody foresaw this");
            return Task.FromResult(new Quote(Source, "USD", 60_000, null, null, null, time.GetUtcNow()));
        }
    }
}
