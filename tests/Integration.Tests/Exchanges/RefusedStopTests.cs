using Microsoft.Extensions.DependencyInjection;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Control;
using Trading.Journal.Events;
using Trading.Services;
using Trading.TestKit.Exchanges;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Integration.Tests.Exchanges;

/// <summary>Stops that the market has passed, or that an exchange or a firewall refuses.</summary>
[Collection(nameof(StopOnExchangeTest))]
public sealed class RefusedStopTests : StopOnExchangeTest
{
    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task a_stop_that_the_market_has_passed_is_refused_and_the_position_is_sold_at_market(string name)
    {
        var app = await StartAsync(name);
        await EnterAsync(app);
        Market.SetPrice(56_000);
        await SayAsync(app, 60_000);
        await ExchangeSystem.UntilAsync(async () => (await StateAsync()) is { Reservations.IsEmpty: true, TradesSettled: 2 });

        Assert.Equal([SimKind.LimitIoc, SimKind.Market], Market.Orders.Select(order => order.Kind));
        var journal = await AgreesAsync(app);
        Assert.Single(journal.Stored, happened => happened.Type == "order_replaced");
    }

    // A second process read the trade before its stop was replaced, and hears of the sale that took the stop's place.
    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task a_sale_in_place_of_a_stop_is_not_held_against_the_stop_by_a_process_that_read_the_trade_before(string name)
    {
        var app = await StartAsync(name);
        await EnterAsync(app);
        Market.SetPrice(56_000);
        Task<TradeExecuted?>? second = null;
        var asking = new ManualResetEventSlim();
        _simulator.Instead = (method, path, _) =>
        {
            if (!path.Contains("order", StringComparison.Ordinal))
                return null;
            if (method == "GET" && second is not null && !asking.IsSet)
            {
                asking.Set();
                Assert.True(SpinWait.SpinUntil(() => Market.Orders.Any(order => order.Kind == SimKind.Market), HangGuard.Limit));
            }
            if (method != "POST" || second is not null)
                return null;
            var stop = StateAsync().GetAwaiter().GetResult().Reservations.Keys.Single();
            second = app.Services.GetRequiredService<TradeExecution>().ExecuteAsync(stop, "second", TimeSpan.Zero, default);
            Assert.True(asking.Wait(HangGuard.Limit));
            return null;
        };
        await SayAsync(app, 60_000);
        await ExchangeSystem.UntilAsync(async () => (await StateAsync()) is { Reservations.IsEmpty: true, TradesSettled: 2 });
        await second!;
        await AgreesAsync(app);
    }

    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task a_stop_that_a_firewall_refuses_sells_nothing_is_reported_and_set_again_when_the_pause_is_over(string name)
    {
        var app = await StartAsync(name);
        await EnterAsync(app);
        _simulator.Instead = (method, path, _) =>
            method == "POST" && path.Contains("order", StringComparison.Ordinal) ? (403, "<html>403</html>") : null;
        await SayAsync(app, 60_000);
        await ExchangeSystem.UntilAsync(async () => (await StateAsync()) is { Reservations.IsEmpty: true } state
            && state.PositionIn(InProcessSystem.Symbol).StopRefused is not null);
        Assert.Single(Market.Orders);
        var control = new JournalControl(app.Services.GetRequiredService<TradeJournal>(), ExchangeAccount.Account, TimeProvider.System);
        Assert.Contains((await control.StatusAsync(default)).Latches,
            line => line.StartsWith("BTC-USD is unprotected: its stop was refused 1 times", StringComparison.Ordinal));
        // Nothing is bought on top of it.
        var rise = Told(Next(60_000), 1.01, Direction.Up);
        await SayAsync(app, rise);
        await ExchangeSystem.UntilAsync(
            async () => await JournalAsync(journal => journal.TradeAsync(DerivedId.Trade(rise.PredictionId), default)) is not null);
        var assessment = (await TradeAsync(DerivedId.Trade(rise.PredictionId))).Assessment!;
        Assert.Equal((Verdict.Refused, RiskRule.Protection), (assessment.Verdict, assessment.Refusal));

        _simulator.Instead = null;
        await ExchangeSystem.UntilAsync(async () =>
        {
            await SayAsync(app, 60_000);
            return Market.Orders.Any(order => order is { Stop: not null, Status: SimStatus.New });
        });
        await AgreesAsync(app);
    }

    [Theory]
    [InlineData(false, "binance takes no stops in BTC-USD: Trading:StopOnExchange=false does without")]
    [InlineData(true, "HTTP 429")]
    public async Task a_position_whose_stop_cannot_be_set_for_no_fault_of_the_market_is_kept(bool takesStops, string reason)
    {
        var app = await StartAsync("binance", takesStops: takesStops);
        await EnterAsync(app);
        if (takesStops)
        {
            _simulator.Instead = (method, path, sent) => method == "POST" && path.Contains("order", StringComparison.Ordinal)
                && sent.Contains("stop", StringComparison.OrdinalIgnoreCase)
                ? (429, """{"code":-1003,"msg":"Too much request weight used"}""") : null;
        }
        await SayAsync(app, 60_000);
        await ExchangeSystem.UntilAsync(async () => (await StateAsync()).Reservations.IsEmpty);

        var journal = await JournalRecord.ReadAsync(_database);
        var stop = journal.Trades.Single(trade => trade.Assessed.Assessment.Order?.Type == OrderType.Stop);
        Assert.Equal(TradeOutcome.Rejected, stop.Execution!.Outcome);
        Assert.StartsWith(reason, stop.Execution.Reason, StringComparison.Ordinal);
        Assert.Single(Market.Orders);
        Assert.DoesNotContain(journal.Stored, happened => happened.Type == "order_replaced");
    }
}
