using System.Security.Cryptography;
using System.Text.Json;
using Trading.Contracts;
using Trading.Core;
using Trading.Services.Exchanges;
using Trading.TestKit.Data;
using Xunit;

namespace Trading.Services.Tests.Exchanges;

/// <summary>Answers of Coinbase about balances and products, and that each recorded answer has a test.</summary>
public sealed class CoinbaseFixtureTests : CoinbaseFixtureTest
{
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
}
