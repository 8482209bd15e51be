using System.Security.Cryptography;
using Trading.Contracts;
using Trading.Core;
using Trading.Services.Exchanges;
using Trading.TestKit.Exchanges;
using Xunit;

namespace Trading.Services.Tests.Exchanges;

/// <summary>Both connectors against an exchange that checks their signatures, matches their orders and goes wrong.</summary>
public abstract class SimulatorTest : IAsyncLifetime, IDisposable
{
    private protected const string KeyId = "organizations/1/apiKeys/2";

    private protected readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private protected readonly List<IDisposable> _made = [];
    private protected SimulatedExchange _simulator = null!;
    private protected IExchange _exchange = null!;
    private protected TimeSpan _keyDelay;

    private protected BinanceSimulator Binance => (BinanceSimulator)_simulator;

    private protected CoinbaseSimulator Coinbase => (CoinbaseSimulator)_simulator;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_simulator is not null)
            await _simulator.DisposeAsync();
    }

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        _made.ForEach(made => made.Dispose());
        _key.Dispose();
    }

    private protected static T Done<T>(ExchangeAnswer<T> answer)
    {
        Assert.True(answer.IsDone, answer.Reason);
        return answer.Value!;
    }

    private protected static ExchangeOrder Order(string id, OrderPlacement placement, TradeAction side, decimal quantity,
        decimal? limit, decimal? stop = null) =>
        Orders.Of(id, placement, side, quantity, limit, stop);

    private protected static Venue NewVenue(string name)
    {
        var venue = new Venue(new("BTC", name == "binance" ? "USDT" : "USD") { FeeInUnits = name == "binance" }, TimeProvider.System);
        venue.Deposit("BTC", 1);
        venue.Deposit(venue.Rules.Quote, 10_000);
        return venue;
    }

    private protected ExchangeOptions Options(string usd) => PatientOptions.At(_simulator.Address, usd);

    private protected async Task StartAsync(string name, Faults? faults = null, bool wrongKey = false)
    {
        var venue = NewVenue(name);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _simulator = name == "binance"
            ? new BinanceSimulator(venue, faults ?? Faults.None, TimeProvider.System, "key",
                wrongKey ? "another"u8.ToArray() : "secret"u8.ToArray())
            : new CoinbaseSimulator(venue, faults ?? Faults.None, TimeProvider.System, KeyId,
                (wrongKey ? other : _key).ExportSubjectPublicKeyInfoPem());
        await _simulator.StartAsync();
        _exchange = Connector(name, Options(venue.Rules.Quote));
    }

    private protected IExchange Connector(string name, ExchangeOptions options)
    {
        var coinbase = new CoinbaseKey(KeyId, _key.ExportECPrivateKeyPem());
        _made.Add(coinbase);
        IExchange connector = name == "binance"
            ? new BinanceSpot(_ => KeyAsync(new BinanceKey("key", "secret")), options, TimeProvider.System)
            : new CoinbaseAdvanced(_ => KeyAsync(coinbase), options, TimeProvider.System);
        _made.Add((IDisposable)connector);
        return connector;
    }

    private protected async Task<T> KeyAsync<T>(T key)
    {
        await Task.Delay(_keyDelay);
        return key;
    }
}
