using Microsoft.Extensions.DependencyInjection;
using Trading.Contracts;
using Trading.Core;
using Trading.Journal.Events;
using Trading.Services;
using Trading.TestKit.Exchanges;
using Trading.TestKit.Pipeline;
using Xunit;

namespace Trading.Integration.Tests.Exchanges;

/// <summary>The Executor on a simulated Binance that goes wrong in one way at a time.</summary>
[Collection(nameof(ExchangeExecutorTest))]
public sealed class ExchangeExecutorTests : ExchangeExecutorTest
{
    [Theory]
    [InlineData(SimFault.None, TradeOutcome.Filled)]
    [InlineData(SimFault.TakenThenCut, TradeOutcome.Filled)]
    [InlineData(SimFault.TakenThenSilent, TradeOutcome.Filled)]
    [InlineData(SimFault.TakenThenUnknown, TradeOutcome.Filled)]
    [InlineData(SimFault.TakenThenGateway, TradeOutcome.Filled)]
    [InlineData(SimFault.TakenLate, TradeOutcome.Filled)]
    [InlineData(SimFault.TakenAndHidden, TradeOutcome.Filled)]
    [InlineData(SimFault.RateLimit, TradeOutcome.Filled)]
    [InlineData(SimFault.Clock, TradeOutcome.Filled)]
    [InlineData(SimFault.LostThenCut, TradeOutcome.Cancelled)]
    [InlineData(SimFault.LostThenUnknown, TradeOutcome.Cancelled)]
    [InlineData(SimFault.Maintenance, TradeOutcome.Cancelled)]
    public async Task whatever_goes_wrong_there_is_one_order_and_its_end_is_found(SimFault fault, TradeOutcome outcome)
    {
        var app = await StartAsync();
        _simulator.Faults = Faults.None.Then(fault);
        var execution = (await TradeAsync(app, 1, 0.003m)).Execution!;
        Assert.Equal(outcome, execution.Outcome);
        Assert.Equal(outcome == TradeOutcome.Filled ? 1 : 0, _venue.Orders.Count);
        Assert.NotEqual(TradeOutcome.Rejected, execution.Outcome);
        await AgreesAsync(app);
    }

