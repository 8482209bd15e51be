using System.Globalization;
using Spectre.Console;
using Trading.Contracts;
using Trading.Core;

namespace Trading.Cli.Backtests;

/// <summary>The result on a terminal.</summary>
public static class BacktestSummary
{
    private const int SparkWidth = 60;
    private const string Sparks = "▁▂▃▄▅▆▇█";

    /// <summary>Prints the result.</summary>
    public static void Print(BacktestDone done, IAnsiConsole console)
    {
        var result = done.Result;
        var table = new Table().Border(TableBorder.Rounded).HideHeaders().AddColumns("", "");
        void Row(string name, string value) => table.AddRow(new Text(name), new Text(value));

        Row("strategy", $"{result.Strategy}{(done.Plan.Quantity is { } quantity ? Text($", {quantity} a trade, by itself") : ", within the account's limits")}");
        Row("data", Text($"{result.Rules.Symbol}, {result.Bars:N0} bars of {Interval(result.Rules.IntervalSeconds)}, {Day(result.First.AtUnixSeconds)} to {Day(result.Last.AtUnixSeconds)} UTC{(result.Partial ? " (PARTIAL: stopped before the end)" : "")}"));
        Row("fills", result.Rules.Timing == FillTiming.NextBar ? Text($"in the next bar, {result.Rules.Costs.LatencyMilliseconds} ms after the decision") : "at the close of the decision");
        Row("equity", Text($"{result.Rules.CashUsd:N2} to {result.EquityUsd:N2} USD"));
        Row("", Spark(result.Curve.Select(point => (double)point.EquityUsd).ToList()));
        Row("orders", Text($"{result.Outcomes.Values.Sum():N0}: {string.Join(", ", result.Outcomes.OrderBy(entry => entry.Key).Select(entry => Text($"{entry.Value:N0} {Words(entry.Key)}")))}"));
        if (done.Trader is PipelineTrader { Refusals.Count: > 0 } trader)
            Row("refused", string.Join(", ", trader.Refusals.OrderByDescending(entry => entry.Value).Select(entry => Text($"{entry.Value:N0} by {entry.Key}"))));
        if (LatchedText(done) is { } latched)
            Row("stopped", latched);
        if (result.Quantity != 0)
            Row("open", Text($"{result.Quantity} worth {result.Quantity * result.Last.Price:N2} USD at the last close; nothing is closed at the end"));
        if (done.Trader is PipelineTrader { HitRate: { Signals: > 0 } rate })
            Row("hit rate", Text($"technical: {rate.Share * 100:0.0} % of {rate.Signals:N0} directional predictions"));
        foreach (var figure in BacktestFigures.Of(done))
            Row(figure.Name, figure.Text);
        Row("took", Text($"{done.Seconds:0.00} s, {result.Bars / done.Seconds:N0} bars/s, reading included"));
        console.Write(table);
        if (done.Plan.Warning is { } warning)
            Console.Error.WriteLine($"warning: {warning}");
        if (done.RefusedRows > 0)
            Console.Error.WriteLine(Text($"{done.RefusedRows:N0} rows of the data could not be used"));
    }

    /// <summary>Where a limit ended all buying, for people; null where none did.</summary>
    public static string? LatchedText(BacktestDone done) => (done.Trader as PipelineTrader)?.Latched is { } latched
        ? Text($"{Day(latched.At.ToUnixTimeSeconds())} UTC by {latched.Rule} ({latched.Observed:0.####} of at most {latched.Limit:0.####}): nothing is bought any more until an operator resumes trading, which nobody does in a backtest")
        : null;

    /// <summary>A series as a line of blocks.</summary>
    public static string Spark(IReadOnlyList<double> values)
    {
        if (values.Count == 0)
            return "";
        var (lowest, highest) = (values.Min(), values.Max());
        var width = Math.Min(SparkWidth, values.Count);
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

    private static string Words(TradeOutcome outcome) => outcome switch
    {
        TradeOutcome.Filled => "filled",
        TradeOutcome.PartiallyFilled => "filled in part",
        TradeOutcome.Rejected => "rejected",
        TradeOutcome.Cancelled => "cancelled",
        _ => "expired",
    };

    private static string Day(long unixSeconds) => DateTimeOffset.FromUnixTimeSeconds(unixSeconds).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
