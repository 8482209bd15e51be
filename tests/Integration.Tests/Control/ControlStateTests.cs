using Microsoft.Extensions.DependencyInjection;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Control;
using Trading.Journal.Events;
using Trading.TestKit.Control;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Control;

/// <summary>What an operator set: through a restart, and in what the status says of it.</summary>
[Collection(nameof(ControlApiTest))]
public sealed class ControlStateTests : ControlApiTest
{
    [Fact]
    public async Task what_an_operator_set_stays_through_a_restart_but_whether_money_is_real_does_not_and_the_start_names_both()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        await using (var host = await StartAsync(InProcessSystem.Told, database))
            await host.Services.GetRequiredService<IOperatorControl>()
                .SetLimitsAsync("kim", "holiday", new Dictionary<string, string> { ["MaxTradeAmountUsd"] = "50" }, null, default);

        var real = InProcessSystem.Told with { EnableRealTrading = true, MaxDailyLossShare = 0.01m };
        for (var starts = 1; starts <= 2; starts++)
        {
            await using var host = await ControlHost.StartAsync(real, database, executor: false);
            await host.OpenAccountAsync();
            var account = (await JournalRecord.ReadAsync(database)).Account!;
            Assert.Equal((true, 50m, 0.03m, 3, "program"), (account.Limits!.Orders!.RealTrading, account.Limits.MaxTradeAmountUsd,
                account.Limits.MaxDailyLossShare, account.LimitsVersion, account.LimitsBy));
            Assert.Contains(host.Log, line => line.Contains("MaxTradeAmountUsd 100 and not 50", StringComparison.Ordinal)
                && line.Contains("MaxDailyLossShare 0.01 and not 0.03", StringComparison.Ordinal));
        }
        Assert.Equal(
            "EnableRealTrading=true at the start of the program; the other limits stay as kim set them",
            (await JournalRecord.ReadAsync(database)).AccountEvents.OfType<LimitsSet>().Last().Reason);
    }

    [Fact]
    public async Task status_says_what_last_changed_the_state_a_limit_or_a_flatten_too()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        await using var host = await StartAsync(ControlHost.WithToken(Folder), database);
        using var control = new HttpControl(host.Address, ControlHost.Token);
        var journal = host.Services.GetRequiredService<TradeJournal>();
        await control.ActAsync(new(OperatorAction.Reduce, "kim", "odd"), default);
        await control.ActAsync(new(OperatorAction.Resume, "kim", "calm"), default);
        var (state, version) = (await journal.AccountAsync("main", default))!;
        Assert.True(await journal.AppendAsync(
            [new(state.Id, version, [new LimitLatched(RiskRule.LosingTrades, 4, 4, 1, null, null, InProcessSystem.Start)])],
            new(null, "test"), default));

        var latched = await control.StatusAsync(default);
        Assert.Equal((TradingState.Reducing, new OperatorAct("reduced", "the limits", "4 losing sales in a row, fewer than 4 allowed",
            InProcessSystem.Start)),
            (latched.State, latched.Since));
        Assert.Contains("LosingTrades reached its limit: nothing is bought until trading is resumed", latched.Latches);
    }
}
