using System.Globalization;
using System.Net;
using System.Text;
using Trading.Contracts;
using Trading.MarketData;
using Trading.Research.Backtests;
using static Trading.Cli.Shared.Words;

namespace Trading.Cli.Backtests;

/// <summary>Parts of the report that look closer: falls, rolling figures, the position, and what closed trades have in common.</summary>
internal static class ReportSections
{
    private const int WorstFalls = 10, ExtremeTrades = 5, RollingDays = 90;

    /// <summary>The deepest falls with their dates.</summary>
    public static void Drawdowns(StringBuilder html, BacktestResult result)
    {
        var falls = Drawdown.Worst(result, WorstFalls);
        if (falls.Count == 0)
            return;
        html.Append("<section><h2>Worst drawdowns</h2><div class=scroll><table class=list><tr><th>depth</th><th>peak</th><th>trough</th>")
            .Append("<th>recovered</th><th>down</th><th>up again</th></tr>");
        foreach (var fall in falls)
        {
            html.Append(Text($"<tr><th class=bad>{fall.Depth * 100:0.00} %</th><td>{Day(fall.PeakAt)}</td><td>{Day(fall.TroughAt)}</td>"))
                .Append(Text($"<td>{(fall.RecoveredAt is { } at ? Day(at) : "not yet")}</td><td>{Days(fall.TroughAt - fall.PeakAt)}</td>"))
                .Append(Text($"<td>{(fall.RecoveredAt is { } up ? Days(up - fall.TroughAt) : "–")}</td></tr>"));
        }
        html.Append("</table></div><p class=note>Of daily closes (UTC).</p></section>");
    }

    /// <summary>Sharpe ratio and volatility of the last days, day by day.</summary>
    public static void Rolling(StringBuilder html, BacktestResult result)
    {
        var returns = result.DailyReturns();
        if (returns.Count <= RollingDays)
            return;
        var (times, sharpe, volatility) = (new List<double>(), new List<double>(), new List<double>());
        var first = result.Days[0].AtUnixSeconds;
        for (var end = RollingDays; end <= returns.Count; end++)
        {
            var part = BacktestResult.PerformanceOf([.. returns.Skip(end - RollingDays).Take(RollingDays)], 0, result.Rules.DaysPerYear);
            times.Add(first + (end - 1) * 86_400.0);
            sharpe.Add(double.IsFinite(part.Sharpe) ? part.Sharpe : 0);
            volatility.Add(double.IsFinite(part.AnnualVolatility) ? part.AnnualVolatility * 100 : 0);
        }
        html.Append(SvgChart.Lines(Text($"Sharpe ratio of the last {RollingDays} days"), "", times, [new("Sharpe", "a", sharpe)]));
        html.Append(SvgChart.Lines(
            Text($"Annual volatility of the last {RollingDays} days"), "%", times, [new("volatility", "c", volatility)]));
    }

    /// <summary>What was held, over time.</summary>
    public static void Position(StringBuilder html, BacktestResult result)
    {
        var fills = result.Fills.Where(fill => fill.Execution.Quantity > 0).ToList();
        if (fills.Count == 0)
            return;
        var (times, held, quantity) = (new List<double> { result.First.AtUnixSeconds }, new List<double> { 0 }, 0m);
        foreach (var fill in fills)
        {
            // A step: what was held until then, and what is held from then on.
            times.Add(fill.AtUnixSeconds);
            held.Add((double)quantity);
            quantity += fill.Side == TradeAction.Buy ? fill.Execution.Quantity : -fill.Execution.Quantity;
            times.Add(fill.AtUnixSeconds);
            held.Add((double)quantity);
        }
        times.Add(result.Last.AtUnixSeconds);
        held.Add((double)quantity);
        html.Append(SvgChart.Lines("Position", "units held", times, [new("held", "a", held)], area: true));
    }

    /// <summary>Closed trades by why, by the month of the year and the hour in which they were closed; the best and the worst.</summary>
    public static void Groups(StringBuilder html, BacktestResult result)
    {
        if (result.Trades.Count == 0)
            return;
        html.Append("<section><h2>Closed trades in groups</h2><div class=groups>");
        Group(html, "why", result.Trades.GroupBy(trade => trade.Exit?.ToString() ?? "signal")
            .OrderBy(group => group.Key, StringComparer.Ordinal));
        Group(html, "month", result.Trades.GroupBy(trade => At(trade.ExitedAtUnixSeconds).Month).OrderBy(group => group.Key)
            .Select(group => Named(group, CultureInfo.InvariantCulture.DateTimeFormat.GetAbbreviatedMonthName(group.Key))));
        Group(html, "hour (UTC)", result.Trades.GroupBy(trade => At(trade.ExitedAtUnixSeconds).Hour).OrderBy(group => group.Key)
            .Select(group => Named(group, Text($"{group.Key:00}"))));
        var sorted = result.Trades.OrderByDescending(trade => trade.ProfitUsd).ToList();
        Extremes(html, "best trades", sorted.Take(ExtremeTrades).Where(trade => trade.ProfitUsd > 0));
        Extremes(html, "worst trades", sorted.AsEnumerable().Reverse().Take(ExtremeTrades).Where(trade => trade.ProfitUsd < 0));
        html.Append("</div></section>");
    }

    private static void Group(StringBuilder html, string name, IEnumerable<IGrouping<string, BacktestTrade>> groups)
    {
        html.Append(Text($"<table class=list><tr><th>{name}</th><th>trades</th><th>won</th><th>profit USD</th></tr>"));
        foreach (var group in groups)
        {
            var profit = group.Sum(trade => trade.ProfitUsd);
            html.Append(Text($"<tr><th>{WebUtility.HtmlEncode(group.Key)}</th><td>{group.Count():N0}</td>"))
                .Append(Text($"<td>{100.0 * group.Count(trade => trade.ProfitUsd > 0) / group.Count():0} %</td>"))
                .Append(Text($"<td class={(profit >= 0 ? "good" : "bad")}>{profit:+#,0.00;-#,0.00;0}</td></tr>"));
        }
        html.Append("</table>");
    }

    private static void Extremes(StringBuilder html, string name, IEnumerable<BacktestTrade> trades)
    {
        html.Append(Text($"<table class=list><tr><th>{name}</th><th>held</th><th>%</th><th>profit USD</th></tr>"));
        foreach (var trade in trades)
        {
            html.Append(Text($"<tr><th>{Minute(trade.EnteredAtUnixSeconds)}</th>"))
                .Append(Text($"<td>{DataNotes.Words(trade.ExitedAtUnixSeconds - trade.EnteredAtUnixSeconds)}</td>"))
                .Append(Text($"<td>{trade.Return * 100:+0.00;-0.00;0}</td><td>{trade.ProfitUsd:+#,0.00;-#,0.00;0}</td></tr>"));
        }
        html.Append("</table>");
    }

    private static IGrouping<string, BacktestTrade> Named<T>(IGrouping<T, BacktestTrade> group, string name) =>
        group.GroupBy(_ => name).Single();

    private static DateTimeOffset At(long unixSeconds) => DateTimeOffset.FromUnixTimeSeconds(unixSeconds);

    private static string Days(long seconds) => Text($"{seconds / 86_400.0:0.#} days");
}
