using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Trading.Hosting.Alerts;
using Trading.Hosting.Control;
using Trading.TestKit.Exchanges;
using Xunit;
using static Trading.TestKit.Exchanges.ExchangeSystem;

namespace Trading.Integration.Tests.Exchanges;

/// <summary>A position without a stop on the exchange is told to people, whatever keeps the stop away.</summary>
public sealed class UnprotectedTests
{
    private const string Condition = "unprotected/BTC-USD/";

    public static TheoryData<string> Both => ["binance", "coinbase"];

    [Theory]
    [MemberData(nameof(Both))]
    public async Task a_program_that_starts_while_the_exchange_refuses_every_question_tells_that_its_position_has_no_stop(string name)
    {
        var (system, talk) = await ExchangeTalk.CreateAsync(name);
        await using var _ = system;
        system.Settings = system.Settings with { Alerts = ["log"], AlertCheckSeconds = 1 };
        var app = await talk.StartAsync();
        await talk.EnterAsync(app);
        await system.CrashAsync(app);
        // Nothing is known of the first life's stop, because it set none.
        system.Simulator.RefuseAll(503);
        app = await talk.StartAsync(passes: false);
        await talk.PriceAsync(app);
        await ToldAsync(system, app, "the account is not compared with the exchange, and nothing is sent before that");

        system.Simulator.RefuseAll(0);
        await talk.RestsAsync(app);
        await UntilAsync(async () => (await system.ConditionsAsync(Condition)).Count == 0, "the condition does not end");
        Assert.Empty((await StatusAsync(app)).StandingAlerts);
        await system.AgreesAsync(app);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task a_stop_that_is_sent_and_never_answered_is_told_and_one_that_rests_is_not(string name)
    {
        var (system, talk) = await ExchangeTalk.CreateAsync(name);
        await using var _ = system;
        system.Settings = system.Settings with { Alerts = ["log"], AlertCheckSeconds = 1 };
        var app = await talk.StartAsync();
        await talk.EnterAsync(app);
        system.Simulator.RefuseAll(503);
        await talk.PricesUntilAsync(app, async () => !(await system.StateAsync()).Reservations.IsEmpty, "no stop is tried");
        await ToldAsync(system, app, "an order is not sent, or has no answer");

        system.Simulator.RefuseAll(0);
        await talk.RestsAsync(app);
        await UntilAsync(async () => (await system.ConditionsAsync(Condition)).Count == 0, "the condition does not end");
        Assert.Empty((await StatusAsync(app)).StandingAlerts);
        // What rests is there though nothing can be asked.
        system.Simulator.RefuseAll(503);
        await talk.PriceAsync(app);
        Assert.Empty(await system.ConditionsAsync(Condition));
        system.Simulator.RefuseAll(0);
        await system.AgreesAsync(app);
    }

    private static Task<ControlStatus> StatusAsync(WebApplication app) =>
        app.Services.GetRequiredService<IOperatorControl>().StatusAsync(default);

    // Not told before its pause is over, and once then.
    private static async Task ToldAsync(ExchangeSystem system, WebApplication app, string why)
    {
        await UntilAsync(async () => (await system.ConditionsAsync(Condition)).Count == 1, "nobody sees that the stop is missing");
        Assert.Empty(await system.AlertsAsync(Condition));
        await system.AgeConditionsAsync(Condition, TimeSpan.FromMinutes(10));
        await UntilAsync(async () => (await system.AlertsAsync(Condition)).Count == 1, "nobody is told that the stop is missing");
        var alert = AlertBook.Read((await system.AlertsAsync(Condition))[0].Payload);
        Assert.Equal((AlertKind.Unprotected, "Bitcoin Trade Alert: BTC-USD UNPROTECTED"), (alert.Kind, alert.Subject));
        Assert.Contains($" s: {why}. Each price is still checked against the stop", alert.Text, StringComparison.Ordinal);
        var shown = Assert.Single((await StatusAsync(app)).StandingAlerts);
        Assert.Equal((alert.Subject, alert.Text), (shown.Subject, shown.Text));
    }
}
