using System.Text.Json;
using Trading.Contracts;
using Trading.Core;
using Trading.Services.Exchanges;
using Trading.TestKit.Data;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Services.Tests.Exchanges;

/// <summary>Answers of Binance about accounts, products and errors, and that each recorded answer has a test.</summary>
public sealed class BinanceFixtureTests : BinanceFixtureTest
{
    [SharedDataFact]
    public async Task balances_are_read()
    {
        var balances = (await AskAsync("nautilus_account_response.json", exchange => exchange.BalancesAsync(default))).Value!;
        Assert.Equal([new("BTC", 4723846.89208129m, 0), new("LTC", 4763368.68006011m, 0)], balances);
    }

    [SharedDataTheory]
    [InlineData("spot_GetExchangeInfo.json")]
    [InlineData("nautilus_exchange_info_response.json")]
    public async Task a_product_without_filters_has_no_bounds(string file)
    {
        var product = (await AskAsync(file, exchange => exchange.ProductAsync("ETH-BTC", default), withTime: false)).Value!;
        Assert.Equal(("ETHBTC", "ETH", "BTC", true, 0m),
            (product.ExchangeSymbol, product.BaseAsset, product.QuoteAsset, product.Trading, product.TickSize));
        Assert.Equal(Enum.GetValues<OrderPlacement>().Order(), product.Kinds.Order());
        Assert.Null(product.Broken(OrderPlacement.Market, TradeAction.Buy, 1, null, 1));
    }

    [SharedDataFact]
    public async Task the_servers_time_is_read() => Assert.Equal(
        DateTimeOffset.FromUnixTimeMilliseconds(1499827319559),
        (await AskAsync("spot_GetServerTime.json", exchange => exchange.ServerTimeAsync(default), withTime: false)).Value);

    public static TheoryData<int, AnswerKind, ExchangeRefusal?> Errors => new()
    {
        { 0, AnswerKind.Refused, ExchangeRefusal.Filter }, { 1, AnswerKind.Refused, ExchangeRefusal.Filter },
        { 2, AnswerKind.Refused, ExchangeRefusal.Filter },
        { 3, AnswerKind.Refused, ExchangeRefusal.Filter }, { 4, AnswerKind.Refused, ExchangeRefusal.Filter },
        { 5, AnswerKind.Refused, ExchangeRefusal.Funds },
        { 6, AnswerKind.Refused, ExchangeRefusal.WouldTake }, { 7, AnswerKind.Refused, ExchangeRefusal.NotFound },
        { 8, AnswerKind.Refused, ExchangeRefusal.NotFound },
        { 9, AnswerKind.Refused, ExchangeRefusal.Key }, { 10, AnswerKind.Refused, ExchangeRefusal.ClockSkew },
        { 11, AnswerKind.Refused, ExchangeRefusal.Signature },
        { 12, AnswerKind.Refused, ExchangeRefusal.NotTraded }, { 13, AnswerKind.Refused, ExchangeRefusal.Malformed },
        { 14, AnswerKind.Refused, ExchangeRefusal.RateLimited },
        { 15, AnswerKind.Refused, ExchangeRefusal.Banned }, { 16, AnswerKind.Refused, ExchangeRefusal.RateLimited },
        { 17, AnswerKind.Unknown, null },
        { 18, AnswerKind.Unknown, null }, { 19, AnswerKind.Unknown, null }, { 20, AnswerKind.Unknown, null },
        { 21, AnswerKind.Unknown, null },
    };

    [SharedDataTheory]
    [MemberData(nameof(Errors))]
    public async Task every_documented_error_is_distinguished_by_name_and_what_may_have_happened_is_unknown(
        int number, AnswerKind kind, ExchangeRefusal? refusal)
    {
        using var errors = JsonDocument.Parse(await File.ReadAllTextAsync(SharedData.Path("api-fixtures/binance/errors.json")));
        Assert.Equal(Errors.Count, errors.RootElement.GetArrayLength());
        var error = errors.RootElement[number];
        var headers = error.GetProperty("headers").EnumerateObject().Select(header => (header.Name, header.Value.GetString()!)).ToArray();
        await using var server = await LocalServer.StartAsync(
            LocalServer.Answer(200, Time),
            LocalServer.Answer(error.GetProperty("http_status").GetInt32(), error.GetProperty("body").GetRawText(), headers));
        var exchange = Exchange(server);
        var answer = await exchange.PlaceAsync(Any, default);
        Assert.Equal((kind, refusal), (answer.Kind, answer.Refusal));
        Assert.Contains(error.GetProperty("body").GetProperty("msg").GetString()!, answer.Reason, StringComparison.Ordinal);
        if (headers.Length > 0)
        {
            Assert.Equal(TimeSpan.FromSeconds(int.Parse(headers[0].Item2, System.Globalization.CultureInfo.InvariantCulture)),
                answer.RetryAfter);
            // As long as the exchange wants to be left alone nothing is sent.
            var asked = server.Count;
            Assert.Equal(refusal, (await exchange.OrderAsync(Any, default)).Refusal);
            Assert.Equal(asked, server.Count);
        }
    }

    // What there is besides: prices, which PriceCollector asks for; order lists and test orders, which are not placed; reports of a stream,
    // which is not listened to: the REST interface is the authority.
    [SharedDataFact]
    public void no_answer_is_forgotten()
    {
        string[] tested =
        [
            "spot_PlaceOrder.json", "nautilus_new_order_full_response.json", "ccxt_new_order_limit_iceberg_SOLUSDT_2025-01-23.json",
            "spot_GetOrder.json", "spot_GetOpenOrders.json",
            "spot_GetOrders.json", "spot_CancelOrder.json", "nautilus_cancel_order_response.json", "spot_GetUserTrades.json",
            "nautilus_account_response.json", "spot_GetExchangeInfo.json",
            "nautilus_exchange_info_response.json", "spot_GetServerTime.json", "errors.json",
        ];
        string[] notAsked =
        [
            "nautilus_book_ticker_response.json", "nautilus_execution_report_canceled.json", "nautilus_execution_report_expired.json",
            "nautilus_execution_report_new.json",
            "nautilus_execution_report_trade.json", "nautilus_ticker_24hr_response.json", "nautilus_ticker_price_response.json",
            "recorded_ticker_24hr_BTCUSDT_2021-12-17.json",
            "recorded_ticker_BTCUSDT_2023-09-27.json", "spot_GetAvgPrice.json", "spot_GetBookPrice.json", "spot_GetKlines.json",
            "spot_GetPrice.json", "spot_GetRecentTrades.json",
            "spot_GetSystemStatus.json", "spot_GetTicker.json", "spot_PlaceOcoOrderList.json", "spot_PlaceTestOrder.json",
        ];
        Assert.Equal(tested.Concat(notAsked).Order(StringComparer.Ordinal),
            Directory.GetFiles(SharedData.Path("api-fixtures/binance")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    // The example of the documentation (rest-api.md, SIGNED endpoint examples).
    [Fact]
    public void the_signature_of_the_documented_example_is_the_documented_one() => Assert.Equal(
        "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71",
        new BinanceKey("vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A",
            "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j")
            .Sign("symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559"));
}
