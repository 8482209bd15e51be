using System.CommandLine;
using Trading.Cli.Shared;
using Trading.Core;
using Trading.Hosting.Settings;
using Trading.MarketData;
using Trading.Research.Backtests;

namespace Trading.Cli.Backtests;

/// <summary>A backtest of several symbols on one account: their bars are merged by time.</summary>
internal static class SymbolsRun
{
    /// <summary>Plays the data of all symbols.</summary>
    /// <exception cref="BacktestException">They cannot be played together.</exception>
    public static async Task<BacktestDone> RunAsync(BacktestOptions options, ParseResult parsed, TradingSettings settings,
        IReadOnlyList<string> symbols, bool whole, CancellationToken cancellation)
    {
        var sources = new List<ICandleSource>();
        try
        {
            foreach (var symbol in symbols)
                sources.Add(await options.OpenAsync(parsed, settings, cancellation, whole, symbol));
            var interval = sources[0].IntervalSeconds;
            if (sources.FindIndex(source => source.IntervalSeconds != interval) is > 0 and var other)
                throw new BacktestException($"the bars of {symbols[other]} are {Length(sources[other])} long, those of {symbols[0]} "
                    + $"{Length(sources[0])}: --resample makes them equal");
            var plan = options.Plan(parsed, settings, interval);
            var (backtest, traders) = plan.BeginSeveral(symbols, symbol => options.Detail(parsed, symbol, interval));
            var from = options.From(parsed)?.ToUnixTimeSeconds() ?? long.MinValue;
            await BacktestCommand.ShownAsync(() => Play(sources, traders, plan, backtest, from, cancellation),
                () => sources.Average(source => source.FractionRead), () => backtest.Bars);
            if (backtest.Bars == 0)
                throw cancellation.IsCancellationRequested
                    ? new BacktestException("it was stopped before the first bar", Interruption.ExitCode)
                    : new BacktestException("the data hold no bar in the period");
            var (result, parts) = backtest.Result(partial: cancellation.IsCancellationRequested);
            var command = BacktestFiles.CommandLine(parsed);
            return new(plan, result, traders[0], 0, sources[0].Notes, [], command)
            {
                Symbols = [.. parts.Select((part, at) => new BacktestDone(plan, part, traders[at], 0, sources[at].Notes, [], command))],
            };
        }
        finally
        {
            sources.ForEach(source => source.Dispose());
        }
    }

    private static string Length(ICandleSource source) => BacktestSummary.Interval(source.IntervalSeconds);

    private static void Play(List<ICandleSource> sources, IReadOnlyList<PipelineTrader> traders, BacktestPlan plan,
        SymbolsBacktest backtest, long from, CancellationToken cancellation)
    {
        var next = new List<IEnumerator<Candle>?>();
        for (var symbol = 0; symbol < sources.Count; symbol++)
            next.Add(WarmedUp(sources[symbol].All().GetEnumerator(), traders[symbol], plan, from));
        var together = new (int Symbol, Candle Bar)[sources.Count];
        while (!cancellation.IsCancellationRequested && next.Any(bars => bars is not null))
        {
            var (opens, count) = (next.Min(bars => bars?.Current.OpenTimeUnixSeconds ?? long.MaxValue), 0);
            for (var symbol = 0; symbol < next.Count; symbol++)
            {
                if (next[symbol] is not { } bars || bars.Current.OpenTimeUnixSeconds != opens)
                    continue;
                together[count++] = (symbol, bars.Current);
                if (!bars.MoveNext())
                    next[symbol] = null;
            }
            backtest.Add(together.AsSpan(0, count));
        }
    }

    // Stands on the first bar of the period; null where there is none. Bars from before it are only looked at.
    private static IEnumerator<Candle>? WarmedUp(IEnumerator<Candle> bars, PipelineTrader trader, BacktestPlan plan, long from)
    {
        var (earlier, most) = (new Queue<Candle>(), plan.WarmUpBars);
        var has = bars.MoveNext();
        for (; has && bars.Current.OpenTimeUnixSeconds < from; has = bars.MoveNext())
        {
            if (earlier.Count == most)
                earlier.Dequeue();
            earlier.Enqueue(bars.Current);
        }
        ResearchData.Show(trader, earlier.ToArray(), plan.IntervalSeconds);
        return has ? bars : null;
    }
}
