using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.MarketData;
using Trading.Research.Backtests;
using Trading.Services.Feeds;
using Trading.TestKit.Data;
using Xunit;
using Xunit.Abstractions;

namespace Trading.Services.Tests.Backtests;

/// <summary>Recorded minutes through the whole chain, with exits on and off: the crash of 2020-03-12 and the year 2024.</summary>
public class RecordedRiskTests(ITestOutputHelper output)
{
    private const string Crash = "binance_btcusdt_1m_2020-02-15_2020-04-15.csv.gz";

    /// <summary>What a run came to.</summary>
    private sealed record Run(RunSummary Summary, Portfolio Account, IReadOnlyList<PipelineStep> Exits,
        decimal WorstDayUsd, decimal WorstDayStartUsd);

    // Everything is bought that may be bought: the position is as large as the limits allow when the price falls.
    [SharedDataFact]
    public void on_the_day_of_the_crash_a_full_position_loses_no_more_than_the_limit_of_the_day_and_the_slippage_of_an_order()
    {
        var settings = new TradingSettings { Feed = FeedKind.Recorded };
        var limits = settings.Limits();
        var account = Opened(settings, limits);
        var (version, steps, day) = (2L, new List<(decimal Price, Execution Execution, PositionExit? Exit)>(),
            new DateTimeOffset(2020, 3, 12, 0, 0, 0, TimeSpan.Zero));
        var (start, lowest) = (account.EquityUsd("BTC-USD", 0), decimal.MaxValue);
        foreach (var price in Prices(Crash, settings, day, day.AddDays(1)))
        {
            Apply(new WatchPrice(price.Symbol, price.Price, price.ObservedAt));
            if (Risk.AssessExit(account, version, price, price.ObservedAt) is { } exit)
                Execute(exit, price);
            var prediction = Bullish(price);
            Execute(new(DerivedId.Trade(prediction.PredictionId), prediction, Risk.Assess(account, version, prediction, price.ObservedAt)),
                price);
            lowest = Math.Min(lowest, account.EquityUsd(price.Symbol, price.Price));
        }

        var exits = steps.Where(step => step.Exit is not null).ToList();
        var slippage = exits.Max(
            step => (step.Exit!.TriggerPrice - step.Execution.AveragePrice) * step.Execution.FilledQuantity + step.Execution.FeeUsd);
        output.WriteLine($"{steps.Count} orders, {exits.Count} exits; lowest equity of the day {lowest:N2} of {start:N2}, "
            + $"end {account.CashUsd:N2}; one exit's slippage at most {slippage:N2}");
        Assert.NotEmpty(exits);
        Assert.True(start - lowest <= start * limits.MaxDailyLossShare + slippage, $"{start - lowest} USD lost");
        // A stop never sells above its price.
        Assert.All(exits.Where(step => step.Exit!.Reason is ExitReason.StopLoss or ExitReason.TrailingStop),
            step => Assert.True(step.Price <= step.Exit!.TriggerPrice));
        Assert.All(exits.Where(step => step.Exit!.Reason == ExitReason.TakeProfit),
            step => Assert.True(step.Price >= step.Exit!.TriggerPrice));

        void Apply(IAccountCommand command)
        {
            foreach (var happened in Portfolio.Decide(command, account))
                (account, version) = (Portfolio.Evolve(account, happened), version + 1);
        }

        void Execute(RiskAssessed assessed, PriceObserved price)
        {
            if (assessed.Assessment.Order is not { } order)
                return;
            Apply(new ReserveFunds(assessed.TradeId, order, price.ObservedAt));
            var execution = PaperFill.Of(assessed.TradeId, order, price.Price, settings.Pipeline().Costs, price.ObservedAt);
            Apply(new SettleTrade(assessed.TradeId, execution));
            steps.Add((price.Price, execution, assessed.Assessment.Exit));
        }
    }

    [SharedDataFact]
    public void in_the_recorded_crash_every_stop_fires_at_its_price_or_beyond_and_no_day_loses_more_than_its_limit()
    {
        var settings = new TradingSettings
        {
            Feed = FeedKind.Recorded,
            StopLossPercent = 2,
            TrailingStopPercent = 1.5m,
            TrailingOffsetPercent = 0.5m,
            TakeProfitPercent = 3,
            TimeLimitSeconds = 6 * 3600
        };
        var run = Play(Crash, settings, settings.Limits());

        Assert.Equal([ExitReason.StopLoss, ExitReason.TrailingStop, ExitReason.TakeProfit, ExitReason.TimeLimit],
            run.Exits.Select(step => step.Assessed.Assessment.Exit!.Reason).Distinct().Order());
        foreach (var step in run.Exits)
        {
            var (price, exit) = (step.Assessed.Cause(), step.Assessed.Assessment.Exit!);
            Assert.True(exit.Reason switch
            {
                ExitReason.StopLoss or ExitReason.TrailingStop => price.Price <= exit.TriggerPrice,
                ExitReason.TakeProfit => price.Price >= exit.TriggerPrice,
                _ => price.ObservedAt - exit.EnteredAt >= TimeSpan.FromHours(6),
            }, $"{exit} at {price.Price}");
            Assert.NotNull(step.Executed);
        }
        Assert.True(run.WorstDayUsd <= run.WorstDayStartUsd * settings.MaxDailyLossShare);
        output.WriteLine(Words("2020-02-15 to 2020-04-15, narrow barriers", run));
    }

