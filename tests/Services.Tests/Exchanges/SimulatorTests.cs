using Trading.Contracts;
using Trading.Core;
using Trading.Services.Exchanges;
using Trading.TestKit.Exchanges;
using Xunit;

namespace Trading.Services.Tests.Exchanges;

/// <summary>Orders of both connectors at an exchange that matches them: fills, rests, stops, lists.</summary>
public sealed class SimulatorTests : SimulatorTest
{
    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task an_order_that_takes_from_the_book_shows_each_fill_and_the_balances_follow(string name)
    {
        await StartAsync(name);
        var placed = await _exchange.PlaceAsync(Order("a", OrderPlacement.LimitIoc, TradeAction.Buy, 0.003m, 60_010), default);
        var report = Done(placed);
        Assert.Equal((OrderStatus.Filled, 0.003m, true), (report.Status, report.FilledQuantity, report.FillsAreComplete));
        Assert.True(report.Fills.Count > 1);
        Assert.All(report.Fills, fill => Assert.Equal(name == "binance" ? "BTC" : "USD", fill.FeeAsset));

        var asked = Done(await _exchange.OrderAsync(Order("a", OrderPlacement.LimitIoc, TradeAction.Buy, 0.003m, 60_010), default));
        Assert.Equal(report.Fills.Select(fill => (fill.ExchangeTradeId, fill.Quantity, fill.Price, fill.Fee)),
            asked.Fills.Select(fill => (fill.ExchangeTradeId, fill.Quantity, fill.Price, fill.Fee)));
        var listed = Done(await _exchange.FillsAsync("BTC-USD", DateTimeOffset.UtcNow.AddMinutes(-1), default));
        Assert.Equal(report.Fills.Select(fill => fill.ExchangeTradeId), listed.Select(fill => fill.ExchangeTradeId).Order());

        var balances = Done(await _exchange.BalancesAsync(default)).ToDictionary(balance => balance.Asset, balance => balance.Total);
        Assert.Equal((_simulator.Venue.Balance("BTC"), _simulator.Venue.Balance(_simulator.Venue.Rules.Quote)),
            (balances["BTC"], balances[_simulator.Venue.Rules.Quote]));
        Assert.Equal(1 + 0.003m - report.Fills.Where(fill => fill.FeeAsset == "BTC").Sum(fill => fill.Fee), balances["BTC"]);
    }

    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task an_order_of_more_fills_than_a_list_holds_shows_all_of_them(string name)
    {
        await StartAsync(name);
        _simulator.Venue.Deposit(_simulator.Venue.Rules.Quote, 1_000_000);
        var order = Order("many", OrderPlacement.LimitGtc, TradeAction.Buy, 1.6m, 60_000);
        Done(await _exchange.PlaceAsync(order, default));
        while (_simulator.Venue.Orders.Single() is { Open: true })
            _simulator.Venue.SetPrice(_simulator.Venue.Price == 60_000 ? 59_999.99m : 60_000);
        Assert.True(_simulator.Venue.Fills.Count > 2000);

        var report = Done(await _exchange.OrderAsync(order, default));

        Assert.Equal((OrderStatus.Filled, 1.6m, true), (report.Status, report.FilledQuantity, report.FillsAreComplete));
        Assert.Equal(_simulator.Venue.Fills.Select(fill => $"{fill.TradeId}").Order(),
            report.Fills.Select(fill => fill.ExchangeTradeId).Order());
    }

