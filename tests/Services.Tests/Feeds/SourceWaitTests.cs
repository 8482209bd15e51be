using Trading.Services.Feeds;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Services.Tests.Feeds;

/// <summary>How long a source that failed, or asks for it, is left alone.</summary>
public sealed class SourceWaitTests : LiveSourceTest
{
    [Fact]
    public async Task a_source_that_asks_for_a_short_wait_is_given_exactly_that()
    {
        var feed = await Start(LocalServer.Answer(429, "", ("Retry-After", "30")), Ok);
        var asked = Ask(feed);
        await _time.WaitedFor(length => length == TimeSpan.FromSeconds(30));
        _time.Advance(TimeSpan.FromSeconds(29.999));
        Assert.Equal(1, _server!.Count);
        _time.Advance(TimeSpan.FromSeconds(0.001));

        Assert.Equal(50000.10m, (await asked).Price);
    }

    [Fact]
    public async Task a_wait_may_be_given_as_a_date_of_the_sources_own_clock()
    {
        var theirs = Now.AddHours(3);
        var feed = await Start(
            LocalServer.Answer(503, "", ("Date", theirs.ToString("R")), ("Retry-After", theirs.AddSeconds(20).ToString("R"))), Ok);
        var asked = Ask(feed);
        await _time.WaitedFor(length => length == TimeSpan.FromSeconds(20));
        _time.Advance(TimeSpan.FromSeconds(20));

        Assert.Equal(50000.10m, (await asked).Price);
    }

    [Fact]
    public async Task a_source_that_asks_for_a_long_wait_is_left_alone_until_then()
    {
        var feed = await Start(LocalServer.Answer(429, "", ("Retry-After", "119")), Ok);

        Assert.Equal("HTTP 429 Too Many Requests: asked too often, wait 119 s", await Failure(feed));
        _time.Advance(TimeSpan.FromSeconds(100));
        Assert.Equal("HTTP 429 Too Many Requests: asked too often, wait 119 s, 19 s left", await Failure(feed));
        Assert.Equal(1, _server!.Count);
        _time.Advance(TimeSpan.FromSeconds(19));
        Assert.Equal(50000.10m, (await Ask(feed)).Price);
    }

    [Theory]
    [InlineData("99999999")]
    [InlineData("Fri, 31 Dec 9999 23:59:59 GMT")]
    public async Task an_absurd_wait_is_cut_to_an_hour(string retryAfter)
    {
        var feed = await Start(LocalServer.Answer(418, "", ("Retry-After", retryAfter)), Ok);

        Assert.Equal("HTTP 418 I'm a teapot: banned for asking too often, wait 3600 s", await Failure(feed));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(50000.10m, (await Ask(feed)).Price);
    }

    [Theory]
    [InlineData("soon")]
    [InlineData("-5")]
    [InlineData("Mon, 01 Jan 2001 00:00:00 GMT")]
    public async Task a_wait_that_says_nothing_is_not_one(string retryAfter)
    {
        var feed = await Start(LocalServer.Answer(429, "", ("Retry-After", retryAfter)), Ok);

        Assert.Equal("HTTP 429 Too Many Requests: asked too often", await Failure(feed));
        Assert.Equal(50000.10m, (await Ask(feed)).Price);
    }

    [Fact]
    public async Task a_source_that_fails_again_and_again_is_left_alone_and_then_tried_once()
    {
        var healthy = false;
        var feed = await Start(context => (healthy ? Ok : LocalServer.Answer(503))(context));
        await FailureAfterRetries(feed);
        await FailureAfterRetries(feed);
        Assert.Equal(6, _server!.Count);

        Assert.Equal("circuit open after repeated failures, next try in 60 s; the last was: HTTP 503 Service Unavailable: nothing came",
            await Failure(feed));
        _time.Advance(Rules.BreakDuration);
        Assert.StartsWith("circuit open after repeated failures, next try in ",
            await FailureAfterRetries(feed, tries: 1), StringComparison.Ordinal);
        Assert.Equal(7, _server.Count);

        healthy = true;
        _time.Advance(Rules.BreakDuration);
        Assert.Equal(50000.10m, (await Ask(feed)).Price);
        Assert.Equal(50000.10m, (await Ask(feed)).Price);
        Assert.Equal(9, _server.Count);
    }

    [Fact]
    public async Task sources_fail_each_for_itself()
    {
        var feed = await Start(LocalServer.Answer(403));
        for (var i = 0; i < 10; i++)
            await Failure(feed);
        Assert.StartsWith("circuit open", await Failure(feed), StringComparison.Ordinal);

        Assert.StartsWith("HTTP 403",
            await Failure(LiveFeeds.Create("kraken", _http, Rules, _time, _server!.Address)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_caller_that_goes_away_ends_the_question()
    {
        var feed = await Start(LocalServer.Hang());
        using var caller = new CancellationTokenSource();
        var asked = feed.QuoteAsync("BTC-USD", caller.Token);
        await _server!.NextArrival();
        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
    }
}