    // Each minute of the year through the same decisions as values: the backtest's trader, filled at the observed price as the paper
    // exchange does.
    [SharedDataFact]
    public void the_year_2024_is_traded_with_exits_and_without()
    {
        var settings = new TradingSettings { Feed = FeedKind.Recorded };
        var with = Year(settings, settings.Limits());
        var without = Year(settings, settings.Limits() with { Exits = null });

        output.WriteLine(Words("2024 with exits", with));
        output.WriteLine(Words("2024 without exits", without));
        Assert.Contains(with.Fills, fill => fill.Exit is not null);
        Assert.DoesNotContain(without.Fills, fill => fill.Exit is not null);
        Assert.Equal((527_040L, 527_040L), (with.Bars, without.Bars));
        Assert.True(with.MaxDrawdown <= settings.MaxDrawdownShare + 0.01m);
    }

    private static BacktestResult Year(TradingSettings settings, RiskLimits limits)
    {
        using var file = new CandleFile([SharedData.Path("binance_btcusdt_1m_2024.csv.gz")]);
        var rules = new BacktestRules("BTC-USD", 60, settings.StartingCashUsd, settings.Pipeline().Costs, FillTiming.AtClose);
        var backtest = new Backtest(rules, new PipelineTrader(rules, settings.Pipeline(), limits));
        var candles = new Candle[4096];
        while (file.Read(candles) is > 0 and var count)
            backtest.Add(candles.AsSpan(0, count));
        return backtest.Result();
    }

    private static string Words(string what, BacktestResult result) => FormattableString.Invariant(
        $"{what}: equity {result.EquityUsd:N2} of {result.Rules.CashUsd:N2}, ")
        + FormattableString.Invariant($"fees {result.FeesUsd:N2}, max drawdown {result.MaxDrawdown * 100:0.00} %, {result.Orders} orders, ")
        + FormattableString.Invariant($"{result.Winners} of {result.Trades.Count} sales won, exits: ")
        + FormattableString.Invariant(
            $"{Counted(result.Fills.Where(fill => fill.Exit is not null).Select(fill => fill.Exit))}");

    private static Run Play(string file, TradingSettings settings, RiskLimits limits)
    {
        var account = Opened(settings, limits);
        var pipeline = new ReferencePipeline("BTC-USD", settings.Pipeline(), account, accountVersion: 2);
        var (summary, exits) = (new RunSummary(), new List<PipelineStep>());
        var (day, dayStart, worst, worstStart) = (default(DateOnly), settings.StartingCashUsd, 0m, settings.StartingCashUsd);
        foreach (var price in Prices(file, settings, null, null))
        {
            var today = DateOnly.FromDateTime(price.ObservedAt.UtcDateTime);
            var equity = pipeline.Account.EquityUsd(price.Symbol, price.Price);
            if (today != day)
                (day, dayStart) = (today, equity);
            foreach (var step in pipeline.Step(price))
            {
                Trade.Assess(step.Assessed).ToList().ForEach(summary.Add);
                if (step.Executed is { Execution: var execution })
                    summary.Add(new TradeClosed(execution));
                if (step.Assessed.Assessment.Exit is not null)
                    exits.Add(step);
            }
            if (dayStart - equity > worst)
                (worst, worstStart) = (dayStart - equity, dayStart);
        }
        return new(summary, pipeline.Account, exits, worst, worstStart);
    }

    private static string Words(string what, Run run) => FormattableString.Invariant(
        $"{what}: equity {run.Summary.EndEquityUsd:N2} of {run.Summary.StartEquityUsd:N2}, fees {run.Summary.FeesUsd:N2}, ")
        + FormattableString.Invariant($"max drawdown {run.Summary.MaxDrawdown * 100:0.00} %, worst day {run.WorstDayUsd:N2}, ")
        + FormattableString.Invariant($"{run.Account.TradesSettled} trades, exits: ")
        + FormattableString.Invariant(
            $"{Counted(run.Exits.Select(step => step.Assessed.Assessment.Exit!.Reason))}; ")
        + FormattableString.Invariant($"refused {string.Join(", ", run.Summary.Refusals.Select(rule => $"{rule.Key} {rule.Value}"))}");

    private static string Counted<T>(IEnumerable<T> things) =>
        string.Join(", ", things.GroupBy(thing => thing).Select(group => FormattableString.Invariant($"{group.Key} {group.Count()}")));

    private static Portfolio Opened(TradingSettings settings, RiskLimits limits) => Portfolio.Evolve(
        Portfolio.Evolve(null, new AccountOpened("main", "recorded", settings.StartingCashUsd, DateTimeOffset.UnixEpoch)),
        new LimitsSet(1, limits, "settings", "", DateTimeOffset.UnixEpoch));

    private static IEnumerable<PriceObserved> Prices(string file, TradingSettings settings, DateTimeOffset? from, DateTimeOffset? to)
    {
        using var feed = new RecordedFeed("BTC-USD", [SharedData.Path(file)], from, to);
        var rules = settings.Consensus() with { Quorum = 1, Currencies = [feed.Currency] };
        foreach (var quote in feed.Quotes())
            yield return Consensus.Of([quote], rules, quote.QuotedAt)
                .ToPrice("BTC-USD", quote.QuotedAt, settings.PriceIntervalSeconds, quote.QuotedAt, false, []);
    }

    private static PredictionMade Bullish(PriceObserved price)
    {
        var expected = (double)price.Price * 1.05;
        return new(
            DerivedId.Prediction(price.PriceId), price, new(100, null, null, null, 0.001, 60, 100, "00"),
            [new("technical", expected, Direction.Up, 0.95, null)],
            new(expected, 5, Direction.Up, 0.95, 1, 1), 3600, price.ObservedAt, price.IntervalStart.AddSeconds(120));
    }
}
