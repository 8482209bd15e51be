using System.Text;
using Trading.Contracts;
using Trading.Services.Feeds;
using Trading.TestKit.Data;
using Xunit;

namespace Trading.Services.Tests.Feeds;

/// <summary>What is made of the sources' answers: recorded ones, and ones that nobody should believe.</summary>
public sealed class AnswerTests
{
    private const string CoinGecko =
        """{"bitcoin":{"usd":60000.5,"usd_market_cap":1200000000000.5,"usd_24h_vol":30000000000.25,"usd_24h_change":"""
            + """-2.5,"last_updated_at":1704067200}}""";

    private const string Binance =
        """{"symbol":"BTCUSDT","priceChangePercent":"-2.5","lastPrice":"60000.5","""
        + """
        "volume":"500000","quoteVolume":"30000000000.25","closeTime":1704067200000}
        """;

    private const string Coinbase =
        """{"trades":[{"trade_id":"1","product_id":"BTC-USD","price":"60000.5","size":"0.1","time":"2024-01-01T00:00:"""
            + """00.5Z","side":"BUY"}],"best_bid":"60000","best_ask":"60001"}""";

    private const string Kraken =
        """{"error":[],"result":{"XXBTZUSD":{"a":["60001","1","1.0"],"b":["60000","1","1.0"],"c":["60000.5","0.01"],"v":"""
            + """["100","200.5"],"p":["59000","59500"],"o":"59999"}}}""";

    private static readonly DateTimeOffset Arrival = new(2024, 1, 1, 0, 0, 5, TimeSpan.Zero);

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

    [Theory]
    [InlineData("", "nothing came")]
    [InlineData("   \r\n", "nothing came")]
    [InlineData("<html><body>Service unavailable</body></html>", "a web page came")]
    [InlineData("upstream connect error\r\nreset", "upstream connect error reset")]
    [InlineData("{\"bitcoin\":{\"usd\":60000", "{\"bitcoin\":{\"usd\":60000")]
    [InlineData("{\"bitcoin\":{\"usd\":1}} {\"bitcoin\":{\"usd\":2}}", "{\"bitcoin\":{\"usd\":1}} {\"bitcoin\":{\"usd\":2}}")]
    [InlineData("{\"bitcoin\":{\"usd\":1,\"usd\":2}}", "{\"bitcoin\":{\"usd\":1,\"usd\":2}}")]
    [InlineData("{\"bitcoin\":{\"usd\":NaN}}", "{\"bitcoin\":{\"usd\":NaN}}")]
    [InlineData("{\"bitcoin\":{\"usd\":\"\\ud800\"}}", "{\"bitcoin\":{\"usd\":\"\\ud800\"}}")]
    [InlineData("\u202egone \u001b[31mred Übel", "?gone [31mred ?bel")]
    [InlineData("null", "there is no bitcoin in null")]
    [InlineData("[]", "there is no bitcoin in []")]
    [InlineData("42", "there is no bitcoin in 42")]
    [InlineData("{}", "there is no bitcoin in {}")]
    [InlineData("{\"bitcoin\":null}", "there is no usd in null")]
    [InlineData("{\"bitcoin\":{}}", "there is no usd in {}")]
    public void refuses_what_is_no_answer_and_shows_a_glimpse_of_it(string body, string reason) =>
        Assert.Equal($"unreadable answer: {reason}", Refusal("coingecko", body));

    [Fact]
    public void shows_no_more_than_the_beginning_of_an_answer() =>
        Assert.Equal($"unreadable answer: {new string('x', 80)}...", Refusal("coingecko", new string('x', 1000)));

    [Fact]
    public void refuses_text_that_is_not_utf8() =>
        Assert.Throws<PriceFeedException>(() => Read("coingecko", [.. "{\"bitcoin\":{\"usd\":\""u8, 0xff, .. "\"}}"u8]));

