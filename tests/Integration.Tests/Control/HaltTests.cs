using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Control;
using Trading.Hosting.Messaging;
using Trading.Journal.Events;
using Trading.TestKit.Control;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Control;

/// <summary>A halt, and the end of a single order, as they reach what is under way.</summary>
public sealed class HaltTests : SerialTest
{
    private const int Replicas = 3;

    [Fact]
    public async Task a_halt_through_the_journal_alone_stops_every_replica_under_load()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        var settings = InProcessSystem.Told with
        {
            // No limit of pace or exposure stops what the halt is to stop.
            StartingCashUsd = 10_000_000,
            MaxPositionShare = 1,
            MaxExposureShare = 1,
            MaxOpenOrders = 0,
            MaxOrdersPerMinute = 0,
            MaxOrdersPerDay = 0,
            DuplicateWindowSeconds = 0,
            AllowedSymbols = [.. Enumerable.Range(0, Replicas * 40).Select(number => $"S{number}-USD")],
        };
        var (clock, traffic) = (new ManualTime(InProcessSystem.Start),
            Enumerable.Range(0, Replicas).Select(_ => new SeenMessages()).ToList());
        var hosts = new List<ControlHost>();
        foreach (var seen in traffic)
            hosts.Add(await ControlHost.StartAsync(settings, database, clock, seen));
        await hosts[0].OpenAccountAsync();

        // Each replica has more to decide than it can until the halt, and as much again after it.
        var predictions = Enumerable.Range(0, Replicas * 40)
            .Select(number => InProcessSystem.Rise(InProcessSystem.Price(100, InProcessSystem.Start, $"S{number}-USD"))).ToList();
        await Task.WhenAll(predictions.Select((prediction, number) => hosts[number % Replicas].SayAsync(prediction)));
        await Task.WhenAll(traffic.Select(seen => seen.Until(all => all.Of<TradeExecuted>().Count >= 5)));
        await using (var operators = new TradeJournal(database, new("operator", "0"), TimeProvider.System))
            await new JournalControl(operators, settings.Account, TimeProvider.System)
                .ActAsync(new(OperatorAction.Halt, "kim", "flash crash"), default);
        await Task.WhenAll(traffic.Select((seen, replica) => seen.Until(all => Decided(all, predictions.Count / Replicas))));
        foreach (var host in hosts)
            await host.DisposeAsync();

