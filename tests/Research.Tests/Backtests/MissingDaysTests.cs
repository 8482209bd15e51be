using Trading.Core;
using Trading.Core.Strategies;
using Trading.Research.Backtests;

namespace Trading.Research.Tests.Backtests;

/// <summary>All figures of a year go by one clock, whichever days have data.</summary>
public class MissingDaysTests
{
    private const long Monday = 1_704_067_200; // 2024-01-01
    private const int Day = 86_400;

    private static readonly PaperCosts Free = new(FeePercent: 0, SpreadPercent: 0, SlippagePercent: 0, TickSize: 0.01m);

    [Fact]
    public void nine_days_over_a_year_are_a_year()
    {
        var result = Run(365, [.. Enumerable.Range(0, 9).Select(i => i * 45)]);

        Assert.Equal(8 * 45 + 1, result.DailyReturns().Count);
        Assert.Equal(8 * 44, result.DaysWithoutData);
        var performance = result.Performance();
        Assert.Equal(result.AnnualReturn, performance.AnnualReturn, 12);
        Assert.Equal(result.AnnualReturn / performance.MaxDrawdown, performance.Calmar, 12);
        // Eight returns that vary, in 361 days: not the deviation of nine days times the root of 365.
        var nine = new Performance([.. result.DailyReturns().Where(gain => gain != 0)], 365);
        Assert.True(performance.AnnualVolatility < nine.AnnualVolatility / 4);
        Assert.Equal(result.HeldDailyReturns().Count, result.DailyReturns().Count);
    }

    [Fact]
    public void where_the_market_closes_at_weekends_they_are_no_missing_days()
    {
        // Four weeks of Monday to Friday.
        var days = Enumerable.Range(0, 28).Where(day => day % 7 < 5).ToArray();
        Assert.Equal((20, 0), (Run(252, days).DailyReturns().Count, Run(252, days).DaysWithoutData));
        Assert.Equal((26, 6), (Run(365, days).DailyReturns().Count, Run(365, days).DaysWithoutData));
    }

    [Fact]
    public void the_worst_drawdowns_have_a_peak_a_trough_and_a_recovery()
    {
        decimal[] closes = [100, 110, 99, 104, 112, 90, 95, 113, 108];
        var backtest = new Backtest(new("BTC-USD", Day, 1000, Free), new FixedOrders(new BuyAndHold(), 5, 1000, Free));
        backtest.Add([.. closes.Select((close, i) => new Candle(Monday + (long)Day * i, 100, 120, 80, close, 1))]);

        var falls = Drawdown.Worst(backtest.Result(), 10);

        // Five units bought at 100: equity is 500 + 5 x close.
        Assert.Equal([1 - 950 / 1060.0, 1 - 995 / 1050.0, 1 - 1040 / 1065.0], falls.Select(fall => Math.Round(fall.Depth, 12))
            .Zip([1 - 950 / 1060.0, 1 - 995 / 1050.0, 1 - 1040 / 1065.0], (told, exact) => Math.Abs(told - exact) < 1e-9 ? exact : told));
        Assert.Equal((Monday + 5L * Day, Monday + 6L * Day, Monday + 8L * Day),
            (falls[0].PeakAt, falls[0].TroughAt, falls[0].RecoveredAt!.Value));
        Assert.Null(falls[2].RecoveredAt);
        Assert.Single(Drawdown.Worst(backtest.Result(), 1));
    }

    private static BacktestResult Run(double daysPerYear, int[] days)
    {
        var backtest = new Backtest(new("BTC-USD", Day, 1000, Free, DaysPerYear: daysPerYear),
            new FixedOrders(new BuyAndHold(), 5, 1000, Free));
        backtest.Add([.. days.Select((day, i) => new Candle(Monday + (long)Day * day, 100 + i % 3, 110, 90, 100 + i % 4, 1))]);
        return backtest.Result();
    }
}
