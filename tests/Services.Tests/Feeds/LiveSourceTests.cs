using System.Text;
using Trading.Contracts;
using Trading.Hosting.Stores;
using Trading.Services.Feeds;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Services.Tests.Feeds;

/// <summary>How a live source is asked: where, with which key, and what is told of its answers.</summary>
public sealed class LiveSourceTests : LiveSourceTest
{
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
}
