using System.Security.Cryptography;
using Trading.Services.Exchanges;
using Trading.TestKit.Exchanges;
using Xunit;

namespace Trading.Services.Tests.Exchanges;

/// <summary>An account on a simulated exchange, and the connector to it.</summary>
public abstract class AccountTermsTest : IAsyncLifetime
{
    private const string KeyId = "organizations/1/apiKeys/2";

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private protected SimulatedExchange _simulator = null!;
    private protected IExchange _exchange = null!;

    private protected BinanceSimulator Binance => (BinanceSimulator)_simulator;

    private protected CoinbaseSimulator Coinbase => (CoinbaseSimulator)_simulator;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        (_exchange as IDisposable)?.Dispose();
        _key.Dispose();
        await _simulator.DisposeAsync();
    }

    private protected async Task StartAsync(string name)
    {
        var venue = new Venue(new("BTC", name == "binance" ? "USDT" : "USD"), TimeProvider.System);
        venue.Deposit(venue.Rules.Quote, 10_000);
        _simulator = name == "binance"
            ? new BinanceSimulator(venue, Faults.None, TimeProvider.System, "key", "secret"u8.ToArray())
            : new CoinbaseSimulator(venue, Faults.None, TimeProvider.System, KeyId, _key.ExportSubjectPublicKeyInfoPem());
        await _simulator.StartAsync();
        var coinbase = new CoinbaseKey(KeyId, _key.ExportECPrivateKeyPem());
        var options = PatientOptions.At(_simulator.Address, venue.Rules.Quote);
        _exchange = name == "binance"
            ? new BinanceSpot(_ => Task.FromResult(new BinanceKey("key", "secret")), options, TimeProvider.System)
            : new CoinbaseAdvanced(_ => Task.FromResult(coinbase), options, TimeProvider.System);
    }
}
