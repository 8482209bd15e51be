using Microsoft.AspNetCore.Http;
using Trading.Contracts;
using Trading.Services.Feeds;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Services.Tests.Feeds;

/// <summary>A live source against a real server, with a clock that the test moves.</summary>
public abstract class LiveSourceTest : IAsyncLifetime
{
    private protected const string Good =
        """{"symbol":"BTCUSDT","lastPrice":"50000.10","quoteVolume":"1000","priceChangePercent":"1.5","closeTime":1704067200000}""";

    private protected static readonly DateTimeOffset Now = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private protected static readonly Func<HttpContext, Task> Ok = LocalServer.Answer(200, Good);

    // Far apart, so that a test can tell by its length what somebody waits for. Repetitions come within a few seconds.
    private protected static readonly LiveFeedRules Rules = new()
    {
        Timeout = TimeSpan.FromSeconds(100),
        TryTimeout = TimeSpan.FromSeconds(40),
        RetryDelay = TimeSpan.FromSeconds(1),
        BreakDuration = TimeSpan.FromSeconds(60),
    };

    private protected static readonly TimeSpan LongestRetryDelay = TimeSpan.FromSeconds(15);

    private protected readonly HttpClient _http = LiveFeeds.NewHttpClient();
    private protected readonly ManualTime _time = new(Now);
    private protected LocalServer? _server;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        _http.Dispose();
        if (_server is not null)
            await _server.DisposeAsync();
    }

    private protected async Task<IPriceFeed> Start(params Func<HttpContext, Task>[] answers)
    {
        _server = await LocalServer.StartAsync(answers);
        return LiveFeeds.Create("binance", _http, Rules, _time, _server.Address);
    }

    private protected static Task<Quote> Ask(IPriceFeed feed) => feed.QuoteAsync("BTC-USD", CancellationToken.None);

    private protected static async Task<string> Failure(IPriceFeed feed, string symbol = "BTC-USD") =>
        (await Assert.ThrowsAsync<PriceFeedException>(() => feed.QuoteAsync(symbol, CancellationToken.None))).Message;

    private protected async Task<string> FailureAfterRetries(IPriceFeed feed, int tries = 2)
    {
        var asked = Failure(feed);
        for (var failure = 0; failure < tries; failure++)
        {
            await _server!.NextArrival();
            await _time.WaitedFor(length => length < LongestRetryDelay);
            _time.Advance(LongestRetryDelay);
        }

        if (tries > 1)
            await _server!.NextArrival();
        return await asked;
    }
}
