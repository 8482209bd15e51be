using Trading.Contracts;
using Trading.Services.Exchanges;
using Trading.TestKit.Data;
using Xunit;

namespace Trading.Services.Tests.Exchanges;

/// <summary>Answers of Binance about orders and their fills.</summary>
public sealed class BinanceOrderTests : BinanceFixtureTest
{
    [SharedDataTheory]
    [InlineData("spot_PlaceOrder.json")]
    [InlineData("nautilus_new_order_full_response.json")]
    public async Task a_new_orders_answer_shows_each_fill_with_its_fee(string file)
    {
        var placed = await AskAsync(file,
            exchange => exchange.PlaceAsync(Any with { Order = Any.Order with { Symbol = "BTC-USD" } }, default));
        var report = placed.Value!;
        Assert.Equal(("28", "6gCrw2kRUAF9CvJDGP16IP", OrderStatus.Filled, TradeAction.Sell),
            (report.ExchangeOrderId, report.ClientOrderId, report.Status, report.Side));
        Assert.Equal((10m, 10m), (report.Quantity, report.FilledQuantity));
        Assert.True(report.FillsAreComplete);
        Assert.Equal(["56", "57", "58", "59", "60"], report.Fills.Select(fill => fill.ExchangeTradeId));
        Assert.Equal((39_983m, 39.983m), (report.Fills.Sum(fill => fill.Quantity * fill.Price), report.Fills.Sum(fill => fill.Fee)));
        Assert.All(report.Fills, fill => Assert.Equal("USDT", fill.FeeAsset));
    }

    [SharedDataFact]
    public async Task numbers_that_are_written_as_texts_are_read_as_well()
    {
        var placed = await AskAsync("ccxt_new_order_limit_iceberg_SOLUSDT_2025-01-23.json",
            exchange => exchange.PlaceAsync(Any with { Order = Any.Order with { Symbol = "SOL-USD" } }, default));
        var report = placed.Value!;
        Assert.Equal(("9780331417", OrderStatus.Open, 0.05m, 0m, 241m),
            (report.ExchangeOrderId, report.Status, report.Quantity, report.FilledQuantity, report.LimitPrice));
        Assert.Equal(DateTimeOffset.FromUnixTimeMilliseconds(1737635557417), report.At);
    }

    [SharedDataFact]
    public async Task an_order_that_waits_is_open()
    {
        var report = (await AskAsync("spot_GetOrder.json", exchange => exchange.OrderAsync(Any, default))).Value!;
        Assert.Equal(("1", "myOrder1", OrderStatus.Open, 1m, 0m, 0.1m),
            (report.ExchangeOrderId, report.ClientOrderId, report.Status, report.Quantity, report.FilledQuantity, report.LimitPrice));
    }

    [SharedDataTheory]
    [InlineData("spot_GetOpenOrders.json")]
    [InlineData("spot_GetOrders.json")]
    public async Task open_orders_are_listed(string file)
    {
        var order = Assert.Single((await AskAsync(file, exchange => exchange.OpenOrdersAsync(["LTC-BTC"], default))).Value!);
        Assert.Equal(("1", "myOrder1", OrderStatus.Open), (order.ExchangeOrderId, order.ClientOrderId, order.Status));
    }

    [SharedDataTheory]
    [InlineData("spot_CancelOrder.json")]
    [InlineData("nautilus_cancel_order_response.json")]
    public async Task a_cancelled_order_keeps_the_id_that_it_was_placed_with(string file)
    {
        var report = (await AskAsync(file, exchange => exchange.CancelAsync(Any, default))).Value!;
        Assert.Equal(("4", "myOrder1", OrderStatus.Cancelled), (report.ExchangeOrderId, report.ClientOrderId, report.Status));
    }

    [SharedDataFact]
    public async Task a_fill_may_be_paid_for_in_any_asset()
    {
        var fill = Assert.Single((await AskAsync("spot_GetUserTrades.json",
            exchange => exchange.FillsAsync("BNB-BTC", DateTimeOffset.UnixEpoch, default))).Value!);
        Assert.Equal(("100234", "28457", TradeAction.Buy, 12m, 4.000001m, 10.1m, "BNB"),
            (fill.ExchangeOrderId, fill.ExchangeTradeId, fill.Side, fill.Quantity, fill.Price, fill.Fee, fill.FeeAsset));
    }
}
