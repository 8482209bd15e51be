using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Trading.Contracts;
using Trading.Hosting.Alerts;
using Trading.Hosting.Background;
using Trading.TestKit.Exchanges;
using Trading.TestKit.Pipeline;
using Xunit;
using static Trading.TestKit.Exchanges.ExchangeSystem;

namespace Trading.Integration.Tests.Exchanges;

/// <summary>A key that is revoked, loses rights or is used from another address, while something is held: docs/exchanges.md.</summary>
public sealed class KeyHazardTests
{
    public static TheoryData<string> Both => ["binance", "coinbase"];

    [Theory]
    [MemberData(nameof(Both))]
    public async Task while_the_key_may_not_trade_nothing_is_bought_or_sold_and_its_stop_is_set_when_it_may_again(string name)
    {
        var (system, talk) = await ExchangeTalk.CreateAsync(name);
        await using var _ = system;
        var app = await talk.StartAsync();
        await talk.EnterAsync(app);
        Refuse(system, questions: false);
        await talk.PricesUntilAsync(app, async () => (await system.StateAsync()).PositionIn(InProcessSystem.Symbol).StopRefused is not null,
            "the stop is not refused");
        Assert.Equal("Key", (await system.StateAsync()).PositionIn(InProcessSystem.Symbol).StopRefused!.Kind);
        Assert.Contains(await ExchangeTalk.StatusAsync(app),
            line => line.StartsWith("BTC-USD is unprotected: its stop was refused 1 times", StringComparison.Ordinal)
                && line.Contains("as Key (", StringComparison.Ordinal));
        // Also at the price at which the stop is tried once more.
        system.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(RiskRule.Protection, (await talk.AskAsync(app, Direction.Up)).Assessment!.Refusal);
        Assert.True((await system.StateAsync()).PositionIn(InProcessSystem.Symbol).StopRefused!.Count > 1);
        var alert = Assert.Single((await JournalRecord.ReadAsync(system.Database)).Stored.Select(EventAlerts.Of)
            .Where(alert => alert?.Kind == AlertKind.Unprotected).DistinctBy(alert => alert!.Key))!;
        Assert.Contains("refuses the stop or the exit of BTC-USD (Key)", alert.Text, StringComparison.Ordinal);
        Assert.Single(system.Market.Orders);

        system.Simulator.Instead = null;
        await talk.RestsAsync(app);
        await system.AgreesAsync(app);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task a_key_that_is_revoked_is_told_though_no_order_is_made_and_what_happened_meanwhile_is_booked_with_the_next_one(
        string name)
    {
        var (system, talk) = await ExchangeTalk.CreateAsync(name);
        await using var _ = system;
        var app = await talk.StartAsync();
        await talk.EnterAsync(app);
        await talk.RestsAsync(app);
        Refuse(system, questions: true);
        system.Clock.Advance(TimeSpan.FromMinutes(5));
        await UntilAsync(() => Task.FromResult(Comparison(app) is { Degraded: true }), "nobody sees that nothing can be compared");
        Assert.Contains($"could not be compared with {name} for 5 min: HTTP 401", Comparison(app)!.LastError, StringComparison.Ordinal);
        // The stop goes off; a purchase is refused, and certainly not placed.
        system.Market.SetPrice(56_900);
        var purchase = await talk.AskAsync(app, Direction.Up);
        if (purchase.Assessment!.Verdict == Verdict.Approved)
        {
            await UntilAsync(async () => (await system.TradeAsync(purchase.TradeId)).Execution is not null, "the purchase does not end");
            Assert.Equal((TradeOutcome.Rejected, "Key"), ((await system.TradeAsync(purchase.TradeId)).Execution!.Outcome,
                (await system.TradeAsync(purchase.TradeId)).Execution!.Refusal));
        }
        Assert.Equal(2, system.Market.Orders.Count);

        system.Simulator.Instead = null;
        await UntilAsync(async () => (await system.StateAsync()).Reservations.IsEmpty, "the stop's fill is not booked");
        await UntilAsync(() => Task.FromResult(Comparison(app) is { Degraded: false }), "it is not compared again");
        await system.AgreesAsync(app);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task a_program_that_starts_with_a_revoked_key_trades_nothing_until_it_is_given_one(string name)
    {
        var (system, talk) = await ExchangeTalk.CreateAsync(name);
        await using var _ = system;
        var app = await talk.StartAsync();
        await talk.EnterAsync(app);
        await system.CrashAsync(app);
        Refuse(system, questions: true);
        app = await talk.StartAsync(passes: false);
        await talk.PriceAsync(app);
        Assert.NotEqual(Verdict.Approved, (await talk.AskAsync(app, Direction.Up)).Assessment!.Verdict);
        Assert.Single(system.Market.Orders);

        system.Simulator.Instead = null;
        await talk.RestsAsync(app);
        await system.AgreesAsync(app);
    }

    private static WorkHealth? Comparison(WebApplication app) =>
        app.Services.GetRequiredService<Supervision>().All.SingleOrDefault(work => work.Work == "reconciliation");

    // errors.md has -2015 for a key that is unknown, of another address or without the right; Coinbase answers 401, or 403 in JSON.
    private static void Refuse(ExchangeSystem system, bool questions)
    {
        string[] open = ["/time", "/exchangeInfo", "/executionRules", "/referencePrice", "/ticker/price"];
        var (status, body) = system.Name == "binance"
            ? (401, """{"code":-2015,"msg":"Invalid API-key, IP, or permissions for action."}""")
            : questions ? (401, """{"error":"unauthorized","message":"Unauthorized"}""")
                : (403, """{"error":"PERMISSION_DENIED","message":"Missing required scopes"}""");
        system.Simulator.Instead = (method, path, _) => open.Any(end => path.EndsWith(end, StringComparison.Ordinal))
            || (!questions && method == "GET") ? null : (status, body);
    }
}
