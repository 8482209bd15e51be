using System.Text;
using Trading.Hosting.Alerts;
using Trading.Hosting.Secrets;
using Trading.Services.Feeds;
using Trading.Services.Tests.Models;
using Trading.TestKit.Data;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Services.Tests.Hosting;

/// <summary>Malformed answers to the calls beside orders and models: candles, ids, prices, webhooks, down to what is no HTTP.</summary>
public sealed class MutatedCallsTests : MutatedCallsTest
{
    [Theory]
    [InlineData("binance", """[[1709251200000,"61000.1","61100","60900","61050.5","12.5",1709251259999,"763000",100,"6","366000","0"]]""")]
    [InlineData("coinbase",
        """{"candles":[{"start":"1709251200","low":"60900","high":"61100","open":"61000","close":"61050.5","volume":"12.5"}]}""")]
    [InlineData("kraken", """
        {"error":[],"result":{"XXBTZUSD":[[1709251200,"61000.1","61100.0","60900.0","61050.5","61000.0","12.5",100]],"last":1709251200}}
        """)]
    [InlineData("coingecko", """{"coins":[{"id":"bitcoin","name":"Bitcoin","symbol":"BTC","market_cap_rank":1}]}""")]
    public void past_prices_and_ids_are_read_or_refused(string source, string said)
    {
        var (mutator, asked) = (new JsonMutator(said.Length), SourceSymbol.Of("BTC-USD"));
        Read(Encoding.UTF8.GetBytes(said));
        for (var number = 0; number < Cases; number++)
        {
            try
            {
                Read(mutator.Next(said));
            }
            catch (PriceFeedException refusal)
            {
                Assert.DoesNotContain('\n', refusal.Message);
            }
        }

        void Read(byte[] body)
        {
            if (source == "coingecko")
            {
                Assert.NotEmpty(CoinGeckoFeed.ParseId(body, "BTC"));
                return;
            }
            var candles = Answer.Read(body, root => (source switch
            {
                "binance" => BinanceCandles.Read(root),
                "coinbase" => CoinbaseCandles.Read(root),
                _ => KrakenCandles.Read(root, asked),
            }).ToList());
            Assert.All(candles, candle => Assert.True(candle.Close > 0 && candle.Volume >= 0));
        }
    }

    [Theory]
    [InlineData("binance",
        """{"symbol":"BTCUSD","lastPrice":"61000","quoteVolume":"1","closeTime":1709251200000,"priceChangePercent":"1"}""")]
    [InlineData("coinbase", """{"trade_id":1,"price":"61000","size":"1","time":"2024-03-01T12:00:00Z","bid":"1","ask":"1","volume":"1"}""")]
    [InlineData("kraken", """{"error":[],"result":{"XXBTZUSD":{"c":["61000","1"],"v":["1","1"],"p":["1","1"]}}}""")]
    public async Task a_source_gives_a_price_or_a_refusal_whatever_is_on_the_wire(string source, string said)
    {
        var (json, wire) = (new JsonMutator(said.Length), new TextMutator(said.Length));
        await using var server = new RawServer(() => Wire(json, wire, said));
        using var http = LiveFeeds.NewHttpClient();
        for (var number = 0; number < Calls; number++)
        {
            var feed = LiveFeeds.Create(source, http, new() { Retries = 1, RetryDelay = TimeSpan.Zero }, new Hasty(), server.Address);
            try
            {
                Assert.InRange((await feed.QuoteAsync("BTC-USD", default)).Price, 0.0000000000000000001m, 1_000_000_000_000m);
            }
            catch (PriceFeedException refusal)
            {
                Assert.DoesNotContain('\n', refusal.Message);
            }
        }
    }

    [Theory]
    [InlineData("slack")]
    [InlineData("telegram")]
    public async Task an_alert_is_sent_or_not_or_that_is_unknown_whatever_is_on_the_wire(string template)
    {
        var (json, wire) = (new JsonMutator(9), new TextMutator(9));
        await using var server = new RawServer(() => Wire(json, wire, """{"ok":true}"""));
        var address = template == "telegram" ? $"{server.Address}bot1:a/sendMessage?chat_id=1" : $"{server.Address}";
        using var channel = new WebhookAlerts(template, "hook", new OneSecret(address), HangGuard.Limit, []);
        var alert = TradeAlert.Of("key", AlertKind.Audit, "headline", "text", Questions.Noon);
        for (var number = 0; number < Calls; number++)
        {
            try
            {
                await channel.SendAsync(alert, default);
            }
            catch (AlertException failed)
            {
                Assert.True(Enum.IsDefined(failed.Outcome));
                Assert.DoesNotContain("127.0.0.1", failed.Message, StringComparison.Ordinal);
            }
        }
    }

    private sealed class OneSecret(string value) : ISecretStore
    {
        public Task<string> GetAsync(string name, CancellationToken cancellation) => Task.FromResult(value);
    }
}
