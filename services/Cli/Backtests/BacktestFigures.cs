using System.Globalization;
using Trading.Research.Backtests;

namespace Trading.Cli.Backtests;

/// <summary>A figure of a backtest; docs/backtest.md defines each.</summary>
/// <param name="Key">Its name in JSON.</param>
/// <param name="Name">Its name for people.</param>
/// <param name="Value">The figure; not a number where it is not defined.</param>
/// <param name="Unit">Percent (the value is a share), Usd, Number, Count or Seconds.</param>
public sealed record BacktestFigure(string Key, string Name, double Value, FigureUnit Unit)
{
    /// <summary>The same figure of holding from the first open on; null where holding has none.</summary>
    public double? Held { get; init; }

    /// <summary>As it is shown.</summary>
    public string Text => Shown(Value);

    /// <summary>That of holding as it is shown; empty where holding has none.</summary>
    public string HeldText => Held is { } held ? Shown(held) : "";

    private string Shown(double value) => !double.IsFinite(value) ? "–" : Unit switch
    {
        FigureUnit.Percent => string.Create(CultureInfo.InvariantCulture, $"{value * 100:0.000} %"),
        FigureUnit.Usd => string.Create(CultureInfo.InvariantCulture, $"{value:#,0.00} USD"),
        FigureUnit.Count => string.Create(CultureInfo.InvariantCulture, $"{value:#,0}"),
        FigureUnit.Seconds => Duration(value),
        _ => string.Create(CultureInfo.InvariantCulture, $"{value:0.000}"),
    };

    private static string Duration(double seconds) => string.Create(CultureInfo.InvariantCulture,
        $"{(seconds < 7200 ? seconds / 60 : seconds < 172_800 ? seconds / 3600 : seconds / 86_400):0.#} "
        + $"{(seconds < 7200 ? "min" : seconds < 172_800 ? "h" : "days")}");
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
        var held = result.HeldPerformance(done.Plan.Settings.RiskFreePercent);
        var (heldDepth, heldDown, heldRecovery) = held.DeepestDrawdown();
        var trades = new TradeStatistics(result.Trades);
        var years = result.Years;
        var (alpha, beta) = daily.Against(result.HeldDailyReturns());
        var (depth, down, recovery) = daily.DeepestDrawdown();
        var meanEquity = result.Days.Count == 0 ? double.NaN : result.Days.Average(day => (double)day.EquityUsd);
        return
        [
            new("totalReturn", "total return", result.TotalReturn, FigureUnit.Percent) { Held = result.HeldReturn },
            new("annualReturn", "annual return", result.AnnualReturn, FigureUnit.Percent) { Held = held.AnnualReturn },
            new("heldReturn", "buy and hold", result.HeldReturn, FigureUnit.Percent),
            new("daysWithoutData", "days without data", result.DaysWithoutData, FigureUnit.Count),
            new("annualVolatility", "annual volatility", daily.AnnualVolatility, FigureUnit.Percent) { Held = held.AnnualVolatility },
            new("sharpe", "Sharpe ratio", daily.Sharpe, FigureUnit.Number) { Held = held.Sharpe },
            new("probabilisticSharpe", "probability that Sharpe is above 0", daily.ProbabilisticSharpe(), FigureUnit.Percent)
            { Held = held.ProbabilisticSharpe() },
            new("sortino", "Sortino ratio", daily.Sortino, FigureUnit.Number) { Held = held.Sortino },
            new("calmar", "Calmar ratio", daily.Calmar, FigureUnit.Number) { Held = held.Calmar },
            new("omega", "Omega ratio", daily.Omega(), FigureUnit.Number) { Held = held.Omega() },
            new("maxDrawdown", "max drawdown", (double)result.MaxDrawdown, FigureUnit.Percent),
            new("maxDrawdownDaily", "max drawdown of daily closes", depth, FigureUnit.Percent) { Held = heldDepth },
            new("drawdownSeconds", "peak to trough of that", down * SecondsPerDay, FigureUnit.Seconds) { Held = heldDown * SecondsPerDay },
            new("recoverySeconds", "trough to recovery",
                recovery is { } days && depth > 0 ? days * SecondsPerDay : double.NaN, FigureUnit.Seconds)
            { Held = heldRecovery is { } heldDays && heldDepth > 0 ? heldDays * SecondsPerDay : double.NaN },
            new("ulcerIndex", "ulcer index", daily.UlcerIndex, FigureUnit.Percent) { Held = held.UlcerIndex },
            new("valueAtRisk", "value at risk, day, 95 %", daily.ValueAtRisk(), FigureUnit.Percent) { Held = held.ValueAtRisk() },
            new("conditionalValueAtRisk", "conditional value at risk, day, 95 %", daily.ConditionalValueAtRisk(), FigureUnit.Percent)
            { Held = held.ConditionalValueAtRisk() },
            new("skewness", "skewness of daily returns", daily.Skewness, FigureUnit.Number) { Held = held.Skewness },
            new("kurtosis", "kurtosis of daily returns", daily.Kurtosis, FigureUnit.Number) { Held = held.Kurtosis },
            new("tailRatio", "tail ratio", daily.TailRatio, FigureUnit.Number) { Held = held.TailRatio },
            new("alpha", "alpha against buy and hold", alpha, FigureUnit.Percent),
            new("beta", "beta against buy and hold", beta, FigureUnit.Number),
            new("trades", "closed trades", result.Trades.Count, FigureUnit.Count),
            new("winRate", "win rate", trades.WinRate, FigureUnit.Percent),
            new("profitFactor", "profit factor", trades.ProfitFactor, FigureUnit.Number),
            new("expectancyUsd", "expectancy of a trade", trades.ExpectancyUsd, FigureUnit.Usd),
            new("sqn", "system quality number", trades.QualityNumber, FigureUnit.Number),
            new("kelly", "Kelly share", trades.Kelly, FigureUnit.Percent),
            new("meanWinUsd", "mean win", trades.MeanWinUsd, FigureUnit.Usd),
            new("meanLossUsd", "mean loss", trades.MeanLossUsd, FigureUnit.Usd),
            new("longestWinningStreak", "longest winning streak", trades.LongestWinningStreak, FigureUnit.Count),
            new("longestLosingStreak", "longest losing streak", trades.LongestLosingStreak, FigureUnit.Count),
            new("meanSecondsHeld", "mean time held", trades.MeanSecondsHeld, FigureUnit.Seconds),
            new("exposure", "exposure (bars with a position)",
                result.Bars == 0 ? double.NaN : (double)result.BarsHeld / result.Bars, FigureUnit.Percent),
            new("turnover", "turnover a year (fills over mean equity)",
                years > 0 ? (double)result.TurnoverUsd / meanEquity / years : double.NaN, FigureUnit.Number),
            new("feesUsd", "fees", (double)result.FeesUsd, FigureUnit.Usd),
        ];
    }
}
