using Trading.Contracts;
using Trading.MarketData;
using Trading.Services.Feeds;
using Trading.TestKit.Data;
using Xunit;

namespace Trading.Services.Tests.Feeds;

public sealed class RecordedFeedTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("recorded-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void quotes_the_close_of_each_candle_at_the_instant_at_which_it_closes()
    {
        using var feed = new RecordedFeed("BTC-USD", [Save("binance_btcusdt_1h.csv", 1704067200, 1704070800)]);

        Assert.Equal(
            [
                new Quote("recorded", "USDT", 2.5m, null, null, null, new(2024, 1, 1, 1, 0, 0, TimeSpan.Zero)),
                new Quote("recorded", "USDT", 2.5m, null, null, null, new(2024, 1, 1, 2, 0, 0, TimeSpan.Zero)),
            ],
            feed.Quotes());
        Assert.Equal(3600, feed.IntervalSeconds);
        Assert.Equal(1, feed.FractionRead);
    }

    [Theory]
    [InlineData("binance_btcusdt_1m_2024.csv", "BTC-USD", "USDT")]
    [InlineData("lean_coinbase_btcusd_1d.csv", "BTC-USD", "USD")]
    [InlineData("BTC-USDC.csv", "BTC-USD", "USDC")]
    [InlineData("kraken_btc_eur.csv", "BTC-USD", "EUR")]
    [InlineData("nautilus_btcperp_1m.csv", "BTC-USD", "USD")]
    [InlineData("ethusdt.csv", "ETH-USD", "USDT")]
    [InlineData("ethusdt.csv", "BTC-EUR", "EUR")]
    public void takes_the_currency_from_the_file_name_and_else_from_the_symbol(string name, string symbol, string currency)
    {
        using var feed = new RecordedFeed(symbol, [Save(name, 1704067200, 1704070800)]);

        Assert.Equal(currency, feed.Currency);
        Assert.Equal(symbol, feed.Symbol);
    }

    [Fact]
    public void takes_the_currency_that_is_given()
    {
        using var feed = new RecordedFeed("BTC-USD", [Save("btcusdt.csv", 1704067200, 1704070800)], currency: "EUR");

        Assert.Equal(["EUR", "EUR"], feed.Quotes().Select(quote => quote.Currency));
    }

    [Fact]
    public void files_in_different_currencies_are_an_error()
    {
        var (first, second) = (Save("btcusdt.csv", 1704067200, 1704070800), Save("btcusd.csv", 1704074400, 1704078000));

        Assert.Equal(
            $"{second} must be in USDT as {first} is, its name says USD",
            Assert.Throws<CandleFileException>(() => new RecordedFeed("BTC-USD", [first, second])).Message);
    }

    [Fact]
    public void rows_that_are_out_of_order_are_sorted_and_a_file_that_is_in_order_is_not_held_in_memory()
    {
        var (rising, mixed) = (Save("btcusdt.csv", 1704067200, 1704070800, 1704074400),
            Save("btcusdt_mixed.csv", 1704070800, 1704067200, 1704074400));
        using var played = MarketFiles.OpenToPlay([rising], null, null);
        Assert.IsType<CandleFile>(played);

        using var feed = new RecordedFeed("BTC-USD", [mixed]);
        Assert.Equal([1704070800, 1704074400, 1704078000], feed.Quotes().Select(quote => quote.QuotedAt.ToUnixTimeSeconds()));
    }

    [SharedDataFact]
    public void plays_the_recorded_week_of_minutes()
    {
        using var feed = new RecordedFeed(
            "BTC-USD", [SharedData.Path("binance_btcusdt_1m_2024.csv.gz")], new(2024, 3, 1, 0, 0, 0, TimeSpan.Zero),
            new(2024, 3, 8, 0, 0, 0, TimeSpan.Zero));
        var quotes = feed.Quotes().ToList();

        Assert.Equal(10_080, quotes.Count);
        Assert.Equal(new(2024, 3, 1, 0, 1, 0, TimeSpan.Zero), quotes[0].QuotedAt);
        Assert.Equal(new(2024, 3, 8, 0, 0, 0, TimeSpan.Zero), quotes[^1].QuotedAt);
    }

    private string Save(string name, params long[] openTimes)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllLines(path,
            ["open_time_unix_s,open,high,low,close,volume", .. openTimes.Select(time => $"{time},2.4,2.6,2.3,2.5,10")]);
        return path;
    }
}
