using Trading.Contracts;
using Trading.Core;
using Trading.TestKit.Audit;
using Trading.TestKit.Exchanges;
using Trading.TestKit.Pipeline;
using Xunit;

namespace Trading.Integration.Tests.Exchanges;

/// <summary>Stops on an exchange from the purchase to the sale, also when the Executor is killed between them.</summary>
[Collection(nameof(StopOnExchangeTest))]
public sealed class RestingStopTests : StopOnExchangeTest
{
    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task a_purchase_gets_a_stop_on_the_exchange_that_goes_off_between_two_prices_and_is_booked_by_its_fills(string name)
    {
        var app = await StartAsync(name);
        await EnterAsync(app);
        await SayAsync(app, 60_000);
        await RestsAsync();
        var held = Lots((await StateAsync()).PositionIn(InProcessSystem.Symbol).Quantity);
        Assert.Equal((SimKind.StopLimit, held), (Stop.Kind, Stop.Quantity));
        Assert.InRange(Stop.Stop!.Value, 56_990, 57_010);
        Assert.InRange(Stop.Limit!.Value, Stop.Stop.Value * 0.99m, Stop.Stop.Value * 0.99m + 0.01m);
        await ComparedAsync(app);
        // The same price and the next one want no second one.
        await SayAsync(app, 60_010);
        Assert.Single((await StateAsync()).Reservations);

        Market.SetPrice(56_800);
        Market.SetPrice(60_000);
        await ExchangeSystem.UntilAsync(async () => (await StateAsync()).Reservations.IsEmpty);
        var journal = await AgreesAsync(app);
        var stop = journal.Trades.Single(trade => trade.Assessed.Assessment.Order?.Type == OrderType.Stop);
        Assert.Equal((TradeOutcome.Filled, held), (stop.Execution!.Outcome, stop.Execution.FilledQuantity));
        Assert.Equal(
            Market.Fills.Where(fill => fill.OrderId == Stop.Id).Select(fill => $"{fill.TradeId}"),
            journal.Stored.Where(happened => happened.StreamId == Trade.StreamId(stop.Assessed.TradeId))
                .Select(happened => happened.Event()).OfType<OrderFilled>().Select(fill => fill.ExchangeTradeId));
        Assert.NotNull(journal.Account!.LastOrders![InProcessSystem.Symbol].ExitAt);
        // Nothing of worth is left, and nothing is set for it.
        await SayAsync(app, 60_020);
        Assert.Empty((await StateAsync()).Reservations);

        var why = await AuditProgram.RunAsync(_database, null, "why", stop.Assessed.TradeId.ToString());
        Assert.Contains("needed a stop on the exchange at 57", why.Output.ReplaceLineEndings(" "), StringComparison.Ordinal);
        var list = await AuditProgram.RunAsync(_database, null, "list", "--json");
        Assert.Contains("stop-loss on the exchange", list.Output, StringComparison.Ordinal);
        var show = await AuditProgram.RunAsync(_database, null, "show", stop.Assessed.TradeId.ToString());
        Assert.Contains($"stop at {Stop.Stop.Value:0.##}", show.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task an_order_that_breaks_a_rule_of_the_exchange_is_refused_by_risk_with_the_rule_on_record_and_never_sent(string name)
    {
        var app = await StartAsync(name, leastNotional: 2000);
        var rise = Told(Next(60_000), 1.01, Direction.Up);
        await SayAsync(app, rise);
        await ExchangeSystem.UntilAsync(
            async () => await JournalAsync(journal => journal.TradeAsync(DerivedId.Trade(rise.PredictionId), default)) is not null);

        var assessment = (await TradeAsync(DerivedId.Trade(rise.PredictionId))).Assessment!;
        Assert.Equal((Verdict.Refused, RiskRule.LeastOrderValue), (assessment.Verdict, assessment.Refusal));
        Assert.Equal(2000, assessment.Checks.Single(check => check.Rule == RiskRule.LeastOrderValue).Limit);
        Assert.Contains(new RiskCheck(RiskRule.ProductTrading, 1, 1, true), assessment.Checks);
        Assert.DoesNotContain(_simulator.Requests,
            request => request.Method == "POST" && request.Path.Contains("order", StringComparison.Ordinal));
        Assert.Single((await AgreesAsync(app)).AccountEvents.OfType<ProductRulesSeen>());
    }

    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task an_executor_that_is_killed_between_the_cancellation_and_the_sale_leaves_nothing_behind(string name)
    {
        var app = await StartAsync(name);
        await EnterAsync(app);
        await SayAsync(app, 60_000);
        await RestsAsync();
        _simulator.LostAfterCancel = true;
        await SayAsync(app, Fall(Next(60_000)));
        await ExchangeSystem.UntilAsync(() => Task.FromResult(Stop.Status == SimStatus.Canceled));
        _apps.Remove(app);
        await InProcessSystem.CrashAsync(app);
        Assert.Equal(2, (await StateAsync()).Reservations.Count);
        var sale = (await StateAsync()).Reservations.Single(order => !order.Value.RestsOnExchange()).Key;
        _simulator.RefuseAll(0);

        // The next start finds the sale by itself, or the queue tells it again; where it has become too old for that, the next price
        // protects the position again.
        app = await StartAsync(name);
        if ((await StateAsync()).Reservations.ContainsKey(sale))
            await SayAsync(app, (await TradeAsync(sale)).Assessed());
        await ExchangeSystem.UntilAsync(async () => (await StateAsync()).Reservations.IsEmpty);
        if ((await TradeAsync(sale)).Execution!.Outcome == TradeOutcome.Filled)
            Assert.Equal([SimStatus.Filled, SimStatus.Canceled, SimStatus.Filled], Market.Orders.Select(order => order.Status));
        else
        {
            await SayAsync(app, 60_000);
            await RestsAsync();
            Assert.Equal([SimStatus.Filled, SimStatus.Canceled, SimStatus.New], Market.Orders.Select(order => order.Status));
        }
        await AgreesAsync(app);
    }

    [Fact]
    public async Task fees_in_a_third_asset_are_valued_once_and_replay_as_they_were_recorded()
    {
        var app = await StartAsync("binance", feesIn: ("BNB", 612.34m));
        await EnterAsync(app);
        await SayAsync(app, 60_000);
        await RestsAsync();
        Market.SetPrice(56_800);
        await ExchangeSystem.UntilAsync(async () => (await StateAsync()).Reservations.IsEmpty);

        var account = (await AgreesAsync(app)).Account!;
        Assert.Empty(account.Positions);
        Assert.True(account.FeesElsewhereUsd > 1);
        Assert.Equal((account.FeesUsd, account.RealisedUsd - account.FeesUsd), (account.FeesElsewhereUsd, account.RealisedOnDayUsd));
    }
}
