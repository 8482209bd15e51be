using System.Net;
using System.Text;
using Trading.Contracts;
using Trading.Hosting.Settings;
using Trading.Research.Backtests;
using static Trading.Cli.Shared.Words;

namespace Trading.Cli.Backtests;

/// <summary>The result as one HTML file that needs nothing else: for a screen, a phone, and paper.</summary>
public static class BacktestReport
{
    private const int MostTrades = 200;
    private const int MostMarks = 300;

    /// <summary>The file.</summary>
    public static string Html(BacktestDone done)
    {
        var result = done.Result;
        var html = new StringBuilder();
        html.Append(Head.Replace("{title}", Encode($"Backtest: {result.Strategy} on {result.Rules.Symbol}"), StringComparison.Ordinal));
        html.Append(Text($"<header><h1>{Encode(result.Strategy)} <small>on {Encode(result.Rules.Symbol)}</small></h1>"))
            .Append(Text($"<p>{Day(result.First.AtUnixSeconds)} to {Day(result.Last.AtUnixSeconds)} UTC · {result.Bars:N0} bars of ")
                + Text($"{BacktestSummary.Interval(result.Rules.IntervalSeconds)} · "))
            .Append(Encode(done.Plan.Size is { } size ? Text($"{size} a trade, by itself") : "within the account's limits"))
            .Append(result.Rules.Timing == FillTiming.NextBar
                ? Text($" · filled in the next bar after {result.Rules.Costs.LatencyMilliseconds} ms")
                : " · filled at the close of the decision").Append("</p>");
        if (result.Partial)
            html.Append("<p class=warn>Partial: it was stopped before the data ended.</p>");
        if (done.Plan.Warning is { } warning)
            html.Append("<p class=warn>").Append(Encode(warning)).Append("</p>");
        if (BacktestSummary.LatchedText(done) is { } latched)
            html.Append("<p class=warn>Stopped on ").Append(Encode(latched)).Append(".</p>");
        html.Append("</header>");
        Tiles(html, done);
        // A trade has the price of its own symbol: several symbols have a chart each.
        var several = done.Symbols.Count > 0;
        ReportCharts.Add(html, several ? result with { Trades = [] } : result);
        html.Append("<div class=static>");
        Charts(html, result);
        if (!several)
            PriceChart(html, result, "Price");
        html.Append("</div>");
        if (several)
            SymbolSections.Add(html, done);
        else
            ReportSections.Position(html, result);
        ReportSections.Drawdowns(html, result);
        ReportSections.Rolling(html, result);
        Months(html, result);
        Histogram(html, result);
        ReportSections.Groups(html, result);
        Figures(html, done);
        Trades(html, result);
        Origin(html, done);
        return html.Append(Tips).Append(ReportCharts.Script()).Append("</body></html>").ToString();
    }

    private static void Tiles(StringBuilder html, BacktestDone done)
    {
        html.Append("<section class=tiles>");
        string[] keys = ["totalReturn", "heldReturn", "annualReturn", "sharpe", "maxDrawdown", "winRate", "trades", "feesUsd"];
        var figures = BacktestFigures.Of(done).ToDictionary(figure => figure.Key);
        foreach (var figure in keys.Select(key => figures[key]))
        {
            var sign = figure.Key is "totalReturn" or "annualReturn" && double.IsFinite(figure.Value)
                ? figure.Value < 0 ? " class=bad" : " class=good" : "";
            html.Append(Text($"<div><b{sign}>{Encode(figure.Text)}</b><span>{Encode(figure.Name)}</span></div>"));
        }
        html.Append("</section>");
    }

    private static void Charts(StringBuilder html, BacktestResult result)
    {
        // The curve has a few thousand points at most; the deepest fall is shown to its end all the same.
        var curve = result.Curve.Concat(result.Deepest).OrderBy(point => point.AtUnixSeconds).Distinct().ToList();
        var times = curve.Select(point => (double)point.AtUnixSeconds).ToList();
        var equity = curve.Select(point => (double)point.EquityUsd).ToList();
        var held = curve.Select(point => (double)(result.Rules.CashUsd * point.Price / result.First.Price)).ToList();
        html.Append(SvgChart.Lines("Equity", "USD", times, [new("equity", "a", equity), new("buy and hold", "b", held)]));

        var (peak, drawdown) = (double.MinValue, new List<double>(equity.Count));
        foreach (var value in equity)
        {
            peak = Math.Max(peak, value);
            drawdown.Add(peak > 0 ? (value / peak - 1) * 100 : 0);
        }
        html.Append(SvgChart.Lines("Drawdown", "%", times, [new("below the highest close so far", "c", drawdown)], area: true));
    }

