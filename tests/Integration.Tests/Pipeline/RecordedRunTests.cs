using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.Services;
using Trading.TestKit.Audit;
using Trading.TestKit.Data;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;
using static Trading.TestKit.Pipeline.JournalRecord;

namespace Trading.Integration.Tests.Pipeline;

/// <summary>Recorded candles through all services, bus and journal.</summary>
public sealed class RecordedRunTests : SerialTest
{
    [Fact]
    public async Task the_services_trade_exactly_as_the_fold_over_the_same_candles()
    {
        var minutes = LongForm.Or(800, 480);
        var journal = await PlayedLikeTheFold(InProcessSystem.Recorded(InProcessSystem.WriteCandles(Folder, minutes, seed: 1)));
        Assert.Equal(minutes, journal.Trades.Count);
        Assert.Contains(journal.Trades, trade => trade.Filled && trade.Assessed.Assessment.Signal == TradeAction.Buy);
        Assert.Contains(journal.Trades, trade => trade.Filled && trade.Assessed.Assessment.Signal == TradeAction.Sell);
        Assert.Contains(journal.Trades, trade => trade.Assessed.Assessment.Verdict == Verdict.Refused);
    }

    [Theory]
    [InlineData("sma-crossover", "fast=10,slow=30")]
    [InlineData("breakout", "entry=30,exit=15")]
    public async Task another_strategy_trades_through_the_services_as_in_the_fold_and_the_backtest(string strategy, string parameters)
    {
        var settings = InProcessSystem.Recorded(InProcessSystem.WriteCandles(Folder, minutes: 600, seed: 5)) with
        { Strategy = strategy, StrategyParameters = parameters.Split(','), MaxTradeAmountUsd = 500 };
        var journal = await PlayedLikeTheFold(settings);
        Assert.Contains(journal.Trades, trade => trade.Filled && trade.Assessed.Assessment.Signal == TradeAction.Buy);
        Assert.Contains(journal.Trades, trade => trade.Filled && trade.Assessed.Assessment.Signal == TradeAction.Sell);
        Assert.All(journal.Trades.Where(trade => trade.Assessed.Assessment.Exit is null),
            trade => Assert.Equal(strategy, trade.Assessed.Prediction?.Strategy?.Name));
    }

