using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.TestKit.Audit;
using Trading.TestKit.Pipeline;
using Trading.TestKit.Programs;
using Trading.TestKit.Servers;
using Xunit;

namespace Trading.Integration.Tests.Pipeline;

/// <summary>Other strategies and exposures through the services, as in the fold and the backtest.</summary>
[Collection(nameof(RecordedRunTest))]
public sealed class RecordedStrategyTests : RecordedRunTest
{
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
}
