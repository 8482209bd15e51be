using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Trading.Core;
using Trading.Services.Exchanges;
using Trading.TestKit.Data;
using Trading.TestKit.Exchanges;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Services.Tests.Exchanges;

/// <summary>
/// The answers of an exchange are malformed on their way, in every way: each call of both connectors ends in an answer, a refusal or in
/// that nothing is known, and never in a failure. Cases by seed; more in the long form.
/// </summary>
public sealed class MutatedExchangeTests
{
    private const string KeyId = "organizations/1/apiKeys/2";
    private static readonly int Rounds = LongForm.Or(4_500, 12);

    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task each_call_ends_in_an_answer_whatever_the_exchange_says(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await using var simulator = Simulator(name, key);
        await simulator.StartAsync();
        await using var way = await MutatingWay.StartAsync(simulator.Address, seed: name.Length);
        using var coinbase = new CoinbaseKey(KeyId, key.ExportECPrivateKeyPem());
        var options = PatientOptions.At(way.Address, name == "binance" ? "USDT" : "USD");
        IExchange exchange = name == "binance"
            ? new BinanceSpot(_ => Task.FromResult(new BinanceKey("key", "secret")), options, TimeProvider.System)
            : new CoinbaseAdvanced(_ => Task.FromResult(coinbase), options, TimeProvider.System);
        using var made = (IDisposable)exchange;
        var kinds = new HashSet<AnswerKind>();
        for (var round = 0; round < Rounds; round++)
        {
            var order = Orders.Of($"t-{round}", OrderPlacement.LimitIoc, Contracts.TradeAction.Buy, 0.0001m, 60_010);
            kinds.Add(Sound(await exchange.PlaceAsync(order, default), report => report.FilledQuantity >= 0));
            kinds.Add(Sound(await exchange.OrderAsync(order, default), report => report.FilledQuantity >= 0));
            kinds.Add(Sound(await exchange.CancelAsync(order, default), report => report.FilledQuantity >= 0));
            kinds.Add(Sound(await exchange.OrderByIdAsync("BTC-USD", $"{round + 1}", default), report => report.FilledQuantity >= 0));
            kinds.Add(Sound(await exchange.OpenOrdersAsync(["BTC-USD"], default), orders => orders is not null));
            kinds.Add(Sound(await exchange.FillsAsync("BTC-USD", DateTimeOffset.UtcNow.AddSeconds(-5), default),
                fills => fills.All(fill => fill.Quantity > 0 && fill.Price > 0)));
            kinds.Add(Sound(await exchange.BalancesAsync(default), balances => balances is not null));
            kinds.Add(Sound(await exchange.ProductAsync("BTC-USD", default), product => product.Symbol == "BTC-USD"));
            kinds.Add(Sound(await exchange.PriceAsync("BTC", default), price => price > 0));
            kinds.Add(Sound(await exchange.ServerTimeAsync(default), _ => true));
            kinds.Add(Sound(await exchange.ProductsAsync(["BTC-USD"], default), products => products.Count == 1));
            kinds.Add(Sound(await exchange.TermsAsync("BTC-USD", default), terms => terms is { FeePercent: >= 0, LargestQuantity: >= 0 }));
            kinds.Add(Sound(await exchange.KeyRightsAsync(default), rights => rights is not null));
            Assert.True(await exchange.ReferencePriceAsync("BTC-USD", default) is null or > 0);
            await CheckedAsync(exchange);
        }
        Assert.True(way.Changed > 10 * Rounds, $"{way.Changed} answers were changed");
        Assert.Contains(AnswerKind.Unknown, kinds);
    }

    private static async Task CheckedAsync(IExchange exchange)
    {
        try
        {
            await exchange.CheckKeyAsync(default);
        }
        catch (ExchangeKeyException refused)
        {
            Assert.DoesNotContain('\n', refused.Message);
        }
    }

    private static AnswerKind Sound<T>(ExchangeAnswer<T> answer, Func<T, bool> isSound)
    {
        Assert.True(Enum.IsDefined(answer.Kind));
        if (answer.IsDone)
            Assert.True(isSound(answer.Value), $"{answer.Value}");
        else
            Assert.False(string.IsNullOrWhiteSpace(answer.Reason));
        return answer.Kind;
    }

    private static SimulatedExchange Simulator(string name, ECDsa key)
    {
        var venue = new Venue(new("BTC", name == "binance" ? "USDT" : "USD") { FeeInUnits = name == "binance" }, TimeProvider.System);
        venue.Deposit("BTC", 1);
        venue.Deposit(venue.Rules.Quote, 10_000);
        return name == "binance" ? new BinanceSimulator(venue, Faults.None, TimeProvider.System, "key", "secret"u8.ToArray())
            : new CoinbaseSimulator(venue, Faults.None, TimeProvider.System, KeyId, key.ExportSubjectPublicKeyInfoPem());
    }

    // Between a connector and its exchange: passes on what is asked, and most answers changed.
    private sealed class MutatingWay : IAsyncDisposable
    {
        private readonly WebApplication _app;
        private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false });
        private readonly Uri _exchange;
        private readonly JsonMutator _mutator;
        private readonly Random _random;
        private int _changed;

        private MutatingWay(Uri exchange, int seed)
        {
            (_exchange, _mutator, _random) = (exchange, new(seed), new(seed));
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            _app = builder.Build();
            _app.Run(PassAsync);
        }

        public Uri Address => new(_app.Urls.Single());

        public int Changed => _changed;

        public static async Task<MutatingWay> StartAsync(Uri exchange, int seed)
        {
            var way = new MutatingWay(exchange, seed);
            await way._app.StartAsync();
            return way;
        }

        public async ValueTask DisposeAsync()
        {
            _http.Dispose();
            await _app.DisposeAsync();
        }

        private async Task PassAsync(HttpContext context)
        {
            using var asked = new HttpRequestMessage(new(context.Request.Method),
                new Uri(_exchange, context.Request.Path + context.Request.QueryString));
            asked.Headers.Host = context.Request.Host.Value;
            foreach (var (name, value) in context.Request.Headers.Where(header =>
                header.Key is "Authorization" || header.Key.StartsWith("X-", StringComparison.OrdinalIgnoreCase)))
                asked.Headers.TryAddWithoutValidation(name, (IEnumerable<string>)value!);
            if (context.Request.ContentLength > 0)
            {
                var body = new MemoryStream();
                await context.Request.Body.CopyToAsync(body);
                asked.Content = new ByteArrayContent(body.ToArray());
                asked.Content.Headers.TryAddWithoutValidation("Content-Type", context.Request.ContentType);
            }
            using var answer = await _http.SendAsync(asked);
            var text = await answer.Content.ReadAsStringAsync();
            byte[] told;
            lock (_random)
            {
                // Some are left as they are, so that calls of several questions reach their later ones.
                told = _random.Next(4) == 0 ? System.Text.Encoding.UTF8.GetBytes(text) : _mutator.Next(text);
                context.Response.StatusCode = _random.Next(10) == 0 ? (int)HttpStatusCode.OK : (int)answer.StatusCode;
            }
            Interlocked.Increment(ref _changed);
            context.Response.ContentType = "application/json";
            await context.Response.Body.WriteAsync(told);
        }
    }
}
