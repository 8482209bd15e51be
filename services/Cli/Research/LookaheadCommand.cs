using System.CommandLine;
using System.Globalization;
using Trading.Cli.Audit;
using Trading.Cli.Backtests;
using Trading.Contracts;
using Trading.Core;
using Trading.Core.Research;
using static Trading.Cli.Research.Wording;

namespace Trading.Cli.Research;

/// <summary>
/// Looks whether decisions rest on what was not known yet, or on more of the past than the strategy says: a decision on a history that was cut off must be the one on the whole of it.
/// </summary>
public static class LookaheadCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new ResearchOptions();
        var cuts = new Option<int>("--cuts") { Description = "instants at which the history is cut off", HelpName = "number", DefaultValueFactory = _ => 100 };
        var command = new Command(
            "lookahead-check",
            "Cuts the history off at instants drawn at random: orders up to there must be the same as with the whole of it, and a strategy that has seen no more than the bars that it asks for must give the same signal.\n"
            + "Example: trading lookahead-check --data btcusdt_1m_2024.csv.gz --strategy breakout --cuts 200") { cuts };
        options.AddTo(command);
        command.SetAction((parsed, cancellation) => BacktestOptions.GuardAsync(async () =>
        {
            var count = parsed.GetValue(cuts);
            if (count is < 1 or > 100_000)
                throw new BacktestException($"--cuts must be from 1 to 100000, was {count}");
            var data = await options.LoadAsync(parsed, cancellation);
            var random = new SeededRandom(parsed.GetValue(options.Seed));
            var drawn = new HashSet<int>();
            while (drawn.Count < Math.Min(count, data.Candles.Length))
                drawn.Add((int)random.NextIndex(data.Candles.Length) + 1);
            int[] places = [.. drawn.Order()];
            var found = await AuditProgress.RunAsync("cuts", places.Length, parsed.GetValue(options.Json), progress => Task.Run(() => Check(data, places, progress, cancellation), cancellation));
            if (parsed.GetValue(options.Json))
                AuditRun.Print(found);
            else
                Print(found);
            return found.Ahead.Count + found.Behind.Count == 0 ? 0 : AuditOptions.FoundWrong;
        }));
        return command;
    }

    /// <summary>A decision that is not the same.</summary>
    /// <param name="Cut">Where the history was cut off (UTC).</param>
    /// <param name="At">The decision (UTC).</param>
    /// <param name="Whole">With the whole history.</param>
    /// <param name="CutOff">With the part.</param>
    public sealed record Difference(string Cut, string At, string Whole, string CutOff);

    private sealed record Found(string Strategy, int Cuts, int Orders, int Bars, IReadOnlyList<Difference> Ahead, IReadOnlyList<Difference> Behind);

    private static Found Check(ResearchData data, int[] places, IProgress<long> progress, CancellationToken cancellation)
    {
        var whole = Wishes(data, data.Candles.Length);
        var signals = Signals(data, places);
        var ahead = new Difference?[places.Length];
        var behind = new Difference?[places.Length];
        var done = 0L;
        Parallel.For(0, places.Length, new() { CancellationToken = cancellation }, i =>
        {
            ahead[i] = Ahead(data, places[i], whole);
            behind[i] = Behind(data, places[i], signals[i]);
            progress.Report(Interlocked.Increment(ref done));
        });
        return new(data.Plan.NewStrategy().Name, places.Length, whole.Count, data.Plan.NewStrategy().Bars, [.. ahead.OfType<Difference>()], [.. behind.OfType<Difference>()]);
    }

    private static List<(long At, PaperOrder Order)> Wishes(ResearchData data, int bars)
    {
        var watched = new Watched(data.Plan.Begin().Trader);
        new Backtest(data.Plan.Rules(), watched).Add(data.Candles.AsSpan(0, bars));
        return watched.Wishes;
    }

    private static Difference? Ahead(ResearchData data, int cut, List<(long At, PaperOrder Order)> whole)
    {
        var part = Wishes(data, cut);
        var end = Close(data, cut);
        var expected = whole.TakeWhile(wish => wish.At <= end).ToList();
        for (var i = 0; i < Math.Max(part.Count, expected.Count); i++)
        {
            var (with, without) = (i < expected.Count ? expected[i] : default, i < part.Count ? part[i] : default);
            if (with != without)
                return new(Time(end), Time(i < expected.Count ? with.At : without.At), Text(with.Order), Text(without.Order));
        }
        return null;
    }

    private static Signal[] Signals(ResearchData data, int[] places)
    {
        var strategy = data.Plan.NewStrategy();
        var signals = new Signal[places.Length];
        var next = 0;
        for (var i = 0; i < data.Candles.Length && next < places.Length; i++)
        {
            var signal = strategy.OnBar(data.Candles[i]);
            if (i + 1 == places[next])
                signals[next++] = signal;
        }
        return signals;
    }

    private static Difference? Behind(ResearchData data, int cut, Signal whole)
    {
        var strategy = data.Plan.NewStrategy();
        var signal = default(Signal);
        foreach (var candle in data.Candles.AsSpan(0, cut)[Math.Max(0, cut - strategy.Bars)..])
            signal = strategy.OnBar(candle);
        return signal == whole ? null : new(Time(Close(data, cut)), Time(Close(data, cut)), Text(whole), Text(signal));
    }

    private static long Close(ResearchData data, int bars) => data.Candles[bars - 1].OpenTimeUnixSeconds + data.Plan.IntervalSeconds;

    private static void Print(Found found)
    {
        Line($"{found.Strategy}: {found.Orders:N0} orders on the whole history, cut off at {found.Cuts:N0} instants");
        Line(found.Ahead.Count == 0
            ? (FormattableString)$"no order up to a cut changes when what comes after it is taken away"
            : $"{found.Ahead.Count:N0} cuts change an order before them; the first at {found.Ahead[0].Cut}: {found.Ahead[0].Whole} at {found.Ahead[0].At} becomes {found.Ahead[0].CutOff}");
        Line(found.Behind.Count == 0
            ? (FormattableString)$"every signal follows from the last {found.Bars:N0} bars, as the strategy says"
            : $"{found.Behind.Count:N0} signals need more than the last {found.Bars:N0} bars; the first at {found.Behind[0].At}: {found.Behind[0].Whole}, and {found.Behind[0].CutOff} from these alone");
    }

    private static string Text(in PaperOrder order) =>
        order.Quantity == 0 ? "no order" : string.Create(CultureInfo.InvariantCulture, $"{order.Side.ToString().ToLowerInvariant()} {order.Quantity}");

    private static string Text(in Signal signal) =>
        signal.Action == TradeAction.Hold ? "hold" : string.Create(CultureInfo.InvariantCulture, $"{signal.Action.ToString().ToLowerInvariant()} with confidence {signal.Confidence:0.000}");
}
