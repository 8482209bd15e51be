using Microsoft.Extensions.DependencyInjection;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Control;
using Trading.Journal.Events;
using Trading.TestKit.Exchanges;
using Xunit;
using static Trading.TestKit.Exchanges.ExchangeSystem;

namespace Trading.Integration.Tests.Exchanges;

/// <summary>What happens on the exchange without the journal is found, booked to what it belongs to, and explained.</summary>
public sealed class OneAccountTests
{
    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task the_fills_of_own_stops_while_no_program_was_there_are_booked_before_anything_is_called_foreign(string name)
    {
        await using var system = await ExchangeSystem.CreateAsync(name);
        var eth = system.AddMarket("ETH", 3000);
        var app = await system.StartAsync();
        await system.TradeAsync(app, 0.003m);
        await system.TradeAsync(app, 0.05m, symbol: "ETH-USD", margin: 20);
        var stops = new[] { await system.RestAsync(app, 0.002m, 59_000), await system.RestAsync(app, 0.04m, 2900, "ETH-USD") };
        await system.CrashAsync(app);
        system.Market.SetPrice(58_900);
        eth.SetPrice(2890);
        // Long ago by the time of the next start.
        system.Market.Age(TimeSpan.FromMinutes(10));
        eth.Age(TimeSpan.FromMinutes(10));

        app = await system.StartAsync();
        foreach (var stop in stops)
            Assert.Equal(TradeOutcome.Filled, (await system.TradeAsync(stop)).Execution!.Outcome);
        Assert.Empty(await system.EventsAsync<ExternalFillFound>());
        await system.AgreesAsync(app);
    }

    [Fact]
    public async Task a_fill_that_was_called_foreign_and_is_booked_later_is_a_difference_that_ends_by_itself_and_says_by_what()
    {
        await using var system = await ExchangeSystem.CreateAsync("binance");
        var app = await system.StartAsync();
        var bought = await system.TradeAsync(app, 0.003m);
        // As an earlier version left it behind.
        var fill = bought.Fills[0];
        await system.DecideAsync(new Reconcile("binance", [new ExternalFillFound(fill.ExchangeOrderId, fill.ExchangeTradeId, null,
            "BTC-USD",
            TradeAction.Buy, fill.Quantity, fill.Price, 0, "BTC", fill.At, fill.At)], DateTimeOffset.UtcNow, ["fill"]));
        await ComparedAsync(app);
        var ended = Assert.Single(await system.EventsAsync<ExternalDifferenceEnded>());
        Assert.Equal(($"fill/BTC-USD/{fill.ExchangeTradeId}", $"booked in trade-{bought.TradeId}"), (ended.Key, ended.Explanation));
        await system.AgreesAsync(app);
    }

    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task units_that_were_sold_by_hand_leave_the_position_at_their_price_without_an_operator(string name)
    {
        await using var system = await ExchangeSystem.CreateAsync(name);
        var app = await system.StartAsync();
        await system.TradeAsync(app, 0.003m);
        var held = (await system.StateAsync()).PositionIn("BTC-USD").Quantity;
        system.Market.Place("web_1", false, SimKind.Market, 0.001m, null, null);
        await UntilAsync(async () => (await system.StateAsync()).PositionIn("BTC-USD").Quantity == held - 0.001m);
        var booked = (await system.EventsAsync<ExternalFillBooked>())[0];
        Assert.Equal(("reconciliation", TradeAction.Sell), (booked.By, booked.Side));
        Assert.Equal(TradeOutcome.Filled, (await system.TradeAsync(app, 0.001m, sells: true)).Execution!.Outcome);
        var journal = await system.AgreesAsync(app);
        Assert.True(journal.Account!.RealisedUsd != 0);

        // With the setting off it is told, and waits.
        system.Market.Place("web_2", true, SimKind.Market, 0.001m, null, null);
        await UntilAsync(async () => (await system.StateAsync()).External!.Differences.Keys.Any(
            key => key.StartsWith("fill/", StringComparison.Ordinal)));
        Assert.DoesNotContain(await system.EventsAsync<ExternalFillBooked>(), fill => fill.Side == TradeAction.Buy);
    }

    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task a_purchase_of_others_is_reported_with_the_command_that_adopts_it_and_then_has_exits_and_can_be_sold(string name)
    {
        await using var system = await ExchangeSystem.CreateAsync(name);
        var app = await system.StartAsync();
        system.Market.Place("web_1", true, SimKind.Market, 0.001m, null, null);
        var key = $"fill/BTC-USD/{Assert.Single(system.Market.Fills.Take(1)).TradeId}";
        await UntilAsync(async () => (await system.StateAsync()).External!.Differences.ContainsKey(key));
        var control = new JournalControl(app.Services.GetRequiredService<TradeJournal>(), ExchangeAccount.Account, TimeProvider.System);
        Assert.Contains((await control.StatusAsync(default)).Latches,
            line => line.Contains($"trading control adopt --difference {key} --reason", StringComparison.Ordinal));
        foreach (var fill in system.Market.Fills)
            await control.ActAsync(new(OperatorAction.Adopt, "kim", "bought by hand")
            { Difference = $"fill/BTC-USD/{fill.TradeId}" }, default);
        await ComparedAsync(app);
        Assert.True((await system.StateAsync()).PositionIn("BTC-USD").Quantity > 0.0009m);
        await system.RestAsync(app, 0.0009m, 59_000);

        // A waiting order of others becomes the account's: its fills are booked as they come.
        system.Market.Place("web_2", true, SimKind.LimitGtc, 0.001m, 59_500, null);
        var order = $"order/{(name == "binance" ? $"{system.Market.Orders[^1].Id}" : system.Market.Orders[^1].Uuid)}";
        await UntilAsync(async () => (await system.StateAsync()).External!.Differences.ContainsKey(order));
        await control.ActAsync(new(OperatorAction.Adopt, "kim", "mine") { Difference = order }, default);
        system.Market.SetPrice(59_400);
        await UntilAsync(async () => (await system.StateAsync()).PositionIn("BTC-USD").Quantity > 0.0019m);
        await system.AgreesAsync(app);
    }

    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task a_clock_that_is_five_minutes_off_is_reported_once_and_hides_no_fill_of_others(string name)
    {
        await using var system = await ExchangeSystem.CreateAsync(name);
        system.Settings = system.Settings with { BookForeignSales = false };
        // This machine's clock is ahead: what the exchange dates now was five minutes ago by it.
        system.Simulator.ClockOffset = TimeSpan.FromMinutes(-5);
        system.Market.Deposit("BTC", 1);
        system.Market.Place("web_1", false, SimKind.Market, 0.0005m, null, null);
        system.Market.Age(TimeSpan.FromMinutes(5));
        var app = await system.StartAsync(passes: false);
        await UntilAsync(async () => (await system.StateAsync()).External!.Differences.Keys.Any(
            key => key.StartsWith("fill/", StringComparison.Ordinal)));
        await ComparedAsync(app);
        var off = Assert.Single(await system.EventsAsync<ExchangeClockOff>());
        Assert.InRange(off.AheadSeconds, 299, 301);
        var control = new JournalControl(app.Services.GetRequiredService<TradeJournal>(), ExchangeAccount.Account, TimeProvider.System);
        Assert.Contains((await control.StatusAsync(default)).Latches, line => line.Contains(" s ahead of ", StringComparison.Ordinal));
    }
}
