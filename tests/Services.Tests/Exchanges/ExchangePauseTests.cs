using System.Diagnostics;
using Trading.Contracts;
using Trading.Core;
using Trading.Services.Exchanges;
using Trading.TestKit.Exchanges;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Services.Tests.Exchanges;

/// <summary>An exchange that is away or wants to be left alone, and what is kept from it before it has to refuse.</summary>
public sealed class ExchangePauseTests : SimulatorTest
{
    [Theory]
    [InlineData("binance", 429, ExchangeRefusal.RateLimited)]
    [InlineData("binance", 418, ExchangeRefusal.Banned)]
    [InlineData("coinbase", 429, ExchangeRefusal.RateLimited)]
    public async Task an_exchange_that_wants_to_be_left_alone_is(string name, int status, ExchangeRefusal refusal)
    {
        await StartAsync(name);
        Done(await _exchange.BalancesAsync(default));
        _simulator.RefuseAll(status, retryAfterSeconds: 120);
        var answer = await _exchange.PlaceAsync(Order("a", OrderPlacement.Market, TradeAction.Buy, 0.001m, null), default);
        Assert.Equal((refusal, TimeSpan.FromSeconds(120)), (answer.Refusal, answer.RetryAfter));
        var asked = _simulator.Count;
        _simulator.RefuseAll(0);
        Assert.Equal(refusal, (await _exchange.BalancesAsync(default)).Refusal);
        Assert.Equal(asked, _simulator.Count);
    }

    [Theory]
    [InlineData("binance", 451, ExchangeRefusal.Region)]
    [InlineData("binance", 403, ExchangeRefusal.Firewall)]
    [InlineData("coinbase", 451, ExchangeRefusal.Region)]
    [InlineData("coinbase", 403, ExchangeRefusal.Key)]
    public async Task a_region_that_is_not_served_and_a_firewall_have_names(string name, int status, ExchangeRefusal refusal)
    {
        await StartAsync(name);
        _simulator.RefuseAll(status);
        Assert.Equal(refusal, (await _exchange.BalancesAsync(default)).Refusal);
    }

    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task maintenance_is_unknown_and_ends(string name)
    {
        await StartAsync(name);
        _simulator.RefuseAll(503);
        Assert.Equal(AnswerKind.Unknown, (await _exchange.BalancesAsync(default)).Kind);
        _simulator.RefuseAll(0);
        Done(await _exchange.BalancesAsync(default));
    }

    [Fact]
    public async Task questions_that_can_wait_leave_the_rest_of_the_budget_to_orders()
    {
        await StartAsync("binance");
        ExchangeAnswer<IReadOnlyList<ExchangeBalance>> answer;
        var begin = Stopwatch.GetTimestamp();
        // 20 of 6000 each: four fifths are gone after 240, unless the minute ends in between.
        do
            answer = await _exchange.BalancesAsync(default);
        while (answer.IsDone && Stopwatch.GetElapsedTime(begin) < TimeSpan.FromMinutes(2));
        Assert.Equal(ExchangeRefusal.RateLimited, answer.Refusal);
        Assert.InRange(((BinanceSpot)_exchange).UsedWeight, 4801, 4900);
        Done(await _exchange.PlaceAsync(Order("a", OrderPlacement.Market, TradeAction.Buy, 0.001m, null), default));
    }

    [Fact]
    public async Task orders_are_refused_by_name_before_the_exchange_has_to_and_the_last_of_them_are_left_for_sales()
    {
        var clock = new ManualTime(new(2024, 3, 1, 12, 0, 0, TimeSpan.Zero));
        _simulator = new BinanceSimulator(NewVenue("binance"), Faults.None, clock, "key", "secret"u8.ToArray())
        { OrdersInTenSeconds = 5, OrdersInDay = 12 };
        await _simulator.StartAsync();
        _exchange = new BinanceSpot(_ => Task.FromResult(new BinanceKey("key", "secret")), Options("USDT"), clock);
        _made.Add((IDisposable)_exchange);
        Done(await _exchange.ProductAsync("BTC-USD", default));
        Task<ExchangeAnswer<OrderReport>> PlaceAsync(TradeAction side) =>
            _exchange.PlaceAsync(Order($"{Guid.NewGuid():N}", OrderPlacement.Market, side, 0.0005m, null), default);
        async Task RefusedAsync(TradeAction side, string reason)
        {
            var asked = _simulator.Count;
            var answer = await PlaceAsync(side);
            Assert.Equal((ExchangeRefusal.RateLimited, reason, asked), (answer.Refusal, answer.Reason, _simulator.Count));
            Assert.True(answer.RetryAfter > TimeSpan.Zero);
        }

        for (var orders = 0; orders < 4; orders++)
            Done(await PlaceAsync(TradeAction.Buy));
        await RefusedAsync(TradeAction.Buy, "HTTP 429: 4 of 5 orders in 10 s: the rest is left for sales");
        Done(await PlaceAsync(TradeAction.Sell));
        await RefusedAsync(TradeAction.Sell, "HTTP 429: 5 of 5 orders in 10 s");

        clock.Advance(TimeSpan.FromSeconds(20));
        for (var orders = 0; orders < 4; orders++)
            Done(await PlaceAsync(TradeAction.Sell));
        await RefusedAsync(TradeAction.Buy, "HTTP 429: 4 of 5 orders in 10 s: the rest is left for sales");
        clock.Advance(TimeSpan.FromSeconds(20));
        await RefusedAsync(TradeAction.Buy, "HTTP 429: 9 of 12 orders in a day: the rest is left for sales");
        // The exchange itself never had to refuse one.
        Assert.DoesNotContain(_simulator.Requests, request => request is { Method: "POST", Taken: false });
        clock.Advance(TimeSpan.FromDays(1));
        Done(await PlaceAsync(TradeAction.Buy));
    }
}
