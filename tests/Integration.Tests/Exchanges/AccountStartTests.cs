using Trading.Core;
using Trading.Hosting.Settings;
using Trading.TestKit.Exchanges;
using Xunit;
using static Trading.TestKit.Exchanges.ExchangeSystem;

namespace Trading.Integration.Tests.Exchanges;

/// <summary>What an account on an exchange begins with or is refused for, and what is paid in and taken as a fee.</summary>
public sealed class AccountStartTests
{
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
