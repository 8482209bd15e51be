using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Pkcs;
using Org.BouncyCastle.Security;
using Trading.Services.Exchanges;
using Xunit;

namespace Trading.Services.Tests.Exchanges;

/// <summary>Keys of every kind that the exchanges hand out, and of kinds that cannot be used.</summary>
public sealed class KeyKindsTests : SimulatorTest
{
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
        Coinbase.Ed25519Public = known;
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
        Binance.RsaPublic = rsa;
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
}
