using Spectre.Console;
using Trading.Contracts;
using Trading.Core;
using Trading.Research.Backtests;
using static Trading.Cli.Shared.Words;

namespace Trading.Cli.Backtests;

/// <summary>The result on a terminal.</summary>
public static class BacktestSummary
{
    private const int SparkWidth = 60;
    private const int Frame = 7, LongestName = 40;
    private const string Absent = "–";
    private const string Sparks = "▁▂▃▄▅▆▇█";

    /// <summary>Prints the result.</summary>
    public static void Print(BacktestDone done, IAnsiConsole console)
    {
        var result = done.Result;
        var table = new Table().Border(TableBorder.Rounded).HideHeaders().AddColumns("", "");
        void Row(string name, string value) => table.AddRow(new Text(name), new Text(value));

        Row("strategy",
            $"{result.Strategy}{(done.Plan.Size is { } size ? Text($", {size} a trade, by itself") : ", within the account's limits")}");
        Row("data", Text(
            $"{result.Rules.Symbol}, {result.Bars:N0} bars of {Interval(result.Rules.IntervalSeconds)}, ")
            + Text($"{Minute(result.First.AtUnixSeconds)} to {Minute(result.Last.AtUnixSeconds)} UTC")
            + (result.Partial ? " (PARTIAL: stopped before the end)" : ""));
        Row("fills", result.Rules.Timing == FillTiming.NextBar
            ? Text($"in the next bar, {result.Rules.Costs.LatencyMilliseconds} ms after the decision") : "at the close of the decision");
        Row("equity", Text($"{result.Rules.CashUsd:N2} to {result.EquityUsd:N2} USD"));
        var figures = BacktestFigures.Of(done);
        Row("", Spark(result.Curve.Select(point => (double)point.EquityUsd).ToList(),
            Math.Max(10, console.Profile.Width - figures.Max(figure => Math.Min(figure.Name.Length, LongestName)) - Frame)));
        var ended = string.Join(", ", result.Outcomes.OrderBy(entry => entry.Key)
            .Select(entry => Text($"{entry.Value:N0} {Words(entry.Key)}")));
        Row("orders", ended.Length > 0 ? ended : "not one was asked for");
        if (Unfilled(done) is { Length: > 0 } unfilled)
            Row("not filled", unfilled);
        if (done.Refusals is { Count: > 0 } refusals)
            Row("refused", string.Join(", ", refusals.Select(entry => Text($"{entry.Value:N0} by {RuleNames.Of(entry.Key)}"))));
        if (LatchedText(done) is { } latched)
            Row("stopped", latched);
        foreach (var part in done.Parts.Where(part => part.Result.Quantity != 0))
            Row("open", (done.Symbols.Count > 0 ? $"{part.Result.Rules.Symbol} " : "") + Text($"{part.Result.Quantity} worth ")
                + Text($"{part.Result.Quantity * part.Result.Last.Price:N2} USD at the last close; nothing is closed at the end"));
        if (done.HitRate is { Signals: > 0 } rate)
            Row("hit rate", Text($"technical: {rate.Share * 100:0.0} % of {rate.Signals:N0} directional predictions"));
        // Without a trade most figures have nothing to say.
        foreach (var figure in figures.Where(figure => ended.Length > 0 || figure.Text != Absent))
            Row(figure.Name, figure.Text);
        Row("took", Text($"{done.Seconds:0.00} s, {result.Bars / done.Seconds:N0} bars/s, reading included"));
        console.Write(table);
        SymbolFigures.Print(done, console);
        if (done.Plan.Warning is { } warning)
            Console.Error.WriteLine($"warning: {warning}");
        foreach (var line in SymbolFigures.Notes(done))
            Console.Error.WriteLine(line);
    }

    /// <summary>Why orders were not filled, or not whole, most frequent first; empty where all were.</summary>
    public static string Unfilled(BacktestDone done) => string.Join(", ", done.Result.Reasons
        .OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key)
        .Select(entry => $"{Count(entry.Value, entry.Key.Side == TradeAction.Buy ? "purchase" : "sale")}: "
            + Words(entry.Key.Reason, entry.Key.Side == TradeAction.Buy && done.Plan.Size is not null)));

    /// <summary>Where a limit ended all buying, for people; null where none did.</summary>
    public static string? LatchedText(BacktestDone done) => done.Latched is { } latched
        ? Text(
            $"{Minute(latched.At.ToUnixTimeSeconds())} UTC by {RuleNames.Of(latched.Rule)} ({latched.Observed:0.####} of at most ")
            + Text($"{latched.Limit:0.####}): ") + "no more purchases to the end of the backtest; live, an operator could resume trading"
        : null;

    /// <summary>A series as a line of blocks.</summary>
    /// <param name="values">The series.</param>
    /// <param name="most">Most blocks.</param>
    public static string Spark(IReadOnlyList<double> values, int most = SparkWidth)
    {
        if (values.Count == 0)
            return "";
        var (lowest, highest) = (values.Min(), values.Max());
        var width = Math.Min(Math.Min(SparkWidth, most), values.Count);
        return string.Concat(Enumerable.Range(0, width).Select(at =>
        {
            var value = values[(int)((long)at * (values.Count - 1) / Math.Max(1, width - 1))];
            return Sparks[highest > lowest ? (int)((value - lowest) / (highest - lowest) * (Sparks.Length - 1) + 0.5) : 0];
        }));
    }

    /// <summary>An interval as people say it.</summary>
    public static string Interval(int seconds) => seconds switch
    {
        _ when seconds % 86_400 == 0 => $"{seconds / 86_400} d",
        _ when seconds % 3600 == 0 => $"{seconds / 3600} h",
        _ when seconds % 60 == 0 => $"{seconds / 60} min",
        _ => $"{seconds} s",
    };

    private static string Words(PaperReason reason, bool cashOfRule) => reason switch
    {
        PaperReason.BeyondWorstPrice when cashOfRule => "not enough cash",
        PaperReason.BeyondWorstPrice => "the price went beyond the worst one allowed",
        PaperReason.LimitNotReached => "the market did not reach the limit",
        PaperReason.StopNotReached => "the market did not reach the stop",
        PaperReason.Volume => "the bar traded too little",
        PaperReason.PartByChance => "filled in part by chance (PaperPartialFillRate)",
        _ => "refused by chance (PaperRejectionRate)",
    };

    private static string Words(TradeOutcome outcome) => outcome switch
    {
        TradeOutcome.Filled => "filled",
        TradeOutcome.PartiallyFilled => "filled in part",
        TradeOutcome.Rejected => "rejected",
        TradeOutcome.Cancelled => "cancelled",
        _ => "expired",
    };
}
