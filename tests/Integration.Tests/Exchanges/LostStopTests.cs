using Microsoft.Extensions.DependencyInjection;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Control;
using Trading.Journal.Events;
using Trading.TestKit.Audit;
using Trading.TestKit.Exchanges;
using Trading.TestKit.Pipeline;
using Xunit;

namespace Trading.Integration.Tests.Exchanges;

/// <summary>Stops that an exchange gave up or an operator cancelled, and stops whose units were sold by hand.</summary>
[Collection(nameof(StopOnExchangeTest))]
public sealed class LostStopTests : StopOnExchangeTest
{
    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task units_that_were_sold_by_hand_are_asked_for_before_their_stop_is_tried_again(string name)
    {
        var app = await StartAsync(name);
        await EnterAsync(app);
        var held = (await StateAsync()).PositionIn(InProcessSystem.Symbol).Quantity;
        Market.Place("web_1", false, SimKind.Market, Lots(held), null, null);
        await SayAsync(app, 60_000);
        await ExchangeSystem.UntilAsync(async () => (await StateAsync()) is { Reservations.IsEmpty: true } state
            && state.PositionIn(InProcessSystem.Symbol).Quantity == held - Lots(held));
        Assert.DoesNotContain(Market.Orders, order => order.Kind == SimKind.Market && order.ClientId != "web_1");
        await SayAsync(app, 60_010);
        await AgreesAsync(app);
    }

    [Theory]
    [InlineData("binance", "REJECTED")]
    [InlineData("coinbase", "FAILED")]
    public async Task a_stop_that_the_exchange_took_and_gave_up_is_sold_at_market_under_an_id_of_its_own_once(string name, string status)
    {
        var app = await StartAsync(name);
        await EnterAsync(app);
        await SayAsync(app, 60_000);
        await RestsAsync();
        // The sale's answer is lost too: it is asked for, and not sent again.
        _simulator.Faults = Faults.None.Then(SimFault.TakenThenCut);
        Market.Fail(Stop);
        await ExchangeSystem.UntilAsync(async () => (await StateAsync()) is { Reservations.IsEmpty: true, TradesSettled: 2 });

        Assert.Equal([SimKind.LimitIoc, SimKind.StopLimit, SimKind.Market], Market.Orders.Select(order => order.Kind));
        var journal = await AgreesAsync(app);
        Assert.InRange(journal.Account!.PositionIn(InProcessSystem.Symbol).Quantity, 0, 0.00001m);
        var stop = journal.Trades.Single(trade => trade.Assessed.Assessment.Order?.Type == OrderType.Stop);
        Assert.Equal((TradeOutcome.Filled, DerivedId.ReplacementOrderId(stop.Assessed.TradeId)),
            (stop.Execution!.Outcome, stop.Execution.ClientOrderId));
        var replaced = Assert.IsType<OrderReplaced>(Assert.Single(journal.Stored, happened => happened.Type == "order_replaced").Event());
        Assert.Contains(status, replaced.Reason, StringComparison.Ordinal);
        var show = await AuditProgram.RunAsync(_database, null, "show", stop.Execution.ClientOrderId);
        Assert.Contains(stop.Assessed.TradeId.ToString(), show.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task a_stop_that_the_exchange_gives_up_while_trading_is_halted_sells_nothing_and_is_set_again_when_it_is_resumed(
        string name)
    {
        var app = await StartAsync(name);
        await EnterAsync(app);
        await SayAsync(app, 60_000);
        await RestsAsync();
        var control = new JournalControl(app.Services.GetRequiredService<TradeJournal>(), ExchangeAccount.Account, TimeProvider.System);
        await control.ActAsync(new(OperatorAction.Halt, "kim", "news"), default);
        Market.Fail(Stop);
        await ExchangeSystem.UntilAsync(async () => (await StateAsync()).Reservations.IsEmpty);
        Assert.Equal([SimKind.LimitIoc, SimKind.StopLimit], Market.Orders.Select(order => order.Kind));

        await control.ActAsync(new(OperatorAction.Resume, "kim", "calm"), default);
        await SayAsync(app, 60_000);
        await RestsAsync();
        await AgreesAsync(app);
    }

    [Fact]
    public async Task a_stop_survives_a_halt_a_larger_position_gets_another_and_one_that_an_operator_cancels_stays_away_until_then()
    {
        var app = await StartAsync("binance");
        await EnterAsync(app);
        await SayAsync(app, 60_000);
        await RestsAsync();
        var control = new JournalControl(app.Services.GetRequiredService<TradeJournal>(), ExchangeAccount.Account, TimeProvider.System);
        await control.ActAsync(new(OperatorAction.Halt, "kim", "news"), default);
        await SayAsync(app, 60_000);
        Assert.Equal(SimStatus.New, Stop.Status);
        await control.ActAsync(new(OperatorAction.Resume, "kim", "calm"), default);

        var order = Assert.Single((await control.StatusAsync(default)).OpenOrders);
        Assert.Equal(Stop.Stop, order.StopPrice);
        await control.ActAsync(new(OperatorAction.Cancel, "kim", "watched by hand") { Order = order.ClientOrderId }, default);
        await ExchangeSystem.UntilAsync(async () => (await StateAsync()).Reservations.IsEmpty);
        await SayAsync(app, 60_000);
        Assert.Empty((await StateAsync()).Reservations);

        for (var purchases = 2; purchases <= 3; purchases++)
        {
            await EnterAsync(app);
            await SayAsync(app, 60_000);
            await RestsAsync(Lots((await StateAsync()).PositionIn(InProcessSystem.Symbol).Quantity));
        }
        Assert.Equal([SimStatus.Canceled, SimStatus.Canceled, SimStatus.New],
            Market.Orders.Where(placed => placed.Stop is not null).Select(placed => placed.Status));
        await ExchangeSystem.UntilAsync(async () => (await StateAsync()).Reservations.Count == 1);
        await AgreesAsync(app);
    }
}