    [Fact]
    public async Task a_target_exposure_is_followed_through_the_services_as_in_the_fold_and_the_backtest_and_explained_in_one_paragraph()
    {
        // Four days; the first three only give closes.
        var candles = InProcessSystem.WriteCandles(Folder, minutes: 4 * 1440, seed: 9);
        var settings = InProcessSystem.Recorded(candles) with
        {
            Strategy = "trend",
            StrategyParameters = ["lookbacks=1/2"],
            DecisionIntervalSeconds = 1800,
            PriceIntervalSeconds = 60,
            From = InProcessSystem.Start.AddDays(3),
            To = InProcessSystem.Start.AddDays(3).AddHours(10),
            MaxTradeAmountUsd = 10_000,
            MaxPositionShare = 1,
            MaxExposureShare = 1,
            RebalanceBand = 0.2m,
        };
        var database = await PostgresServer.CreateDatabaseAsync();
        var journal = await InProcessSystem.PlayAsync(settings, database);

        var targets = journal.Trades.Select(trade => trade.Assessed.Prediction?.Strategy?.Target).OfType<ExposureTarget>().ToList();
        Assert.Equal(20, targets.Count);
        Assert.True(targets.Select(target => target.Share).Distinct().Count() > 1, "the share never changes");
        Assert.Contains(journal.Trades, trade => trade.Filled && trade.Assessed.Assessment.Signal == TradeAction.Buy);
        Assert.Contains(journal.Trades, trade => trade.Filled && trade.Assessed.Assessment.Signal == TradeAction.Sell);
        Assert.Contains(journal.Trades, trade => trade.Assessed.Assessment is { Verdict: Verdict.Hold, Checks: [var only] }
            && only.Rule == RiskRule.RebalanceBand);
        journal.ReplaysWithoutDifference();

        string[] set = ["Strategy=trend", "StrategyParameters=lookbacks=1/2", "DecisionIntervalSeconds=1800", "MaxTradeAmountUsd=10000",
            "MaxPositionShare=1", "MaxExposureShare=1", "RebalanceBand=0.2", "Journal=postgres", $"JournalConnection={database}"];
        var drift = await CliProgram.RunHereAsync(["drift", "--data", candles, .. set.SelectMany(pair => new[] { "--set", pair })]);
        Assert.Contains("0 differences", drift.Output, StringComparison.Ordinal);

        var bought = journal.Trades.First(trade => trade.Filled && trade.Assessed.Assessment.Signal == TradeAction.Buy);
        var why = string.Join(' ', (await AuditProgram.RunHereAsync(database, "why", $"{bought.Assessed.TradeId}")).Output
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        foreach (var part in new[]
        {
            "The strategy trend asked to hold 100.0 % of equity in BTC-USD: the price had risen by ", " % against 1 day before",
            "2 of 2 lookbacks rose", " % away and beyond the band of 20.0 %", "expected to cost 0.13 % of its value", " were bought at ",
        })
        {
            Assert.Contains(part.Trim(), why, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task decisions_at_every_fifth_price_see_all_prices_between_them()
    {
        var minutes = LongForm.Or(800, 480);
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
        var settings = Exits(InProcessSystem.Recorded(InProcessSystem.WriteCandles(Folder, LongForm.Or(900, 540), seed: 6))) with
        { DecisionIntervalSeconds = decisionIntervalSeconds };
        var journal = await PlayedLikeTheFold(settings);
        var exits = journal.Trades.Where(trade => trade.Assessed.Assessment.Exit is not null).ToList();
        Assert.True(exits.Count >= 1 && exits.All(trade => trade.Filled), $"{exits.Count} exits");
        Assert.Contains(journal.Stored, happened => happened.Type == "price_marked");
    }

    [Fact]
    public async Task two_runs_with_exits_make_the_identical_journal_and_a_third_into_the_same_one_adds_nothing()
    {
        var settings = Exits(InProcessSystem.Recorded(InProcessSystem.WriteCandles(Folder, LongForm.Or(700, 480), seed: 7))) with
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
    public async Task a_model_takes_part_of_the_exposure_away_through_the_services_as_in_the_backtest()
    {
        // One leaf: a rise has a chance of 0.4, and the fall that it expects is beyond the costs. It was trained on the first hours of the
        // run, so it has a say after them alone.
        var candles = InProcessSystem.WriteCandles(Folder, minutes: 4 * 1440, seed: 9);
        var model = Path.Combine(Folder, "boosted.json");
        ModelFile.Write(new BoostedModel(BoostedModel.FormatName, BoostedModel.CurrentVersion, BoostedFeatures.Definition, false, 60, 60, 1,
            InProcessSystem.Start.AddYears(-2), InProcessSystem.Start.AddDays(3).AddHours(3), 17_000, "00", new(1000, 0.51, 0.2499),
            new([-1, 1], [0.4, 0.6]), 99,
            new double[BoostedFeatures.PriceCount], new double[BoostedFeatures.PriceCount], [new([-1], [0], [0], [0], [-1])]), model);
        string[] set = ["Strategy=trend", "StrategyParameters=lookbacks=1/2", "DecisionIntervalSeconds=1800", "MaxTradeAmountUsd=10000",
            "MaxPositionShare=1", "MaxExposureShare=1", "RebalanceBand=0.1", "ExposureModel=boosted", "Models=technical,boosted",
            $"BoostedModelFile={model}", "Journal=postgres"];
        var settings = InProcessSystem.Recorded(candles) with
        {
            Strategy = "trend",
            StrategyParameters = ["lookbacks=1/2"],
            DecisionIntervalSeconds = 1800,
            From = InProcessSystem.Start.AddDays(3),
            To = InProcessSystem.Start.AddDays(3).AddHours(6),
            MaxTradeAmountUsd = 10_000,
            MaxPositionShare = 1,
            MaxExposureShare = 1,
            RebalanceBand = 0.1m,
            ExposureModel = BoostedModel.Name,
            Models = [TechnicalModel.Name, BoostedModel.Name],
            BoostedModelFile = model,
        };
        Assert.Empty(settings.Validate());
        var database = await PostgresServer.CreateDatabaseAsync();
        var journal = await InProcessSystem.PlayAsync(settings, database);

        var targets = journal.Trades.Select(trade => trade.Assessed.Prediction?.Strategy?.Target).OfType<ExposureTarget>().ToList();
        Assert.Contains(targets, target => target is { ChanceUp: null, Share: > 0 });
        Assert.Contains(targets, target => target.ChanceUp is not null);
        Assert.All(targets.Where(target => target.ChanceUp is not null),
            target => Assert.Equal((0.4, target.TrendShare * 0.8), (Math.Round(target.ChanceUp!.Value, 12), target.Share)));
        journal.ReplaysWithoutDifference();
        var drift = await CliProgram.RunHereAsync(["drift", "--data", candles, .. set
            .Append($"JournalConnection={database}").SelectMany(pair => new[] { "--set", pair })]);
        Assert.Contains("0 differences", drift.Output, StringComparison.Ordinal);
        var scaled = journal.Trades.First(trade => trade.Filled && trade.Assessed.Prediction?.Strategy?.Target?.ChanceUp is not null);
        Assert.Contains("gave a rise a chance of 40.0 %, so that share was multiplied by 0.80", string.Join(' ',
            (await AuditProgram.RunHereAsync(database, "why", $"{scaled.Assessed.TradeId}")).Output
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
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

    [SharedDataFact]
    public async Task recorded_minutes_of_march_2024_trade_as_the_fold_does()
    {
        var (from, minutes) = LongForm.Or((Date(2024, 3, 5), 1440), (Date(2024, 3, 5).AddHours(17), 330));
        var journal = await PlayedLikeTheFold(InProcessSystem.Recorded(
            SharedData.Path("binance_btcusdt_1m_2024.csv.gz")) with
        { From = from, To = from.AddMinutes(minutes) });
        Assert.Equal(minutes, journal.Trades.Count);
        Assert.Contains(journal.Trades, trade => trade.Filled);
    }

    [SharedDataTheory]
    [InlineData(100, 0.25)]
    [InlineData(2500, 0.9)]
    public async Task on_the_crash_of_march_2020_every_limit_holds(int maxTradeAmountUsd, double maxPositionShare)
    {
        var settings = InProcessSystem.Recorded(SharedData.Path("binance_btcusdt_1m_2020-02-15_2020-04-15.csv.gz")) with
        {
            // The short form ends when large orders have lost what a day may cost.
            From = Date(2020, 3, 12),
            To = Date(2020, 3, 12).AddHours(LongForm.Or(24, 14.5)),
            MaxTradeAmountUsd = maxTradeAmountUsd,
            MaxPositionShare = (decimal)maxPositionShare,
        };
        var journal = await PlayedLikeTheFold(settings);
        Assert.Contains(journal.Trades, trade => trade.Filled && trade.Assessed.Assessment.Signal == TradeAction.Buy);
        // With large orders the fall costs more than a day may: from then on nothing is bought.
        Assert.Equal(maxTradeAmountUsd > 100, journal.Trades.Any(trade => trade.Assessed.Assessment.Refusal == RiskRule.DailyLoss));
    }

    [SharedDataFact]
    public async Task the_gaps_of_the_coinbase_minutes_are_crossed_as_the_fold_crosses_them()
    {
        var journal = await PlayedLikeTheFold(InProcessSystem.Recorded(SharedData.Path("lean_coinbase_btcusd_1m_9days.csv.gz")) with
        {
            From = Date(2016, 10, 9).AddHours(LongForm.Or(0, 20)),
            To = Date(2017, 9, 3).AddHours(4)
        });
        var steps = journal.Trades.Select(trade => trade.Assessed.Cause().IntervalStart).Order().ToList();
        Assert.Contains(steps.Zip(steps.Skip(1)), pair => pair.Second - pair.First > TimeSpan.FromHours(1));
    }

    private static TradingSettings Exits(TradingSettings settings) => settings with
    {
        StopLossPercent = 0.4m,
        TrailingStopPercent = 0.3m,
        TrailingOffsetPercent = 0.2m,
        TakeProfitPercent = 1.5m,
        TimeLimitSeconds = 3 * 3600,
    };

    private static DateTimeOffset Date(int year, int month, int day) => new(year, month, day, 0, 0, 0, TimeSpan.Zero);

    private static void TradedAsTheBacktest(TradingSettings settings, JournalRecord journal)
    {
        var backtest = InProcessSystem.Backtest(settings);
        Assert.Equal(
            journal.Trades.Where(trade => trade.Execution is not null)
                .Select(trade => (trade.Execution!.ExecutedAt.ToUnixTimeSeconds(), trade.Assessed.Assessment.Signal,
                    trade.Execution.Outcome, trade.Execution.FilledQuantity, trade.Execution.AveragePrice, trade.Execution.FeeUsd)),
            backtest.Fills.Select(fill => (fill.AtUnixSeconds, fill.Side, fill.Execution.Outcome, fill.Execution.Quantity,
                fill.Execution.Quantity > 0 ? fill.Execution.Price : 0, fill.Execution.FeeUsd)));
        Assert.Equal((journal.Account!.CashUsd, journal.Account.PositionIn(InProcessSystem.Symbol).Quantity, journal.Account.FeesUsd),
            (backtest.CashUsd, backtest.Quantity, backtest.FeesUsd));
    }

    private static async Task<JournalRecord> PlayedLikeTheFold(TradingSettings settings)
    {
        var (trades, account) = InProcessSystem.Fold(settings);
        var journal = await InProcessSystem.PlayAsync(settings, await PostgresServer.CreateDatabaseAsync());
        // One by one, so that a failure names the first difference.
        Assert.Equal(trades.Count, journal.Trades.Count);
        foreach (var (expected, actual) in trades.Zip(journal.Trades))
            Assert.Equal(Text(expected), Text(actual));
        Assert.Equal(Text(account), Text(journal.Account));
        TradedAsTheBacktest(settings, journal);
        journal.AddsUp(settings.StartingCashUsd);
        journal.KeepsWithin(settings);
        journal.ReplaysWithoutDifference();
        return journal;
    }
}
