using System.Security.Cryptography;
using System.Text.Json;
using Trading.Contracts;
using Trading.Core;
using Trading.Services.Exchanges;
using Trading.TestKit.Data;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Services.Tests.Exchanges;

/// <summary>Every answer of Coinbase that was recorded or documented, to the question that it belongs to.</summary>
public sealed class CoinbaseFixtureTests : IDisposable
{
    private static ExchangeOrder Any => Orders.Of("11111-000000-000000", OrderPlacement.LimitGtc, TradeAction.Buy, 0.001m, 10_000) with
    { ExchangeOrderId = "0000-000000-000000" };

    private readonly List<IDisposable> _made = [];
    private readonly string _pem = NewKey();

    [SharedDataFact]
    public async Task a_placed_order_is_asked_for_at_once()
    {
        var report = (await AskAsync(exchange => exchange.PlaceAsync(Any, default), "PlaceOrder.json", "nautilus_http_order.json",
            "nautilus_http_fills.json")).Value!;
        Assert.Equal(("0000-000000-000000", OrderStatus.Open, TradeAction.Buy, 10_000m),
            (report.ExchangeOrderId, report.Status, report.Side, report.LimitPrice));
    }

    [SharedDataTheory]
    [InlineData("GetOrder.json", OrderStatus.Open, 0.001)]
    [InlineData("nautilus_http_order.json", OrderStatus.Open, 0.001)]
    public async Task an_order_is_read(string file, OrderStatus status, decimal filled)
    {
        var report = (await AskAsync(exchange => exchange.OrderAsync(Any, default), file, "GetUserTrades.json", """{"fills":[]}""")).Value!;
        Assert.Equal((status, filled, "11111-000000-000000"), (report.Status, report.FilledQuantity, report.ClientOrderId));
        var fill = Assert.Single(report.Fills);
        Assert.Equal(("0000-000000-000000", "1111-11111-111111", 0.001m, 10_000m, 1.25m, "USD"),
            (fill.ExchangeOrderId, fill.ExchangeTradeId, fill.Quantity, fill.Price, fill.Fee, fill.FeeAsset));
        Assert.True(report.FillsAreComplete);
    }

    [SharedDataTheory]
    [InlineData("GetOrders.json", "11111-000000-000000", "0000-000000-000000", OrderStatus.Open, "BTC-USD")]
    [InlineData("ccxt_order_filled_market_sell.json", "a0f970a2-05fa-4e1f-9517-f6702c33cfd1", "01b6e467-b659-432f-9490-c7cefe949564",
        OrderStatus.Filled, "ADA-USDT")]
    public async Task an_order_is_found_by_the_client_order_id(
        string file, string clientOrderId, string exchangeOrderId, OrderStatus status, string symbol)
    {
        var order = Orders.Of(clientOrderId, OrderPlacement.Market, TradeAction.Sell, 10, null, symbol: symbol);
        // The second page is empty, which ends the search; then its fills.
        var report =
            (await AskAsync(exchange => exchange.OrderAsync(order, default), file, """{"orders":[]}""", """{"fills":[]}""")).Value!;
        Assert.Equal((exchangeOrderId, clientOrderId, status), (report.ExchangeOrderId, report.ClientOrderId, report.Status));
        Assert.False(report.FillsAreComplete);
    }

    [SharedDataFact]
    public async Task fills_are_listed_oldest_first()
    {
        var fills = (await AskAsync(exchange => exchange.FillsAsync("BTC-USD", DateTimeOffset.UnixEpoch, default),
            "nautilus_http_fills.json")).Value!;
        Assert.Equal(["1111-11111-111112", "1111-11111-111111"], fills.Select(fill => fill.ExchangeTradeId));
        Assert.Equal((TradeAction.Buy, 0.005m, 45_123.45m, 1.14m), (fills[1].Side, fills[1].Quantity, fills[1].Price, fills[1].Fee));
    }

    [SharedDataTheory]
    [InlineData("GetAccounts.json", 1, 1.23, 1.23)]
    [InlineData("nautilus_http_accounts.json", 2, 1.23456789, 0.005)]
    public async Task balances_are_read(string file, int count, decimal free, decimal locked)
    {
        var balances = (await AskAsync(exchange => exchange.BalancesAsync(default),
            """{"can_view":true,"can_trade":true,"can_transfer":false}""", file)).Value!;
        Assert.Equal((count, new ExchangeBalance("BTC", free, locked)), (balances.Count, balances[0]));
    }

    [SharedDataFact]
    public async Task a_product_is_read()
    {
        var product = (await AskAsync(exchange => exchange.ProductAsync("BTC-USD", default), "nautilus_http_product.json")).Value!;
        Assert.Equal(("BTC-USD", "BTC", "USD", true, 0.01m, 0.00000001m, 1m), (product.ExchangeSymbol, product.BaseAsset,
            product.QuoteAsset, product.Trading, product.TickSize, product.LotSize, product.LeastNotional));
        Assert.Equal(ProductRule.Notional, product.Broken(OrderPlacement.LimitIoc, TradeAction.Buy, 0.00001m, 60_000, 60_000));
    }

