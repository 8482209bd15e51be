using Microsoft.AspNetCore.Http;
using Trading.Services.Feeds;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Services.Tests.Feeds;

/// <summary>Symbols that a source lacks, and the ids by which CoinGecko knows them.</summary>
public sealed class SourceSymbolTests : LiveSourceTest
{
    [Fact]
    public async Task a_symbol_that_a_source_lacks_does_not_keep_it_from_answering_for_others()
    {
        var feed = await Start(context => (context.Request.Query["symbol"] == "BTCUSDT" ? Ok : LocalServer.Answer(400))(context));
        for (var i = 0; i < 20; i++)
            Assert.StartsWith("HTTP 400", await Failure(feed, "DOT-USD"), StringComparison.Ordinal);

        Assert.Equal(50000.10m, (await Ask(feed)).Price);
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
}
