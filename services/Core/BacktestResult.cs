using Trading.Contracts;

namespace Trading.Core;

/// <summary>What a backtest amounts to.</summary>
/// <param name="Rules">What it was run with.</param>
/// <param name="Strategy">Name of the strategy.</param>
/// <param name="Partial">Whether it was stopped before the data ended.</param>
/// <param name="First">The account before the first bar, at its open.</param>
/// <param name="Last">The account at the last close.</param>
/// <param name="Bars">Bars taken.</param>
/// <param name="BarsHeld">Bars at whose close something was held.</param>
/// <param name="CashUsd">Cash at the end.</param>
/// <param name="Quantity">Units held at the end.</param>
/// <param name="CostUsd">What these cost, fees left aside.</param>
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

    /// <summary>Days in a year of a market that never closes.</summary>
    public const double DaysPerYear = 365;

    /// <summary>Closed trades that brought something after all fees.</summary>
    public int Winners => Trades.Count(trade => trade.ProfitUsd > 0);

    /// <summary>What holding from the first open to the last close made, fees left aside, as a share.</summary>
    public double HeldReturn => First.Price > 0 ? (double)(Last.Price / First.Price - 1) : double.NaN;

    /// <summary>What the account made, as a share.</summary>
    public double TotalReturn => (double)(EquityUsd / Rules.CashUsd - 1);

    /// <summary>Daily returns of the account.</summary>
    public IReadOnlyList<double> DailyReturns() => Returns(Rules.CashUsd, point => point.EquityUsd);

    /// <summary>Daily returns of holding.</summary>
    public IReadOnlyList<double> HeldDailyReturns() => Returns(First.Price, point => point.Price);

    /// <summary>The daily returns as what they amount to.</summary>
    /// <param name="riskFreePercent">What a year brings without risk, in percent.</param>
    public Performance Performance(double riskFreePercent = 0) => PerformanceOf(DailyReturns(), riskFreePercent);

    /// <summary>Daily returns as what they amount to.</summary>
    /// <param name="dailyReturns">The returns, oldest first.</param>
    /// <param name="riskFreePercent">What a year brings without risk, in percent.</param>
    public static Performance PerformanceOf(IReadOnlyList<double> dailyReturns, double riskFreePercent) => new(dailyReturns, DaysPerYear, Math.Pow(1 + riskFreePercent / 100, 1 / DaysPerYear) - 1);

    private List<double> Returns(decimal start, Func<BacktestPoint, decimal> value)
    {
        var returns = new List<double>(Days.Count);
        var before = start;
        foreach (var day in Days)
        {
            var now = value(day);
            returns.Add(before == 0 ? 0 : (double)(now / before) - 1);
            before = now;
        }
        return returns;
    }
}

/// <summary>What the closed trades of a backtest amount to; shares from 0 to 1. Where there is nothing to divide by, a figure is not a number.</summary>
/// <param name="Trades">The closed trades, oldest first.</param>
public sealed record TradeStatistics(IReadOnlyList<BacktestTrade> Trades)
{
    /// <summary>Share of the trades that brought something after fees.</summary>
    public double WinRate => Trades.Count == 0 ? double.NaN : Trades.Count(trade => trade.ProfitUsd > 0) / (double)Trades.Count;

    /// <summary>What the winners brought over what the losers lost.</summary>
    public double ProfitFactor => GrossLossUsd == 0 ? double.NaN : (double)(GrossProfitUsd / GrossLossUsd);

    /// <summary>Mean profit of a trade.</summary>
    public double ExpectancyUsd => Trades.Count == 0 ? double.NaN : (double)(Trades.Sum(trade => trade.ProfitUsd) / Trades.Count);

    /// <summary>What the winners brought.</summary>
    public decimal GrossProfitUsd => Trades.Sum(trade => Math.Max(0, trade.ProfitUsd));

    /// <summary>What the losers lost, as a positive amount.</summary>
    public decimal GrossLossUsd => -Trades.Sum(trade => Math.Min(0, trade.ProfitUsd));

    /// <summary>Mean profit of the winners.</summary>
    public double MeanWinUsd => Mean(Trades.Where(trade => trade.ProfitUsd > 0));

    /// <summary>Mean profit of the others, negative.</summary>
    public double MeanLossUsd => Mean(Trades.Where(trade => trade.ProfitUsd <= 0));

    /// <summary>Most winners in a row.</summary>
    public int LongestWinningStreak => Longest(trade => trade.ProfitUsd > 0);

    /// <summary>Most others in a row.</summary>
    public int LongestLosingStreak => Longest(trade => trade.ProfitUsd <= 0);

    /// <summary>Mean time from the begin of the position to the sale, in seconds.</summary>
    public double MeanSecondsHeld => Trades.Count == 0 ? double.NaN : Trades.Average(trade => (double)(trade.ExitedAtUnixSeconds - trade.EnteredAtUnixSeconds));

    private static double Mean(IEnumerable<BacktestTrade> trades)
    {
        var profits = trades.Select(trade => (double)trade.ProfitUsd).ToList();
        return profits.Count == 0 ? double.NaN : profits.Average();
    }

    private int Longest(Func<BacktestTrade, bool> counts)
    {
        var (longest, running) = (0, 0);
        foreach (var trade in Trades)
        {
            running = counts(trade) ? running + 1 : 0;
            longest = Math.Max(longest, running);
        }
        return longest;
    }
}

/// <summary>The return of a calendar month (UTC).</summary>
/// <param name="Year">Year.</param>
/// <param name="Month">1 to 12.</param>
/// <param name="Return">Of the account, as a share, from the last close of the month before.</param>
/// <param name="Held">Of holding.</param>
/// <param name="Trades">Trades that were closed in it.</param>
public sealed record MonthResult(int Year, int Month, double Return, double Held, int Trades)
{
    /// <summary>The months of a result.</summary>
    public static IReadOnlyList<MonthResult> Of(BacktestResult result)
    {
        var trades = result.Trades.GroupBy(trade => Month(trade.ExitedAtUnixSeconds)).ToDictionary(group => group.Key, group => group.Count());
        var months = new List<MonthResult>();
        var (equity, price) = (result.Rules.CashUsd, result.First.Price);
        // A close at midnight ends the day before.
        foreach (var month in result.Days.GroupBy(day => MonthOf(day.AtUnixSeconds - 1)))
        {
            var last = month.Last();
            months.Add(new(
                month.Key.Year, month.Key.Month, equity == 0 ? 0 : (double)(last.EquityUsd / equity) - 1, price == 0 ? 0 : (double)(last.Price / price) - 1,
                trades.GetValueOrDefault(month.Key)));
            (equity, price) = (last.EquityUsd, last.Price);
        }
        return months;

        static (int Year, int Month) Month(long at) => MonthOf(at);
    }

    private static (int Year, int Month) MonthOf(long unixSeconds) =>
        DateTimeOffset.FromUnixTimeSeconds(unixSeconds) is var at ? (at.Year, at.Month) : default;
}
