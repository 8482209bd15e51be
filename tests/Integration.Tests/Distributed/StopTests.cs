using System.Diagnostics;
using System.Globalization;
using Trading.Hosting;
using Trading.Hosting.Messaging;
using Trading.TestKit.Distributed;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Xunit;

namespace Trading.Integration.Tests.Distributed;

/// <summary>Services that are stopped as a deployment stops them.</summary>
[Collection(nameof(DistributedTests))]
public sealed class StopTests(LocalEndpoint endpoint) : DistributedTests
{
    private const int Prices = 400;

    [Fact]
    public async Task a_service_that_is_stopped_under_load_ends_in_time_and_leaves_no_message_taken()
    {
        await using var system = await DistributedSystem.CreateAsync(endpoint.Aws,
            DistributedSystem.Recorded(InProcessSystem.WriteCandles(Folder, minutes: 2, seed: 14)));
        await StoppedUnderLoadAsync(system);
    }

    /// <summary>Stops each deciding service while it has work in hand, which it finishes or leaves to the next.</summary>
    internal static async Task StoppedUnderLoadAsync(DistributedSystem system)
    {
        system.Start([DistributedSystem.Predictor, DistributedSystem.RiskManager, DistributedSystem.Executor]);
        await system.SendAsync(TradingEndpoint.Predictor, InProcessSystem.WavePrices(Prices, seed: 14));

        (string Service, TradingEndpoint Endpoint, int Decisions)[] stops =
        [
            (DistributedSystem.Predictor, TradingEndpoint.Predictor, 40),
            (DistributedSystem.RiskManager, TradingEndpoint.RiskManager, 120),
            (DistributedSystem.Executor, TradingEndpoint.Executor, 200),
        ];
        foreach (var (service, stopped, decisions) in stops)
        {
            await system.DecidedAsync(decisions);
            var begin = Stopwatch.GetTimestamp();
            await system.TerminateAsync(service);
            var took = Stopwatch.GetElapsedTime(begin);
            var queue = stopped.QueueName(system.Settings.Scope);
            // What was taken is worked to its end; a service that lacks the time for it gives back what it has not begun.
            var held = (await system.DepthAsync(queue)).InFlight;
            Assert.True(held == 0 || took > TradingHost.ShutdownTimeout,
                $"{service} ended after {took.TotalSeconds:0.0} s and holds {held} messages");
            // This receive, and at most one more of a message that was given back.
            Assert.All(await system.WaitingAsync(queue), message =>
                Assert.InRange(int.Parse(message.Attributes["ApproximateReceiveCount"], CultureInfo.InvariantCulture), 1, 2));
            system.Start([service]);
        }

        await system.DecidedAsync(Prices);
        var journal = await JournalRecord.ReadAsync(system.Database);
        Assert.Equal(Prices, journal.Trades.Count);
        journal.AddsUp(system.Settings.StartingCashUsd);
    }

    [Fact]
    public async Task a_recorded_run_goes_on_after_each_service_was_stopped_and_started()
    {
        await using var system = await DistributedSystem.CreateAsync(endpoint.Aws,
            DistributedSystem.Recorded(InProcessSystem.WriteCandles(Folder, LongForm.Or(250, 130), seed: 15)));
        system.Start(DistributedSystem.All);
        foreach (var (service, decisions) in DistributedSystem.All.Zip(LongForm.Or<int[]>([40, 90, 160, 200], [20, 50, 80, 105])))
        {
            await system.DecidedAsync(decisions);
            await system.TerminateAsync(service);
            system.Start([service]);
        }
        await system.CompletedAsync();

        var journal = await JournalRecord.ReadAsync(system.Database);
        Assert.Equal(JournalRecord.Text(InProcessSystem.Fold(system.Settings).Trades), JournalRecord.Text(journal.Trades));
        Assert.Contains(journal.Trades, trade => trade.Filled);
        journal.AddsUp(system.Settings.StartingCashUsd);
    }
}
