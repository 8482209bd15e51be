using Trading.Research.Backtests;

namespace Trading.Cli.Research;

/// <summary>
/// Something that a search looks for. A setting without a single fill has no figure of any kind: it is neither the safest nor the cheapest.
/// Gains without any loss are infinite by every figure that divides by losses.
/// </summary>
/// <param name="Name">Its name.</param>
/// <param name="Of">The figure of a result, with the risk-free rate in percent; docs/backtest.md defines each.</param>
/// <param name="LessIsBetter">Whether a smaller figure is the better one.</param>
public sealed record Objective(string Name, Func<BacktestResult, double, double> Of, bool LessIsBetter = false)
{
    private static readonly Objective[] All =
    [
        new("sharpe", (result, riskFree) => result.Performance(riskFree).Sharpe),
        new("sortino", (result, riskFree) => result.Performance(riskFree).Sortino),
        new("calmar", (result, riskFree) =>
            result.Performance(riskFree) is var performance ? OverLosses(performance.Calmar, performance.AnnualReturn > 0) : double.NaN),
        new("omega", (result, riskFree) => result.Performance(riskFree) is var performance
            ? OverLosses(performance.Omega(),
                performance.Returns.Count > 1 && performance.Returns.Any(gain => gain > performance.RiskFreePerPeriod)) : double.NaN),
        new("return", (result, _) => result.TotalReturn),
        new("profit-factor", (result, _) =>
            new TradeStatistics(result.Trades) is var trades ? OverLosses(trades.ProfitFactor, trades.GrossProfitUsd > 0) : double.NaN),
        new("expectancy", (result, _) => new TradeStatistics(result.Trades).ExpectancyUsd),
        new("win-rate", (result, _) => new TradeStatistics(result.Trades).WinRate),
        new("max-drawdown", (result, _) => (double)result.MaxDrawdown, LessIsBetter: true),
        new("ulcer-index", (result, riskFree) => result.Performance(riskFree).UlcerIndex, LessIsBetter: true),
        new("fees", (result, _) => (double)result.FeesUsd, LessIsBetter: true),
    ];

    /// <summary>The names of all objectives.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(objective => objective.Name)];

    /// <summary>The objective of a name; null when there is none.</summary>
    public static Objective? Find(string name) => All.FirstOrDefault(objective => objective.Name == name);

    /// <summary>The figure so that more is better; not a number where the result has none.</summary>
    public double Score(BacktestResult result, double riskFreePercent) =>
        result.Orders == 0 ? double.NaN : (LessIsBetter ? -1 : 1) * Of(result, riskFreePercent);

    // What is divided by losses is not a number without any.
    private static double OverLosses(double figure, bool gains) => double.IsNaN(figure) && gains ? double.PositiveInfinity : figure;

    /// <summary>A score as the figure that it stands for.</summary>
    public double Figure(double score) => LessIsBetter ? -score : score;
}
