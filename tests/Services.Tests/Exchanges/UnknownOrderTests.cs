using System.Diagnostics;
using Trading.Contracts;
using Trading.Core;
using Trading.Services.Exchanges;
using Trading.TestKit.Exchanges;
using Xunit;

namespace Trading.Services.Tests.Exchanges;

/// <summary>Orders that are refused, whose answer is lost, or that never arrived.</summary>
public sealed class UnknownOrderTests : SimulatorTest
{
    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task a_refusal_is_reported_by_its_name(string name)
    {
        await StartAsync(name);
        async Task<ExchangeRefusal?> RefusedAsync(OrderPlacement placement, decimal quantity, decimal? limit)
        {
            var answer = await _exchange.PlaceAsync(Order("a", placement, TradeAction.Buy, quantity, limit), default);
            Assert.Equal(AnswerKind.Refused, answer.Kind);
            return answer.Refusal;
        }
        Assert.Equal(ExchangeRefusal.Funds, await RefusedAsync(OrderPlacement.LimitIoc, 10, 60_000));
        Assert.Equal(ExchangeRefusal.Filter, await RefusedAsync(OrderPlacement.LimitIoc, 0.001001m + 0.000000001m, 60_000));
        Assert.Equal(ExchangeRefusal.WouldTake, await RefusedAsync(OrderPlacement.PostOnly, 0.001m, 61_000));
        Assert.Equal(ExchangeRefusal.NotFound,
            (await _exchange.OrderAsync(Order("never", OrderPlacement.Market, TradeAction.Buy, 1, null), default)).Refusal);
        Assert.Equal(ExchangeRefusal.NotFound,
            (await _exchange.CancelAsync(Order("never", OrderPlacement.Market, TradeAction.Buy, 1, null), default)).Refusal);
    }

    [Theory]
    [InlineData("binance", SimFault.TakenThenCut)]
    [InlineData("binance", SimFault.TakenThenSilent)]
    [InlineData("binance", SimFault.TakenThenUnknown)]
    [InlineData("binance", SimFault.TakenThenGateway)]
    [InlineData("binance", SimFault.TakenThenTimeout)]
    [InlineData("binance", SimFault.TakenThenOdd)]
    [InlineData("binance", SimFault.TakenLate)]
    [InlineData("coinbase", SimFault.TakenThenCut)]
    [InlineData("coinbase", SimFault.TakenThenSilent)]
    [InlineData("coinbase", SimFault.TakenThenUnknown)]
    [InlineData("coinbase", SimFault.TakenThenGateway)]
    [InlineData("coinbase", SimFault.TakenThenTimeout)]
    [InlineData("coinbase", SimFault.TakenThenOdd)]
    public async Task an_order_whose_answer_is_lost_is_unknown_and_found_by_its_client_order_id(string name, SimFault fault)
    {
        await StartAsync(name, Faults.None.Then(fault));
        var order = Order("a", OrderPlacement.LimitIoc, TradeAction.Buy, 0.001m, 60_010);
        // Only silence ends by the connector's own limit.
        var places = fault != SimFault.TakenThenSilent ? _exchange
            : Connector(name, Options(_simulator.Venue.Rules.Quote) with { Timeout = TimeSpan.FromSeconds(5) });
        Assert.Equal(AnswerKind.Unknown, (await places.PlaceAsync(order, default)).Kind);
        // Taken late means a moment after the answer.
        await EventuallyAsync(() => _simulator.Venue.Orders.Count == 1);
        Assert.Equal(OrderStatus.Filled, Done(await _exchange.OrderAsync(order, default)).Status);
        Assert.Single(_simulator.Venue.Orders);
    }

    [Theory]
    [InlineData("binance", SimFault.LostThenCut)]
    [InlineData("binance", SimFault.LostThenUnknown)]
    [InlineData("binance", SimFault.Maintenance)]
    [InlineData("coinbase", SimFault.LostThenCut)]
    [InlineData("coinbase", SimFault.Maintenance)]
    public async Task an_order_that_never_arrived_is_unknown_too_and_then_not_found(string name, SimFault fault)
    {
        await StartAsync(name, Faults.None.Then(fault));
        var order = Order("a", OrderPlacement.LimitIoc, TradeAction.Buy, 0.001m, 60_010);
        Assert.Equal(AnswerKind.Unknown, (await _exchange.PlaceAsync(order, default)).Kind);
        Assert.Equal(ExchangeRefusal.NotFound, (await _exchange.OrderAsync(order, default)).Refusal);
    }

    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task an_order_whose_key_came_too_late_is_not_sent_any_more(string name)
    {
        await StartAsync(name);
        // Longer than an order may wait between its intent and the call.
        _keyDelay = ExchangeOrder.SendWithin + TimeSpan.FromMilliseconds(200);
        var answer = await _exchange.PlaceAsync(Order("a", OrderPlacement.LimitIoc, TradeAction.Buy, 0.001m, 60_010), default);
        Assert.Equal((AnswerKind.Refused, "not sent within 3 s"), (answer.Kind, answer.Reason));
        Assert.Empty(_simulator.Venue.Orders);
    }

    [Fact]
    public async Task a_used_client_order_id_buys_again_on_binance_which_is_why_nothing_is_sent_twice()
    {
        await StartAsync("binance");
        var order = Order("a", OrderPlacement.LimitIoc, TradeAction.Buy, 0.001m, 60_010);
        Done(await _exchange.PlaceAsync(order, default));
        Done(await _exchange.PlaceAsync(order, default));
        Assert.Equal(2, _simulator.Venue.Orders.Count(placed => placed.ClientId == "a"));
        var waits = Order("b", OrderPlacement.LimitGtc, TradeAction.Buy, 0.001m, 50_000);
        Done(await _exchange.PlaceAsync(waits, default));
        Assert.Equal(ExchangeRefusal.DuplicateId, (await _exchange.PlaceAsync(waits, default)).Refusal);
    }

    private static async Task EventuallyAsync(Func<bool> holds)
    {
        var begin = Stopwatch.GetTimestamp();
        while (!holds() && Stopwatch.GetElapsedTime(begin) < TimeSpan.FromSeconds(30))
            await Task.Yield();
        Assert.True(holds());
    }
}
