using Trading.Services.Feeds;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Services.Tests.Feeds;

/// <summary>What is asked again, how often, and what is not.</summary>
public sealed class SourceRetryTests : LiveSourceTest
{
    [Fact]
    public async Task a_failure_that_may_pass_is_tried_again_after_a_wait()
    {
        var feed = await Start(LocalServer.Answer(503), LocalServer.Answer(500), Ok);
        var asked = Ask(feed);
        for (var failure = 0; failure < 2; failure++)
        {
            await _server!.NextArrival();
            await _time.WaitedFor(length => length < LongestRetryDelay);
            _time.Advance(LongestRetryDelay);
        }

        Assert.Equal(50000.10m, (await asked).Price);
        Assert.Equal(3, _server!.Count);
    }

    [Fact]
    public async Task a_source_that_keeps_failing_is_tried_three_times()
    {
        var feed = await Start(LocalServer.Answer(502, "<html>Bad gateway</html>"));

        Assert.Equal("HTTP 502 Bad Gateway: a web page came", await FailureAfterRetries(feed));
        Assert.Equal(3, _server!.Count);
    }

    [Fact]
    public async Task a_try_without_answer_ends_after_its_time_and_the_next_may_answer()
    {
        var feed = await Start(LocalServer.Hang(), LocalServer.Hang("{\"symbol\":"), Ok);
        var asked = Ask(feed);
        for (var failure = 0; failure < 2; failure++)
        {
            await _server!.NextArrival();
            _time.Advance(Rules.TryTimeout);
            await _time.WaitedFor(length => length < LongestRetryDelay);
            _time.Advance(TimeSpan.FromSeconds(8));
        }

        Assert.Equal(50000.10m, (await asked).Price);
    }

    [Fact]
    public async Task a_source_without_answer_is_given_up_when_its_whole_time_is_over()
    {
        var feed = await Start(LocalServer.Hang());
        var asked = Failure(feed);
        await _server!.NextArrival();
        _time.Advance(Rules.TryTimeout);
        await _time.WaitedFor(length => length < LongestRetryDelay);
        _time.Advance(Rules.Timeout - Rules.TryTimeout);

        Assert.Equal("no answer within 100 s", await asked);
    }

    [Theory]
    [InlineData(451, "", "HTTP 451 Unavailable For Legal Reasons: the source refuses this country or region")]
    [InlineData(403, "<html>", "HTTP 403 Forbidden: the source refuses this address or key")]
    [InlineData(429, "", "HTTP 429 Too Many Requests: asked too often")]
    [InlineData(418, "", "HTTP 418 I'm a teapot: banned for asking too often")]
    [InlineData(400, """{"code":-1121,"msg":"Invalid symbol."}""", """HTTP 400 Bad Request: {"code":-1121,"msg":"Invalid symbol."}""")]
    [InlineData(404, "no\r\nsuch\tpair", "HTTP 404 Not Found: no such pair")]
    [InlineData(401, "", "HTTP 401 Unauthorized: nothing came")]
    [InlineData(200, "", "unreadable answer: nothing came")]
    [InlineData(200, "<!DOCTYPE html><html>Log in to the network</html>", "unreadable answer: a web page came")]
    [InlineData(204, "", "unreadable answer: nothing came")]
    public async Task what_would_be_answered_alike_again_is_not_tried_again(int status, string body, string reason)
    {
        var feed = await Start(
            status == 204 ? context => Task.FromResult(context.Response.StatusCode = 204) : LocalServer.Answer(status, body));

        Assert.Equal(reason, await Failure(feed));
        Assert.Equal(1, _server!.Count);
    }

    [Fact]
    public async Task a_reset_connection_is_tried_again()
    {
        var feed = await Start(LocalServer.Reset(), LocalServer.Reset("{\"symbol\":"), Ok);
        var asked = Ask(feed);
        for (var failure = 0; failure < 2; failure++)
        {
            await _server!.NextArrival();
            await _time.WaitedFor(length => length < LongestRetryDelay);
            _time.Advance(LongestRetryDelay);
        }

        Assert.Equal(50000.10m, (await asked).Price);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"symbol\":")]
    public async Task a_connection_that_always_breaks_is_named(string beginning)
    {
        var feed = await Start(LocalServer.Reset(beginning));

        Assert.Equal("the connection broke before the answer was complete", await FailureAfterRetries(feed));
    }

    [Fact]
    public async Task nobody_there_is_named()
    {
        var port = FreePort.Next();
        var feed = LiveFeeds.Create("binance", _http, Rules with { Retries = 1, RetryDelay = TimeSpan.Zero }, _time,
            new Uri($"http://127.0.0.1:{port}"));

        Assert.Equal($"no connection to 127.0.0.1:{port}", await Failure(feed));
    }
}
