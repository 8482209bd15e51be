using Trading.Core;
using Trading.Research.Backtests;
using Trading.Research.Statistics;

namespace Trading.Research.Tournaments;

/// <summary>What a participant is.</summary>
public enum ContestantKind
{
    /// <summary>Something to compare with; it cannot become the default.</summary>
    Yardstick,

    /// <summary>A rule of the prices.</summary>
    Rule,

    /// <summary>A trained model, or a rule with one in it.</summary>
    Model,

    /// <summary>What was added after a first look at the results; it cannot become the default.</summary>
    Late,

    /// <summary>A candidate with a part taken out, to show what the part is worth; it cannot become the default.</summary>
    Part,
}

/// <summary>Something that takes part in a tournament.</summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="What">What it does, in a few words.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Parameters">How many numbers were chosen for it: of equal ones the simpler is preferred.</param>
/// <param name="IntervalSeconds">Seconds of its bars.</param>
/// <param name="DecisionSeconds">Seconds from one decision to the next.</param>
/// <param name="Begin">A new backtest that has not seen any bar, and who decides in it, for a stretch of so many seconds.</param>
/// <param name="WarmUpSeconds">How much of the past it should have seen before its first bar.</param>
public sealed record Contestant(
    string Name, string What, ContestantKind Kind, int Parameters, int IntervalSeconds, int DecisionSeconds,
    Func<long, (Backtest Backtest, IBacktestTrader Trader)> Begin, long WarmUpSeconds);

/// <summary>A stretch of time that everything is judged on.</summary>
/// <param name="Name">What it is for.</param>
/// <param name="FromUnixSeconds">Its begin.</param>
/// <param name="ToUnixSeconds">Its end, exclusive.</param>
public readonly record struct Stretch(string Name, long FromUnixSeconds, long ToUnixSeconds);

/// <summary>What a participant did in a stretch.</summary>
/// <param name="Contestant">The participant.</param>
/// <param name="Result">Its backtest.</param>
public sealed record Played(Contestant Contestant, BacktestResult Result)
{
    /// <summary>Days in a year of a market that never closes.</summary>
    public const double DaysPerYear = 365;

    private const double SecondsPerYear = DaysPerYear * 86_400;

    /// <summary>Daily returns, oldest first.</summary>
    public double[] Returns { get; } = [.. Result.DailyReturns()];

    /// <summary>Their figures.</summary>
    public Performance Figures => BacktestResult.PerformanceOf(Returns, 0);

    /// <summary>Value of all fills over mean equity, a year.</summary>
    public double Turnover => PerYear(Result.TurnoverUsd);

    /// <summary>Fees over mean equity, a year, as a share.</summary>
    public double Fees => PerYear(Result.FeesUsd);

    /// <summary>Mean share of the bars at whose close something was held.</summary>
    public double Held => Result.Bars == 0 ? 0 : Result.BarsHeld / (double)Result.Bars;

    private double PerYear(decimal amount)
    {
        var years = (Result.Last.AtUnixSeconds - Result.First.AtUnixSeconds) / SecondsPerYear;
        var equity = Result.Days.Count == 0 ? 0 : (double)Result.Days.Average(day => day.EquityUsd);
        return years > 0 && equity > 0 ? (double)amount / equity / years : double.NaN;
    }
}

/// <summary>Plays participants over stretches of time.</summary>
public static class Tournament
{
    /// <summary>One participant over one stretch; what lies before it is only looked at.</summary>
    /// <param name="contestant">The participant.</param>
    /// <param name="candles">Candles of its interval, oldest first.</param>
    /// <param name="stretch">The stretch.</param>
    public static Played Play(Contestant contestant, ReadOnlySpan<Candle> candles, in Stretch stretch)
    {
        var (backtest, trader) = contestant.Begin(stretch.ToUnixSeconds - stretch.FromUnixSeconds);
        backtest.Ledger.KeepsFills = false;
        var known = Candle.CountBefore(candles, stretch.FromUnixSeconds - contestant.WarmUpSeconds);
        var begin = Candle.CountBefore(candles, stretch.FromUnixSeconds);
        foreach (ref readonly var candle in candles[known..begin])
            trader.Observe(candle.OpenTimeUnixSeconds + contestant.IntervalSeconds, candle);
        backtest.Add(candles[begin..Candle.CountBefore(candles, stretch.ToUnixSeconds)]);
        return new(contestant, backtest.Result());
    }

    /// <summary>
    /// Share of the resamples in which one series has a higher Sharpe ratio than another of the same days: the stationary bootstrap
    /// (Politis and Romano, 1994), which draws the same days for both.
    /// </summary>
    public static double ChanceAbove(ReadOnlySpan<double> returns, ReadOnlySpan<double> other, int samples, double meanBlock, ulong seed)
    {
        var count = Math.Min(returns.Length, other.Length);
        if (count < 2)
            return double.NaN;
        var (random, places, above) = (new SeededRandom(seed), new int[count], 0);
        for (var sample = 0; sample < samples; sample++)
        {
            Bootstrap.DrawStationary(places, count, meanBlock, random);
            above += Sharpe(returns, places) > Sharpe(other, places) ? 1 : 0;
        }
        return above / (double)samples;
    }

    private static double Sharpe(ReadOnlySpan<double> returns, ReadOnlySpan<int> places)
    {
        var (sum, squares) = (0.0, 0.0);
        foreach (var place in places)
            (sum, squares) = (sum + returns[place], squares + returns[place] * returns[place]);
        var variance = (squares - sum * sum / places.Length) / (places.Length - 1);
        // What never moved has gained nothing for its risk.
        return variance > 0 ? sum / places.Length / Math.Sqrt(variance) : 0;
    }
}
