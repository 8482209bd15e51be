using System.Text;
using Trading.Contracts;
using Trading.Services.Feeds;
using Trading.TestKit.Data;
using Xunit;
using static Trading.Services.Tests.Feeds.SourceAnswers;

namespace Trading.Services.Tests.Feeds;

/// <summary>What is made of the sources' answers, recorded ones among them.</summary>
public sealed class AnswerTests
{
    [Fact]
    public void reads_coingecko() =>
        Assert.Equal(
            new Quote("coingecko", "USD", 60000.5m, 30000000000.25m, 1200000000000.5m, -2.5m, Arrival.AddSeconds(-5)),
            Read("coingecko", CoinGecko));

    [Fact]
    public void reads_binance() =>
        Assert.Equal(new Quote("binance", "USDT", 60000.5m, 30000000000.25m, null, -2.5m, Arrival.AddSeconds(-5)),
            Read("binance", Binance));

    [Fact]
    public void reads_coinbase() =>
        Assert.Equal(new Quote("coinbase", "USD", 60000.5m, null, null, null, Arrival.AddSeconds(-4.5)), Read("coinbase", Coinbase));

    [Fact]
    public void reads_kraken() =>
        Assert.Equal(new Quote("kraken", "USD", 60000.5m, 200.5m * 59500m, null, null, Arrival), Read("kraken", Kraken));

    [SharedDataFact]
    public void reads_the_recorded_answer_of_coingecko() =>
        Assert.Equal(
            new Quote("coingecko", "USD", 97284.65m, null, null, null, Arrival),
            ReadFile("coingecko", "coingecko/recorded_simple_price_bitcoin_usd.json"));

    [SharedDataFact]
    public void reads_the_answer_of_coingecko_with_change_and_time() =>
        Assert.Equal(
            new Quote("coingecko", "USD", 50000, null, null, -2.5m, DateTimeOffset.FromUnixTimeSeconds(1700000000)),
            ReadFile("coingecko", "coingecko/shape_simple_price_with_change.json"));

    [SharedDataFact]
    public void reads_the_recorded_answer_of_coingecko_for_another_coin() =>
        Assert.Equal(1498.64m, ReadFile("coingecko", "coingecko/GetPrices.json", "ETH-USD").Price);

    [SharedDataFact]
    public void reads_the_recorded_answer_of_binance() =>
        Assert.Equal(
            new Quote("binance", "USDT", 47174.97m, 1592599905.8036079m, null, -3.531m,
                DateTimeOffset.FromUnixTimeMilliseconds(1639734042763)),
            ReadFile("binance", "binance/recorded_ticker_24hr_BTCUSDT_2021-12-17.json"));

    [SharedDataFact]
    public void reads_the_recorded_answer_of_binance_to_the_shorter_question() =>
        Assert.Equal(
            new Quote("binance", "USDT", 26302.68m, 905849342.2200869m, null, 0.523m,
                DateTimeOffset.FromUnixTimeMilliseconds(1695852463885)),
            ReadFile("binance", "binance/recorded_ticker_BTCUSDT_2023-09-27.json"));

    [SharedDataFact]
    public void reads_the_newest_trade_of_the_recorded_answer_of_coinbase() =>
        Assert.Equal(
            new Quote("coinbase", "USD", 68923.67m, null, null, null,
                new DateTimeOffset(2026, 4, 7, 0, 28, 58, TimeSpan.Zero).AddTicks(5447780)),
            ReadFile("coinbase", "coinbase/nautilus_http_ticker.json"));

    [SharedDataFact]
    public void reads_the_recorded_answer_of_coinbase_in_a_stablecoin() =>
        Assert.Equal(
            new Quote("coinbase", "USDC", 66363.03m, null, null, null,
                new DateTimeOffset(2024, 4, 24, 9, 56, 38, TimeSpan.Zero).AddTicks(635950)),
            ReadFile("coinbase", "coinbase/ccxt_ticker_BTC-USDC_2024-04-24.json", "BTC-USDC"));

    [SharedDataFact]
    public void reads_the_sample_answer_of_kraken_under_the_old_name_of_its_pair() =>
        Assert.Equal(
            new Quote("kraken", "USD", 30303.2m, 4412.73601799m * 30689.13205m, null, null, Arrival),
            ReadFile("kraken", "kraken/GetTicker.json"));

    [SharedDataFact]
    public void reads_the_recorded_answer_of_kraken_in_a_stablecoin() =>
        Assert.Equal(
            new Quote("kraken", "USDT", 105899.4m, 163.28908096m * 105904.39279m, null, null, Arrival),
            ReadFile("kraken", "kraken/nautilus_http_ticker.json", "BTC-USDT"));

    [SharedDataTheory]
    [InlineData("coingecko", "coingecko/error_429.json", "there is no bitcoin in ")]
    [InlineData("coingecko", "coingecko/GetPrices.json", "there is no bitcoin in {\"ethereum\":{\"usd\":1498.64}}")]
    [InlineData("binance", "binance/nautilus_ticker_24hr_response.json", "symbol must be BTCUSDT, was \"BNBBTC\"")]
    [InlineData("binance", "binance/nautilus_ticker_price_response.json", "symbol must be BTCUSDT, was ")]
    [InlineData("coinbase", "coinbase/ccxt_ticker_BTC-USDC_2024-04-24.json", "product_id must be BTC-USD, was \"BTC-USDC\"")]
    [InlineData("coinbase", "coinbase/nautilus_http_product.json", "there is no trades in ")]
    [InlineData("kraken", "kraken/nautilus_http_ticker.json", "there is no XBTUSD in result")]
    public void refuses_a_recorded_answer_to_another_question(string source, string file, string reason) =>
        Assert.StartsWith($"unreadable answer: {reason}",
            Assert.Throws<PriceFeedException>(() => ReadFile(source, file)).Message, StringComparison.Ordinal);

    [Fact]
    public void a_warning_of_kraken_beside_a_result_is_no_error() => Assert.Equal(60_000.5m, KrakenFeed.Parse(
        Encoding.UTF8.GetBytes("""
            {"error":["WGeneral:Deprecated"],"result":{"XXBTZUSD":{"c":["60000.5","0.01"],"v":["1","2"],"p":["3","4"]}}}
            """),
        SourceSymbol.Of("BTC-USD"), DateTimeOffset.UnixEpoch).Price);

    [Theory]
    [InlineData("[\"EAPI:Rate limit exceeded\"]", "refused: EAPI:Rate limit exceeded")]
    [InlineData("[\"EQuery:Unknown asset pair\"]", "refused: EQuery:Unknown asset pair")]
    [InlineData("[\"EService:Unavailable\",\"x\"]", "refused: EService:Unavailable")]
    [InlineData("\"EService:Unavailable\"", "unreadable answer: error must be a list")]
    [InlineData("null", "unreadable answer: error must be a list")]
    public void says_what_kraken_refused(string error, string reason) =>
        Assert.Equal(reason, Refusal("kraken", $$"""{"error":{{error}}}"""));
}
