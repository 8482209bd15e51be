using Trading.Contracts;
using Trading.Core;
using Trading.Core.Strategies;
using Trading.Hosting.Audit;
using Trading.Hosting.Settings;
using Trading.Journal.Events;
using Trading.Journal.Keys;
using Trading.Journal.Sealing;
using Trading.TestKit.Audit;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Audit;

/// <summary>What a built-in strategy asked for is computed again from the journal, and what it never asked for is found.</summary>
public sealed class StrategyReplayTests
{
    private const int Minutes = 300;

    public static TheoryData<string, string> Strategies { get; } = new()
    {
        { "sma-crossover", "fast=10,slow=30" }, { "turtle", "" }, { "trend", "lookbacks=1/2" },
    };

    [Theory]
    [MemberData(nameof(Strategies))]
    public async Task every_answer_of_a_run_is_computed_again_and_one_that_the_strategy_never_gave_is_found_under_a_seal_that_verifies(
        string strategy, string parameters)
    {
        var settings = new TradingSettings
        { Strategy = strategy, StrategyParameters = parameters.Split(',', StringSplitOptions.RemoveEmptyEntries) };
        await using (var journal = await OpenAsync("recorded"))
        {
            await PlayAsync(journal, settings, settings.NewStrategy()!);
            var replayed = await ReplayAsync(journal, settings);
            Assert.Empty(replayed.First);
            Assert.Equal(Minutes, replayed.Strategies);
            Assert.Empty(replayed.TakenAsRecorded);
        }
        await using var forged = await OpenAsync("recorded");
        await PlayAsync(forged, settings, new Forged(settings.NewStrategy()!));
        await ResealedVerifiesAsync(forged);
        var found = Assert.Single((await ReplayAsync(forged, settings)).First);
        Assert.Equal("TradeProposed: strategy", found.What);
        Assert.Contains("0.123", found.Recorded, StringComparison.Ordinal);
        Assert.DoesNotContain("0.123", found.Recomputed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task the_parameters_are_those_that_a_program_started_with_whatever_the_auditor_s_settings_say()
    {
        var settings = new TradingSettings { Strategy = "sma-crossover", StrategyParameters = ["fast=10", "slow=30"] };
        await using var journal = await OpenAsync("live");
        await StartAsync(journal, settings);
        await PlayAsync(journal, settings, new Forged(settings.NewStrategy()!));

        var replayed = await ReplayAsync(journal, new() { Strategy = "sma-crossover" });

        Assert.Equal("TradeProposed: strategy", Assert.Single(replayed.First).What);
        Assert.Equal(Minutes, replayed.Strategies);
    }

    [Fact]
    public async Task answers_that_follow_from_prices_before_the_journal_are_taken_as_recorded()
    {
        var settings = new TradingSettings { Strategy = "sma-crossover", StrategyParameters = ["fast=10", "slow=30"] };
        await using var journal = await OpenAsync("live");
        await StartAsync(journal, settings);
        var strategy = settings.NewStrategy()!;
        // Far below: the first price of the journal crosses upwards.
        for (var before = 40; before > 0; before--)
            strategy.OnBar(new(InProcessSystem.Start.AddMinutes(-before - 1).ToUnixTimeSeconds(), 50_000, 50_000, 50_000, 50_000, 0));
        await PlayAsync(journal, settings, strategy);

        var replayed = await ReplayAsync(journal, settings);

        Assert.Empty(replayed.First);
        Assert.Equal(Minutes, replayed.Strategies + replayed.TakenAsRecorded.Values.Sum());
        Assert.Contains("not all prices are in the journal", Assert.Single(replayed.TakenAsRecorded).Key, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_recorded_run_with_other_parameters_than_the_auditor_s_is_taken_as_recorded_and_told_so()
    {
        var settings = new TradingSettings { Strategy = "breakout", StrategyParameters = ["entry=30", "exit=15"] };
        await using var journal = await OpenAsync("recorded");
        await PlayAsync(journal, settings, settings.NewStrategy()!);

        var replayed = await ReplayAsync(journal, settings with { StrategyParameters = ["entry=7", "exit=3"] });

        Assert.Empty(replayed.First);
        Assert.Equal("breakout, of which nothing tells the parameters", Assert.Single(replayed.TakenAsRecorded).Key);
    }

    private static async Task<TradeJournal> OpenAsync(string marketData)
    {
        var connection = await PostgresServer.CreateDatabaseAsync();
        var journal = new TradeJournal(connection, new("test", "1.0.0"), TimeProvider.System);
        await journal.PrepareAsync();
        await journal.DecideAsync("main", new OpenAccount("main", marketData, 10_000, InProcessSystem.Start), "test", default);
        await journal.DecideAsync("main", new SetLimits(Limits, "kim", "start", InProcessSystem.Start), "test", default);
        return journal;
    }

    private static RiskLimits Limits { get; } = new TradingSettings { MaxTradeAmountUsd = 500 }.Limits();

    private static Task StartAsync(TradeJournal journal, TradingSettings settings) => new ProgramRecord(
        journal, settings, Microsoft.Extensions.Logging.Abstractions.NullLogger<ProgramRecord>.Instance).StartingAsync(default);

    private static async Task PlayAsync(TradeJournal journal, TradingSettings settings, ITradingStrategy strategy)
    {
        var (account, version) = (await journal.AccountAsync("main", default))!;
        var pipeline = new ReferencePipeline(InProcessSystem.Symbol, settings.Pipeline(), account, version, strategy);
        await SealedJournal.AppendAsync(journal, InProcessSystem.WavePrices(Minutes, seed: 3).SelectMany(pipeline.Step));
    }

    private static Task<ReplayResult> ReplayAsync(TradeJournal journal, TradingSettings settings) => ReplayRun.RunAsync(
        journal.Database, journal.ConnectionString, settings, DateTimeOffset.MinValue, DateTimeOffset.MaxValue, null, default);

    private static async Task ResealedVerifiesAsync(TradeJournal journal)
    {
        var folder = Directory.CreateTempSubdirectory("trading-strategies-");
        var key = SealKey.Create(Path.Combine(folder.FullName, "key"));
        folder.Delete(recursive: true);
        var sealer = new Sealer(journal.Database, key, TimeProvider.System);
        await sealer.PrepareAsync(default);
        await sealer.SealAsync(default);
        Assert.Empty((await Verifier.VerifyAsync(journal.Database, new([key.Public], []), null, default)).First);
    }

    /// <summary>Another answer at one bar; all that follows from it is as the system would have made it.</summary>
    private sealed class Forged(ITradingStrategy strategy) : HeardStrategy(strategy)
    {
        private int _seen;

        public override int Bars => 1;

        public override Signal OnBar(in Candle bar, in StrategyPosition held)
        {
            var signal = Said(bar, held);
            return ++_seen == 90 ? new(TradeAction.Buy, 0.123) : signal;
        }
    }
}
