using Trading.Contracts;
using Trading.Core;
using Trading.Services.Exchanges;
using Trading.TestKit.Data;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Services.Tests.Exchanges;

/// <summary>Binance with answers that were recorded or documented.</summary>
public abstract class BinanceFixtureTest : IDisposable
{
    private protected const string Time = """{"serverTime":1499827319559}""";

    private protected static ExchangeOrder Any =>
        Orders.Of("myOrder1", OrderPlacement.LimitGtc, TradeAction.Buy, 1, 0.1m, symbol: "LTC-BTC");

    private readonly List<IDisposable> _made = [];

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        _made.ForEach(exchange => exchange.Dispose());
    }

    private protected BinanceSpot Exchange(LocalServer server)
    {
        var exchange = new BinanceSpot(
            _ => Task.FromResult(new BinanceKey("key", "secret")),
            PatientOptions.At(server.Address, "USDT"), TimeProvider.System);
        _made.Add(exchange);
        return exchange;
    }

    private protected async Task<ExchangeAnswer<T>> AskAsync<T>(
        string file, Func<BinanceSpot, Task<ExchangeAnswer<T>>> ask, bool withTime = true)
    {
        var answer = LocalServer.Answer(200, await File.ReadAllTextAsync(SharedData.Path($"api-fixtures/binance/{file}")));
        await using var server = await LocalServer.StartAsync(
            [.. withTime ? [LocalServer.Answer(200, Time)] : Array.Empty<Func<Microsoft.AspNetCore.Http.HttpContext, Task>>(), answer]);
        var told = await ask(Exchange(server));
        Assert.True(told.IsDone, told.Reason);
        return told;
    }
}