        var journal = await JournalRecord.ReadAsync(database);
        var halted = journal.Stored.Single(happened => happened.Type == "trading_halted");
        var late = journal.Stored.Where(happened => happened.Type == "order_placed" && happened.Sequence > halted.Sequence).ToList();
        // Those that an executor had read the account for already; not one replica went on.
        Assert.True(late.Count <= Replicas * TradingServices.ConcurrentMessages, $"{late.Count} orders were placed after the halt");
        Assert.Contains(journal.Trades, trade => trade.Filled);
        Assert.Contains(journal.Trades, trade => trade.Assessed.Assessment.Refusal == RiskRule.TradingState);
        Assert.Equal(predictions.Count, journal.Trades.Count);
        Assert.Empty(journal.Account!.Reservations);
        Assert.Equal(TradingState.Halted, journal.Account.State);
    }

    [Theory]
    [InlineData("halt", "trading was halted before the order was placed")]
    [InlineData("halt the symbol", "trading was halted before the order was placed")]
    [InlineData("reduce", "trading was reduced to sales before the order was placed")]
    [InlineData("cancel", "cancelled by kim before it was placed: wrong symbol")]
    public async Task an_order_that_was_approved_before_a_halt_or_its_cancellation_is_not_placed(string command, string reason)
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        var (clock, traffic) = (new ManualTime(InProcessSystem.Start), new SeenMessages());
        await using (var deciding = await ControlHost.StartAsync(InProcessSystem.Told, database, clock, traffic, executor: false))
        {
            await deciding.SayAsync(InProcessSystem.Rise(InProcessSystem.Price(60_000, InProcessSystem.Start)));
            await traffic.Until(seen => seen.Of<RiskAssessed>().Count == 1);
            var control = deciding.Services.GetRequiredService<IOperatorControl>();
            var open = Assert.Single((await control.StatusAsync(default)).OpenOrders);
            await control.ActAsync(
                command == "cancel" ? new(OperatorAction.Cancel, "kim", "wrong symbol") { Order = open.ClientOrderId[..8] }
                : new(command == "reduce" ? OperatorAction.Reduce : OperatorAction.Halt, "kim",
                    "flash crash")
                { Symbol = command == "halt the symbol" ? InProcessSystem.Symbol : null }, default);
        }
        await using var executing = await ControlHost.StartAsync(InProcessSystem.Told, database, clock, traffic);
        await executing.Services.GetRequiredService<IBus>().Publish(traffic.Of<RiskAssessed>().Single().Message);
        await traffic.Until(seen => seen.Of<TradeExecuted>().Count > 0);

        var journal = await JournalRecord.ReadAsync(database);
        var execution = Assert.Single(journal.Trades).Execution!;
        Assert.Equal((TradeOutcome.Cancelled, reason), (execution.Outcome, execution.Reason));
        Assert.DoesNotContain(journal.Stored, happened => happened.Type == "order_placed");
        Assert.Empty(journal.Account!.Reservations);
        Assert.Equal(InProcessSystem.Told.StartingCashUsd, journal.Account.FreeCashUsd());
    }

    [Fact]
    public async Task flattening_lifts_a_halt_as_far_as_selling_and_nothing_is_bought_until_trading_is_resumed()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        var (clock, traffic) = (new ManualTime(InProcessSystem.Start), new SeenMessages());
        await using var host = await ControlHost.StartAsync(InProcessSystem.Told, database, clock, traffic);
        var control = host.Services.GetRequiredService<IOperatorControl>();
        await host.OpenAccountAsync();
        var nothing = "account main holds nothing, and nothing is bought until trading is resumed";
        Assert.Equal(new ControlDone(true, nothing, TradingState.Reducing),
            await control.ActAsync(new(OperatorAction.Flatten, "kim", "out"), default));
        Assert.Equal(new ControlDone(false, nothing, TradingState.Reducing),
            await control.ActAsync(new(OperatorAction.Flatten, "kim", "out"), default));
        await control.ActAsync(new(OperatorAction.Resume, "kim", "back"), default);
        await host.SayAsync(InProcessSystem.Rise(InProcessSystem.Price(60_000, InProcessSystem.Start)));
        await traffic.Until(seen => seen.Of<TradeExecuted>().Count == 1);

        await control.ActAsync(new(OperatorAction.Halt, "kim", "odd prices") { Symbol = InProcessSystem.Symbol }, default);
        await control.ActAsync(new(OperatorAction.Halt, "kim", "flash crash"), default);
        Assert.Equal(new ControlDone(true, "account main is selling everything, a slice at each price", TradingState.Reducing),
            await control.ActAsync(new(OperatorAction.Flatten, "kim", "out"), default));
        Assert.Equal(new ControlDone(false, "account main is selling everything already, a slice at each price", TradingState.Reducing),
            await control.ActAsync(new(OperatorAction.Flatten, "kim", "out"), default));
        Assert.Contains("everything is being sold, a slice at each price", (await control.StatusAsync(default)).Latches);
        Assert.Equal(TradingState.Reducing,
            (await host.Services.GetRequiredService<TradeJournal>().AccountAsync("main", default))!.State.StateOf(InProcessSystem.Symbol));
        await host.SayAsync(InProcessSystem.Rise(InProcessSystem.Price(60_000, InProcessSystem.Start, "ETH-USD")));
        await traffic.Until(seen => seen.Of<RiskAssessed>().Count == 2);
        Assert.Contains(traffic.Of<RiskAssessed>(), decision => decision.Message.Assessment.Refusal == RiskRule.TradingState);
        await control.ActAsync(new(OperatorAction.Resume, "kim", "calm"), default);
        Assert.Empty((await control.StatusAsync(default)).Latches);
    }

    private static bool Decided(SeenMessages seen, int predictions)
    {
        var decisions = seen.Of<RiskAssessed>();
        return decisions.Count == predictions
            && seen.Of<TradeExecuted>().Count == decisions.Count(decision => decision.Message.Assessment.Verdict == Verdict.Approved);
    }
}
