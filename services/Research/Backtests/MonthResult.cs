namespace Trading.Research.Backtests;

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
        var trades = result.Trades.GroupBy(trade => Month(trade.ExitedAtUnixSeconds))
            .ToDictionary(group => group.Key, group => group.Count());
        var months = new List<MonthResult>();
        var (equity, price) = (result.Rules.CashUsd, result.First.Price);
        // A close at midnight ends the day before.
        foreach (var month in result.Days.GroupBy(day => MonthOf(day.AtUnixSeconds - 1)))
        {
            var last = month.Last();
            months.Add(new(
                month.Key.Year, month.Key.Month, equity == 0 ? 0 : (double)(last.EquityUsd / equity) - 1,
                price == 0 ? 0 : (double)(last.Price / price) - 1,
                trades.GetValueOrDefault(month.Key)));
            (equity, price) = (last.EquityUsd, last.Price);
        }
        return months;

        static (int Year, int Month) Month(long at) => MonthOf(at);
    }

    private static (int Year, int Month) MonthOf(long unixSeconds) =>
        DateTimeOffset.FromUnixTimeSeconds(unixSeconds) is var at ? (at.Year, at.Month) : default;
}