    [Fact]
    public void refuses_deep_nesting() =>
        Assert.StartsWith("unreadable answer: ", Refusal("coingecko", new string('[', 100_000)), StringComparison.Ordinal);

    public static TheoryData<string, string> Prices => new()
    {
        { "coingecko", CoinGecko.Replace(":60000.5", ":@", StringComparison.Ordinal) },
        { "binance", Binance.Replace("\"60000.5\"", "@", StringComparison.Ordinal) },
        { "coinbase", Coinbase.Replace("\"60000.5\"", "@", StringComparison.Ordinal) },
        { "kraken", Kraken.Replace("\"60000.5\"", "@", StringComparison.Ordinal) },
    };

    [Theory]
    [MemberData(nameof(Prices))]
    public void refuses_a_price_that_cannot_be(string source, string answer)
    {
        string[] absurd =
        [
            "0", "-1", "1e300", "1000000000001", "null", "true", "false", "[]", "{}", "[60000]", "\"\"", "\" \"", "\"NaN\"",
            "\"Infinity\"", "\"0\"", "\"-5\"",
            "\"1e300\"", "\"60,000.5\"", "\"60000.5 USD\"", "\"$60000\"", "\"0x10\"", "\"1000000000001\"", "\"6\\u0000\"", "\"９\"",
        ];
        foreach (var value in absurd)
            Assert.Matches(@"^unreadable answer: .*(usd|lastPrice|price|c\[0\]) must be a price above 0, was ",
                Refusal(source, answer.Replace("@", value, StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Prices))]
    public void takes_a_price_as_a_number_or_as_text(string source, string answer)
    {
        foreach (var value in new[] { "61234.5", "\"61234.5\"", "6.12345e4", "\"61234.500\"" })
            Assert.Equal(61234.5m, Read(source, answer.Replace("@", value, StringComparison.Ordinal)).Price);
    }

    [Theory]
    [InlineData("coingecko", CoinGecko, "1704067200", "last_updated_at")]
    [InlineData("binance", Binance, "1704067200000", "closeTime")]
    [InlineData("coinbase", Coinbase, "\"2024-01-01T00:00:00.5Z\"", "time")]
    public void refuses_a_time_that_cannot_be(string source, string answer, string time, string name)
    {
        string[] absurd =
        [
            "0", "-1", "1", "null", "true", "\"\"", "\"now\"", "1e300", "1704067200.5", "253402300799",
            "253402300799000", "9223372036854775807",
            "\"1970-01-01T00:00:00Z\"", "\"9999-12-31T23:59:59Z\"", "\"2024-13-01T00:00:00Z\"", "[]",
        ];
        foreach (var value in absurd)
            Assert.StartsWith($"unreadable answer: {name} must be a time of the years 2009 to 2099, was ",
                Refusal(source, answer.Replace(time, value, StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("coingecko", CoinGecko, "30000000000.25", "usd_24h_vol must be an amount of at least 0")]
    [InlineData("coingecko", CoinGecko, "1200000000000.5", "usd_market_cap must be an amount of at least 0")]
    [InlineData("coingecko", CoinGecko, "-2.5", "usd_24h_change must be a change of at least -100 percent")]
    [InlineData("binance", Binance, "\"30000000000.25\"", "quoteVolume must be an amount of at least 0")]
    [InlineData("binance", Binance, "\"-2.5\"", "priceChangePercent must be a change of at least -100 percent")]
    [InlineData("kraken", Kraken, "\"200.5\"", "v[1] must be an amount of at least 0")]
    [InlineData("kraken", Kraken, "\"59500\"", "p[1] must be an amount of at least 0")]
    public void refuses_an_answer_whose_other_numbers_cannot_be(string source, string answer, string number, string reason)
    {
        foreach (var value in new[] { "-101", "1e300", "true", "\"many\"", "[1]", "{}" })
            Assert.StartsWith($"unreadable answer: {reason}, was ",
                Refusal(source, answer.Replace(number, value, StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public void takes_null_for_unknown_where_coingecko_says_so()
    {
        var answer = CoinGecko.Replace("30000000000.25", "null", StringComparison.Ordinal)
            .Replace("1200000000000.5", "0", StringComparison.Ordinal)
            .Replace("-2.5", "null", StringComparison.Ordinal);

        Assert.Equal(new Quote("coingecko", "USD", 60000.5m, null, null, null, Arrival.AddSeconds(-5)), Read("coingecko", answer));
    }

    [Theory]
    [InlineData("{\"trades\":[]}", "there is no trade in it")]
    [InlineData("{\"trades\":{}}", "there is no trade in it")]
    [InlineData("{\"trades\":[1]}", "there is no time in 1")]
    public void refuses_coinbase_without_a_trade(string answer, string reason) =>
        Assert.Equal($"unreadable answer: {reason}", Refusal("coinbase", answer));

    [Theory]
    [InlineData("[]")]
    [InlineData("[\"1\"]")]
    [InlineData("\"200.5\"")]
    [InlineData("null")]
    public void refuses_kraken_with_other_lists(string list) =>
        Assert.StartsWith("unreadable answer: v[1] must be present, was ",
            Refusal("kraken", Kraken.Replace("[\"100\",\"200.5\"]", list, StringComparison.Ordinal)), StringComparison.Ordinal);

    [Theory]
    [InlineData("coingecko", CoinGecko)]
    [InlineData("binance", Binance)]
    [InlineData("coinbase", Coinbase)]
    [InlineData("kraken", Kraken)]
    public void any_damage_gives_a_quote_or_a_reason_in_one_line(string source, string answer)
    {
        var whole = Encoding.UTF8.GetBytes(answer);
        for (var i = 0; i < whole.Length; i++)
        {
            ReadOrRefuse(source, whole[..i]);
            foreach (var other in "0-\"{}[],:e.\\\0\n "u8)
                ReadOrRefuse(source, [.. whole[..i], other, .. whole[(i + 1)..]]);
            ReadOrRefuse(source, [.. whole[..i], 0xff, .. whole[(i + 1)..]]);
        }
    }

    [Fact]
    public async Task coingecko_is_not_asked_for_a_currency_that_it_does_not_have()
    {
        using var http = LiveFeeds.NewHttpClient();
        var feed = LiveFeeds.Create("coingecko", http, new LiveFeedRules(), TimeProvider.System, new Uri("http://127.0.0.1:1"));

        Assert.Equal("does not quote in USDT",
            (await Assert.ThrowsAsync<PriceFeedException>(() => feed.QuoteAsync("BTC-USDT", CancellationToken.None))).Message);
    }

    private static void ReadOrRefuse(string source, byte[] body)
    {
        try
        {
            Assert.True(Read(source, body).Price > 0);
        }
        catch (PriceFeedException refusal)
        {
            Assert.DoesNotContain('\n', refusal.Message);
            Assert.InRange(refusal.Message.Length, 10, 250);
        }
    }

    private static string Refusal(string source, string body) => Assert.Throws<PriceFeedException>(() => Read(source, body)).Message;

    private static Quote ReadFile(string source, string file, string symbol = "BTC-USD") =>
        Read(source, File.ReadAllBytes(SharedData.Path($"api-fixtures/{file}")), symbol);

    private static Quote Read(string source, string body) => Read(source, Encoding.UTF8.GetBytes(body));

    private static Quote Read(string source, byte[] body, string symbol = "BTC-USD")
    {
        var asked = SourceSymbol.Of(symbol);
        return source switch
        {
            "coingecko" => CoinGeckoFeed.Parse(body, asked, Arrival),
            "binance" => BinanceFeed.Parse(body, asked),
            "coinbase" => CoinbaseFeed.Parse(body, asked),
            _ => KrakenFeed.Parse(body, asked, Arrival),
        };
    }
}
