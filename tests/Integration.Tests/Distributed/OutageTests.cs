using Trading.TestKit.Distributed;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Distributed;

/// <summary>Servers that are away for a while.</summary>
[Collection(nameof(DistributedTests))]
public sealed class OutageTests(LocalEndpoint endpoint) : DistributedTests
{
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task sns_and_sqs_and_then_postgresql_may_be_away_for_20_seconds_and_every_price_is_decided_as_if_they_had_not()
    {
        await using var system = await DistributedSystem.CreateCuttableAsync(endpoint.Aws,
            DistributedSystem.Recorded(InProcessSystem.WriteCandles(Folder, minutes: 250, seed: 18)));
        system.Start(DistributedSystem.All);
        await system.DecidedAsync(60);
        await CutAsync(system, system.WayToAws);
        await system.DecidedAsync((int)await system.EventsAsync("trade_assessed") + 60);
        await CutAsync(system, system.WayToJournal);
        await system.CompletedAsync();

        var (trades, account) = InProcessSystem.Fold(system.Settings);
        var journal = await JournalRecord.ReadAsync(system.Database);
        Assert.Equal(JournalRecord.Text(trades), JournalRecord.Text(journal.Trades));
        Assert.Equal(JournalRecord.Text(account), JournalRecord.Text(journal.Account));
        Assert.Contains(journal.Trades, trade => trade.Filled);
        journal.AddsUp(system.Settings.StartingCashUsd);
    }

    private static async Task CutAsync(DistributedSystem system, CuttableProxy way)
    {
        await AllAreAsync(system, ready: true);
        var over = Task.Delay(Outage);
        way.Cut();
        await AllAreAsync(system, ready: false);
        await over;
        Assert.All(system.Running, service => Assert.False(service.Value.HasExited, $"{service.Key} ended:\n{service.Value.Output}"));
        way.Open();
        await AllAreAsync(system, ready: true);
    }

    private static async Task AllAreAsync(DistributedSystem system, bool ready)
    {
        foreach (var (name, service) in system.Running)
            await system.UntilAsync($"{name} is {(ready ? "" : "not ")}ready", async () => await service.IsReadyAsync() == ready);
    }
}