    /// <summary>The price with entries and exits.</summary>
    internal static void PriceChart(StringBuilder html, BacktestResult result, string name)
    {
        // Too many marks would hide the price: then every so many of them are shown.
        var fills = result.Fills.Where(fill => fill.Execution.Quantity > 0).ToList();
        var every = Math.Max(1, (fills.Count + MostMarks - 1) / MostMarks);
        var marks = fills.Where((_, at) => at % every == 0)
            .Select(fill => new ChartMark(fill.AtUnixSeconds, (double)fill.Execution.Price, fill.Side == TradeAction.Buy)).ToList();
        html.Append(SvgChart.Lines(
            every == 1 ? $"{name} with entries and exits" : Text($"{name} with entries and exits (every {every}th order is shown)"),
            "USD", result.Curve.Select(point => (double)point.AtUnixSeconds).ToList(),
            [new("price", "b", result.Curve.Select(point => (double)point.Price).ToList())], marks: marks));
    }

    private static void Months(StringBuilder html, BacktestResult result)
    {
        var months = MonthResult.Of(result);
        if (months.Count == 0)
            return;
        var largest = Math.Max(1e-9, months.Max(month => Math.Abs(month.Return)));
        html.Append("<section><h2>Return by month</h2><div class=scroll><table class=heat><tr><th></th>");
        foreach (var name in "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".Split(' '))
            html.Append("<th>").Append(name).Append("</th>");
        html.Append("<th>Year</th><th>Held</th></tr>");
        foreach (var year in months.GroupBy(month => month.Year))
        {
            html.Append(Text($"<tr><th>{year.Key}</th>"));
            for (var number = 1; number <= 12; number++)
            {
                if (year.FirstOrDefault(month => month.Month == number) is not { } month)
                    html.Append("<td></td>");
                else
                    html.Append(Text($"<td style=\"background:{Shade(month.Return / largest)}\" title=\"{month.Trades} trades, ")
                        + Text($"held {month.Held * 100:0.00} %\">{month.Return * 100:0.00}</td>"));
            }
            html.Append(Text($"<td class=sum>{Compound(year.Select(month => month.Return)):0.00}</td><td ")
                + Text($"class=sum>{Compound(year.Select(month => month.Held)):0.00}</td></tr>"));
        }
        html.Append("</table></div><p class=note>In percent; the colour is strongest at the largest month.</p></section>");
    }

    private static void Histogram(StringBuilder html, BacktestResult result)
    {
        if (result.Trades.Count < 2)
            return;
        html.Append(SvgChart.Histogram("Results of the closed trades", "% of what the trade had cost, after fees",
            result.Trades.Select(trade => trade.Return * 100).ToList()));
    }

    private static void Figures(StringBuilder html, BacktestDone done)
    {
        html.Append("<section><h2>Figures</h2><div class=scroll><table class=list><tr><th></th><th>strategy</th>")
            .Append("<th>buy and hold</th></tr>");
        foreach (var figure in BacktestFigures.Of(done))
            html.Append(Text($"<tr><th>{Encode(figure.Name)}</th><td>{Encode(figure.Text)}</td><td>{Encode(figure.HeldText)}</td></tr>"));
        html.Append("</table></div><div class=figures>");
        foreach (var (outcome, count) in done.Result.Outcomes.OrderBy(entry => entry.Key))
            html.Append(Text($"<div><span>orders: {outcome}</span><b>{count:N0}</b></div>"));
        if (done.HitRate is { Signals: > 0 } rate)
            html.Append(
                Text($"<div><span>hit rate of the technical model</span><b>{rate.Share * 100:0.0} % of {rate.Signals:N0}</b></div>"));
        foreach (var (rule, count) in done.Refusals ?? new Dictionary<RiskRule, int>())
            html.Append(Text($"<div><span>refused by {rule}</span><b>{count:N0}</b></div>"));
        html.Append("</div></section>");
    }