    [Theory]
    [InlineData("binance", 2000)]
    [InlineData("coinbase", 5100)]
    public async Task a_long_list_of_fills_is_read_whole_though_some_of_its_pages_are_not_answered(string name, int fills)
    {
        await StartAsync(name, new Faults(seed: 3, orderRate: 0, questionRate: name == "binance" ? 0.3 : 0.1));
        _simulator.Venue.Deposit(_simulator.Venue.Rules.Quote, 1_000_000);
        var order = _simulator.Venue.Place("many", true, SimKind.LimitGtc, 4, 60_000, null);
        while (_simulator.Venue.Fills.Count <= fills)
            _simulator.Venue.Fill(order, 0.0007m, 60_000);

        var listed = await _exchange.FillsAsync("BTC-USD", DateTimeOffset.UtcNow.AddHours(-1), default);
        // The first page is not asked for again: nothing is lost with it.
        for (var again = 0; again < 20 && !listed.IsDone; again++)
            listed = await _exchange.FillsAsync("BTC-USD", DateTimeOffset.UtcNow.AddHours(-1), default);

        Assert.Equal(_simulator.Venue.Fills.Select(fill => $"{fill.TradeId}").Order(),
            Done(listed).Select(fill => fill.ExchangeTradeId).Order());
        Assert.Contains(_simulator.Faults.Counts, fault => fault is { Key: not SimFault.None, Value: > 0 });
    }

    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task what_the_book_does_not_give_within_the_limit_is_left_out(string name)
    {
        await StartAsync(name);
        var report = Done(await _exchange.PlaceAsync(Order("a", OrderPlacement.LimitIoc, TradeAction.Buy, 0.01m, 60_000.02m), default));
        Assert.Equal((OrderStatus.Cancelled, true), (report.Status, report.FillsAreComplete));
        Assert.InRange(report.FilledQuantity, 0.0007m, 0.0099m);
        Assert.All(report.Fills, fill => Assert.True(fill.Price <= 60_000.02m));
        var market = Done(await _exchange.PlaceAsync(Order("b", OrderPlacement.Market, TradeAction.Sell, 0.002m, null), default));
        Assert.Equal((OrderStatus.Filled, TradeAction.Sell), (market.Status, market.Side));
    }

    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task a_waiting_order_is_filled_when_the_market_comes_or_cancelled(string name)
    {
        await StartAsync(name);
        var order = Order("a", OrderPlacement.PostOnly, TradeAction.Buy, 0.001m, 59_900);
        Assert.Equal(OrderStatus.Open, Done(await _exchange.PlaceAsync(order, default)).Status);
        var open = Assert.Single(Done(await _exchange.OpenOrdersAsync(["BTC-USD"], default)));
        Assert.Equal(("a", OrderStatus.Open, 59_900m), (open.ClientOrderId, open.Status, open.LimitPrice));
        _simulator.Venue.SetPrice(59_800);
        var filled = Done(await _exchange.OrderAsync(order, default));
        Assert.Equal((OrderStatus.Filled, 59_900m), (filled.Status, filled.Fills[0].Price));
        Assert.Equal(ExchangeRefusal.NotFound, (await _exchange.CancelAsync(order, default)).Refusal);

        var waits = Order("b", OrderPlacement.LimitGtc, TradeAction.Sell, 0.01m, 61_000);
        Done(await _exchange.PlaceAsync(waits, default));
        Assert.Equal(OrderStatus.Cancelled, Done(await _exchange.CancelAsync(waits, default)).Status);
        Assert.Empty(Done(await _exchange.OpenOrdersAsync(["BTC-USD"], default)));
    }

    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task a_stop_waits_on_the_exchange_until_the_market_falls_to_it(string name)
    {
        await StartAsync(name);
        var stop = Order("s", OrderPlacement.StopLoss, TradeAction.Sell, 0.001m, 58_000, stop: 59_000);
        Assert.Equal(OrderStatus.Open, Done(await _exchange.PlaceAsync(stop, default)).Status);
        _simulator.Venue.SetPrice(59_500);
        Assert.Equal(OrderStatus.Open, Done(await _exchange.OrderAsync(stop, default)).Status);
        _simulator.Venue.SetPrice(58_900);
        var report = Done(await _exchange.OrderAsync(stop, default));
        Assert.Equal((OrderStatus.Filled, true), (report.Status, report.Fills[0].Price <= 59_000));
    }

    [Fact]
    public async Task an_order_is_found_behind_many_others_on_coinbase()
    {
        await StartAsync("coinbase");
        Coinbase.PageSize = 7;
        for (var i = 0; i < 25; i++)
            _simulator.Venue.Place($"other-{i}", i % 2 == 0, SimKind.Market, 0.0005m, null, null);
        var order = Order("other-3", OrderPlacement.Market, TradeAction.Sell, 0.0005m, null);
        Assert.Equal(OrderStatus.Filled, Done(await _exchange.OrderAsync(order, default)).Status);
        Assert.True(Done(await _exchange.FillsAsync("BTC-USD", DateTimeOffset.UtcNow.AddMinutes(-1), default)).Count >= 25);
    }
}
