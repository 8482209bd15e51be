using Trading.Contracts;
using Trading.TestKit.Data;
using Trading.TestKit.Distributed;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Xunit;
using static Trading.TestKit.Pipeline.JournalRecord;

namespace Trading.Integration.Tests.Distributed;

/// <summary>Recorded candles through four processes over SNS and SQS, undisturbed and killed.</summary>
[Collection(nameof(LongRuns))]
public sealed class FourProcessesTests(LocalEndpoint endpoint) : DistributedTests
{
    private const int Minutes = 400;

    private static readonly int MinutesWithKills = LongForm.Or(Minutes, 280);

    private static readonly int Kills = LongForm.Or(50, 5);

    private static readonly TimeSpan Stretch = LongForm.Or(TimeSpan.FromDays(7), TimeSpan.FromHours(4));

    [Fact]
    public async Task four_processes_trade_exactly_as_the_fold_over_the_same_candles()
    {
        await using var system = await DistributedSystem.CreateAsync(endpoint.Aws,
            DistributedSystem.Recorded(InProcessSystem.WriteCandles(Folder, Minutes, seed: 11)));
        var journal = await PlayedLikeTheFold(system);
        Assert.Equal(Minutes, Decisions(journal));
        Assert.Contains(journal.Trades, trade => trade.Filled && trade.Assessed.Assessment.Signal == TradeAction.Buy);
        Assert.Contains(journal.Trades, trade => trade.Filled && trade.Assessed.Assessment.Signal == TradeAction.Sell);
    }

    [SharedDataFact]
    public async Task recorded_minutes_of_march_2024_through_four_processes_trade_as_the_fold_does()
    {
        await using var system = await DistributedSystem.CreateAsync(
            endpoint.Aws, [.. DistributedSystem.Recorded(SharedData.Path("binance_btcusdt_1m_2024.csv.gz")), "--from",
                $"{InProcessSystem.Start:s}Z", "--to", $"{InProcessSystem.Start + Stretch:s}Z"]);
        var journal = await PlayedLikeTheFold(system);
        Assert.Equal((int)Stretch.TotalMinutes, Decisions(journal));
        Assert.Contains(journal.Trades, trade => trade.Filled);
    }

    [Fact]
    public async Task services_that_are_killed_again_and_again_end_with_the_trades_of_ones_that_were_not()
    {
        await using var system = await DistributedSystem.CreateAsync(endpoint.Aws,
            DistributedSystem.Recorded(InProcessSystem.WriteCandles(Folder, MinutesWithKills, seed: 12)));
        system.Start(DistributedSystem.All);

        // After so many events, and a moment more, so that it falls between any two steps: first each service once, then whichever it hits.
        // A third of the run is left after the last one, so that it does not end before, however late this process sees the events.
        var random = new Random(12);
        var moments = Enumerable.Range(0, Kills)
            .Select(kill => (Events: 20 + random.Next(MinutesWithKills * 4 / 3), DelayMs: random.Next(40)))
            .OrderBy(moment => moment.Events).ToList();
        var killed = 0;
        foreach (var (events, delayMs) in moments)
        {
            await system.UntilAsync($"{events} events", async () => system.IsCompleted || await system.EventsAsync() >= events);
            Assert.False(system.IsCompleted, "the run ended before all kills");
            await Task.Delay(delayMs);
            system.KillAndRestart(DistributedSystem.All[killed < 4 ? killed : random.Next(4)]);
            killed++;
        }
        await system.CompletedAsync();

        AddsUpLikeTheFold(system, await JournalRecord.ReadAsync(system.Database));
    }

    // One on each prediction; exits come besides.
    private static int Decisions(JournalRecord journal) => journal.Trades.Count(trade => trade.Assessed.Assessment.Exit is null);

    /// <summary>Plays the data to its end; the journal then holds what the fold over the same data decides.</summary>
    internal static async Task<JournalRecord> PlayedLikeTheFold(DistributedSystem system, Func<Task>? started = null)
    {
        system.Start(DistributedSystem.All);
        await (started?.Invoke() ?? Task.CompletedTask);
        await system.CompletedAsync();
        var journal = await JournalRecord.ReadAsync(system.Database);
        AddsUpLikeTheFold(system, journal);
        return journal;
    }

    private static void AddsUpLikeTheFold(DistributedSystem system, JournalRecord journal)
    {
        var (trades, account) = InProcessSystem.Fold(system.Settings);
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
