using System.Text;
using Trading.Contracts;
using Trading.Hosting.Alerts;
using Trading.Hosting.Secrets;
using Trading.Services.Feeds;
using Trading.Services.Models;
using Trading.Services.Tests.Models;
using Trading.TestKit.Data;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Services.Tests.Hosting;

/// <summary>
/// Malformed answers to the calls beside prices and orders: candles, ids, models, webhooks, down to what is no HTTP. Cases by seed.
/// </summary>
public sealed class MutatedCallsTests
{
    private static readonly int Cases = LongForm.Or(10_000, 400);
    private static readonly int Calls = LongForm.Or(5_000, 100);
    private static readonly ForecastChecks Checks = new(20, 0.1);

    private static readonly string Chronos =
        $$"""{"predictions":[{"0.1":[{{Sixty(99)}}],"0.5":[{{Sixty(101)}}],"0.9":[{{Sixty(103)}}]}]}""";

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
    [InlineData("chronos", null)]
    [InlineData("instances", """{"predictions":[{"predicted_price":101,"confidence":0.7}]}""")]
    public async Task a_model_on_sagemaker_gives_a_forecast_or_abstains(string format, string? said)
    {
        var (question, text) = (Questions.About(100), said ?? Chronos);
        var (mutator, forecasts) = (new JsonMutator(text.Length), 0);
        var remote = new RemoteModel("sagemaker", new(10, 10), spending: null, TimeProvider.System);
        for (var number = 0; number < Cases; number++)
        {
            var answer = number == 0 ? text : Encoding.UTF8.GetString(mutator.Next(text));
            var output = await remote.AskAsync("endpoint", "question", _ => Task.FromResult(new RemoteAnswer("endpoint", answer)), Of,
                default);
            Sound(output);
            forecasts += output.Abstained is null ? 1 : 0;
        }
        Assert.InRange(forecasts, 1, Cases - 1);

        ModelOutput Of(RemoteAnswer answer) => (format == "chronos"
            ? ChronosFormat.Answer(answer.Text, question, Checks, out var wrong)
            : InstancesFormat.Answer(answer.Text, 100, Checks, out wrong)) is { } forecast
            ? Checks.Output("sagemaker", 100, forecast.PredictedPrice, forecast.Direction, forecast.Confidence)
            : remote.Abstains(wrong);
    }

    [Fact]
    public async Task a_model_behind_a_url_gives_a_forecast_or_abstains_whatever_is_on_the_wire()
    {
        var (json, wire) = (new JsonMutator(5), new TextMutator(5));
        await using var server = new RawServer(() => Wire(json, wire, """{"predictedPrice":101,"confidence":0.6,"direction":"up"}"""));
        using var http = new HttpClient { Timeout = HangGuard.Limit };
        for (var number = 0; number < Calls; number++)
        {
            // One that may pass is tried again; an answer that stays away ends with the deadline.
            using var deadline = new CancellationTokenSource();
            var asked = new HttpForecaster(http, server.Address, _ => Task.FromResult<string?>(null),
                new RemoteModel(HttpForecaster.ModelName, new(10, 10), spending: null, new Hasty()), Checks);
            Sound(await asked.ForecastAsync(Questions.About(100), deadline.Token));
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

    // One half malformed within, the other on the wire.
    private static byte[] Wire(JsonMutator json, TextMutator wire, string said)
    {
        lock (json)
        {
            var body = json.Next(said);
            var head = $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n";
            return body.Length % 2 == 0 ? [.. Encoding.ASCII.GetBytes(head), .. body]
                : wire.Next($"HTTP/1.1 200 OK\r\nContent-Length: {said.Length}\r\nConnection: close\r\n\r\n{said}");
        }
    }

    private static void Sound(ModelOutput output)
    {
        Assert.True(output.Abstained is not null || (output.PredictedPrice is > 79 and < 121 && output.Confidence is >= 0 and <= 1));
        foreach (var kept in new[] { output.Abstained, output.Provenance!.RawText }.OfType<string>())
            Assert.Equal(kept, ModelText.Storable(kept));
    }

    private static string Sixty(int last) => string.Join(',', Enumerable.Repeat(100, 59).Append(last));

    // Waits pass at once.
    private sealed class Hasty : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            System.CreateTimer(
                callback, state, dueTime > TimeSpan.Zero && dueTime < TimeSpan.FromSeconds(3) ? TimeSpan.Zero : dueTime, period);
    }

    private sealed class OneSecret(string value) : ISecretStore
    {
        public Task<string> GetAsync(string name, CancellationToken cancellation) => Task.FromResult(value);
    }
}
