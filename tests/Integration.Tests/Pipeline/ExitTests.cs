using Trading.Contracts;
using Trading.Core;
using Trading.Journal.Events;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Pipeline;

/// <summary>Positions are left at prices alone: there is no predictor here that could ask for it.</summary>
public sealed class ExitTests : ExitTest
{
    [Fact]
    public async Task a_stop_is_sold_by_the_price_alone_once_however_often_it_is_reported_and_however_many_look()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        var (clock, left, right) = (new ManualTime(InProcessSystem.Start), new SeenMessages(), new SeenMessages());
        await using var one = await StartAsync(database, clock, left);
        await using var other = await StartAsync(database, clock, right);
        await SayAsync(one, Rise(InProcessSystem.Price(60_000, InProcessSystem.Start)));
        await left.Until(seen => seen.Of<TradeExecuted>().Count == 1);

        clock.Advance(TimeSpan.FromMinutes(1));
        var fallen = InProcessSystem.Price(56_500, InProcessSystem.Start.AddMinutes(1));
        await Task.WhenAll(SayAsync(one, fallen), SayAsync(other, fallen), SayAsync(one, fallen));
        await await Task.WhenAny(left.Until(Left), right.Until(Left));
        // The same price again after the sale, and a prediction on it: neither sells again nor buys.
        await SayAsync(one, fallen);
        await SayAsync(one, Rise(fallen));
        await left.Until(seen => seen.Of<RiskAssessed>().Any(decision => decision.Message.Prediction?.Price.PriceId == fallen.PriceId));

        var journal = await JournalRecord.ReadAsync(database);
        journal.AddsUp(InProcessSystem.Told.StartingCashUsd);
        journal.ReplaysWithoutDifference();
        var exit = Assert.Single(journal.Trades, trade => trade.Assessed.Assessment.Exit is not null);
        Assert.Equal((DerivedId.Exit(fallen.PriceId, ExitReason.StopLoss), true), (exit.Assessed.TradeId, exit.Filled));
        Assert.Equal(RiskRule.Cooldown, journal.Trades[^1].Assessed.Assessment.Refusal);
        Assert.Empty(journal.Account!.Positions);
    }

    [Fact]
    public async Task flatten_sells_in_slices_within_the_limits_at_the_prices_that_follow_and_nothing_while_trading_is_halted()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        var (clock, traffic) = (new ManualTime(InProcessSystem.Start), new SeenMessages());
        await using var app = await StartAsync(database, clock, traffic);
        var at = InProcessSystem.Start;
        for (var buys = 1; buys <= 3; buys++, at = at.AddMinutes(1), clock.Advance(TimeSpan.FromMinutes(1)))
        {
            await SayAsync(app, Rise(InProcessSystem.Price(60_000, at)));
            await traffic.Until(seen => seen.Of<TradeExecuted>().Count == buys);
        }
        await using var journal = new TradeJournal(database, new("test", "0"), clock);
        await journal.DecideAsync("main", new FlattenPositions("kim", "weekend", at), "test", default);
        await journal.DecideAsync("main", new HaltTrading("kim", "wait", at), "test", default);
        clock.Advance(TimeSpan.FromSeconds(1));
        await SayAsync(app, InProcessSystem.Price(60_000, at));
        await traffic.Until(seen => seen.Of<RiskAssessed>().Any(decision => decision.Message.Assessment.Refusal == RiskRule.TradingState));
        await journal.DecideAsync("main", new ReduceTrading("kim", "go on", at), "test", default);
        for (var sales = 4; sales <= 6; sales++)
        {
            at = at.AddMinutes(1);
            clock.Advance(TimeSpan.FromMinutes(1));
            await SayAsync(app, InProcessSystem.Price(60_000, at));
            await traffic.Until(seen => seen.Of<TradeExecuted>().Count == sales);
        }

        var record = await JournalRecord.ReadAsync(database);
        record.AddsUp(InProcessSystem.Told.StartingCashUsd);
        record.ReplaysWithoutDifference();
        Assert.Equal((0, false), (record.Account!.Positions.Count, record.Account.Flattening));
        Assert.All(record.Trades.Where(trade => trade.Assessed.Assessment.Exit is not null && trade.Approved), trade =>
        {
            Assert.Equal(ExitReason.Flatten, trade.Assessed.Assessment.Exit!.Reason);
            Assert.True(trade.Assessed.Assessment.Order!.Quantity * 60_000 <= InProcessSystem.Told.MaxTradeAmountUsd);
        });
    }
}
