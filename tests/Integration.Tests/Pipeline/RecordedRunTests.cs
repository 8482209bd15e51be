using Trading.Contracts;
using Trading.Hosting.Settings;
using Trading.Services;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;
using static Trading.TestKit.Pipeline.JournalRecord;

namespace Trading.Integration.Tests.Pipeline;

/// <summary>Candles through all services, bus and journal, once and again.</summary>
[Collection(nameof(RecordedRunTest))]
public sealed class RecordedRunTests : RecordedRunTest
{
    [Fact]
    public async Task the_services_trade_exactly_as_the_fold_over_the_same_candles()
    {
        var minutes = LongForm.Or(800, 360);
        var journal = await PlayedLikeTheFold(InProcessSystem.Recorded(InProcessSystem.WriteCandles(Folder, minutes, seed: 1)));
        Assert.Equal(minutes, journal.Trades.Count);
        Assert.Contains(journal.Trades, trade => trade.Filled && trade.Assessed.Assessment.Signal == TradeAction.Buy);
        Assert.Contains(journal.Trades, trade => trade.Filled && trade.Assessed.Assessment.Signal == TradeAction.Sell);
        Assert.Contains(journal.Trades, trade => trade.Assessed.Assessment.Verdict == Verdict.Refused);
    }

    [Fact]
    public async Task decisions_at_every_fifth_price_see_all_prices_between_them()
    {
        var minutes = LongForm.Or(800, 360);
        var journal = await PlayedLikeTheFold(
            InProcessSystem.Recorded(InProcessSystem.WriteCandles(Folder, minutes, seed: 2)) with { DecisionIntervalSeconds = 300 });
        Assert.Equal(minutes / 5, journal.Trades.Count);
        Assert.Contains(journal.Trades, trade => trade.Filled);
    }

    [Theory]
    [InlineData(60)]
    [InlineData(300)]
    public async Task exits_happen_at_every_price_and_before_the_decision_at_it_as_in_the_fold(int decisionIntervalSeconds)
    {
        var settings = Exits(InProcessSystem.Recorded(InProcessSystem.WriteCandles(Folder, LongForm.Or(900, 420), seed: 6))) with
        { DecisionIntervalSeconds = decisionIntervalSeconds };
        var journal = await PlayedLikeTheFold(settings);
        var exits = journal.Trades.Where(trade => trade.Assessed.Assessment.Exit is not null).ToList();
        Assert.True(exits.Count >= 1 && exits.All(trade => trade.Filled), $"{exits.Count} exits");
        Assert.Contains(journal.Stored, happened => happened.Type == "price_marked");
    }

    [Fact]
    public async Task two_runs_with_exits_make_the_identical_journal_and_a_third_into_the_same_one_adds_nothing()
    {
        var settings = Exits(InProcessSystem.Recorded(InProcessSystem.WriteCandles(Folder, LongForm.Or(700, 400), seed: 7))) with
        { DecisionIntervalSeconds = 120 };
        var database = await PostgresServer.CreateDatabaseAsync();
        var first = await InProcessSystem.PlayAsync(settings, database);
        var second = await InProcessSystem.PlayAsync(settings, await PostgresServer.CreateDatabaseAsync());
        var third = await InProcessSystem.PlayAsync(settings, database);
        Assert.Contains(first.Trades, trade => trade.Assessed.Assessment.Exit is not null);
        Assert.Equal(first.Events(), second.Events());
        Assert.Equal(first.Events(), third.Events());
    }

    [Fact]
    public async Task a_second_run_into_a_fresh_journal_makes_the_identical_journal()
    {
        var settings = InProcessSystem.Recorded(InProcessSystem.WriteCandles(Folder, minutes: 400, seed: 3));
        var first = await InProcessSystem.PlayAsync(settings, await PostgresServer.CreateDatabaseAsync());
        var second = await InProcessSystem.PlayAsync(settings, await PostgresServer.CreateDatabaseAsync());
        Assert.Contains(first.Trades, trade => trade.Filled);
        Assert.Equal(first.Events(), second.Events());
    }

    [Fact]
    public async Task a_second_run_into_the_same_journal_adds_nothing()
    {
        var settings = InProcessSystem.Recorded(InProcessSystem.WriteCandles(Folder, minutes: 400, seed: 4));
        var database = await PostgresServer.CreateDatabaseAsync();
        var first = await InProcessSystem.PlayAsync(settings, database);
        var second = await InProcessSystem.PlayAsync(settings, database);
        Assert.Contains(first.Trades, trade => trade.Filled);
        Assert.Equal(first.Stored.Select(happened => happened.Sequence), second.Stored.Select(happened => happened.Sequence));
        Assert.Equal(first.Events(), second.Events());
    }

    [Fact]
    public async Task a_run_over_less_data_first_changes_nothing_in_what_follows()
    {
        var settings = InProcessSystem.Recorded(InProcessSystem.WriteCandles(Folder, minutes: 400, seed: 5));
        var database = await PostgresServer.CreateDatabaseAsync();
        await InProcessSystem.PlayAsync(settings with { To = InProcessSystem.Start.AddMinutes(170) }, database);
        var journal = await InProcessSystem.PlayAsync(settings, database);
        Assert.Equal(Text(InProcessSystem.Fold(settings).Trades), Text(journal.Trades));
        journal.AddsUp(settings.StartingCashUsd);
    }

    [Fact]
    public async Task a_journal_of_other_prices_is_refused_at_the_start()
    {
        var database = await PostgresServer.CreateDatabaseAsync();
        await InProcessSystem.PlayAsync(InProcessSystem.Recorded(InProcessSystem.WriteCandles(Folder, minutes: 5, seed: 8)), database);
        await using var app = await InProcessSystem.BuildAsync(InProcessSystem.Told, database, trading => trading.AddRiskManager());
        var refused = await Assert.ThrowsAsync<StartException>(() => app.StartAsync());
        Assert.Equal("the account main of this database trades on recorded prices and cannot go on with simulated ones: "
            + "name another database with --database", refused.Message);
        Assert.Equal(CommandLine.WrongSettings, refused.ExitCode);
    }

    private static TradingSettings Exits(TradingSettings settings) => settings with
    {
        StopLossPercent = 0.4m,
        TrailingStopPercent = 0.3m,
        TrailingOffsetPercent = 0.2m,
        TakeProfitPercent = 1.5m,
        TimeLimitSeconds = 3 * 3600,
    };
}
