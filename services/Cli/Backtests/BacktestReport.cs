using System.Globalization;
using System.Net;
using System.Text;
using Trading.Contracts;
using Trading.Core;
using Trading.Hosting;

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
            .Append(Text($"<p>{Day(result.First.AtUnixSeconds)} to {Day(result.Last.AtUnixSeconds)} UTC · {result.Bars:N0} bars of {BacktestSummary.Interval(result.Rules.IntervalSeconds)} · "))
            .Append(Encode(done.Plan.Quantity is { } quantity ? Text($"{quantity} a trade, by itself") : "within the account's limits"))
            .Append(result.Rules.Timing == FillTiming.NextBar ? Text($" · filled in the next bar after {result.Rules.Costs.LatencyMilliseconds} ms") : " · filled at the close of the decision").Append("</p>");
        if (result.Partial)
            html.Append("<p class=warn>Partial: it was stopped before the data ended.</p>");
        if (done.Plan.Warning is { } warning)
            html.Append("<p class=warn>").Append(Encode(warning)).Append("</p>");
        if (BacktestSummary.LatchedText(done) is { } latched)
            html.Append("<p class=warn>Stopped on ").Append(Encode(latched)).Append(".</p>");
        html.Append("</header>");
        Tiles(html, done);
        Charts(html, result);
        Months(html, result);
        Histogram(html, result);
        Figures(html, done);
        Trades(html, result);
        Origin(html, done);
        return html.Append(Tail).ToString();
    }

    private static void Tiles(StringBuilder html, BacktestDone done)
    {
        html.Append("<section class=tiles>");
        string[] keys = ["totalReturn", "heldReturn", "annualReturn", "sharpe", "maxDrawdown", "winRate", "trades", "feesUsd"];
        var figures = BacktestFigures.Of(done).ToDictionary(figure => figure.Key);
        foreach (var figure in keys.Select(key => figures[key]))
        {
            var sign = figure.Key is "totalReturn" or "annualReturn" && double.IsFinite(figure.Value) ? figure.Value < 0 ? " class=bad" : " class=good" : "";
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
        html.Append(SvgChart.Lines("Equity alone", "USD", times, [new("equity", "a", equity)]));

        var (peak, drawdown) = (double.MinValue, new List<double>(equity.Count));
        foreach (var value in equity)
        {
            peak = Math.Max(peak, value);
            drawdown.Add(peak > 0 ? (value / peak - 1) * 100 : 0);
        }
        html.Append(SvgChart.Lines("Drawdown", "%", times, [new("below the highest close so far", "c", drawdown)], area: true));

        // Too many marks would hide the price: then every so many of them are shown.
        var fills = result.Fills.Where(fill => fill.Execution.Quantity > 0).ToList();
        var every = Math.Max(1, (fills.Count + MostMarks - 1) / MostMarks);
        var marks = fills.Where((_, at) => at % every == 0)
            .Select(fill => new ChartMark(fill.AtUnixSeconds, (double)fill.Execution.Price, fill.Side == TradeAction.Buy)).ToList();
        html.Append(SvgChart.Lines(every == 1 ? "Price with entries and exits" : Text($"Price with entries and exits (every {every}th order is shown)"), "USD", times,
            [new("price", "b", curve.Select(point => (double)point.Price).ToList())], marks: marks));
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
                    html.Append(Text($"<td style=\"background:{Shade(month.Return / largest)}\" title=\"{month.Trades} trades, held {month.Held * 100:0.00} %\">{month.Return * 100:0.00}</td>"));
            }
            html.Append(Text($"<td class=sum>{Compound(year.Select(month => month.Return)):0.00}</td><td class=sum>{Compound(year.Select(month => month.Held)):0.00}</td></tr>"));
        }
        html.Append("</table></div><p class=note>In percent; the colour is strongest at the largest month.</p></section>");
    }

    private static void Histogram(StringBuilder html, BacktestResult result)
    {
        if (result.Trades.Count < 2)
            return;
        html.Append(SvgChart.Histogram("Results of the closed trades", "% of what the trade had cost, after fees", result.Trades.Select(trade => trade.Return * 100).ToList()));
    }

    private static void Figures(StringBuilder html, BacktestDone done)
    {
        html.Append("<section><h2>Figures</h2><div class=figures>");
        foreach (var figure in BacktestFigures.Of(done))
            html.Append(Text($"<div><span>{Encode(figure.Name)}</span><b>{Encode(figure.Text)}</b></div>"));
        foreach (var (outcome, count) in done.Result.Outcomes.OrderBy(entry => entry.Key))
            html.Append(Text($"<div><span>orders: {outcome}</span><b>{count:N0}</b></div>"));
        if (done.Trader is PipelineTrader trader)
        {
            if (trader.HitRate is { Signals: > 0 } rate)
                html.Append(Text($"<div><span>hit rate of the technical model</span><b>{rate.Share * 100:0.0} % of {rate.Signals:N0}</b></div>"));
            foreach (var (rule, count) in trader.Refusals.OrderByDescending(entry => entry.Value))
                html.Append(Text($"<div><span>refused by {rule}</span><b>{count:N0}</b></div>"));
        }
        html.Append("</div></section>");
    }

    private static void Trades(StringBuilder html, BacktestResult result)
    {
        if (result.Trades.Count == 0)
            return;
        html.Append(Text($"<section><h2>{(result.Trades.Count > MostTrades ? Text($"Last {MostTrades} of {result.Trades.Count:N0} closed trades") : "Closed trades")}</h2><details><summary>show</summary><div class=scroll><table class=list>"))
            .Append("<tr><th>entered</th><th>left</th><th>quantity</th><th>entry</th><th>exit</th><th>fees</th><th>profit USD</th><th>why</th></tr>");
        foreach (var trade in result.Trades.TakeLast(MostTrades))
        {
            html.Append(Text($"<tr><td>{Minute(trade.EnteredAtUnixSeconds)}</td><td>{Minute(trade.ExitedAtUnixSeconds)}</td><td>{trade.Quantity:0.########}</td><td>{trade.EntryPrice:N2}</td><td>{trade.ExitPrice:N2}</td>"))
                .Append(Text($"<td>{trade.FeesUsd:0.0000}</td><td class={(trade.ProfitUsd > 0 ? "good" : "bad")}>{trade.ProfitUsd:+0.0000;-0.0000;0}</td><td>{trade.Exit?.ToString() ?? "signal"}</td></tr>"));
        }
        html.Append("</table></div></details></section>");
    }

    private static void Origin(StringBuilder html, BacktestDone done)
    {
        html.Append("<section><h2>Made from</h2><p class=note>The command:</p><pre>").Append(Encode(done.CommandLine)).Append("</pre>");
        if (done.Files.Count > 0)
        {
            html.Append("<p class=note>The data (SHA-256):</p><pre>");
            foreach (var (path, hash) in done.Files)
                html.Append(Encode($"{hash}  {path}\n"));
            html.Append("</pre>");
        }
        if (done.RefusedRows > 0)
            html.Append(Text($"<p class=warn>{done.RefusedRows:N0} rows of the data could not be used.</p>"));
        html.Append("<details><summary>Settings</summary><pre>");
        foreach (var line in SettingsReader.Lines(done.Plan.Settings))
            html.Append(Encode(line)).Append('\n');
        html.Append("</pre></details><p class=note>Past results say little about future ones.</p></section>");
    }

    private static double Compound(IEnumerable<double> returns) => (returns.Aggregate(1.0, (wealth, gain) => wealth * (1 + gain)) - 1) * 100;

    private static string Shade(double share) => share >= 0 ? Text($"rgba(22,140,90,{0.08 + 0.6 * Math.Min(1, share):0.00})") : Text($"rgba(200,50,50,{0.08 + 0.6 * Math.Min(1, -share):0.00})");

    private static string Day(long unixSeconds) => DateTimeOffset.FromUnixTimeSeconds(unixSeconds).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Minute(long unixSeconds) => DateTimeOffset.FromUnixTimeSeconds(unixSeconds).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    private static string Encode(string text) => WebUtility.HtmlEncode(text);

    private static string Text(FormattableString text) => FormattableString.Invariant(text);

    private const string Head = """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>{title}</title>
        <style>
        :root{--ink:#1b2430;--soft:#667085;--line:#dfe3e8;--paper:#fff;--ground:#f5f6f8;--a:#1f5fbf;--b:#9aa3ad;--c:#c83232;--good:#147a50;--bad:#c03030}
        *{box-sizing:border-box}
        body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
        main{max-width:1100px;margin:0 auto;padding:20px 16px 60px}
        h1{margin:0;font-size:26px}h1 small{font-weight:400;color:var(--soft)}h2{margin:0 0 10px;font-size:17px}
        header p{margin:4px 0 0;color:var(--soft)}
        section,figure{background:var(--paper);border:1px solid var(--line);border-radius:8px;margin:16px 0 0;padding:16px}
        .tiles{display:grid;grid-template-columns:repeat(4,1fr);gap:12px}
        .tiles b{display:block;font-size:19px;font-variant-numeric:tabular-nums;white-space:nowrap}.tiles span,.note,figcaption span{color:var(--soft);font-size:13px}
        .note{margin:8px 0 4px}.warn{color:var(--bad);font-weight:600}
        .good{color:var(--good)}.bad{color:var(--bad)}
        figcaption{display:flex;flex-wrap:wrap;gap:4px 16px;align-items:baseline;margin:0 0 8px}figcaption b{font-size:17px}
        .key:before{content:"";display:inline-block;width:14px;height:3px;border-radius:2px;margin-right:6px;vertical-align:middle;background:currentColor}
        figcaption .a{color:var(--a)}figcaption .b{color:#7d8792}figcaption .c{color:var(--c)}
        .plot{position:relative;height:260px;margin:0 0 22px 64px}
        .plot svg{position:absolute;inset:0;width:100%;height:100%;overflow:visible}
        .plot line{stroke:var(--line);vector-effect:non-scaling-stroke}
        .plot polyline{fill:none;stroke-width:1.6;vector-effect:non-scaling-stroke;stroke-linejoin:round}
        polyline.a{stroke:var(--a)}polyline.b{stroke:var(--b)}polyline.c{stroke:var(--c)}polygon.c{fill:var(--c);opacity:.14}
        .bars rect.good{fill:var(--good)}.bars rect.bad{fill:var(--bad)}.bars rect{opacity:.75}
        .y,.x{position:absolute;color:var(--soft);font-size:12px;font-variant-numeric:tabular-nums;white-space:nowrap}
        .y{right:100%;margin-right:8px;transform:translateY(-50%)}.x{top:100%;margin-top:5px;transform:translateX(-50%)}.x.begin{transform:none}.x.end{transform:translateX(-100%)}
        .mark{position:absolute;width:0;height:0;margin:-4px 0 0 -4px;border:4px solid transparent}
        .mark.in{border-bottom-color:var(--good);margin-top:0}.mark.out{border-top-color:var(--bad);margin-top:-6px}
        .tip{position:absolute;top:0;bottom:0;width:1px;background:var(--soft);pointer-events:none;display:none}
        .tip span{position:absolute;top:4px;left:6px;background:var(--ink);color:#fff;border-radius:4px;padding:2px 7px;font-size:12px;white-space:nowrap}
        .tip.left span{left:auto;right:6px}
        .scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:13px;font-variant-numeric:tabular-nums}
        th{font-weight:600;color:var(--soft);text-align:right;padding:4px 6px}td{text-align:right;padding:4px 6px;white-space:nowrap}
        .heat td{min-width:50px;border:2px solid var(--paper);border-radius:4px}.heat .sum{font-weight:600}.list tr:nth-child(even){background:var(--ground)}
        .figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(290px,1fr));column-gap:28px}
        .figures div{display:flex;justify-content:space-between;gap:12px;border-bottom:1px solid var(--line);padding:5px 0}.figures b{font-variant-numeric:tabular-nums;white-space:nowrap}
        pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--ground);border-radius:6px;padding:10px;font-size:12.5px;margin:4px 0}
        summary{cursor:pointer;color:var(--a)}
        @media(max-width:600px){main{padding:12px 10px 40px}section,figure{padding:12px}.plot{height:200px;margin-left:52px}h1{font-size:21px}.tiles{grid-template-columns:repeat(2,1fr)}.tiles b{font-size:17px}}
        @media print{body{background:#fff}main{max-width:none;padding:0}section,figure{break-inside:avoid;border-color:#bbb}.tip{display:none!important}pre{white-space:pre-wrap;word-break:break-all}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
        </style></head><body><main>
        """;

    private const string Tail = """
        </main><script>
        for(const plot of document.querySelectorAll('.plot[data-t]')){
          const t=JSON.parse(plot.dataset.t),s=JSON.parse(plot.dataset.s),tip=document.createElement('div'),text=document.createElement('span');
          tip.className='tip';tip.append(text);plot.append(tip);
          const show=e=>{const r=plot.getBoundingClientRect(),f=Math.min(1,Math.max(0,(e.clientX-r.left)/r.width)),at=t[0]+f*(t[t.length-1]-t[0]);
            let lo=0,hi=t.length-1;while(lo<hi){const m=(lo+hi)>>1;t[m]<at?lo=m+1:hi=m}
            tip.style.display='block';tip.style.left=f*100+'%';tip.classList.toggle('left',f>.5);
            text.textContent=new Date(t[lo]*1000).toISOString().slice(0,16).replace('T',' ')+'  '+s.map(x=>x.n+' '+x.v[lo].toLocaleString('en',{maximumFractionDigits:2})).join('  ')};
          plot.addEventListener('pointermove',show);plot.addEventListener('pointerdown',show);plot.addEventListener('pointerleave',()=>tip.style.display='none');
        }
        addEventListener('beforeprint',()=>document.querySelectorAll('details').forEach(d=>d.open=true));
        </script></body></html>
        """;
}
