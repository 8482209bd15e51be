using System.Security.Cryptography;
using Trading.Contracts;
using Trading.Core;
using Trading.Services.Exchanges;
using Trading.TestKit.Data;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Services.Tests.Exchanges;

/// <summary>Coinbase with answers that were recorded or documented.</summary>
public abstract class CoinbaseFixtureTest : IDisposable
{
    private protected static ExchangeOrder Any =>
        Orders.Of("11111-000000-000000", OrderPlacement.LimitGtc, TradeAction.Buy, 0.001m, 10_000) with
        { ExchangeOrderId = "0000-000000-000000" };

    private readonly List<IDisposable> _made = [];
    private readonly string _pem = NewKey();

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        _made.ForEach(exchange => exchange.Dispose());
    }

    private protected async Task<ExchangeAnswer<T>> AskAsync<T>(
        Func<CoinbaseAdvanced, Task<ExchangeAnswer<T>>> ask, params string[] answers)
    {
        var bodies = await Task.WhenAll(answers.Select(async answer =>
            answer.StartsWith('{') ? answer : await File.ReadAllTextAsync(SharedData.Path($"api-fixtures/coinbase/{answer}"))));
        var told = await RawAsync(ask, bodies);
        Assert.True(told.IsDone, told.Reason);
        return told;
    }

    private protected async Task<ExchangeAnswer<T>> RawAsync<T>(
        Func<CoinbaseAdvanced, Task<ExchangeAnswer<T>>> ask, params string[] bodies)
    {
        var time = LocalServer.Answer(200, """{"epochMillis":"1499827319559"}""");
        await using var server = await LocalServer.StartAsync([time, .. bodies.Select(body => LocalServer.Answer(200, body))]);
        using var key = new CoinbaseKey("organizations/1/apiKeys/2", _pem);
        var exchange = new CoinbaseAdvanced(_ => Task.FromResult(key),
            PatientOptions.At(server.Address, "USD"), TimeProvider.System);
        _made.Add(exchange);
        return await ask(exchange);
    }

    private static string NewKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportECPrivateKeyPem();
    }
}
