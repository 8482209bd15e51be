using System.CommandLine;
using System.Globalization;
using Trading.Cli.Backtests;
using Trading.Cli.Shared;
using Trading.Contracts;
using Trading.Core;
using Trading.Core.Strategies;
using Trading.Research.Backtests;
using Trading.Research.Statistics;
using static Trading.Cli.Shared.Words;

namespace Trading.Cli.Research;

/// <summary>
/// Looks whether decisions rest on what was not known yet, or on more of the past than the strategy says: a decision on a history that was
/// cut off must be the one on the whole of it.
/// </summary>
public static class LookaheadCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var options = new ResearchOptions();
        var cuts = new Option<int>("--cuts")
        { Description = "instants at which the history is cut off", HelpName = "number", DefaultValueFactory = _ => 100 };
        var command = new Command(
            "lookahead-check",
            "Finds strategies that use what they could not know: cuts the data off at signals, orders and random instants. "
            + "Orders up to there must be the same as with all data, and a strategy that sees only the bars that it asks for "
            + "must give the same signal.\n"
            + "Example: trading lookahead-check --data btcusdt_1m_2024.csv.gz --strategy breakout --cuts 200") { cuts };
        options.AddTo(command);
        command.SetAction((parsed, cancellation) => BacktestOptions.GuardAsync(async () =>
        {
            var count = parsed.GetValue(cuts);
            if (count is < 1 or > 100_000)
                throw new BacktestException($"--cuts must be from 1 to 100000, was {count}");
            var data = await options.LoadAsync(parsed, cancellation);
            var random = new SeededRandom(parsed.GetValue(options.Seed));
            var found = await CommandProgress.RunAsync("cuts", Math.Min(count, data.Candles.Length), parsed.GetValue(options.Json),
                progress => Task.Run(() => Check(data, count, random, progress, cancellation), cancellation));
            if (parsed.GetValue(options.Json))
                JournalRun.Print(found);
            else
                Print(found);
            return found.Ahead.Count + found.Behind.Count == 0 ? 0 : JournalOptions.FoundWrong;
        }));
        return command;
    }

    /// <summary>A decision that is not the same.</summary>
    /// <param name="Cut">Where the history was cut off (UTC).</param>
    /// <param name="At">The decision (UTC).</param>
    /// <param name="Whole">With the whole history.</param>
    /// <param name="CutOff">With the part.</param>
    public sealed record Difference(string Cut, string At, string Whole, string CutOff);

    /// <summary>What the check found.</summary>
    /// <param name="Strategy">Its name.</param>
    /// <param name="Cuts">Instants at which the history was cut off.</param>
    /// <param name="Orders">Orders on the whole history.</param>
    /// <param name="OrdersCovered">Orders of which a cut follows at once.</param>
    /// <param name="Signals">Bars at which the signal changed to buy, to sell, or to another share.</param>
    /// <param name="SignalsCovered">Of these the ones at which a cut lies.</param>
    /// <param name="Bars">Bars that the strategy says that it needs.</param>
    /// <param name="Days">Daily closes that it says that it needs, in words; empty for none.</param>
    /// <param name="Ahead">Cuts that change an order before them.</param>
    /// <param name="Behind">Signals that need more bars than the strategy says.</param>
    public sealed record Found(
        string Strategy, int Cuts, int Orders, int OrdersCovered, int Signals, int SignalsCovered, int Bars, string Days,
        IReadOnlyList<Difference> Ahead, IReadOnlyList<Difference> Behind);

    /// <summary>Checks the strategy of a plan.</summary>
    /// <param name="data">Plan and history.</param>
    /// <param name="cuts">Most instants at which the history is cut off.</param>
    /// <param name="random">Chooses among them where there are more.</param>
    /// <param name="progress">Told how many are done.</param>
    /// <param name="cancellation">Ends it.</param>
    public static Found Check(
        ResearchData data, int cuts, SeededRandom random, IProgress<long> progress, CancellationToken cancellation)
    {
        var whole = Wishes(data, data.Candles.Length);
        var (said, held) = (Signals(data, default), Held(data));
        var changes = Enumerable.Range(0, said.Length)
            .Where(i => said[i] is { Action: not TradeAction.Hold } or { Target: not null }
                && (i == 0 || said[i - 1].Action != said[i].Action || said[i - 1].Target?.Share != said[i].Target?.Share))
            .Select(i => i + 1).ToList();
        // An order is placed at the close of the bar before the place; a cut right there, and one bar to each side of it.
        var orders = whole.Select(wish => data.Place(wish.At)).Where(place => place > 0).ToList();
        var places = Places(changes.Concat(orders).Distinct().ToList(), cuts, data.Candles.Length, random);
        var signals = places.Select(place => said[place - 1]).ToArray();
        var whenHeld = held is null ? null : Signals(data, held);
        var covered = places.ToHashSet();
        var ahead = new Difference?[places.Length];
        var behind = new Difference?[places.Length];
        var done = 0L;
        Parallel.For(0, places.Length, new() { CancellationToken = cancellation }, i =>
        {
            ahead[i] = Ahead(data, places[i], whole);
            behind[i] = Behind(data, places[i], signals[i], null)
                ?? (whenHeld is null ? null : Behind(data, places[i], whenHeld[places[i] - 1], held));
            progress.Report(Interlocked.Increment(ref done));
        });
        return new(data.Plan.NewStrategy().Name, places.Length, whole.Count, orders.Count(covered.Contains), changes.Count,
            changes.Count(covered.Contains), data.Plan.NewStrategy().Bars,
            data.Plan.NewStrategy().Days is > 0 and var days ? FormattableString.Invariant($" and {days} daily closes") : "",
            [.. ahead.OfType<Difference>()],
            [.. behind.OfType<Difference>()]);
    }

    // Signals and orders first, each with the bar before and the bar after it; what is left is drawn from all bars.
    private static int[] Places(List<int> interesting, int cuts, int bars, SeededRandom random)
    {
        var places = new HashSet<int>();
        for (var i = 0; i < interesting.Count && places.Count < cuts; i++)
        {
            var j = i + (int)random.NextIndex(interesting.Count - i);
            (interesting[i], interesting[j]) = (interesting[j], interesting[i]);
            places.Add(interesting[i]);
        }
        foreach (var place in interesting)
        {
            foreach (var near in (int[])[place - 1, place + 1])
            {
                if (places.Count < cuts && near >= 1 && near <= bars)
                    places.Add(near);
            }
        }
        while (places.Count < Math.Min(cuts, bars))
            places.Add((int)random.NextIndex(bars) + 1);
        return [.. places.Order()];
    }

    // A strategy that sees what it holds speaks otherwise when it holds something: it is asked both ways.
    private static StrategyPosition? Held(ResearchData data) => data.Plan.NewStrategy().SeesPosition
        ? new(1, data.Candles[data.Candles.Length / 2].Close, data.From) : null;

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
                return new(Minute(end), Minute(i < expected.Count ? with.At : without.At), Text(with.Order), Text(without.Order));
        }
        return null;
    }

    private static Signal[] Signals(ResearchData data, StrategyPosition? held)
    {
        var strategy = data.Plan.NewStrategy();
        var signals = new Signal[data.Candles.Length];
        for (var i = 0; i < signals.Length; i++)
            signals[i] = On(strategy, data.Candles[i], held);
        return signals;
    }

    private static Signal On(ITradingStrategy strategy, in Candle candle, StrategyPosition? held) =>
        held is { } position ? strategy.OnBar(candle, position) : strategy.OnBar(candle);

    private static Difference? Behind(ResearchData data, int cut, Signal whole, StrategyPosition? held)
    {
        var strategy = data.Plan.NewStrategy();
        var signal = default(Signal);
        var begin = Math.Max(0, cut - strategy.Bars);
        Remember(strategy, data.Candles.AsSpan(0, begin));
        foreach (var candle in data.Candles.AsSpan(begin, cut - begin))
            signal = On(strategy, candle, held);
        // A stop follows from averages whose last digits depend on where they began.
        var same = Math.Abs(signal.Stop - whole.Stop) <= Math.Abs(whole.Stop) * 1e-6m;
        return same && signal with { Stop = 0 } == whole with { Stop = 0 } ? null
            : new(Minute(Close(data, cut)), Minute(Close(data, cut)), Text(whole), Text(signal));
    }

    // As many daily closes as it asks for, and the day that had begun.
    private static void Remember(ITradingStrategy strategy, ReadOnlySpan<Candle> before)
    {
        if (strategy.Days == 0 || before.Length == 0)
            return;
        var first = DailyCloses.DayOf(before[^1]) - strategy.Days;
        for (var i = 0; i < before.Length; i++)
        {
            var day = DailyCloses.DayOf(before[i]);
            if (day >= first && (i + 1 == before.Length || DailyCloses.DayOf(before[i + 1]) > day))
                strategy.Remember(day, before[i].Close);
        }
    }

    private static long Close(ResearchData data, int bars) => data.Candles[bars - 1].OpenTimeUnixSeconds + data.Plan.IntervalSeconds;

    private static void Print(Found found)
    {
        Line($"{found.Strategy}: {found.Orders:N0} orders on the whole history, cut off at {found.Cuts:N0} instants; covered are ");
        Line($"{found.OrdersCovered:N0} of {found.Orders:N0} orders");
        Line($"{found.SignalsCovered:N0} of {found.Signals:N0} changes of the signal");
        Console.WriteLine(found.Ahead.Count == 0
            ? FormattableString.Invariant($"no order up to a cut changes when what comes after it is taken away")
            : FormattableString.Invariant($"{found.Ahead.Count:N0} cuts change an order before them; the first at {found.Ahead[0].Cut}: ")
                + FormattableString.Invariant($"{found.Ahead[0].Whole} at {found.Ahead[0].At} becomes {found.Ahead[0].CutOff}"));
        Console.WriteLine(found.Behind.Count == 0
            ? FormattableString.Invariant($"every signal follows from the last {found.Bars:N0} bars{found.Days}, as the strategy says")
            : FormattableString.Invariant($"{found.Behind.Count:N0} signals need more than the last {found.Bars:N0} bars{found.Days}; ")
                + FormattableString.Invariant($"the first at {found.Behind[0].At}: {found.Behind[0].Whole}, ")
                + FormattableString.Invariant($"and {found.Behind[0].CutOff} from these alone"));
    }

    private static string Text(in PaperOrder order) =>
        order.Quantity == 0
            ? "no order" : string.Create(CultureInfo.InvariantCulture, $"{order.Side.ToString().ToLowerInvariant()} {order.Quantity}");

    private static string Text(in Signal signal) =>
        signal.Target is { } target ? FormattableString.Invariant($"a share of {target.Share:0.0000}")
        : signal.Action == TradeAction.Hold ? "hold" : string.Create(CultureInfo.InvariantCulture,
            $"{signal.Action.ToString().ToLowerInvariant()} with confidence {signal.Confidence:0.000}");
}