    private static void Trades(StringBuilder html, BacktestResult result)
    {
        if (result.Trades.Count == 0)
            return;
        html.Append(Text(
            $"<section><h2>{(result.Trades.Count > MostTrades ? "Last closed trades" : "Closed trades")} of {result.Trades.Count:N0}")
            + "</h2><details><summary>show</summary><div class=scroll><table class=list id=trades>")
            .Append("<tr><th>entered</th><th>left</th><th>quantity</th><th>entry</th><th>exit</th><th>fees</th><th>profit "
                + "USD</th><th>why</th></tr>");
        foreach (var trade in result.Trades.TakeLast(MostTrades))
        {
            html.Append(Text($"<tr><td>{Minute(trade.EnteredAtUnixSeconds)}</td><td>{Minute(trade.ExitedAtUnixSeconds)}</td><td>")
                + Text($"{trade.Quantity:0.########}</td><td>{trade.EntryPrice:N2}</td><td>{trade.ExitPrice:N2}</td>"))
                .Append(Text($"<td>{trade.FeesUsd:0.0000}</td><td class={(trade.ProfitUsd > 0 ? "good" : "bad")}>")
                    + Text($"{trade.ProfitUsd:+0.0000;-0.0000;0}</td><td>{trade.Exit?.ToString() ?? "signal"}</td></tr>"));
        }
        html.Append("</table></div></details></section>");
    }

    private static void Origin(StringBuilder html, BacktestDone done)
    {
        MadeFrom(html, done.CommandLine, done.Files);
        foreach (var line in SymbolFigures.Notes(done))
            html.Append("<p class=note>").Append(Encode(line)).Append("</p>");
        html.Append("<details><summary>Settings</summary><pre>");
        foreach (var line in SettingsReader.Lines(done.Plan.Settings))
            html.Append(Encode(line)).Append('\n');
        html.Append("</pre></details>").Append(Caution);
    }

    /// <summary>The begin of the section that says how the report can be made again; <see cref="Caution"/> ends it.</summary>
    internal static void MadeFrom(StringBuilder html, string command, IReadOnlyList<(string Path, string Sha256)> files)
    {
        html.Append("<section><h2>Made from</h2><p class=note>The command:</p><pre>").Append(Encode(command)).Append("</pre>");
        if (files.Count == 0)
            return;
        html.Append("<p class=note>The data (SHA-256):</p><pre>");
        foreach (var (path, hash) in files)
            html.Append(Encode($"{hash}  {path}\n"));
        html.Append("</pre>");
    }

    /// <summary>The end of that section.</summary>
    internal const string Caution = "<p class=note>Past results say little about future ones.</p></section>";

    private static double Compound(IEnumerable<double> returns) =>
        (returns.Aggregate(1.0, (wealth, gain) => wealth * (1 + gain)) - 1) * 100;

    private static string Shade(double share) => share >= 0
        ? Text($"rgba(22,140,90,{0.08 + 0.6 * Math.Min(1, share):0.00})")
        : Text($"rgba(200,50,50,{0.08 + 0.6 * Math.Min(1, -share):0.00})");

    private static string Encode(string text) => WebUtility.HtmlEncode(text);

    internal static string Head { get; } = $$"""
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
        <title>{title}</title>
        <style>
        {{ReportCharts.Resource(typeof(BacktestReport), "report.css")}}</style>
        <script>document.documentElement.classList.add('js')</script></head><body><main>
        """;

    internal const string Tail = Tips + "</body></html>";

    internal const string Tips = """
        </main><script>
        for(const plot of document.querySelectorAll('.plot[data-t]')){
          const t=JSON.parse(plot.dataset.t),s=JSON.parse(plot.dataset.s);
          const tip=document.createElement('div'),text=document.createElement('span');
          tip.className='tip';tip.append(text);plot.append(tip);
          const show=e=>{const r=plot.getBoundingClientRect(),f=Math.min(1,Math.max(0,(e.clientX-r.left)/r.width));
            const at=t[0]+f*(t[t.length-1]-t[0]);
            let lo=0,hi=t.length-1;while(lo<hi){const m=(lo+hi)>>1;t[m]<at?lo=m+1:hi=m}
            tip.style.display='block';tip.style.left=f*100+'%';tip.classList.toggle('left',f>.5);
            text.textContent=new Date(t[lo]*1000).toISOString().slice(0,16).replace('T',' ')+'  '
              +s.map(x=>x.n+' '+x.v[lo].toLocaleString('en',{maximumFractionDigits:2})).join('  ')};
          plot.addEventListener('pointermove',show);plot.addEventListener('pointerdown',show);
          plot.addEventListener('pointerleave',()=>tip.style.display='none');
        }
        addEventListener('beforeprint',()=>document.querySelectorAll('details').forEach(d=>d.open=true));
        </script>
        """;
}
