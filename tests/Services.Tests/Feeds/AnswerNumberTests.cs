using Trading.Contracts;
using Xunit;
using static Trading.Services.Tests.Feeds.SourceAnswers;

namespace Trading.Services.Tests.Feeds;

/// <summary>Prices, times and other numbers of an answer that cannot be, and those that may be left out.</summary>
public sealed class AnswerNumberTests
{
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
}
