using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Pkcs;
using Org.BouncyCastle.Security;
using Trading.Contracts;
using Trading.Core;
using Trading.Services.Exchanges;
using Trading.TestKit.Exchanges;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Services.Tests.Exchanges;

/// <summary>What an answer does not say is unknown, for both exchanges and every question; keys of every kind that they hand out.</summary>
public sealed class UnsaidAnswersTests : IAsyncLifetime
{
    private const string KeyId = "organizations/1/apiKeys/2";

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private SimulatedExchange _simulator = null!;
    private IExchange _exchange = null!;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        (_exchange as IDisposable)?.Dispose();
        _key.Dispose();
        if (_simulator is not null)
            await _simulator.DisposeAsync();
    }

    public static TheoryData<string, string> WithoutTheList
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var body in new[] { "{}", "[]", "null", "\"maintenance\"",
                """{"orders":null,"fills":null,"accounts":null,"balances":null}""" })
            {
                data.Add("coinbase", body);
                // An empty list is an answer to two of Binance's questions.
                if (body != "[]")
                    data.Add("binance", body);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(WithoutTheList))]
    public async Task an_answer_without_its_list_is_unknown_and_never_empty(string name, string body)
    {
        await StartAsync(name);
        _simulator.Instead = (_, path, _) => path.EndsWith("time", StringComparison.Ordinal) ? null : (200, body);
        Assert.Equal(AnswerKind.Unknown, (await _exchange.OpenOrdersAsync(["BTC-USD"], default)).Kind);
        Assert.Equal(AnswerKind.Unknown, (await _exchange.FillsAsync("BTC-USD", DateTimeOffset.UtcNow.AddMinutes(-1), default)).Kind);
        Assert.Equal(AnswerKind.Unknown, (await _exchange.BalancesAsync(default)).Kind);
        Assert.Equal(AnswerKind.Unknown, (await _exchange.OrderAsync(Orders.Of("a", OrderPlacement.Market, TradeAction.Buy, 1, null),
            default)).Kind);
        Assert.Equal(AnswerKind.Unknown, (await _exchange.OrderByIdAsync("BTC-USD", "1", default)).Kind);
        Assert.Equal(AnswerKind.Unknown, (await _exchange.ProductAsync("BTC-USD", default)).Kind);
    }

    [Theory]
    [InlineData("""{"success":null,"failure_reason":"X"}""")]
    [InlineData("""{"failure_reason":"INSUFFICIENT_FUND"}""")]
    [InlineData("""{"success":"false"}""")]
    public async Task an_answer_that_does_not_say_whether_an_order_was_taken_is_no_refusal(string body)
    {
        await StartAsync("coinbase");
        _simulator.Instead = (method, _, _) => method == "POST" ? (200, body) : null;
        Assert.Equal(AnswerKind.Unknown,
            (await _exchange.PlaceAsync(Orders.Of("a", OrderPlacement.Market, TradeAction.Buy, 0.001m, null), default)).Kind);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("null")]
    public async Task a_limit_of_nothing_keeps_no_question_from_being_asked(string limit)
    {
        await StartAsync("binance");
        _simulator.Instead = (_, path, _) => path.EndsWith("exchangeInfo", StringComparison.Ordinal) ? (200, $$"""
            {"rateLimits":[{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":{{limit}}}],"symbols":[]}
            """) : null;
        Assert.Equal(AnswerKind.Unknown, (await _exchange.ProductAsync("BTC-USD", default)).Kind);
        Assert.True((await _exchange.BalancesAsync(default)).IsDone);
        Assert.True((await _exchange.BalancesAsync(default)).IsDone);
    }

    [Fact]
    public async Task a_refusal_that_gives_no_reason_says_so()
    {
        await StartAsync("coinbase");
        _simulator.Instead = (method, _, _) => method == "POST" ? (200, """{"success":false,"error_response":{"error":""}}""") : null;
        var refused = await _exchange.PlaceAsync(Orders.Of("a", OrderPlacement.Market, TradeAction.Buy, 0.001m, null), default);
        Assert.Equal((ExchangeRefusal.Other, "no reason given"), (refused.Refusal, refused.Reason));
    }

    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task a_page_of_a_firewall_has_its_own_name(string name)
    {
        await StartAsync(name);
        _simulator.Instead = (method, _, _) => method == "POST" ? (403, "<html>403 Forbidden</html>") : null;
        Assert.Equal(ExchangeRefusal.Firewall,
            (await _exchange.PlaceAsync(Orders.Of("a", OrderPlacement.Market, TradeAction.Buy, 0.001m, null), default)).Refusal);
    }

    [Theory]
    [InlineData("price", "\"\"")]
    [InlineData("commission", "null")]
    [InlineData("qty", "\"\"")]
    [InlineData("id", "\"2099-01-01T00:00:00Z\"")]
    [InlineData("id", "99999999999999999999999")]
    [InlineData("id", "-1")]
    public async Task a_fill_of_binance_that_lacks_a_figure_cannot_be_read(string field, string value)
    {
        await StartAsync("binance");
        var fill = new Dictionary<string, string>
        {
            ["id"] = "1", ["orderId"] = "2", ["price"] = "\"60000\"", ["qty"] = "\"1\"", ["commission"] = "\"0.1\"",
            ["commissionAsset"] = "\"USDT\"", ["time"] = "1700000000000", ["isBuyer"] = "true", [field] = value,
        };
        var body = $"[{{{string.Join(',', fill.Select(entry => $"\"{entry.Key}\":{entry.Value}"))}}}]";
        _simulator.Instead = (_, path, _) => path.EndsWith("myTrades", StringComparison.Ordinal) ? (200, body) : null;
        Assert.Equal(AnswerKind.Unknown, (await _exchange.FillsAsync("BTC-USD", DateTimeOffset.UtcNow.AddMinutes(-1), default)).Kind);
    }

    [Fact]
    public async Task fills_of_several_days_are_asked_for_day_by_day_and_come_sorted_and_once()
    {
        await StartAsync("binance");
        _simulator.Venue.Deposit("BTC", 1);
        _simulator.Venue.Place("old", false, SimKind.Market, 0.002m, null, null);
        _simulator.Venue.Age(TimeSpan.FromHours(50));
        _simulator.Venue.Place("new", false, SimKind.Market, 0.001m, null, null);
        var fills = (await _exchange.FillsAsync("BTC-USD", DateTimeOffset.UtcNow.AddDays(-3), default)).Value!;
        Assert.Equal(_simulator.Venue.Fills.Select(fill => $"{fill.TradeId}"), fills.Select(fill => fill.ExchangeTradeId));
        Assert.All(_simulator.Requests.Where(request => request.Path.EndsWith("myTrades", StringComparison.Ordinal)),
            request => Assert.True(request.Taken));
    }

    [Fact]
    public async Task an_ed25519_key_of_coinbase_signs_as_64_bytes_and_in_pem()
    {
        var pair = new Ed25519KeyPairGenerator();
        pair.Init(new Ed25519KeyGenerationParameters(new SecureRandom()));
        var made = pair.GenerateKeyPair();
        var (seed, known) = (((Ed25519PrivateKeyParameters)made.Private).GetEncoded(),
            ((Ed25519PublicKeyParameters)made.Public).GetEncoded());
        var pem = "-----BEGIN PRIVATE KEY-----\n"
            + $"{Convert.ToBase64String(PrivateKeyInfoFactory.CreatePrivateKeyInfo(made.Private).GetEncoded())}\n-----END PRIVATE KEY-----";
        await StartAsync("coinbase");
        ((CoinbaseSimulator)_simulator).Ed25519Public = known;
        foreach (var secret in new[] { Convert.ToBase64String([.. seed, .. known]), pem })
        {
            using var key = new CoinbaseKey(KeyId, secret);
            using var exchange = new CoinbaseAdvanced(_ => Task.FromResult(key), Options("USD"), TimeProvider.System);
            Assert.True((await exchange.BalancesAsync(default)).IsDone);
        }
    }

    [Fact]
    public async Task an_rsa_key_of_binance_signs()
    {
        using var rsa = RSA.Create(2048);
        await StartAsync("binance");
        ((BinanceSimulator)_simulator).RsaPublic = rsa;
        using var key = new BinanceKey("key", rsa.ExportPkcs8PrivateKeyPem());
        using var exchange = new BinanceSpot(_ => Task.FromResult(key), Options("USDT"), TimeProvider.System);
        Assert.True((await exchange.BalancesAsync(default)).IsDone);
    }

    [Fact]
    public void a_key_of_a_kind_that_cannot_be_used_names_the_kind_and_what_to_choose()
    {
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var rsa = RSA.Create(2048);
        Assert.Equal("Trading:ExchangeSecret: apiSecret holds an EC key of 384 bits; Coinbase takes an Ed25519 key (64 bytes in base64, or "
            + "PEM) or an EC private key of P-256 in PEM, as it hands them out",
            Assert.Throws<ExchangeKeyException>(() => new CoinbaseKey(KeyId, p384.ExportPkcs8PrivateKeyPem())).Message);
        Assert.Contains("apiSecret holds an RSA key",
            Assert.Throws<ExchangeKeyException>(() => new CoinbaseKey(KeyId, rsa.ExportPkcs8PrivateKeyPem())).Message,
            StringComparison.Ordinal);
        Assert.Contains("apiSecret holds an EC key of 384 bits; Binance takes an Ed25519 or RSA private key",
            Assert.Throws<ExchangeKeyException>(() => new BinanceKey("key", p384.ExportPkcs8PrivateKeyPem())).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task rules_that_are_too_old_to_buy_by_are_still_known_for_sales_while_the_exchange_does_not_tell_them()
    {
        await StartAsync("binance");
        var clock = new ManualTime(new(2024, 3, 1, 12, 0, 0, TimeSpan.Zero));
        var products = new ProductCache(_exchange, clock, NullLogger<ProductCache>.Instance);
        Assert.NotNull(await products.OfAsync("BTC-USD", default));
        _simulator.RefuseAll(503);
        clock.Advance(TimeSpan.FromHours(1));
        Assert.Null(await products.OfAsync("BTC-USD", default));
        Assert.Equal("BTCUSDT", products.LastKnown("BTC-USD")!.ExchangeSymbol);
    }

    private async Task StartAsync(string name)
    {
        var venue = new Venue(new("BTC", name == "binance" ? "USDT" : "USD"), TimeProvider.System);
        venue.Deposit(venue.Rules.Quote, 10_000);
        _simulator = name == "binance"
            ? new BinanceSimulator(venue, Faults.None, TimeProvider.System, "key", "secret"u8.ToArray())
            : new CoinbaseSimulator(venue, Faults.None, TimeProvider.System, KeyId, _key.ExportSubjectPublicKeyInfoPem());
        await _simulator.StartAsync();
        var coinbase = new CoinbaseKey(KeyId, _key.ExportECPrivateKeyPem());
        _exchange = name == "binance"
            ? new BinanceSpot(_ => Task.FromResult(new BinanceKey("key", "secret")), Options("USDT"), TimeProvider.System)
            : new CoinbaseAdvanced(_ => Task.FromResult(coinbase), Options("USD"), TimeProvider.System);
    }

    private ExchangeOptions Options(string usd) => PatientOptions.At(_simulator.Address, usd);
}
