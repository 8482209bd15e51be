using Microsoft.Extensions.DependencyInjection;
using Trading.Contracts;
using Trading.Core;
using Trading.Journal.Events;
using Trading.Services;
using Trading.TestKit.Exchanges;
using Xunit;

namespace Trading.Integration.Tests.Exchanges;

/// <summary>Orders and stops that wait on the exchange: their parts, their end, and what a halt does to them.</summary>
[Collection(nameof(ExchangeExecutorTest))]
public sealed class WaitingOrderTests : ExchangeExecutorTest
{
    [Fact]
    public async Task a_waiting_order_is_filled_in_parts_and_its_rest_is_cancelled_when_it_is_too_old()
    {
        var app = await StartAsync(settings => settings with { OrderPlacement = OrderPlacement.LimitGtc, OrderTimeoutSeconds = 5 });
        var journal = app.Services.GetRequiredService<TradeJournal>();
        // More than the steps within its price hold.
        var ending = TradeAsync(app, 1, 0.01m, margin: 0.02m);
        await ExchangeSystem.UntilAsync(async () => (await journal.TradeAsync(ExchangeAccount.TradeId(1), default))?.State is
        {
            ExchangeOrderId: not null,
            Fills.Count: > 0, Execution: null
        });
        _venue.SetPrice(60_000);
        var trade = await ending;
        Assert.Equal(TradeOutcome.PartiallyFilled, trade.Execution!.Outcome);
        Assert.True(trade.Fills.Count >= 3, $"{trade.Fills.Count} fills");
        Assert.Equal(SimStatus.Canceled, Assert.Single(_venue.Orders).Status);
        await AgreesAsync(app);
    }

    [Fact]
    public async Task an_exit_takes_what_the_book_gives_where_other_orders_only_wait_in_it()
    {
        var app = await StartAsync(settings => settings with { OrderPlacement = OrderPlacement.PostOnly });
        var waiting = TradeAsync(app, 1, 0.003m);
        await ExchangeSystem.UntilAsync(() => Task.FromResult(_venue.Orders.Count == 1));
        Assert.Equal(SimStatus.New, _venue.Orders[0].Status);
        _venue.SetPrice(Price - 100);
        Assert.Equal(TradeOutcome.Filled, (await waiting).Execution!.Outcome);
        var exit = await TradeAsync(app, 2, 0.002m, sells: true, exit: ExitReason.StopLoss);
        Assert.Equal((OrderPlacement.LimitIoc, TradeOutcome.Filled), (exit.Placed!.Sent!.Placement, exit.Execution!.Outcome));
        await AgreesAsync(app);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task a_halt_or_a_reduction_to_sales_lets_no_buy_out_and_cancels_one_that_waits(bool reduced)
    {
        var app = await StartAsync(settings => settings with { OrderPlacement = OrderPlacement.LimitGtc });
        var journal = app.Services.GetRequiredService<TradeJournal>();
        var waiting = TradeAsync(app, 1, 0.01m, margin: -100);
        await ExchangeSystem.UntilAsync(() => Task.FromResult(_venue.Orders.Count == 1));
        await journal.DecideAsync("main",
            reduced ? new ReduceTrading("kim", "news", DateTimeOffset.UtcNow) : new HaltTrading("kim", "news", DateTimeOffset.UtcNow),
            "test", default);
        Assert.Equal(TradeOutcome.Cancelled, (await waiting).Execution!.Outcome);
        var sent = _simulator.Requests.Count(request => request.Method == "POST");
        var kept = (await TradeAsync(app, 2, 0.001m)).Execution!;
        Assert.Equal((TradeOutcome.Cancelled, $"trading was {(reduced ? "reduced to sales" : "halted")} before the order was placed"),
            (kept.Outcome, kept.Reason));
        Assert.Equal(sent, _simulator.Requests.Count(request => request.Method == "POST"));
    }

    [Fact]
    public async Task a_stop_waits_on_the_exchange_through_a_halt_and_a_restart_and_is_booked_when_it_has_gone_off()
    {
        var app = await StartAsync();
        await TradeAsync(app, 1, 0.003m);
        var journal = app.Services.GetRequiredService<TradeJournal>();
        var assessed = await ExchangeAccount.ApproveAsync(journal, 2, Price, 2000, 0.002m, sells: true, stop: 59_000);
        Assert.Null(await app.Services.GetRequiredService<TradeExecution>()
            .ExecuteAsync(assessed.TradeId, "test", TimeSpan.FromMilliseconds(500), default));
        var stop = _venue.Orders[^1];
        Assert.Equal((SimKind.StopLimit, 59_000m, 58_000m, SimStatus.New), (stop.Kind, stop.Stop, stop.Limit, stop.Status));
        await journal.DecideAsync("main", new HaltTrading("kim", "news", DateTimeOffset.UtcNow), "test", default);
        await StopAsync(app);

        // The comparison knows the waiting stop for one of ours.
        var next = await StartAsync();
        Assert.Equal(SimStatus.New, stop.Status);
        _venue.SetPrice(58_900);
        journal = next.Services.GetRequiredService<TradeJournal>();
        await ExchangeSystem.UntilAsync(
            async () => (await journal.TradeAsync(assessed.TradeId, default))!.State.Execution?.Outcome == TradeOutcome.Filled);
        await AgreesAsync(next);
    }

    [Fact]
    public async Task a_stop_that_the_exchange_refuses_becomes_a_sale_at_market()
    {
        var app = await StartAsync();
        await TradeAsync(app, 1, 0.003m);
        _venue.SetPrice(58_900);
        var trade = await TradeAsync(app, 2, 0.002m, margin: 2000, sells: true, stop: 59_000);
        Assert.Equal((TradeOutcome.Filled, OrderPlacement.Market), (trade.Execution!.Outcome, trade.Placed!.Sent!.Placement));
        Assert.Equal(SimKind.Market, _venue.Orders[^1].Kind);
        Assert.Equal(2, _venue.Orders.Count);
        await AgreesAsync(app);
    }
}
