using System.Text;
using Trading.Services.Feeds;
using Xunit;
using static Trading.Services.Tests.Feeds.SourceAnswers;

namespace Trading.Services.Tests.Feeds;

/// <summary>Answers that nobody should believe, and what is said of them.</summary>
public sealed class BadAnswerTests
{
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
}
