using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Alerts;
using Trading.TestKit.Exchanges;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Xunit;
using static Trading.TestKit.Exchanges.ExchangeSystem;

namespace Trading.Integration.Tests.Exchanges;

/// <summary>Clocks that are off, late answers and queued cancellations.</summary>
public sealed class OrderDelayTests
{
    [Theory]
    [InlineData("binance", -5)]
    [InlineData("coinbase", -5)]
    [InlineData("binance", -40)]
    [InlineData("coinbase", 40)]
    public async Task a_clock_that_is_off_is_told_once_in_status_alert_and_log_and_orders_go_on(string name, int minutes)
    {
        var (system, talk) = await ExchangeTalk.CreateAsync(name);
        await using var _ = system;
        // The exchange's clock is the right one.
        system.Clock.Advance(TimeSpan.FromMinutes(-minutes));
        system.Simulator.ClockOffset = TimeSpan.FromMinutes(minutes);
        system.Market.DatedBy = TimeSpan.FromMinutes(minutes);
        var app = await talk.StartAsync();
        await talk.EnterAsync(app);
        await talk.RestsAsync(app);
        var sale = await talk.AskAsync(app, Direction.Down);
        await UntilAsync(async () => (await system.TradeAsync(sale.TradeId)).Execution is not null, "the sale does not end");
        Assert.Equal(TradeOutcome.Filled, (await system.TradeAsync(sale.TradeId)).Execution!.Outcome);
        await system.AgreesAsync(app);

        var side = minutes < 0 ? "ahead" : "behind";
        Assert.InRange(Assert.Single(await system.EventsAsync<ExchangeClockOff>()).AheadSeconds * Math.Sign(-minutes),
            60 * Math.Abs(minutes) - 2, 60 * Math.Abs(minutes) + 2);
        Assert.Single(await ExchangeTalk.StatusAsync(app), line => line.Contains($" s {side} of ", StringComparison.Ordinal));
        var stored = (await JournalRecord.ReadAsync(system.Database)).Stored.Single(stored => stored.Event() is ExchangeClockOff);
        Assert.Contains($" s {side} of {name}'s: set it right", EventAlerts.Of(stored)!.Text, StringComparison.Ordinal);
        var log = app.Services.GetServices<ILoggerProvider>().OfType<LogCapture>().Single();
        Assert.Single(log.Lines, line => line.StartsWith("This machine's clock is ", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(OrderHazardTests.Both), MemberType = typeof(OrderHazardTests))]
    public async Task an_answer_that_comes_after_those_to_later_questions_changes_nothing(string name)
    {
        var (system, talk) = await ExchangeTalk.CreateAsync(name);
        await using var _ = system;
        // So long that only the test ends the wait for the answer.
        system.Settings = system.Settings with { ExchangeTimeoutSeconds = 60 };
        var app = await talk.StartAsync();
        await system.StartAsync(passes: false);
        var held = new TaskCompletionSource();
        system.Simulator.HoldsOrders = held.Task;
        var purchase = await talk.AskAsync(app, Direction.Up);
        await UntilAsync(async () => (await system.TradeAsync(purchase.TradeId)).Execution is not null, "nobody asks for the order");
        held.SetResult();
        system.Simulator.HoldsOrders = null;
        await talk.RestsAsync(app);
        Assert.Equal(2, system.Market.Orders.Count);
        await system.AgreesAsync(app);
    }

    [Theory]
    [MemberData(nameof(OrderHazardTests.Both), MemberType = typeof(OrderHazardTests))]
    public async Task an_order_is_taken_off_with_one_request_however_long_that_takes_and_whoever_asks(string name)
    {
        var (system, talk) = await ExchangeTalk.CreateAsync(name);
        await using var _ = system;
        var app = await talk.StartAsync();
        await talk.EnterAsync(app);
        await talk.RestsAsync(app);
        if (system.Simulator is CoinbaseSimulator coinbase)
            coinbase.QueuesCancellations = TimeSpan.FromSeconds(3);
        else
            system.Simulator.LostAfterCancel = true;
        var sale = await talk.AskAsync(app, Direction.Down);
        await UntilAsync(() => Task.FromResult(system.Simulator.Requests.Any(IsCancellation)), "nothing is taken off");
        system.Simulator.RefuseAll(0);
        await UntilAsync(async () => (await system.TradeAsync(sale.TradeId)).Execution is not null, "the sale does not end");
        Assert.Equal(TradeOutcome.Filled, (await system.TradeAsync(sale.TradeId)).Execution!.Outcome);
        Assert.Single(system.Simulator.Requests, IsCancellation);
        await system.AgreesAsync(app);
    }

    private static bool IsCancellation(SimRequest request) =>
        request.Method == "DELETE" || request.Path.EndsWith("batch_cancel", StringComparison.Ordinal);
}
