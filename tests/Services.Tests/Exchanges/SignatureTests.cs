using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Pkcs;
using Org.BouncyCastle.Security;
using Trading.Contracts;
using Trading.Core;
using Trading.Services.Exchanges;
using Trading.TestKit.Exchanges;
using Xunit;

namespace Trading.Services.Tests.Exchanges;

/// <summary>Keys that sign, and clocks that are apart.</summary>
public sealed class SignatureTests : SimulatorTest
{
    [Fact]
    public async Task a_clock_that_is_set_right_while_it_runs_is_compared_again_on_coinbase()
    {
        await StartAsync("coinbase");
        _simulator.ClockOffset = TimeSpan.FromMinutes(-3);
        Done(await _exchange.BalancesAsync(default));
        _simulator.ClockOffset = TimeSpan.Zero;
        Assert.Equal(ExchangeRefusal.Key, (await _exchange.BalancesAsync(default)).Refusal);
        Done(await _exchange.BalancesAsync(default));
    }

    [Fact]
    public async Task an_ed25519_key_signs_as_well()
    {
        var pair = new Ed25519KeyPairGenerator();
        pair.Init(new Ed25519KeyGenerationParameters(new SecureRandom()));
        var made = pair.GenerateKeyPair();
        var pem = "-----BEGIN PRIVATE KEY-----\n"
            + $"{Convert.ToBase64String(PrivateKeyInfoFactory.CreatePrivateKeyInfo(made.Private).GetEncoded())}\n-----END PRIVATE KEY-----";
        var venue = NewVenue("binance");
        _simulator = new BinanceSimulator(venue, Faults.None, TimeProvider.System, "key",
            ((Ed25519PublicKeyParameters)made.Public).GetEncoded())
        { Ed25519Keys = true };
        await _simulator.StartAsync();
        var exchange = new BinanceSpot(_ => Task.FromResult(new BinanceKey("key", pem)), Options("USDT"), TimeProvider.System);
        _made.Add(exchange);
        Assert.Equal(OrderStatus.Filled,
            Done(await exchange.PlaceAsync(Order("a", OrderPlacement.LimitIoc, TradeAction.Buy, 0.001m, 60_010), default)).Status);
    }

    [Theory]
    [InlineData("binance", ExchangeRefusal.Signature)]
    [InlineData("coinbase", ExchangeRefusal.Key)]
    public async Task another_keys_signature_is_refused(string name, ExchangeRefusal refusal)
    {
        await StartAsync(name, wrongKey: true);
        Assert.Equal(refusal,
            (await _exchange.PlaceAsync(Order("a", OrderPlacement.Market, TradeAction.Buy, 0.001m, null), default)).Refusal);
        Assert.Empty(_simulator.Venue.Orders);
    }

    [Fact]
    public async Task clocks_that_are_apart_are_compared_and_when_they_drift_compared_again()
    {
        await StartAsync("binance");
        _simulator.ClockOffset = TimeSpan.FromMinutes(-3);
        Done(await _exchange.BalancesAsync(default));
        Assert.InRange(((BinanceSpot)_exchange).ClockOffset.TotalSeconds, -181, -179);
        _simulator.ClockOffset = TimeSpan.FromMinutes(4);
        // A question is asked again; an order is refused, and placed again by the caller, who has asked first.
        Assert.Equal(ExchangeRefusal.ClockSkew,
            (await _exchange.PlaceAsync(Order("a", OrderPlacement.Market, TradeAction.Buy, 0.001m, null), default)).Refusal);
        Done(await _exchange.PlaceAsync(Order("a", OrderPlacement.Market, TradeAction.Buy, 0.001m, null), default));
        _simulator.ClockOffset = TimeSpan.Zero;
        Done(await _exchange.BalancesAsync(default));
    }
}
