using Trading.Contracts;
using Trading.Tests;
using Xunit;
using static Trading.Integration.Tests.JournalRecord;

namespace Trading.Integration.Tests.Distributed;

/// <summary>Recorded candles through four processes over SNS and SQS, undisturbed and killed.</summary>
[Collection(nameof(DistributedTests))]
public sealed class FourProcessesTests(LocalEndpoint endpoint) : DistributedTests
{
    private const int Minutes = 400;

    private const int Kills = 50;

    private const int Days = 7;

    [Fact]
    public async Task four_processes_trade_exactly_as_the_fold_over_the_same_candles()
    {
        await using var system = await DistributedSystem.CreateAsync(endpoint.Aws, DistributedSystem.Recorded(Chain.WriteCandles(Folder, Minutes, seed: 11)));
        var journal = await PlayedLikeTheFold(system);
        Assert.Equal(Minutes, Decisions(journal));
        Assert.Contains(journal.Trades, trade => trade.Filled && trade.Assessed.Assessment.Signal == TradeAction.Buy);
        Assert.Contains(journal.Trades, trade => trade.Filled && trade.Assessed.Assessment.Signal == TradeAction.Sell);
    }

    [SharedDataFact]
    public async Task a_week_of_march_2024_through_four_processes_trades_as_the_fold_does()
    {
        await using var system = await DistributedSystem.CreateAsync(
            endpoint.Aws, [.. DistributedSystem.Recorded(SharedData.Path("binance_btcusdt_1m_2024.csv.gz")), "--from", $"{Chain.Start:s}Z", "--to", $"{Chain.Start.AddDays(Days):s}Z"]);
        var journal = await PlayedLikeTheFold(system);
        Assert.Equal(Days * 24 * 60, Decisions(journal));
        Assert.Contains(journal.Trades, trade => trade.Filled);
    }

    [Fact]
    public async Task services_that_are_killed_again_and_again_end_with_the_trades_of_ones_that_were_not()
    {
        await using var system = await DistributedSystem.CreateAsync(endpoint.Aws, DistributedSystem.Recorded(Chain.WriteCandles(Folder, Minutes, seed: 12)));
        system.Start(DistributedSystem.All);

        // After so many events, and a moment more, so that it falls between any two steps: first each service once, then whichever it hits.
        var random = new Random(12);
        var moments = Enumerable.Range(0, Kills).Select(kill => (Events: 20 + random.Next(Minutes * 2 - 60), DelayMs: random.Next(40))).OrderBy(moment => moment.Events).ToList();
        var killed = 0;
        foreach (var (events, delayMs) in moments)
        {
            await system.UntilAsync($"{events} events", async () => system.IsCompleted || await system.EventsAsync() >= events, TimeSpan.FromSeconds(300));
            Assert.False(system.IsCompleted, "the run ended before all kills");
            await Task.Delay(delayMs);
            system.KillAndRestart(DistributedSystem.All[killed < 4 ? killed : random.Next(4)]);
            killed++;
        }
        await system.CompletedAsync(TimeSpan.FromSeconds(300));

        AddsUpLikeTheFold(system, await JournalRecord.ReadAsync(system.Database));
    }

    // One on each prediction; exits come besides.
    private static int Decisions(JournalRecord journal) => journal.Trades.Count(trade => trade.Assessed.Assessment.Exit is null);

    private static async Task<JournalRecord> PlayedLikeTheFold(DistributedSystem system)
    {
        system.Start(DistributedSystem.All);
        await system.CompletedAsync(TimeSpan.FromMinutes(12));
        var journal = await JournalRecord.ReadAsync(system.Database);
        AddsUpLikeTheFold(system, journal);
        return journal;
    }

    private static void AddsUpLikeTheFold(DistributedSystem system, JournalRecord journal)
    {
        var (trades, account) = Chain.Fold(system.Settings);
        Assert.Equal(trades.Count, journal.Trades.Count);
        // One by one, so that a failure names the first difference.
        foreach (var (expected, actual) in trades.Zip(journal.Trades))
            Assert.Equal(Text(expected), Text(actual));
        Assert.Equal(Text(account), Text(journal.Account));
        journal.AddsUp(system.Settings.StartingCashUsd);
        journal.KeepsWithin(system.Settings);
        journal.ReplaysWithoutDifference();
    }
}
