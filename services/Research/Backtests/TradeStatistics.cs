namespace Trading.Research.Backtests;

/// <summary>
/// Figures of a backtest's closed trades; shares are 0 to 1. A figure without anything to divide by is not a number.
/// </summary>
/// <param name="Trades">The closed trades, oldest first.</param>
public sealed record TradeStatistics(IReadOnlyList<BacktestTrade> Trades)
{
    /// <summary>Share of the trades that brought something after fees.</summary>
    public double WinRate => Trades.Count == 0 ? double.NaN : Trades.Count(trade => trade.ProfitUsd > 0) / (double)Trades.Count;

    /// <summary>What the winners brought over what the losers lost.</summary>
    public double ProfitFactor => GrossLossUsd == 0 ? double.NaN : (double)(GrossProfitUsd / GrossLossUsd);

    /// <summary>Mean profit of a trade.</summary>
    public double ExpectancyUsd => Trades.Count == 0 ? double.NaN : (double)(Trades.Sum(trade => trade.ProfitUsd) / Trades.Count);

    /// <summary>
    /// Mean profit of a trade over its deviation, times the root of their number (Van Tharp's system quality number); not a number with
    /// fewer than two.
    /// </summary>
    public double QualityNumber
    {
        get
        {
            if (Trades.Count < 2)
                return double.NaN;
            var mean = Trades.Average(trade => trade.Return);
            var squares = Trades.Sum(trade => (trade.Return - mean) * (trade.Return - mean));
            return squares > 0 ? mean / Math.Sqrt(squares / (Trades.Count - 1)) * Math.Sqrt(Trades.Count) : double.NaN;
        }
    }

    /// <summary>
    /// The share of equity that would have grown fastest (Kelly, 1956): win rate less loss rate over mean win by mean loss; not a number
    /// without both.
    /// </summary>
    public double Kelly => MeanLossUsd < 0 && MeanWinUsd > 0 ? WinRate - (1 - WinRate) / (MeanWinUsd / -MeanLossUsd) : double.NaN;

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
    public double MeanSecondsHeld =>
        Trades.Count == 0 ? double.NaN : Trades.Average(trade => (double)(trade.ExitedAtUnixSeconds - trade.EnteredAtUnixSeconds));

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
