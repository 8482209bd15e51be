using System.Globalization;
using Trading.Core;

namespace Trading.Cli.Backtests;

/// <summary>A figure of a backtest; docs/backtest.md defines each.</summary>
/// <param name="Key">Its name in JSON.</param>
/// <param name="Name">Its name for people.</param>
/// <param name="Value">The figure; not a number where it is not defined.</param>
/// <param name="Unit">Percent (the value is a share), Usd, Number, Count or Seconds.</param>
public sealed record BacktestFigure(string Key, string Name, double Value, FigureUnit Unit)
{
    /// <summary>As it is shown.</summary>
    public string Text => !double.IsFinite(Value) ? "–" : Unit switch
    {
        FigureUnit.Percent => string.Create(CultureInfo.InvariantCulture, $"{Value * 100:0.000} %"),
        FigureUnit.Usd => string.Create(CultureInfo.InvariantCulture, $"{Value:#,0.00} USD"),
        FigureUnit.Count => string.Create(CultureInfo.InvariantCulture, $"{Value:#,0}"),
        FigureUnit.Seconds => Duration(Value),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Value:0.000}"),
    };

    private static string Duration(double seconds) => string.Create(CultureInfo.InvariantCulture,
        $"{(seconds < 7200 ? seconds / 60 : seconds < 172_800 ? seconds / 3600 : seconds / 86_400):0.#} {(seconds < 7200 ? "min" : seconds < 172_800 ? "h" : "days")}");
}

/// <summary>How a figure is shown.</summary>
public enum FigureUnit
{
    /// <summary>A share, shown in percent.</summary>
    Percent,

    /// <summary>Money.</summary>
    Usd,

    /// <summary>A ratio.</summary>
    Number,

    /// <summary>How many.</summary>
    Count,

    /// <summary>A time.</summary>
    Seconds,
}

/// <summary>The figures of a backtest.</summary>
public static class BacktestFigures
{
    private const double SecondsPerDay = 86_400;

    /// <summary>All figures, in the order in which they are shown.</summary>
    public static IReadOnlyList<BacktestFigure> Of(BacktestDone done)
    {
        var result = done.Result;
        var daily = result.Performance(done.Plan.Settings.RiskFreePercent);
        var trades = new TradeStatistics(result.Trades);
        var years = (result.Last.AtUnixSeconds - result.First.AtUnixSeconds) / SecondsPerDay / BacktestResult.DaysPerYear;
        var (alpha, beta) = daily.Against(result.HeldDailyReturns());
        var (depth, down, recovery) = daily.DeepestDrawdown();
        var meanEquity = result.Days.Count == 0 ? double.NaN : result.Days.Average(day => (double)day.EquityUsd);
        return
        [
            new("totalReturn", "total return", result.TotalReturn, FigureUnit.Percent),
            new("annualReturn", "annual return", years > 0 ? Math.Pow(1 + result.TotalReturn, 1 / years) - 1 : double.NaN, FigureUnit.Percent),
            new("heldReturn", "buy and hold", result.HeldReturn, FigureUnit.Percent),
            new("annualVolatility", "annual volatility", daily.AnnualVolatility, FigureUnit.Percent),
            new("sharpe", "Sharpe ratio", daily.Sharpe, FigureUnit.Number),
            new("probabilisticSharpe", "probability that Sharpe is above 0", daily.ProbabilisticSharpe(), FigureUnit.Percent),
            new("sortino", "Sortino ratio", daily.Sortino, FigureUnit.Number),
            new("calmar", "Calmar ratio", daily.Calmar, FigureUnit.Number),
            new("omega", "Omega ratio", daily.Omega(), FigureUnit.Number),
            new("maxDrawdown", "max drawdown", (double)result.MaxDrawdown, FigureUnit.Percent),
            new("maxDrawdownDaily", "max drawdown of daily closes", depth, FigureUnit.Percent),
            new("drawdownSeconds", "peak to trough of that", down * SecondsPerDay, FigureUnit.Seconds),
            new("recoverySeconds", "trough to recovery", recovery is { } days && depth > 0 ? days * SecondsPerDay : double.NaN, FigureUnit.Seconds),
            new("ulcerIndex", "ulcer index", daily.UlcerIndex, FigureUnit.Percent),
            new("valueAtRisk", "value at risk, day, 95 %", daily.ValueAtRisk(), FigureUnit.Percent),
            new("conditionalValueAtRisk", "conditional value at risk, day, 95 %", daily.ConditionalValueAtRisk(), FigureUnit.Percent),
            new("skewness", "skewness of daily returns", daily.Skewness, FigureUnit.Number),
            new("kurtosis", "kurtosis of daily returns", daily.Kurtosis, FigureUnit.Number),
            new("tailRatio", "tail ratio", daily.TailRatio, FigureUnit.Number),
            new("alpha", "alpha against buy and hold", alpha, FigureUnit.Percent),
            new("beta", "beta against buy and hold", beta, FigureUnit.Number),
            new("trades", "closed trades", result.Trades.Count, FigureUnit.Count),
            new("winRate", "win rate", trades.WinRate, FigureUnit.Percent),
            new("profitFactor", "profit factor", trades.ProfitFactor, FigureUnit.Number),
            new("expectancyUsd", "expectancy of a trade", trades.ExpectancyUsd, FigureUnit.Usd),
            new("meanWinUsd", "mean win", trades.MeanWinUsd, FigureUnit.Usd),
            new("meanLossUsd", "mean loss", trades.MeanLossUsd, FigureUnit.Usd),
            new("longestWinningStreak", "longest winning streak", trades.LongestWinningStreak, FigureUnit.Count),
            new("longestLosingStreak", "longest losing streak", trades.LongestLosingStreak, FigureUnit.Count),
            new("meanSecondsHeld", "mean time held", trades.MeanSecondsHeld, FigureUnit.Seconds),
            new("exposure", "exposure (bars with a position)", result.Bars == 0 ? double.NaN : (double)result.BarsHeld / result.Bars, FigureUnit.Percent),
            new("turnover", "turnover a year (fills over mean equity)", years > 0 ? (double)result.TurnoverUsd / meanEquity / years : double.NaN, FigureUnit.Number),
            new("feesUsd", "fees", (double)result.FeesUsd, FigureUnit.Usd),
        ];
    }
}
