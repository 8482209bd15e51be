using Microsoft.Extensions.Logging.Abstractions;
using Trading.Contracts;
using Trading.Core;
using Trading.Services.Exchanges;
using Trading.TestKit.Exchanges;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Services.Tests.Exchanges;

/// <summary>What an answer does not say is unknown, for both exchanges and every question.</summary>
public sealed class UnsaidAnswersTests : SimulatorTest
{
    public static TheoryData<string, string> WithoutTheList
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var body in new[] { "{}", "[]", "null", "\"maintenance\"",
                """{"orders":null,"fills":null,"accounts":null,"balances":null}""" })
            {
                data.Add("coinbase", body);
                // An empty list is an answer to two of Binance's questions.
                if (body != "[]")
                    data.Add("binance", body);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(WithoutTheList))]
    public async Task an_answer_without_its_list_is_unknown_and_never_empty(string name, string body)
    {
        await StartAsync(name);
        _simulator.Instead = (_, path, _) => path.EndsWith("time", StringComparison.Ordinal) ? null : (200, body);
        Assert.Equal(AnswerKind.Unknown, (await _exchange.OpenOrdersAsync(["BTC-USD"], default)).Kind);
        Assert.Equal(AnswerKind.Unknown, (await _exchange.FillsAsync("BTC-USD", DateTimeOffset.UtcNow.AddMinutes(-1), default)).Kind);
        Assert.Equal(AnswerKind.Unknown, (await _exchange.BalancesAsync(default)).Kind);
        Assert.Equal(AnswerKind.Unknown, (await _exchange.OrderAsync(Orders.Of("a", OrderPlacement.Market, TradeAction.Buy, 1, null),
            default)).Kind);
        Assert.Equal(AnswerKind.Unknown, (await _exchange.OrderByIdAsync("BTC-USD", "1", default)).Kind);
        Assert.Equal(AnswerKind.Unknown, (await _exchange.ProductAsync("BTC-USD", default)).Kind);
    }

    [Theory]
    [InlineData("""{"success":null,"failure_reason":"X"}""")]
    [InlineData("""{"failure_reason":"INSUFFICIENT_FUND"}""")]
    [InlineData("""{"success":"false"}""")]
    public async Task an_answer_that_does_not_say_whether_an_order_was_taken_is_no_refusal(string body)
    {
        await StartAsync("coinbase");
        _simulator.Instead = (method, _, _) => method == "POST" ? (200, body) : null;
        Assert.Equal(AnswerKind.Unknown,
            (await _exchange.PlaceAsync(Orders.Of("a", OrderPlacement.Market, TradeAction.Buy, 0.001m, null), default)).Kind);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("null")]
    public async Task a_limit_of_nothing_keeps_no_question_from_being_asked(string limit)
    {
        await StartAsync("binance");
        _simulator.Instead = (_, path, _) => path.EndsWith("exchangeInfo", StringComparison.Ordinal) ? (200, $$"""
            {"rateLimits":[{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":{{limit}}}],"symbols":[]}
            """) : null;
        Assert.Equal(AnswerKind.Unknown, (await _exchange.ProductAsync("BTC-USD", default)).Kind);
        Assert.True((await _exchange.BalancesAsync(default)).IsDone);
        Assert.True((await _exchange.BalancesAsync(default)).IsDone);
    }

    [Fact]
    public async Task a_refusal_that_gives_no_reason_says_so()
    {
        await StartAsync("coinbase");
        _simulator.Instead = (method, _, _) => method == "POST" ? (200, """{"success":false,"error_response":{"error":""}}""") : null;
        var refused = await _exchange.PlaceAsync(Orders.Of("a", OrderPlacement.Market, TradeAction.Buy, 0.001m, null), default);
        Assert.Equal((ExchangeRefusal.Other, "no reason given"), (refused.Refusal, refused.Reason));
    }

    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task a_page_of_a_firewall_has_its_own_name(string name)
    {
        await StartAsync(name);
        _simulator.Instead = (method, _, _) => method == "POST" ? (403, "<html>403 Forbidden</html>") : null;
        Assert.Equal(ExchangeRefusal.Firewall,
            (await _exchange.PlaceAsync(Orders.Of("a", OrderPlacement.Market, TradeAction.Buy, 0.001m, null), default)).Refusal);
    }

    [Theory]
    [InlineData("price", "\"\"")]
    [InlineData("commission", "null")]
    [InlineData("qty", "\"\"")]
    [InlineData("id", "\"2099-01-01T00:00:00Z\"")]
    [InlineData("id", "99999999999999999999999")]
    [InlineData("id", "-1")]
    public async Task a_fill_of_binance_that_lacks_a_figure_cannot_be_read(string field, string value)
    {
        await StartAsync("binance");
        var fill = new Dictionary<string, string>
        {
            ["id"] = "1", ["orderId"] = "2", ["price"] = "\"60000\"", ["qty"] = "\"1\"", ["commission"] = "\"0.1\"",
            ["commissionAsset"] = "\"USDT\"", ["time"] = "1700000000000", ["isBuyer"] = "true", [field] = value,
        };
        var body = $"[{{{string.Join(',', fill.Select(entry => $"\"{entry.Key}\":{entry.Value}"))}}}]";
        _simulator.Instead = (_, path, _) => path.EndsWith("myTrades", StringComparison.Ordinal) ? (200, body) : null;
        Assert.Equal(AnswerKind.Unknown, (await _exchange.FillsAsync("BTC-USD", DateTimeOffset.UtcNow.AddMinutes(-1), default)).Kind);
    }

    [Fact]
    public async Task fills_of_several_days_are_asked_for_day_by_day_and_come_sorted_and_once()
    {
        await StartAsync("binance");
        _simulator.Venue.Deposit("BTC", 1);
        _simulator.Venue.Place("old", false, SimKind.Market, 0.002m, null, null);
        _simulator.Venue.Age(TimeSpan.FromHours(50));
        _simulator.Venue.Place("new", false, SimKind.Market, 0.001m, null, null);
        var fills = (await _exchange.FillsAsync("BTC-USD", DateTimeOffset.UtcNow.AddDays(-3), default)).Value!;
        Assert.Equal(_simulator.Venue.Fills.Select(fill => $"{fill.TradeId}"), fills.Select(fill => fill.ExchangeTradeId));
        Assert.All(_simulator.Requests.Where(request => request.Path.EndsWith("myTrades", StringComparison.Ordinal)),
            request => Assert.True(request.Taken));
    }

    [Fact]
    public async Task rules_that_are_too_old_to_buy_by_are_still_known_for_sales_while_the_exchange_does_not_tell_them()
    {
        await StartAsync("binance");
        var clock = new ManualTime(new(2024, 3, 1, 12, 0, 0, TimeSpan.Zero));
        var products = new ProductCache(_exchange, clock, NullLogger<ProductCache>.Instance);
        Assert.NotNull(await products.OfAsync("BTC-USD", default));
        _simulator.RefuseAll(503);
        clock.Advance(TimeSpan.FromHours(1));
        Assert.Null(await products.OfAsync("BTC-USD", default));
        Assert.Equal("BTCUSDT", products.LastKnown("BTC-USD")!.ExchangeSymbol);
    }
}
