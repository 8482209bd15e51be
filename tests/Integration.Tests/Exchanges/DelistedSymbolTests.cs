using Trading.Contracts;
using Trading.Hosting.Control;
using Trading.TestKit.Exchanges;
using Trading.TestKit.Pipeline;
using Xunit;
using static Trading.TestKit.Exchanges.ExchangeSystem;

namespace Trading.Integration.Tests.Exchanges;

/// <summary>A symbol that is delisted while it is held: docs/exchanges.md, what happens when.</summary>
public sealed class DelistedSymbolTests : SymbolHazardTest
{
    [Theory]
    [MemberData(nameof(Both))]
    public async Task a_symbol_that_the_exchange_no_longer_knows_keeps_no_other_from_trading_and_is_written_off_when_it_is_gone(
        string name)
    {
        var (system, talk) = await ExchangeTalk.CreateAsync(name);
        await using var _ = system;
        system.AddMarket("ETH", 3000);
        var app = await talk.StartAsync();
        await talk.EnterAsync(app);
        await talk.RestsAsync(app);
        // The exchange takes the stop off first, as exchanges do before they end a market.
        system.Market.Cancel(system.Market.Orders[^1]);
        await UntilAsync(async () => (await system.StateAsync()).Reservations.IsEmpty, "the end of the stop is not booked");
        system.Simulator.Delisted = "BTC";
        await system.CrashAsync(app);
        system.Clock.Advance(RulesAreOld);

        app = await talk.StartAsync();
        Assert.Equal(TradeOutcome.Filled, (await talk.EnterAsync(app, "ETH-USD")).Execution!.Outcome);
        await talk.RestsAsync(app, "ETH-USD");
        // What was held is withdrawn, or paid out, by the exchange.
        var held = (await system.StateAsync()).PositionIn(InProcessSystem.Symbol).Quantity;
        system.Market.Deposit("BTC", -held);
        await UntilAsync(async () =>
        {
            await ComparedAsync(app);
            return (await system.StateAsync()).External!.Differences.ContainsKey("balance/BTC");
        }, "it is not missed");
        Assert.Contains(await ExchangeTalk.StatusAsync(app),
            line => line.Contains("trading control write-off --symbol BTC-USD ", StringComparison.Ordinal));
        await ExchangeTalk.Control(app).ActAsync(new(OperatorAction.WriteOff, "kim", "delisted")
        { Symbol = InProcessSystem.Symbol, Quantity = held, Price = 0 }, default);
        await system.AgreesAsync(app);
    }

    /// <summary>
    /// As exchanges end a market: trading stops, waiting orders are taken off, the symbol stays listed for a time or is gone at once.
    /// </summary>
    [Theory]
    [InlineData("binance", false)]
    [InlineData("binance", true)]
    [InlineData("coinbase", false)]
    [InlineData("coinbase", true)]
    public async Task the_end_of_a_market_ends_the_stop_that_rests_there_the_position_is_told_and_others_go_on(
        string name, bool vanishes)
    {
        var (system, talk) = await ExchangeTalk.CreateAsync(name);
        await using var _ = system;
        system.AddMarket("ETH", 3000);
        system.Settings = system.Settings with { Alerts = ["log"], AlertCheckSeconds = 1 };
        var app = await talk.StartAsync();
        await talk.EnterAsync(app);
        await talk.RestsAsync(app);
        var stop = Assert.Single((await system.StateAsync()).Reservations).Key;
        system.Simulator.StatusOf = "BTC";
        Halt(system, true);
        system.Simulator.Delisted = vanishes ? "BTC" : null;
        system.Market.Cancel(system.Market.Orders[^1]);

        await UntilAsync(async () => (await system.TradeAsync(stop)).Execution is not null, "the end of the stop is not booked");
        Assert.Equal((TradeOutcome.Cancelled, 0m), ((await system.TradeAsync(stop)).Execution!.Outcome,
            (await system.TradeAsync(stop)).Execution!.FilledQuantity));
        await talk.PricesUntilAsync(app, async () => (await ExchangeTalk.StatusAsync(app)).Any(line =>
            line.StartsWith("BTC-USD is unprotected: ", StringComparison.Ordinal)), "status does not tell that it has no stop");
        await UntilAsync(async () => (await system.ConditionsAsync("unprotected/BTC-USD/")).Count == 1, "nobody sees that it has no stop");
        await system.AgeConditionsAsync("unprotected/BTC-USD/", TimeSpan.FromMinutes(10));
        await UntilAsync(async () => (await system.AlertsAsync("unprotected/BTC-USD/")).Count == 1, "nobody is told that it has no stop");
        Assert.Equal(TradeOutcome.Filled, (await talk.EnterAsync(app, "ETH-USD")).Execution!.Outcome);
        await talk.RestsAsync(app, "ETH-USD");

        // Once the rules tell it, nothing of it is sent or asked for any more, whatever its price is said to be.
        system.Clock.Advance(RulesAreOld);
        await UntilAsync(async () => !(await system.StateAsync()).External!.Products![InProcessSystem.Symbol].Trading, "it is not noted");
        var (sent, asked) = (Sent(system), AskedFor(system, stop));
        foreach (var price in new[] { 60_000, 56_000, 40_000 })
            await talk.PriceAsync(app, price);
        await ComparedAsync(app);
        Assert.Equal((sent, asked), (Sent(system), AskedFor(system, stop)));

        // The exchange pays it out at last, and the operator books what it paid.
        var held = (await system.StateAsync()).PositionIn(InProcessSystem.Symbol).Quantity;
        system.Market.Deposit("BTC", -held);
        system.Market.Deposit(system.Quote, held * 50_000);
        await ExchangeTalk.Control(app).ActAsync(new(OperatorAction.WriteOff, "kim", "delisted")
        { Symbol = InProcessSystem.Symbol, Quantity = held, Price = 50_000 }, default);
        await system.AgreesAsync(app);
        await UntilAsync(async () => (await system.ConditionsAsync("unprotected/BTC-USD/")).Count == 0, "the condition does not end");
    }

    private static int AskedFor(ExchangeSystem system, Guid tradeId) => system.Simulator.Requests.Count(
        request => request.Query.Contains($"{tradeId:N}", StringComparison.Ordinal));
}
