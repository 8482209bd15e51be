namespace Trading.Research.Backtests;

/// <summary>A fall of the account below its highest daily close so far, from that peak until it was reached again.</summary>
/// <param name="PeakAt">When the peak was, in seconds since 1970.</param>
/// <param name="TroughAt">When the deepest close was.</param>
/// <param name="RecoveredAt">When the peak was reached again; null where the data ended before.</param>
/// <param name="Depth">The fall as a share of the peak, 0 to 1.</param>
public sealed record Drawdown(long PeakAt, long TroughAt, long? RecoveredAt, double Depth)
{
    /// <summary>The deepest falls of a result, deepest first.</summary>
    /// <param name="result">The result.</param>
    /// <param name="most">How many at most.</param>
    public static IReadOnlyList<Drawdown> Worst(BacktestResult result, int most)
    {
        var all = new List<Drawdown>();
        var (peak, peakAt, trough, troughAt) = (result.Rules.CashUsd, result.First.AtUnixSeconds, result.Rules.CashUsd, 0L);
        foreach (var day in result.Days)
        {
            if (day.EquityUsd >= peak)
            {
                if (trough < peak)
                    all.Add(new(peakAt, troughAt, day.AtUnixSeconds, (double)(1 - trough / peak)));
                (peak, peakAt, trough) = (day.EquityUsd, day.AtUnixSeconds, day.EquityUsd);
            }
            else if (day.EquityUsd < trough)
                (trough, troughAt) = (day.EquityUsd, day.AtUnixSeconds);
        }
        if (trough < peak)
            all.Add(new(peakAt, troughAt, null, (double)(1 - trough / peak)));
        return [.. all.OrderByDescending(fall => fall.Depth).Take(most)];
    }
}
