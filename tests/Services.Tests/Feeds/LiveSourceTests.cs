using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Trading.Contracts;
using Trading.Hosting.Stores;
using Trading.Services.Feeds;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Services.Tests.Feeds;

/// <summary>How a live source is asked, against a real server and with a clock that the test moves.</summary>
public sealed class LiveSourceTests : IAsyncLifetime
{
    private const string Good =
        """{"symbol":"BTCUSDT","lastPrice":"50000.10","quoteVolume":"1000","priceChangePercent":"1.5","closeTime":1704067200000}""";

    private static readonly DateTimeOffset Now = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Func<HttpContext, Task> Ok = LocalServer.Answer(200, Good);

    // Far apart, so that a test can tell by its length what somebody waits for. Repetitions come within a few seconds.
    private static readonly LiveFeedRules Rules = new()
    {
        Timeout = TimeSpan.FromSeconds(100),
        TryTimeout = TimeSpan.FromSeconds(40),
        RetryDelay = TimeSpan.FromSeconds(1),
        BreakDuration = TimeSpan.FromSeconds(60),
    };

    private static readonly TimeSpan LongestRetryDelay = TimeSpan.FromSeconds(15);

    private readonly HttpClient _http = LiveFeeds.NewHttpClient();
    private readonly ManualTime _time = new(Now);
    private LocalServer? _server;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        _http.Dispose();
        if (_server is not null)
            await _server.DisposeAsync();
    }

    [Fact]
    public async Task a_source_that_answers_gives_its_quote()
    {
        var feed = await Start(Ok);

        Assert.Equal(new Quote("binance", "USDT", 50000.10m, 1000, null, 1.5m, Now), await Ask(feed));
        var request = Assert.Single(_server!.Seen);
        Assert.Equal("/api/v3/ticker/24hr?symbol=BTCUSDT", request.Path);
        Assert.Equal("trading-price-collector", request.Headers["User-Agent"]);
        Assert.Equal("application/json", request.Headers["Accept"]);
    }

    [Fact]
    public async Task every_answer_is_reported_as_it_came_also_one_that_gives_no_quote()
    {
        var feed = await Start(LocalServer.Answer(200, Good), LocalServer.Answer(200, "{ \"code\": -1121 }\n"),
            LocalServer.Answer(451, "<html>not here</html>"));
        var heard = new List<HttpAnswer>();

        await feed.QuoteAsync("BTC-USD", CancellationToken.None, heard.Add);
        await Assert.ThrowsAsync<PriceFeedException>(() => feed.QuoteAsync("BTC-USD", CancellationToken.None, heard.Add));
        await Assert.ThrowsAsync<PriceFeedException>(() => feed.QuoteAsync("BTC-USD", CancellationToken.None, heard.Add));

        Assert.Equal([(200, Good), (200, "{ \"code\": -1121 }\n"), (451, "<html>not here</html>")],
            heard.Select(answer => (answer.Status, Encoding.UTF8.GetString(answer.Body.Span))));
        Assert.All(heard, answer => Assert.Equal((new Uri(_server!.Address, "/api/v3/ticker/24hr?symbol=BTCUSDT").ToString(), Now),
            (answer.Url, answer.ReceivedAt)));
    }

    [Theory]
    [InlineData("coingecko", "/api/v3/simple/price?ids=bitcoin&vs_currencies=usd&include_market_cap=true&include_24hr_vol=true"
        + "&include_24hr_change=true&include_last_updated_at=true")]
    [InlineData("binance", "/api/v3/ticker/24hr?symbol=BTCUSDT")]
    [InlineData("coinbase", "/api/v3/brokerage/market/products/BTC-USD/ticker?limit=1")]
    [InlineData("kraken", "/0/public/Ticker?pair=XBTUSD")]
    public async Task every_source_is_asked_at_its_own_path_below_the_given_address(string source, string path)
    {
        _server = await LocalServer.StartAsync(LocalServer.Answer(404));
        var feed = LiveFeeds.Create(source, _http, Rules, _time, new Uri(_server.Address, "/through/here/"));

        Assert.Equal("HTTP 404 Not Found: nothing came", await Failure(feed));
        Assert.Equal(source, feed.Source);
        Assert.Equal("/through/here" + path, _server.Seen.Single().Path);
    }

    [Fact]
    public async Task the_key_goes_to_coingecko_alone_and_only_in_a_header()
    {
        _server = await LocalServer.StartAsync(LocalServer.Answer(404));
        foreach (var source in LiveFeeds.Sources)
            await Failure(LiveFeeds.Create(source, _http, Rules, _time, _server.Address, coinGeckoApiKey: "CG-secret"));

        Assert.Equal(4, _server.Count);
        Assert.DoesNotContain(_server.Seen, request => request.Path.Contains("secret", StringComparison.Ordinal));
        var with = Assert.Single(_server.Seen, request => request.Headers.Values.Contains("CG-secret"));
        Assert.Equal("CG-secret", with.Headers["x-cg-demo-api-key"]);
        Assert.StartsWith("/api/v3/simple/price", with.Path, StringComparison.Ordinal);
    }

    [Fact]
    public void an_unknown_source_is_an_error_that_names_the_known_ones() =>
        Assert.Equal(
            "Trading:Sources must be among coingecko, binance, coinbase, kraken, was bitstamp",
            Assert.Throws<ArgumentException>(() => LiveFeeds.Create("bitstamp", _http, Rules, _time)).Message);

    [Fact]
    public void a_key_that_cannot_be_sent_is_an_error_that_does_not_show_it()
    {
        var error = Assert.Throws<ArgumentException>(() => LiveFeeds.Create("coingecko", _http, Rules, _time, coinGeckoApiKey: "hidden\n"));

        Assert.StartsWith("the key for CoinGecko must be ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", error.Message, StringComparison.Ordinal);
    }

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
    public async Task a_redirect_is_not_followed()
    {
        var feed = await Start(LocalServer.Answer(302, "", ("Location", "/elsewhere")), Ok);

        Assert.Equal("HTTP 302 Found: redirects are not followed", await Failure(feed));
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
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        var feed = LiveFeeds.Create("binance", _http, Rules with { Retries = 1, RetryDelay = TimeSpan.Zero }, _time,
            new Uri($"http://127.0.0.1:{port}"));

        Assert.Equal($"no connection to 127.0.0.1:{port}", await Failure(feed));
    }

    [Fact]
    public async Task an_endless_answer_is_not_read_to_its_end()
    {
        var feed = await Start(async context =>
        {
            var chunk = Encoding.UTF8.GetBytes(new string(' ', 64 * 1024));
            while (!context.RequestAborted.IsCancellationRequested)
                await context.Response.Body.WriteAsync(chunk);
        });

        Assert.Equal("unreadable answer: longer than 256 KB", await Failure(feed));
        Assert.Equal(1, _server!.Count);
    }

    [Fact]
    public async Task a_refusal_of_any_length_is_still_that_refusal()
    {
        var feed = await Start(LocalServer.Answer(403, new string('x', 1_000_000)));

        Assert.Equal("HTTP 403 Forbidden: the source refuses this address or key", await Failure(feed));
    }

    [Fact]
    public async Task an_answer_that_grows_when_unpacked_is_cut_off()
    {
        var feed = await Start(async context =>
        {
            context.Response.Headers.ContentEncoding = "gzip";
            await context.Response.Body.WriteAsync(Compressed(new string(' ', 50_000_000)));
        });

        Assert.Equal("unreadable answer: longer than 256 KB", await Failure(feed));
    }

    [Fact]
    public async Task a_compressed_answer_is_read()
    {
        var feed = await Start(async context =>
        {
            context.Response.Headers.ContentEncoding = "gzip";
            await context.Response.Body.WriteAsync(Compressed(Good));
        });

        Assert.Equal(50000.10m, (await Ask(feed)).Price);
    }

    [Fact]
    public async Task a_damaged_compressed_answer_is_named()
    {
        var feed = await Start(async context =>
        {
            context.Response.Headers.ContentEncoding = "gzip";
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes("this is not gzip at all"));
        });

        Assert.Equal("unreadable answer: its compression is damaged", await FailureAfterRetries(feed));
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
    public async Task a_symbol_that_a_source_lacks_does_not_keep_it_from_answering_for_others()
    {
        var feed = await Start(context => (context.Request.Query["symbol"] == "BTCUSDT" ? Ok : LocalServer.Answer(400))(context));
        for (var i = 0; i < 20; i++)
            Assert.StartsWith("HTTP 400", await Failure(feed, "DOT-USD"), StringComparison.Ordinal);

        Assert.Equal(50000.10m, (await Ask(feed)).Price);
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

    [Theory]
    [InlineData("BTCUSD")]
    [InlineData("DOG/GO-USD")]
    [InlineData("BTC-GOLD")]
    [InlineData("btc-usd")]
    public async Task a_symbol_that_no_source_knows_is_an_error_in_the_settings(string symbol)
    {
        var feed = await Start(Ok);

        var error = await Assert.ThrowsAsync<ArgumentException>(() => feed.QuoteAsync(symbol, CancellationToken.None));
        Assert.Equal(
            "Trading:Symbols must be, for live prices, a base of 1 to 12 capital letters and digits in one of USD, USDT, USDC, EUR, like "
            + $"BTC-USD, was {symbol}",
            error.Message);
        Assert.Equal(0, _server!.Count);
    }

    [Fact]
    public async Task the_id_of_a_base_is_looked_up_at_coingecko_once_and_kept()
    {
        _server = await LocalServer.StartAsync([
            context => context.Response.WriteAsync("""
                {"coins":[{"id":"tron-bridged","symbol":"TRX","market_cap_rank":900},{"id":"tron","symbol":"trx","market_cap_rank":9},
                {"id":"trx-classic","symbol":"TRX","market_cap_rank":null},{"id":"other","symbol":"TRXX","market_cap_rank":1}]}
                """),
            context => context.Response.WriteAsync("""{"tron":{"usd":0.25}}"""),
            context => context.Response.WriteAsync("""{"tron":{"usd":0.26}}""")]);
        var feed = LiveFeeds.Create("coingecko", _http, Rules, _time, _server.Address);
        Assert.Equal(0.25m, (await feed.QuoteAsync("TRX-USD", CancellationToken.None)).Price);
        Assert.Equal(0.26m, (await feed.QuoteAsync("TRX-USD", CancellationToken.None)).Price);
        Assert.Equal(3, _server.Count);
    }

    [Fact]
    public async Task a_base_that_coingecko_does_not_list_is_looked_for_once_in_an_hour()
    {
        _server = await LocalServer.StartAsync([
            context => context.Response.WriteAsync("""{"coins":[]}"""),
            context => context.Response.WriteAsync("""{"coins":[{"id":"newcoin","symbol":"NEW","market_cap_rank":9}]}"""),
            context => context.Response.WriteAsync("""{"newcoin":{"usd":0.25}}""")]);
        var feed = LiveFeeds.Create("coingecko", _http, Rules, _time, _server.Address);
        Assert.Equal("does not list NEW", await Failure(feed, "NEW-USD"));
        Assert.Equal("does not list NEW", await Failure(feed, "NEW-USD"));
        Assert.Equal(1, _server.Count);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(0.25m, (await feed.QuoteAsync("NEW-USD", CancellationToken.None)).Price);
    }

    private async Task<IPriceFeed> Start(params Func<HttpContext, Task>[] answers)
    {
        _server = await LocalServer.StartAsync(answers);
        return LiveFeeds.Create("binance", _http, Rules, _time, _server.Address);
    }

    private static Task<Quote> Ask(IPriceFeed feed) => feed.QuoteAsync("BTC-USD", CancellationToken.None);

    private static async Task<string> Failure(IPriceFeed feed, string symbol = "BTC-USD") =>
        (await Assert.ThrowsAsync<PriceFeedException>(() => feed.QuoteAsync(symbol, CancellationToken.None))).Message;

    private async Task<string> FailureAfterRetries(IPriceFeed feed, int tries = 2)
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

    private static byte[] Compressed(string text)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return compressed.ToArray();
    }
}