    [Fact]
    public async Task fills_and_their_fees_in_units_are_booked_one_by_one()
    {
        var app = await StartAsync();
        var trade = await TradeAsync(app, 1, 0.003m);
        Assert.True(trade.Fills.Count > 1);
        Assert.Equal(_venue.Fills.Select(fill => $"{fill.TradeId}"), trade.Fills.Select(fill => fill.ExchangeTradeId));
        Assert.All(trade.Fills, fill => Assert.Equal(("BTC", true), (fill.FeeAsset, fill.FeeBase > 0)));
        Assert.Equal(_venue.Fills.Sum(fill => fill.Fee), trade.Execution!.FeeBase);
        await TradeAsync(app, 2, 0.002m, sells: true);
        await AgreesAsync(app);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task a_fee_in_a_third_asset_is_booked_at_its_worth_where_the_exchange_shows_it_and_never_against_cash(bool told)
    {
        await MeetAsync(new(new("BTC", "USDT") { FeesIn = ("BNB", 612.34m) }, TimeProvider.System));
        _venue.Deposit("BNB", 1);
        _simulator.TellsFeeAsset = told;
        var app = await StartAsync();
        var trade = await TradeAsync(app, 1, 0.003m);
        Assert.All(trade.Fills,
            fill => Assert.Equal(("BNB", 0m, null, told), (fill.FeeAsset, fill.FeeUsd, fill.FeeBase, fill.FeeValueUsd is not null)));
        Assert.Equal(told ? _venue.Fills.Sum(fill => fill.Fee) * 612.34m : null, trade.Execution!.FeeValueUsd);

        await TradeAsync(app, 2, 0.003m, sells: true);
        var account = await StateAsync(app.Services.GetRequiredService<TradeJournal>());
        var worth = (1 - _venue.Balance("BNB")) * 612.34m;
        Assert.InRange(account.FeesUsd, told ? worth : 0, told ? worth + 0.00000002m : 0);
        Assert.Equal((account.FeesUsd, account.RealisedUsd - account.FeesUsd), (account.FeesElsewhereUsd, account.RealisedOnDayUsd));
        Assert.True(RunSummary.AddsUp(account, ExchangeAccount.CashUsd));
        await AgreesAsync(app);
    }

    [Fact]
    public async Task an_order_that_the_exchanges_rules_forbid_is_not_sent()
    {
        var app = await StartAsync();
        var execution = (await TradeAsync(app, 1, 0.00005m)).Execution!;
        Assert.Equal((TradeOutcome.Rejected, "binance would refuse it: Notional of 0.00005 at 60400"),
            (execution.Outcome, execution.Reason));
        Assert.DoesNotContain(_simulator.Requests, request => request.Method == "POST");
    }

    [Fact]
    public async Task two_replicas_that_get_the_same_message_send_one_order()
    {
        var first = await StartAsync();
        var second = await StartAsync();
        var journal = first.Services.GetRequiredService<TradeJournal>();
        for (var number = 1; number <= 20; number++)
        {
            var assessed = await ExchangeAccount.ApproveAsync(journal, number, Price, 400, 0.001m, false);
            var both = await Task.WhenAll(new[] { first, second }.Select(app =>
                app.Services.GetRequiredService<TradeExecution>()
                    .ExecuteAsync(assessed.TradeId, "test", TimeSpan.FromSeconds(30), default)));
            Assert.Equal(JournalRecord.Text(both[0]!.Execution), JournalRecord.Text(both[1]!.Execution));
        }
        Assert.Equal(20, _venue.Orders.Count);
        await AgreesAsync(first);
    }

    [Fact]
    public async Task what_was_filled_while_nobody_was_there_is_found_at_the_next_start()
    {
        var app = await StartAsync(settings => settings with { OrderPlacement = OrderPlacement.LimitGtc });
        var journal = app.Services.GetRequiredService<TradeJournal>();
        var assessed = await ExchangeAccount.ApproveAsync(journal, 1, Price, -100, 0.001m, false);
        Assert.Null(await app.Services.GetRequiredService<TradeExecution>()
            .ExecuteAsync(assessed.TradeId, "test", TimeSpan.FromMilliseconds(500), default));
        await StopAsync(app);
        _venue.SetPrice(59_800);

        var next = await StartAsync();
        await ExchangeSystem.UntilAsync(async () => (await next.Services.GetRequiredService<TradeJournal>()
            .TradeAsync(assessed.TradeId, default))!.State.Execution?.Outcome == TradeOutcome.Filled);
        Assert.Single(_venue.Orders);
        await AgreesAsync(next);
    }

    [Fact]
    public async Task an_order_that_cannot_be_booked_keeps_no_other_from_its_end()
    {
        var app = await StartAsync(settings => settings with { OrderPlacement = OrderPlacement.LimitGtc });
        var (journal, execution) = (app.Services.GetRequiredService<TradeJournal>(), app.Services.GetRequiredService<TradeExecution>());
        var waiting = new List<Guid>();
        for (var number = 1; number <= 3; number++)
        {
            waiting.Add((await ExchangeAccount.ApproveAsync(journal, number, Price, -100, 0.001m, false)).TradeId);
            Assert.Null(await execution.ExecuteAsync(waiting[^1], "test", TimeSpan.Zero, default));
        }
        // Of the orders that are looked at one after the other, the first is filled with more than was asked for; all at one moment.
        waiting.Sort();
        _simulator.RefuseAll(503);
        _venue.Fill(_venue.Orders.Single(order => order.ClientId == DerivedId.ClientOrderId(waiting[0])), 0.002m);
        _venue.SetPrice(59_800);
        _simulator.RefuseAll(0);
        await ExchangeSystem.UntilAsync(async () => (await StateAsync(journal)).Reservations.Keys.SequenceEqual([waiting[0]]));

        foreach (var tradeId in waiting[1..])
            Assert.Equal(TradeOutcome.Filled, (await journal.TradeAsync(tradeId, default))!.State.Execution!.Outcome);
        await ExchangeSystem.UntilAsync(async () => (await StateAsync(journal)).State == TradingState.Halted);
        var doubt = (await JournalRecord.ReadAsync(_database)).AccountEvents.OfType<ImplausibleFillFound>().Single();
        Assert.Equal((waiting[0], "0.002 filled of an order of 0.001"), (doubt.TradeId, doubt.Reason));
    }
}
