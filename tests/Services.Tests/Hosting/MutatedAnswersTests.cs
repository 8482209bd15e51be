using System.Text;
using System.Text.Json;
using Trading.Contracts;
using Trading.Core;
using Trading.Services.Feeds;
using Trading.Services.Models;
using Trading.TestKit.Data;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Services.Tests.Hosting;

/// <summary>
/// What comes from outside is malformed in every way: it is refused, and nothing else happens. Cases by seed; 100,000 in the long form.
/// </summary>
public sealed class MutatedAnswersTests
{
    private static readonly int Cases = LongForm.Or(25_000, 500);
    private static readonly DateTimeOffset Arrival = new(2024, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [SharedDataTheory]
    [InlineData("coingecko", "coingecko/recorded_simple_price_bitcoin_usd.json")]
    [InlineData("binance", "binance/recorded_ticker_24hr_BTCUSDT_2021-12-17.json")]
    [InlineData("binance", "binance/spot_GetTicker.json")]
    [InlineData("coinbase", "coinbase/nautilus_http_ticker.json")]
    [InlineData("kraken", "kraken/nautilus_http_ticker.json")]
    public void a_source_gives_a_price_or_a_refusal(string source, string file)
    {
        var (mutator, recorded) = (new JsonMutator(file.Length), File.ReadAllText(SharedData.Path($"api-fixtures/{file}")));
        var asked = SourceSymbol.Of("BTC-USD");
        for (var number = 0; number < Cases; number++)
        {
            var body = mutator.Next(recorded);
            try
            {
                var quote = source switch
                {
                    "coingecko" => CoinGeckoFeed.Parse(body, asked, Arrival),
                    "binance" => BinanceFeed.Parse(body, asked),
                    "coinbase" => CoinbaseFeed.Parse(body, asked),
                    _ => KrakenFeed.Parse(body, asked, Arrival),
                };
                Assert.InRange(quote.Price, 0.0000000000000000001m, 1_000_000_000_000m);
            }
            catch (PriceFeedException refusal)
            {
                Assert.DoesNotContain('\n', refusal.Message);
            }
        }
    }

    [Theory]
    [InlineData("""{"predicted_price": 101.5, "direction": "up", "confidence": 0.7, "reasoning": "a \"test\""}""")]
    [InlineData("""The market looks good. {"predictedPrice":"$61,234.50","confidence":"70 %","direction":"UP"} That is all.""")]
    public async Task a_model_gives_a_forecast_or_abstains_and_the_record_can_be_stored(string said)
    {
        var (mutator, checks) = (new JsonMutator(said.Length), new ForecastChecks(20, 0.1));
        var remote = new RemoteModel("bedrock", new(10, 10), spending: null, TimeProvider.System);
        for (var number = 0; number < Cases; number++)
        {
            var text = Encoding.UTF8.GetString(mutator.Next(said));
            var output = await remote.AskAsync("model-v1", "question", _ => Task.FromResult(new RemoteAnswer("model-v1", text)),
                answer => SaidForecast.Find(answer.Text) is { } found
                    ? checks.Output("bedrock", 100, found.PredictedPrice, found.Direction, found.Confidence)
                    : new("bedrock", null, null, null, ModelText.Glimpse(answer.Text)), default);
            Assert.True(output.Abstained is not null || (output.PredictedPrice is > 79 and < 121 && output.Confidence is >= 0 and <= 1),
                text);
            foreach (var kept in new[] { output.Abstained, output.Provenance!.RawText }.OfType<string>())
            {
                Assert.DoesNotContain('\0', kept);
                Assert.Equal(kept, ModelText.Storable(kept));
            }
        }
    }

    [Fact]
    public void a_message_is_read_and_judged_without_a_failure()
    {
        var price = InProcessSystem.Price(60_000, InProcessSystem.Start);
        var prediction = InProcessSystem.Rise(price);
        var options = MassTransit.Serialization.SystemTextJsonMessageSerializer.Options;
        var assessed = new RiskAssessed(DerivedId.Trade(prediction.PredictionId), prediction, new("main", TradeAction.Hold, Verdict.Hold,
            null, null, [], 1, 1, 0, 0, 0, 0, 0, price.ObservedAt, price.ObservedAt));
        var mutator = new JsonMutator(7);
        foreach (var message in new object[] { price, prediction, assessed })
        {
            var text = JsonSerializer.Serialize(message, message.GetType(), options);
            Assert.Null(Plausibility.Violation(message));
            for (var number = 0; number < Cases; number++)
            {
                if (Read(mutator.Next(text), message.GetType(), options) is { } read)
                    _ = Plausibility.Violation(read);
            }
        }
    }

    // The bus refuses what its serializer refuses.
    private static object? Read(byte[] body, Type type, JsonSerializerOptions options)
    {
        try
        {
            return JsonSerializer.Deserialize(body, type, options);
        }
        catch (Exception refused) when (refused is JsonException or NotSupportedException or FormatException or OverflowException
            or ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }
}