    [SharedDataFact]
    public async Task a_product_that_takes_only_waiting_orders_says_so()
    {
        var product = JsonDocument.Parse(await File.ReadAllTextAsync(SharedData.Path("api-fixtures/coinbase/GetSymbols.json"))).RootElement
            .GetProperty("products")[0].GetRawText();
        var read = (await AskAsync(exchange => exchange.ProductAsync("BTC-USD", default), product)).Value!;
        Assert.Equal([OrderPlacement.PostOnly], read.Kinds);
        Assert.False(read.Trading);
    }

    [SharedDataFact]
    public async Task a_cancellation_is_followed_by_the_question_what_was_filled()
    {
        var report = (await AskAsync(exchange => exchange.CancelAsync(Any, default), "CancelOrders.json", "GetOrder.json",
            "GetUserTrades.json", """{"fills":[]}""")).Value!;
        Assert.Equal(0.001m, report.FilledQuantity);
    }

    [SharedDataTheory]
    [InlineData(0, ExchangeRefusal.Funds)]
    [InlineData(1, ExchangeRefusal.Other)]
    public async Task an_order_that_is_not_placed_says_why(int number, ExchangeRefusal refusal)
    {
        var answer = await RawAsync(exchange => exchange.PlaceAsync(Any, default), await ErrorAsync(number));
        Assert.Equal((AnswerKind.Refused, refusal), (answer.Kind, answer.Refusal));
    }

    [SharedDataFact]
    public async Task an_order_that_cannot_be_cancelled_is_not_open()
    {
        using var results = JsonDocument.Parse(await ErrorAsync(2));
        var answer = await RawAsync(exchange => exchange.CancelAsync(Any, default),
            $$"""{"results":[{{results.RootElement.GetProperty("results")[1].GetRawText()}}]}""");
        Assert.Equal(ExchangeRefusal.NotFound, answer.Refusal);
    }

    // What there is besides: prices, and the answers to a change of an order (errors 3 and 4), which is never asked for.
    [SharedDataFact]
    public void no_answer_is_forgotten()
    {
        string[] tested =
        [
            "PlaceOrder.json", "GetOrder.json", "GetOrders.json", "GetUserTrades.json", "GetAccounts.json", "GetSymbols.json",
            "CancelOrders.json", "errors.json", "nautilus_http_order.json",
            "nautilus_http_fills.json", "nautilus_http_accounts.json", "nautilus_http_product.json", "ccxt_order_filled_market_sell.json",
        ];
        string[] notAsked =
        [
            "GetExchangeRates.json", "GetKlines.json", "GetOrderBook.json", "GetTradeHistory.json", "ccxt_ticker_BTC-USDC_2024-04-24.json",
            "nautilus_http_candles.json", "nautilus_http_ticker.json",
            "nautilus_ws_market_trades.json", "nautilus_ws_ticker.json",
        ];
        Assert.Equal(tested.Concat(notAsked).Order(StringComparer.Ordinal),
            Directory.GetFiles(SharedData.Path("api-fixtures/coinbase")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void a_key_of_another_kind_is_refused_in_one_line()
    {
        Assert.StartsWith("Trading:ExchangeSecret",
            Assert.Throws<ExchangeKeyException>(() => new CoinbaseKey("key", "hunter2")).Message, StringComparison.Ordinal);
        using var wide = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        Assert.Contains("P-256", Assert.Throws<ExchangeKeyException>(() => new CoinbaseKey("key", wide.ExportECPrivateKeyPem())).Message,
            StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", Assert.Throws<ExchangeKeyException>(() =>
            new BinanceKey("key", "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----")).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _made.ForEach(exchange => exchange.Dispose());

    private static string NewKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportECPrivateKeyPem();
    }

    private static async Task<string> ErrorAsync(int number)
    {
        using var errors = JsonDocument.Parse(await File.ReadAllTextAsync(SharedData.Path("api-fixtures/coinbase/errors.json")));
        return errors.RootElement[number].GetProperty("body").GetRawText();
    }

    private async Task<ExchangeAnswer<T>> AskAsync<T>(Func<CoinbaseAdvanced, Task<ExchangeAnswer<T>>> ask, params string[] answers)
    {
        var bodies = await Task.WhenAll(answers.Select(async answer =>
            answer.StartsWith('{') ? answer : await File.ReadAllTextAsync(SharedData.Path($"api-fixtures/coinbase/{answer}"))));
        var told = await RawAsync(ask, bodies);
        Assert.True(told.IsDone, told.Reason);
        return told;
    }

    private async Task<ExchangeAnswer<T>> RawAsync<T>(Func<CoinbaseAdvanced, Task<ExchangeAnswer<T>>> ask, params string[] bodies)
    {
        var time = LocalServer.Answer(200, """{"epochMillis":"1499827319559"}""");
        await using var server = await LocalServer.StartAsync([time, .. bodies.Select(body => LocalServer.Answer(200, body))]);
        using var key = new CoinbaseKey("organizations/1/apiKeys/2", _pem);
        var exchange = new CoinbaseAdvanced(_ => Task.FromResult(key),
            PatientOptions.At(server.Address, "USD"), TimeProvider.System);
        _made.Add(exchange);
        return await ask(exchange);
    }
}
