using Microsoft.Extensions.DependencyInjection;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Control;
using Trading.Journal.Events;
using Trading.TestKit.Exchanges;
using Trading.TestKit.Pipeline;
using Xunit;

namespace Trading.Integration.Tests.Exchanges;

/// <summary>A sale takes the stop off first, or comes too late for it.</summary>
[Collection(nameof(StopOnExchangeTest))]
public sealed class StopAndSaleTests : StopOnExchangeTest
{
    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task a_sale_takes_the_stop_off_first_and_then_sells(string name)
    {
        var app = await StartAsync(name);
        await EnterAsync(app);
        await SayAsync(app, 60_000);
        await RestsAsync();
        // Who set the stop asks for it once more; it is not to be the one that finds it taken off.
        var stopId = (await StateAsync()).Reservations.Keys.Single();
        await ExchangeSystem.UntilAsync(() => Task.FromResult(_executed.Of(stopId)));
        await SayAsync(app, Fall(Next(60_000)));
        await ExchangeSystem.UntilAsync(async () => (await StateAsync()).Reservations.IsEmpty);

        Assert.Equal([SimStatus.Filled, SimStatus.Canceled, SimStatus.Filled], Market.Orders.Select(order => order.Status));
        var sent = _simulator.Requests.Where(request =>
            request.Method == "DELETE" || (request.Method == "POST" && request.Path.Contains("order", StringComparison.Ordinal))).ToList();
        Assert.True(sent[^2].Method == "DELETE" || sent[^2].Path.EndsWith("batch_cancel", StringComparison.Ordinal), $"{sent[^2]}");
        var journal = await AgreesAsync(app);
        var (stop, sale) = (journal.Trades.Single(trade => trade.Assessed.Assessment.Order?.Type == OrderType.Stop), journal.Trades[^1]);
        // The first to see the end books it: the process that sells, or the check of open orders, which has the word of the exchange.
        Assert.Equal(TradeOutcome.Cancelled, stop.Execution!.Outcome);
        Assert.Contains(stop.Execution.Reason, new[] { $"taken off for trade {sale.Assessed.TradeId}", $"CANCELLED on {name}",
            $"CANCELED on {name}" });
        Assert.Equal(TradeOutcome.Filled, sale.Execution!.Outcome);
    }

    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task a_sale_that_the_stop_forestalls_ends_without_a_second_sale(string name)
    {
        var app = await StartAsync(name);
        await EnterAsync(app);
        await SayAsync(app, 60_000);
        await RestsAsync();
        // It goes off while its cancellation is on its way.
        _simulator.BeforeCancel = () => Market.SetPrice(56_800);
        await SayAsync(app, Fall(Next(60_000)));
        await ExchangeSystem.UntilAsync(async () => (await StateAsync()).Reservations.IsEmpty);

        Assert.Equal([SimStatus.Filled, SimStatus.Filled], Market.Orders.Select(order => order.Status));
        var journal = await AgreesAsync(app);
        Assert.Equal(TradeOutcome.Cancelled, journal.Trades[^1].Execution!.Outcome);
        Assert.StartsWith("its stop had sold before it was placed: 0", journal.Trades[^1].Execution!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_sale_that_waits_for_a_better_price_does_not_keep_the_position_from_its_stop()
    {
        var app = await StartAsync("binance", placement: OrderPlacement.PostOnly);
        await SayAsync(app, Told(Next(60_000), 1.01, Direction.Up));
        await ExchangeSystem.UntilAsync(() => Task.FromResult(Market.Orders.Count == 1));
        Market.SetPrice(59_990);
        await ExchangeSystem.UntilAsync(async () => (await StateAsync()).TradesSettled == 1);
        await SayAsync(app, 60_000);
        await RestsAsync();
        // It takes the stop off, and waits at the price at which it was decided.
        await SayAsync(app, Fall(Next(60_000)));
        await ExchangeSystem.UntilAsync(() => Task.FromResult(Market.Orders.Count(order => order.Kind == SimKind.PostOnly) == 2));
        await ExchangeSystem.UntilAsync(async () => (await StateAsync()).Reservations.Count == 1);
        var sale = (await StateAsync()).Reservations.Keys.Single();
        await ExchangeSystem.UntilAsync(async () => (await TradeAsync(sale)).ExchangeOrderId is not null);

        Market.SetPrice(56_500);
        await SayAsync(app, 56_500);
        await ExchangeSystem.UntilAsync(async () => (await StateAsync()).Reservations.IsEmpty);
        await SayAsync(app, 56_490);
        await ExchangeSystem.UntilAsync(async () => (await StateAsync()) is { Reservations.IsEmpty: true, TradesSettled: 2 });

        Assert.Equal(
            [(SimKind.PostOnly, SimStatus.Filled), (SimKind.StopLimit, SimStatus.Canceled), (SimKind.PostOnly, SimStatus.Canceled),
                (SimKind.LimitIoc, SimStatus.Filled)],
            Market.Orders.Select(order => (order.Kind, order.Status)));
        await AgreesAsync(app);
        Assert.Equal(("risk-manager", "StopLoss of BTC-USD is due at 56500"),
            ((await TradeAsync(sale)).Cancel!.By, (await TradeAsync(sale)).Cancel!.Reason));
    }

    [Fact]
    public async Task flatten_takes_the_stop_off_and_sells_everything_in_slices_within_the_limits()
    {
        var app = await StartAsync("coinbase");
        for (var purchases = 0; purchases < 3; purchases++)
        {
            await EnterAsync(app);
            await SayAsync(app, 60_000);
            await RestsAsync(Lots((await StateAsync()).PositionIn(InProcessSystem.Symbol).Quantity));
        }
        var control = new JournalControl(app.Services.GetRequiredService<TradeJournal>(), ExchangeAccount.Account, TimeProvider.System);
        await control.ActAsync(new(OperatorAction.Flatten, "kim", "off for the weekend"), default);
        for (var prices = 0; prices < 5 && !(await StateAsync()).Positions.IsEmpty; prices++)
        {
            await SayAsync(app, 60_000);
            await ExchangeSystem.UntilAsync(async () => (await StateAsync()).Reservations.IsEmpty);
        }

        var journal = await AgreesAsync(app);
        Assert.Equal((0, false), (journal.Account!.Positions.Count, journal.Account.Flattening));
        var slices = journal.Trades.Where(trade => trade.Assessed.Assessment.Exit?.Reason == ExitReason.Flatten).ToList();
        Assert.Equal(3, slices.Count);
        Assert.All(slices, slice => Assert.InRange(slice.Execution!.FilledQuantity * 60_000, 1, _settings.MaxTradeAmountUsd));
        Assert.Equal(SimStatus.Canceled, Stop.Status);
    }
}
