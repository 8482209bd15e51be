using Microsoft.Extensions.DependencyInjection;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Control;
using Trading.Hosting.Settings;
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
    public async Task money_that_is_paid_in_is_booked_as_a_deposit_and_money_that_is_gone_waits_for_an_operator(string name)
    {
        await using var system = await ExchangeSystem.CreateAsync(name);
        var app = await system.StartAsync();
        system.Market.Deposit(system.Quote, 250.5m);
        await UntilAsync(async () => (await system.StateAsync()).CashUsd == ExchangeAccount.CashUsd + 250.5m);
        Assert.Equal(250.5m, (await system.StateAsync()).AdjustedUsd);
        system.Market.Deposit(system.Quote, -100);
        await UntilAsync(async () => (await system.StateAsync()).External!.Differences.ContainsKey($"balance/{system.Quote}"));
        await system.DecideAsync(new AdjustCash(-100, "kim", "rent", DateTimeOffset.UtcNow));
        await system.AgreesAsync(app);
    }

    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task less_money_than_the_account_would_begin_with_does_not_start_and_names_both_figures(string name)
    {
        await using var system = await ExchangeSystem.CreateAsync(name);
        system.Market.Deposit(system.Quote, 100 - ExchangeAccount.CashUsd);
        var refused = await Assert.ThrowsAsync<StartException>(() => system.StartAsync());
        Assert.StartsWith($"{name} holds 100 {system.Quote}, and the account main has begun with 1000000: ", refused.Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task an_account_opens_with_what_the_exchange_holds_up_to_a_bound_and_the_rest_is_known(string name)
    {
        await using var system = await ExchangeSystem.CreateAsync(name);
        system.Settings = system.Settings with { StartingCashUsd = 0, MaxStartingCashUsd = 5000 };
        await system.StartAsync(opens: false);
        var account = await system.StateAsync();
        Assert.Equal((5000m, ExchangeAccount.CashUsd - 5000, false),
            (account.CashUsd, account.External!.AcceptedBalances[system.Quote], account.External.Pending));
    }

    [Theory]
    [InlineData("binance")]
    [InlineData("coinbase")]
    public async Task a_symbol_that_the_exchange_does_not_list_or_trade_does_not_start(string name)
    {
        await using var system = await ExchangeSystem.CreateAsync(name);
        system.Settings = system.Settings with { Symbols = ["BTC-USD", "TRX-USD"] };
        Assert.StartsWith($"Trading:Symbols: TRX-USD on {name} is not listed there: ",
            (await Assert.ThrowsAsync<StartException>(() => system.StartAsync())).Message, StringComparison.Ordinal);
        system.Settings = system.Settings with { Symbols = ["BTC-USD"] };
        if (system.Simulator is BinanceSimulator binance)
            binance.SymbolStatus = "CANCEL_ONLY";
        else if (system.Simulator is CoinbaseSimulator coinbase)
            coinbase.ProductStatus = "delisted";
        Assert.Equal($"Trading:Symbols: BTC-USD on {name} is not traded there now",
            (await Assert.ThrowsAsync<StartException>(() => system.StartAsync())).Message);
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

    [Fact]
    public async Task a_fee_that_is_taken_in_an_asset_that_the_account_holds_leaves_that_position()
    {
        await using var system = await ExchangeSystem.CreateAsync("binance", rules => rules with { FeesIn = ("BNB", 600) });
        var bnb = system.AddMarket("BNB", 600);
        // As a purchase of BNB with fees in BNB does.
        var app = await system.StartAsync();
        await system.TradeAsync(app, 0.5m, symbol: "BNB-USD", margin: 20);
        var held = (await system.StateAsync()).PositionIn("BNB-USD").Quantity;
        Assert.InRange(held, 0.499m, 0.4999m);
        await system.TradeAsync(app, 0.003m);
        var account = await system.StateAsync();
        Assert.Equal(bnb.Balance("BNB"), account.PositionIn("BNB-USD").Quantity);
        Assert.Equal(0, account.FeesElsewhereUsd);
        // All that is held can be sold, but for the fee of that sale.
        var stop = await system.RestAsync(app, Math.Floor(account.PositionIn("BNB-USD").Quantity / 0.001m) * 0.001m, 550, "BNB-USD");
        Assert.Equal(SimStatus.New, bnb.Orders.Single(order => order.ClientId == DerivedId.ClientOrderId(stop)).Status);
        await system.AgreesAsync(app);
    }
}
