using Trading.Contracts;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.TestKit.Data;
using Xunit;
using Xunit.Abstractions;
using static Trading.Services.Tests.Backtests.RecordedPlay;

namespace Trading.Services.Tests.Backtests;

/// <summary>Recorded minutes of the crash of 2020-03-12 through the whole chain, with exits.</summary>
public class RecordedRiskTests(ITestOutputHelper output)
{
    private const string Crash = "binance_btcusdt_1m_2020-02-15_2020-04-15.csv.gz";

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
        var run = RecordedPlay.Of(Crash, settings, settings.Limits());

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

    private static PredictionMade Bullish(PriceObserved price)
    {
        var expected = (double)price.Price * 1.05;
        return new(
            DerivedId.Prediction(price.PriceId), price, new(100, null, null, null, 0.001, 60, 100, "00"),
            [new("technical", expected, Direction.Up, 0.95, null)],
            new(expected, 5, Direction.Up, 0.95, 1, 1), 3600, price.ObservedAt, price.IntervalStart.AddSeconds(120));
    }
}
