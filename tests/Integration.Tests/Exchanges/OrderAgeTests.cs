using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Trading.Contracts;
using Trading.Core;
using Trading.Journal.Events;
using Trading.Services;
using Trading.TestKit.Exchanges;
using Trading.TestKit.Programs;
using Xunit;
using static Trading.TestKit.Exchanges.ExchangeSystem;

namespace Trading.Integration.Tests.Exchanges;

/// <summary>
/// The age of an order where somebody sets the clock: it grows as time passes, whatever the clock says.
/// </summary>
public sealed class OrderAgeTests
{
    // Long for a test, so that only time that the test lets pass can reach it.
    private const int Long = 3600;

    private JumpingClock _clock = null!;

    public static TheoryData<string, int> SetBackAndForth => new()
    {
        { "binance", -720 }, { "binance", 720 }, { "coinbase", -720 }, { "coinbase", 720 },
    };

    [Theory]
    [InlineData("binance", false)]
    [InlineData("binance", true)]
    [InlineData("coinbase", false)]
    [InlineData("coinbase", true)]
    public async Task an_order_that_was_approved_by_a_clock_that_was_ahead_and_whose_message_is_lost_comes_to_an_end(
        string name, bool sells)
    {
        await using var system = await ExchangeSystem.CreateAsync(name);
        var app = await StartAsync(system);
        if (sells)
            await system.TradeAsync(app, 0.003m);
        _clock.Jump(TimeSpan.FromDays(-30));
        var lost = await ExchangeAccount.ApproveAsync(app.Services.GetRequiredService<TradeJournal>(), 100,
            system.Market.Price, 400, 0.002m, sells);
        // Known to the Executor, and old enough from then on.
        app.Services.GetRequiredService<OrderAges>().Of(await system.TradeAsync(lost.TradeId));
        system.Clock.Advance(OpenOrders.LeastAge);
        await UntilAsync(async () => (await system.TradeAsync(lost.TradeId)).Execution is not null, "the order is not taken up");
        // A sale closes what is held. Nothing is bought on a decision of which nobody knows how old it is.
        var end = (await system.TradeAsync(lost.TradeId)).Execution!;
        Assert.Equal(sells ? TradeOutcome.Filled : TradeOutcome.Expired, end.Outcome);
        if (!sells)
            Assert.Contains("ahead of this machine's clock", end.Reason);
        Assert.Empty((await system.StateAsync()).Reservations);
    }

    [Theory]
    [MemberData(nameof(SetBackAndForth))]
    public async Task an_order_without_an_answer_is_given_up_after_the_time_for_it_wherever_the_clock_is_set(string name, int hours)
    {
        await using var system = await ExchangeSystem.CreateAsync(name);
        system.Settings = system.Settings with { OrderAbsenceSeconds = Long };
        var app = await StartAsync(system);
        system.Simulator.Faults = Faults.None.Then(SimFault.LostThenCut);
        var tradeId = await system.TellAsync(app, 0.003m);
        await UntilAsync(async () => (await system.TradeAsync(tradeId)).Unknown, "it has an answer");
        _clock.Jump(TimeSpan.FromHours(hours));
        await AskedForAsync(system, 4);
        Assert.Null((await system.TradeAsync(tradeId)).Execution);

        system.Clock.Advance(TimeSpan.FromSeconds(Long));
        await UntilAsync(async () =>
        {
            // Between two looks it waits longer each time.
            system.Clock.Advance(TimeSpan.FromSeconds(10));
            return (await system.TradeAsync(tradeId)).Execution is not null;
        }, "it is not given up");
        Assert.EndsWith("it was never placed", (await system.TradeAsync(tradeId)).Execution!.Reason);
    }

    [Theory]
    [MemberData(nameof(SetBackAndForth))]
    public async Task an_order_waits_for_a_taker_as_long_as_it_may_wherever_the_clock_is_set(string name, int hours)
    {
        await using var system = await ExchangeSystem.CreateAsync(name);
        system.Settings = system.Settings with { OrderPlacement = OrderPlacement.LimitGtc, OrderTimeoutSeconds = Long };
        var app = await StartAsync(system);
        var tradeId = await system.TellAsync(app, 0.003m, margin: -100);
        await UntilAsync(async () => (await system.TradeAsync(tradeId)).ExchangeOrderId is not null, "it is not placed");
        _clock.Jump(TimeSpan.FromHours(hours));
        await AskedForAsync(system, 4);
        Assert.Equal(SimStatus.New, Assert.Single(system.Market.Orders).Status);

        system.Clock.Advance(TimeSpan.FromSeconds(Long));
        await UntilAsync(async () => (await system.TradeAsync(tradeId)).Execution is not null, "it waits for ever");
        Assert.Equal(SimStatus.Canceled, Assert.Single(system.Market.Orders).Status);
    }

    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task an_order_that_was_sent_by_a_clock_that_was_ahead_is_found_after_the_clock_was_set_right(string name)
    {
        await using var system = await ExchangeSystem.CreateAsync(name);
        var app = await StartAsync(system);
        _clock.Jump(TimeSpan.FromHours(12));
        system.Market.HidesNext = TimeSpan.FromSeconds(Long);
        system.Simulator.Faults = Faults.None.Then(SimFault.TakenThenCut);
        var tradeId = await system.TellAsync(app, 0.003m);
        await UntilAsync(async () => (await system.TradeAsync(tradeId)).Unknown, "it has an answer");
        _clock.Jump(TimeSpan.FromHours(-12));
        system.Clock.Advance(TimeSpan.FromSeconds(Long));
        await UntilAsync(async () => (await system.TradeAsync(tradeId)).Execution is not null, "it is not found");
        Assert.Equal(TradeOutcome.Filled, (await system.TradeAsync(tradeId)).Execution!.Outcome);
    }

    private async Task<WebApplication> StartAsync(ExchangeSystem system)
    {
        _clock = new(system.Clock);
        return await system.StartAsync(more: trading => trading.Services.AddSingleton<TimeProvider>(_clock));
    }

    // The order's state is asked for again and again; all of them are answered but the last.
    private static async Task AskedForAsync(ExchangeSystem system, int times)
    {
        var before = Asked();
        await UntilAsync(() => Task.FromResult(Asked() > before + times), "the order is not asked for");

        int Asked() => system.Simulator.Requests.Count(request => request.Method == "GET" && (system.Name == "binance"
            ? request.Path == "/api/v3/order" : request.Path.Contains("/orders/historical/", StringComparison.Ordinal)));
    }
}
