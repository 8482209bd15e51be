using Trading.Contracts;
using Trading.Core;
using Trading.TestKit.Exchanges;
using Trading.TestKit.Servers;
using Xunit;
using static Trading.TestKit.Exchanges.ExchangeSystem;

namespace Trading.Integration.Tests.Exchanges;

/// <summary>
/// What happens when the exchange, its account or its key are not what the journal expects: docs/exchanges.md, row by row.
/// </summary>
public sealed class HazardTests
{
    public static TheoryData<string> Both => ["binance", "coinbase"];

    [Theory]
    [MemberData(nameof(Both))]
    public async Task after_a_day_down_own_stops_are_booked_and_what_others_did_in_that_day_is_found(string name)
    {
        var (system, talk) = await ExchangeTalk.CreateAsync(name);
        await using var _ = system;
        var app = await talk.StartAsync();
        await talk.EnterAsync(app);
        await talk.RestsAsync(app);
        await system.CrashAsync(app);
        system.Market.SetPrice(56_900);
        system.Market.Place("web_1", true, SimKind.Market, 0.001m, null, null);
        system.Clock.Advance(TimeSpan.FromHours(26));

        app = await talk.StartAsync(passes: false);
        await UntilAsync(async () => (await system.StateAsync()).Reservations.IsEmpty, "the stop was not booked");
        await ExchangeTalk.AdoptAllAsync(system, app);
        var found = await system.EventsAsync<ExternalFillFound>();
        Assert.NotEmpty(found);
        Assert.All(found, fill => Assert.Equal(TradeAction.Buy, fill.Side));
        await system.AgreesAsync(app);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task with_yesterdays_copy_of_the_journal_nothing_is_traded_until_one_command_for_each_fill_has_made_both_one(
        string name)
    {
        var (system, talk) = await ExchangeTalk.CreateAsync(name);
        await using var _ = system;
        var app = await talk.StartAsync();
        await talk.EnterAsync(app);
        await talk.RestsAsync(app);
        await system.CrashAsync(app);
        await system.CloseJournalsAsync();
        var (journal, copy) = (system.Database, await PostgresServer.CopyAsync(system.Database));
        system.Database = journal;
        app = await talk.StartAsync();
        // The stop goes off, and there is a purchase that yesterday's journal knows nothing of.
        system.Market.SetPrice(56_900);
        await UntilAsync(async () => (await system.StateAsync()).Reservations.IsEmpty, "the stop did not go off");
        await talk.EnterAsync(app);
        await system.CrashAsync(app);
        system.Clock.Advance(TimeSpan.FromHours(3));

        system.Database = copy;
        app = await talk.StartAsync(passes: false);
        await UntilAsync(async () => (await system.StateAsync()) is { Reservations.IsEmpty: true, External.Differences.Count: > 0 },
            "no difference is told");
        Assert.True((await system.StateAsync()).External!.Pending);
        var orders = system.Market.Orders.Count;
        await talk.AskAsync(app, Direction.Up);
        await UntilAsync(async () => (await system.StateAsync()).Reservations.IsEmpty, "an order waits");
        Assert.Equal(orders, system.Market.Orders.Count);
        await ExchangeTalk.AdoptAllAsync(system, app);
        await system.AgreesAsync(app);
        Assert.False((await system.StateAsync()).External!.Pending);
        await talk.RestsAsync(app);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task an_hour_of_maintenance_leaves_orders_unknown_and_reserved_and_stops_where_they_are(string name)
    {
        var (system, talk) = await ExchangeTalk.CreateAsync(name);
        await using var _ = system;
        var app = await talk.StartAsync();
        await talk.EnterAsync(app);
        await talk.RestsAsync(app);
        system.Simulator.RefuseAll(503);
        var asked = await talk.AskAsync(app, Direction.Up);
        await UntilAsync(async () => (await system.TradeAsync(asked.TradeId)).Unknown, "it is not unknown");
        system.Clock.Advance(TimeSpan.FromHours(1));
        var requests = system.Simulator.Count;
        await UntilAsync(() => Task.FromResult(system.Simulator.Count > requests + 3), "nobody asks");
        Assert.Contains(asked.TradeId, (await system.StateAsync()).Reservations.Keys);

        system.Simulator.RefuseAll(0);
        await UntilAsync(async () => (await system.TradeAsync(asked.TradeId)).Execution is not null, "its end is not found");
        Assert.Equal(TradeOutcome.Cancelled, (await system.TradeAsync(asked.TradeId)).Execution!.Outcome);
        Assert.Equal([true], system.Market.Orders.Where(order => order.Stop is not null).Select(order => order.Open));
        await system.AgreesAsync(app);
    }
}
