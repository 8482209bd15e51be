using Trading.Hosting;
using Xunit;

namespace Trading.Integration.Tests.Distributed;

/// <summary>Services that are stopped as a deployment stops them.</summary>
[Collection(nameof(DistributedTests))]
public sealed class StopTests(LocalEndpoint endpoint) : DistributedTests
{
    private const int Prices = 400;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task a_service_that_is_stopped_under_load_ends_in_time_and_leaves_no_message_taken()
    {
        await using var system = await DistributedSystem.CreateAsync(endpoint.Aws, DistributedSystem.Recorded(Chain.WriteCandles(Folder, minutes: 2, seed: 14)));
        system.Start([DistributedSystem.Predictor, DistributedSystem.RiskManager, DistributedSystem.Executor]);
        await system.SendAsync(TradingEndpoint.Predictor, Chain.WavePrices(Prices, seed: 14));

        (string Service, TradingEndpoint Endpoint, int Decisions)[] stops =
        [
            (DistributedSystem.Predictor, TradingEndpoint.Predictor, 40),
            (DistributedSystem.RiskManager, TradingEndpoint.RiskManager, 120),
            (DistributedSystem.Executor, TradingEndpoint.Executor, 200),
        ];
        foreach (var (service, stopped, decisions) in stops)
        {
            await system.DecidedAsync(decisions, Limit);
            await system.TerminateAsync(service);
            var queue = stopped.QueueName(system.Settings.Scope);
            Assert.Equal(0, (await system.DepthAsync(queue)).InFlight);
            Assert.All(await system.WaitingAsync(queue), message => Assert.Equal("1", message.Attributes["ApproximateReceiveCount"]));
            system.Start([service]);
        }

        await system.DecidedAsync(Prices, Limit);
        var journal = await JournalRecord.ReadAsync(system.Database);
        Assert.Equal(Prices, journal.Trades.Count);
        journal.AddsUp(system.Settings.StartingCashUsd);
    }

    [Fact]
    public async Task a_recorded_run_goes_on_after_each_service_was_stopped_and_started()
    {
        await using var system = await DistributedSystem.CreateAsync(endpoint.Aws, DistributedSystem.Recorded(Chain.WriteCandles(Folder, minutes: 250, seed: 15)));
        system.Start(DistributedSystem.All);
        foreach (var (service, decisions) in DistributedSystem.All.Zip([40, 90, 160, 200]))
        {
            await system.DecidedAsync(decisions, Limit);
            await system.TerminateAsync(service);
            system.Start([service]);
        }
        await system.CompletedAsync(Limit);

        var journal = await JournalRecord.ReadAsync(system.Database);
        Assert.Equal(JournalRecord.Text(Chain.Fold(system.Settings).Trades), JournalRecord.Text(journal.Trades));
        Assert.Contains(journal.Trades, trade => trade.Filled);
        journal.AddsUp(system.Settings.StartingCashUsd);
    }
}
