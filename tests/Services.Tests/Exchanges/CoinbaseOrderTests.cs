using System.Text.Json;
using Trading.Contracts;
using Trading.Core;
using Trading.Services.Exchanges;
using Trading.TestKit.Data;
using Xunit;

namespace Trading.Services.Tests.Exchanges;

/// <summary>Answers of Coinbase about orders and their fills.</summary>
public sealed class CoinbaseOrderTests : CoinbaseFixtureTest
{
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

    private static async Task<string> ErrorAsync(int number)
    {
        using var errors = JsonDocument.Parse(await File.ReadAllTextAsync(SharedData.Path("api-fixtures/coinbase/errors.json")));
        return errors.RootElement[number].GetProperty("body").GetRawText();
    }
}
