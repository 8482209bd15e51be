using Trading.Contracts;
using Trading.Core;

namespace Trading.Research.Backtests;

/// <summary>The result of a backtest.</summary>
/// <param name="Rules">What it was run with.</param>
/// <param name="Strategy">Name of the strategy.</param>
/// <param name="Partial">Whether it was stopped before the data ended.</param>
/// <param name="First">The account before the first bar, at its open.</param>
/// <param name="Last">The account at the last close.</param>
/// <param name="Bars">Bars taken.</param>
/// <param name="BarsHeld">Bars at whose close something was held.</param>
/// <param name="CashUsd">Cash at the end.</param>
/// <param name="Quantity">Units held at the end.</param>
/// <param name="CostUsd">What these cost, without fees.</param>
/// <param name="EquityUsd">Cash plus position at the last close: nothing is closed at the end.</param>
/// <param name="FeesUsd">All fees.</param>
/// <param name="TurnoverUsd">Value of all fills.</param>
/// <param name="MaxDrawdown">Deepest fall of equity below an earlier close, as a share of it, 0 to 1, exact; the start counts.</param>
/// <param name="Orders">Orders with a fill.</param>
/// <param name="Outcomes">All orders that were sent, by how they ended.</param>
/// <param name="Trades">Sales, oldest first; each is a closed trade.</param>
/// <param name="Fills">All orders that were sent, oldest first.</param>
/// <param name="Days">The account at the last close of each UTC day.</param>
/// <param name="Curve">The account at about equal distances, a few thousand points at most.</param>
public sealed record BacktestResult(
    BacktestRules Rules,
    string Strategy,
    bool Partial,
    BacktestPoint First,
    BacktestPoint Last,
    long Bars,
    long BarsHeld,
    decimal CashUsd,
    decimal Quantity,
    decimal CostUsd,
    decimal EquityUsd,
    decimal FeesUsd,
    decimal TurnoverUsd,
    decimal MaxDrawdown,
    int Orders,
    IReadOnlyDictionary<TradeOutcome, int> Outcomes,
    IReadOnlyList<BacktestTrade> Trades,
    IReadOnlyList<BacktestFill> Fills,
    IReadOnlyList<BacktestPoint> Days,
    IReadOnlyList<BacktestPoint> Curve)
{
    /// <summary>The account at the peak and at the trough of the deepest fall; empty where it never fell.</summary>
    public IReadOnlyList<BacktestPoint> Deepest { get; init; } = [];

    /// <summary>Why orders were not filled, or not whole, by side.</summary>
    public IReadOnlyDictionary<(TradeAction Side, PaperReason Reason), int> Reasons { get; init; } =
        new Dictionary<(TradeAction, PaperReason), int>();

    private const long SecondsPerDay = 86_400;
    private const double SecondsPerYear = 365.0 * SecondsPerDay;
    private const int OfSevenDays = 300;

    /// <summary>How long it lasted by the clock, in years of 365 days: every figure of a year goes by it.</summary>
    public double Years => (Last.AtUnixSeconds - First.AtUnixSeconds) / SecondsPerYear;

    /// <summary>What the account made, as a constant rate a year.</summary>
    public double AnnualReturn => Backtests.Performance.Annual(TotalReturn, Years);

    /// <summary>
    /// Days of the market between the first and the last on which the data have no bar. The account stood still on them: each is a day
    /// with a return of 0. Where the market closes at weekends, a Saturday or Sunday without a bar is no day of it.
    /// </summary>
    public int DaysWithoutData => DailyReturns().Count - Days.Count;

    /// <summary>Closed trades that brought something after all fees.</summary>
    public int Winners => Trades.Count(trade => trade.ProfitUsd > 0);

    /// <summary>What holding from the first open to the last close made, without fees, as a share.</summary>
    public double HeldReturn => First.Price > 0 ? (double)(Last.Price / First.Price - 1) : double.NaN;

    /// <summary>What the account made, as a share.</summary>
    public double TotalReturn => (double)(EquityUsd / Rules.CashUsd - 1);

    /// <summary>Daily returns of the account.</summary>
    public IReadOnlyList<double> DailyReturns() => Returns(Rules.CashUsd, point => point.EquityUsd);

    /// <summary>Daily returns of holding.</summary>
    public IReadOnlyList<double> HeldDailyReturns() => Returns(First.Price, point => point.Price);

    /// <summary>Performance of the daily returns.</summary>
    /// <param name="riskFreePercent">What a year brings without risk, in percent.</param>
    public Performance Performance(double riskFreePercent = 0) =>
        PerformanceOf(DailyReturns(), riskFreePercent, Rules.DaysPerYear) with { Years = Years };

    /// <summary>Performance of holding, by the same days.</summary>
    /// <param name="riskFreePercent">What a year brings without risk, in percent.</param>
    public Performance HeldPerformance(double riskFreePercent = 0) =>
        PerformanceOf(HeldDailyReturns(), riskFreePercent, Rules.DaysPerYear) with { Years = Years };

    /// <summary>Performance of daily returns.</summary>
    /// <param name="dailyReturns">The returns, oldest first.</param>
    /// <param name="riskFreePercent">What a year brings without risk, in percent.</param>
    /// <param name="daysPerYear">Days in a year of the market.</param>
    public static Performance PerformanceOf(IReadOnlyList<double> dailyReturns, double riskFreePercent, double daysPerYear = 365) =>
        new(dailyReturns, daysPerYear, Math.Pow(1 + riskFreePercent / 100, 1 / daysPerYear) - 1);

    private List<double> Returns(decimal start, Func<BacktestPoint, decimal> value)
    {
        var returns = new List<double>(Days.Count);
        var before = start;
        var last = long.MinValue;
        foreach (var day in Days)
        {
            // A close at midnight still belongs to the day that ends there.
            var number = (day.AtUnixSeconds - 1) / SecondsPerDay;
            for (var missing = last + 1; last != long.MinValue && missing < number; missing++)
            {
                if (Rules.DaysPerYear >= OfSevenDays || !IsWeekend(missing))
                    returns.Add(0);
            }
            last = number;
            var now = value(day);
            returns.Add(before == 0 ? 0 : (double)(now / before) - 1);
            before = now;
        }
        return returns;
    }

    // 1970 began on a Thursday.
    private static bool IsWeekend(long day) => (day + 4) % 7 is 0 or 6;
}
