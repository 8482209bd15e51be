using Trading.Contracts;
using Trading.Hosting.Alerts;
using Trading.TestKit.Exchanges;
using Trading.TestKit.Pipeline;
using Xunit;
using static Trading.TestKit.Exchanges.ExchangeSystem;

namespace Trading.Integration.Tests.Exchanges;

/// <summary>A symbol that is halted while it is held: docs/exchanges.md, what happens when.</summary>
public sealed class SymbolHazardTests : SymbolHazardTest
{
    [Theory]
    [MemberData(nameof(Both))]
    public async Task a_symbol_that_is_halted_while_it_is_held_is_neither_bought_nor_sold_and_gets_its_stop_when_it_trades_again(
        string name)
    {
        var (system, talk) = await ExchangeTalk.CreateAsync(name);
        await using var _ = system;
        var app = await talk.StartAsync();
        await talk.EnterAsync(app);
        Halt(system, true);
        // Before the rules are read again the exchange's own refusal says it.
        await talk.PricesUntilAsync(app, async () => (await system.StateAsync()).PositionIn(InProcessSystem.Symbol).StopRefused is not null,
            "the stop is not refused");
        Assert.Equal("NotTraded", (await system.StateAsync()).PositionIn(InProcessSystem.Symbol).StopRefused!.Kind);
        Assert.Contains(await ExchangeTalk.StatusAsync(app),
            line => line.StartsWith("BTC-USD is unprotected: its stop was refused 1 times", StringComparison.Ordinal));
        Assert.Equal(RiskRule.Protection, (await talk.AskAsync(app, Direction.Up)).Assessment!.Refusal);

        // A program that starts now holds on to what is held, and tries nothing.
        await system.CrashAsync(app);
        system.Clock.Advance(RulesAreOld);
        app = await talk.StartAsync();
        await UntilAsync(async () => !(await system.StateAsync()).External!.Products![InProcessSystem.Symbol].Trading, "it is not noted");
        Assert.Contains(await ExchangeTalk.StatusAsync(app),
            line => line.StartsWith($"BTC-USD is unprotected: {name} does not trade it now", StringComparison.Ordinal));
        var sent = Sent(system);
        await talk.PriceAsync(app);
        await talk.PriceAsync(app);
        var refused = (await talk.AskAsync(app, Direction.Up)).Assessment!;
        Assert.Equal(Verdict.Refused, refused.Verdict);
        Assert.False(refused.Checks.Single(check => check.Rule == RiskRule.ProductTrading).Passed);
        Assert.Equal(sent, Sent(system));
        Assert.Single(system.Market.Orders);
        Assert.Equal(["Bitcoin Trade Alert: BTC-USD NOT TRADED", "Bitcoin Trade Alert: BTC-USD UNPROTECTED"],
            (await JournalRecord.ReadAsync(system.Database)).Stored.Select(stored => EventAlerts.Of(stored))
                .Where(alert => alert?.Kind == AlertKind.Unprotected).Select(alert => alert!.Subject).Distinct().Order());

        Halt(system, false);
        system.Clock.Advance(RulesAreOld);
        await talk.RestsAsync(app);
        await system.AgreesAsync(app);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task an_exit_of_a_halted_symbol_waits_and_is_made_when_it_trades_again(string name)
    {
        var (system, talk) = await ExchangeTalk.CreateAsync(name);
        await using var _ = system;
        var app = await talk.StartAsync();
        await talk.EnterAsync(app);
        Halt(system, true);
        system.Market.SetPrice(56_000);
        await talk.PricesUntilAsync(app, async () => (await system.StateAsync()).PositionIn(InProcessSystem.Symbol).ExitRefused is not null,
            "the exit is not refused");
        Assert.Contains(await ExchangeTalk.StatusAsync(app),
            line => line.StartsWith("BTC-USD is unprotected: its exit was refused", StringComparison.Ordinal));
        Halt(system, false);
        await talk.PricesUntilAsync(app, async () => !(await system.StateAsync()).HoldsSellable(), "it is not sold");
        await system.AgreesAsync(app);
    }
}
